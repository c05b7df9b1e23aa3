package graphdoc

import (
	"path/filepath"
	"strings"
	"testing"

	"graphpact/internal/golden"
)

// TestDialects reads our own pages, one for each part of the dialect, and compares each value
// and its line with a golden file.
func TestDialects(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("testdata/dialect/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, file := range pages {
		name := filepath.Base(file)
		p, err := Parse(name, read(t, file))
		if err != nil {
			t.Fatal(err)
		}
		checkLines(t, p, read(t, file))
		golden.Check(t, "dialect/"+strings.TrimSuffix(name, ".md")+".txt", []byte(dump(p)))
	}
}
