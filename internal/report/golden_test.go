package report

import (
	"bytes"
	"testing"

	"graphpact/internal/golden"
	"graphpact/internal/result"
)

func render(t testing.TB, in renderer, run *result.Run) []byte {
	t.Helper()
	data, err := in(run)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// annotations is Annotations as a renderer.
func annotations(run *result.Run) ([]byte, error) {
	var b bytes.Buffer
	err := Annotations(&b, run)
	return b.Bytes(), err
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			golden.Check(t, s.name+".report.json", render(t, renderJSON, s.run))
			golden.Check(t, s.name+".junit.xml", render(t, renderJUnit, s.run))
			golden.Check(t, s.name+".cucumber.json", render(t, renderCucumber, s.run))
			golden.Check(t, s.name+".summary.md", render(t, renderMarkdown, s.run))
		})
	}
}

// TestFormatsLeaveTheRunAlone also shows that a second writing gives the same bytes.
func TestFormatsLeaveTheRunAlone(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		before := render(t, renderJSON, s.run)
		for _, f := range append(formats(), format{render: annotations}) {
			first := render(t, f.render, s.run)
			for range 5 {
				if !bytes.Equal(first, render(t, f.render, s.run)) {
					t.Errorf("%s: two writings differ", s.name)
				}
			}
		}
		if !bytes.Equal(before, render(t, renderJSON, s.run)) {
			t.Errorf("%s: a format changed the run", s.name)
		}
	}
}
