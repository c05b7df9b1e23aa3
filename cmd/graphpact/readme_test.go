package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeFigures holds the output that the README and the explanation show to the matrix,
// which CI generates, and to the scenarios that there are.
func TestReadmeFigures(t *testing.T) {
	root := projectRoot(t)
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	readme := read("README.md")
	rows := regexp.MustCompile(`(?m)^\| (faults|variants|pairs|controls|killed) \| (.*) \|$`).FindAllStringSubmatch(read("docs/matrix.md"), -1)
	if len(rows) != 5 {
		t.Fatalf("%d rows of totals in docs/matrix.md", len(rows))
	}
	explanation := read("docs/explanation.md")
	for _, r := range rows {
		if line := fmt.Sprintf("%-9s %s", r[1], r[2]); !strings.Contains(explanation, "\n"+line) {
			t.Errorf("docs/explanation.md does not show %q", line)
		}
	}
	// What the program says of its own page, but for the time.
	out, err := newProgram(t).command(t.Context(), "run", "--no-pact").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := regexp.MustCompile(`(?m)^(totals .*,|findings .*|CONFORMANT: .*)`).FindAllString(string(out), -1)
	if len(want) != 3 {
		t.Fatalf("%q in\n%s", want, out)
	}
	for _, line := range want {
		if !strings.Contains(readme, "\n"+line) {
			t.Errorf("README.md does not show %q", line)
		}
	}
}
