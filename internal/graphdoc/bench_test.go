package graphdoc

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// benchPages gives the shared pages, or where they are absent our own ones, many times.
func benchPages(b *testing.B) [][]byte {
	b.Helper()
	var pages [][]byte
	shared, err := filepath.Glob(sharedDocs + "/*/api-reference/*/api/*update*.md")
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range shared {
		pages = append(pages, read(b, path))
	}
	if len(pages) > 0 {
		return pages
	}
	own, err := filepath.Glob("testdata/dialect/*.md")
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range append(own, ownPage, "../contract/testdata/widget-update.md", "../contract/testdata/lantern-update.md") {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		for range 20 {
			pages = append(pages, data)
		}
	}
	return pages
}

func benchmarkPages(b *testing.B, read func(data []byte) error) {
	b.Helper()
	pages := benchPages(b)
	b.SetBytes(int64(len(bytes.Join(pages, nil))))
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range pages {
			if err := read(data); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkParse and BenchmarkGoldmark read the same pages: the second is what the Markdown
// alone costs, and the measure of the first.
func BenchmarkParse(b *testing.B) {
	benchmarkPages(b, func(data []byte) error {
		_, err := Parse("page.md", data)
		return err
	})
}

func BenchmarkGoldmark(b *testing.B) {
	benchmarkPages(b, func(data []byte) error {
		goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(data))
		return nil
	})
}
