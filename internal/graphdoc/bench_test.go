package graphdoc

import "testing"

func BenchmarkParse(b *testing.B) {
	data := read(b, ownPage)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("page.md", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCorpus(b *testing.B) {
	var pages [][]byte
	size := 0
	for _, path := range corpus(b) {
		data := read(b, path)
		pages = append(pages, data)
		size += len(data)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range pages {
			if _, err := Parse("page.md", data); err != nil {
				b.Fatal(err)
			}
		}
	}
}
