package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"graphpact/internal/cli"
)

// TestWorkflows: each line of graphpact in the workflows and in the documentation of the broker
// has flags that there are.
func TestWorkflows(t *testing.T) {
	root := projectRoot(t)
	files, err := filepath.Glob(filepath.Join(root, "docs/github/*.yml"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %q", err, files)
	}
	join := regexp.MustCompile(`\\?\n +`)
	quoted := regexp.MustCompile(`"[^"\n]*"`)
	line := regexp.MustCompile(`(?m)(?:^| )(?:bin/)?graphpact ((?:run|verify|publish|can-i-deploy|record-|broker )[^#\n|` + "`" + `]*)`)
	for _, file := range append(files, filepath.Join(root, "docs/verify.md"), filepath.Join(root, "docs/broker.md")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if filepath.Ext(file) == ".yml" {
			text = strings.ReplaceAll(text, ">-\n          ", "")
		}
		text = quoted.ReplaceAllString(join.ReplaceAllString(text, " "), "x")
		found := line.FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s has no line of graphpact", file)
		}
		for _, m := range found {
			args := strings.Fields(m[1])
			if i := slices.Index(args, "-"); i >= 0 { // the next step of a workflow
				args = args[:i]
			}
			if i := slices.IndexFunc(args, func(a string) bool { return a == "if:" || a == "&&" || a == "env:" }); i >= 0 {
				args = args[:i]
			}
			var out bytes.Buffer
			if code := cli.Run(t.Context(), append(args, "--help"), nil, nil, &out, &out); code != cli.ExitConformant {
				t.Errorf("%s: graphpact %s: exit code %d, %s", filepath.Base(file), strings.Join(args, " "), code, out.String())
			}
		}
	}
}

// TestReadmeFigures holds the output that the README shows to the matrix, which CI
// generates, and to the scenarios that there are.
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
	var want []string
	for _, r := range rows {
		want = append(want, fmt.Sprintf("%-9s %s", r[1], r[2]))
	}
	pages, err := ownPages()
	if err != nil {
		t.Fatal(err)
	}
	n := len(pages.Operations[0].Suite.Cases)
	want = append(want, fmt.Sprintf("%-9s %d scenarios: %d passed", "totals", n, n), fmt.Sprintf("CONFORMANT: %d scenarios passed", n))
	for _, line := range want {
		if !strings.Contains(readme, "\n"+line) {
			t.Errorf("README.md does not show %q", line)
		}
	}
}
