package contract

import (
	"os"
	"path/filepath"
	"testing"

	"graphpact/internal/graphdoc"
)

// BenchmarkContract reads pages to their schemas. Its measure is BenchmarkGoldmark of package
// graphdoc, which reads the same pages as Markdown.
func BenchmarkContract(b *testing.B) {
	conv := conventions(b)
	files, err := filepath.Glob("../../../shared/docs/*/api-reference/*/api/*update*.md")
	if err != nil {
		b.Fatal(err)
	}
	if len(files) == 0 {
		files = []string{fixturePage, widgetPage, lanternPage}
	}
	var pages [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		pages = append(pages, data)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i, data := range pages {
			p, err := graphdoc.Parse(files[i], data)
			if err != nil {
				b.Fatal(err)
			}
			o, err := FromRequestLine(p, conv, 0)
			if err != nil {
				continue // a page without a path is refused
			}
			if _, err := Schemas(o, conv); err != nil {
				b.Fatal(err)
			}
		}
	}
}
