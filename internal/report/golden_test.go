package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"graphpact/internal/result"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with: go test ./internal/report -update)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update accepts it)\n%s", path, diff)
	}
}

func render(t testing.TB, write func(io.Writer, *result.Run) error, run *result.Run) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := write(&buf, run); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestGoldenFiles(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			golden(t, s.name+".report.json", render(t, JSON, s.run))
			golden(t, s.name+".junit.xml", render(t, JUnit, s.run))
			golden(t, s.name+".cucumber.json", render(t, CucumberJSON, s.run))
			golden(t, s.name+".summary.md", render(t, Markdown, s.run))
		})
	}
}

// TestFormatsLeaveTheRunAlone also shows that a second writing gives the same bytes.
func TestFormatsLeaveTheRunAlone(t *testing.T) {
	for _, s := range samples() {
		before := render(t, JSON, s.run)
		for _, write := range []func(io.Writer, *result.Run) error{JSON, JUnit, CucumberJSON, Markdown} {
			first := render(t, write, s.run)
			for range 5 {
				if !bytes.Equal(first, render(t, write, s.run)) {
					t.Errorf("%s: two writings differ", s.name)
				}
			}
		}
		if !bytes.Equal(before, render(t, JSON, s.run)) {
			t.Errorf("%s: a format changed the run", s.name)
		}
	}
}
