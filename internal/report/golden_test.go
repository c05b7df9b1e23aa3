package report

import (
	"bytes"
	"io"
	"testing"

	"graphpact/internal/golden"
	"graphpact/internal/result"
)

func render(t testing.TB, write func(io.Writer, *result.Run) error, run *result.Run) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := write(&buf, run); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			golden.Check(t, s.name+".report.json", render(t, JSON, s.run))
			golden.Check(t, s.name+".junit.xml", render(t, JUnit, s.run))
			golden.Check(t, s.name+".cucumber.json", render(t, CucumberJSON, s.run))
			golden.Check(t, s.name+".summary.md", render(t, Markdown, s.run))
		})
	}
}

// TestFormatsLeaveTheRunAlone also shows that a second writing gives the same bytes.
func TestFormatsLeaveTheRunAlone(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		before := render(t, JSON, s.run)
		for _, write := range []func(io.Writer, *result.Run) error{JSON, JUnit, CucumberJSON, CTRF, SARIF, Markdown, HTML, Annotations} {
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
