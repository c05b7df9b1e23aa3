package harness

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// corpora are the folders of Microsoft's pages, which lie beside the project.
var corpora = []string{"corpus", "corpus-2026", "industrydata"}

// updatePages gives the pages of a corpus that document an update by PATCH.
func updatePages(t testing.TB, corpus string) (pages []*graphdoc.Page) {
	t.Helper()
	files, err := filepath.Glob("../../../shared/docs/" + corpus + "/api-reference/*/api/*.md")
	if err != nil || len(files) == 0 {
		t.Skip("../shared/docs is absent: the pages of Microsoft are not part of the project")
	}
	update := regexp.MustCompile(`(?m)^\s*PATCH\s`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !update.Match(data) {
			continue
		}
		page, err := graphdoc.Parse(file, data)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	return pages
}

// known reports whether more is known of a type than its JSON type.
func known(t contract.Type) bool { return t.Edm != "" || t.IsEnum() || t.Structure != nil }

// TestCorpusTypes measures what the resource pages add: rows whose type is only a name, before
// and after. The figures stand in docs/reference.md.
func TestCorpusTypes(t *testing.T) {
	t.Parallel()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, corpus := range corpora {
		pages, rows, before, after, nested, touched := 0, 0, 0, 0, 0, 0
		sources, err := Beside{}.open()
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range updatePages(t, corpus) {
			op, err := contract.FromPage(page, conv)
			if err != nil {
				continue // refused with its reason elsewhere
			}
			pages++
			open := 0
			for _, p := range op.Properties {
				rows++
				if !known(p.Type) {
					open++
				}
			}
			before += open
			sources.merge(op, page, conv)
			seen := map[*contract.Structure]bool{}
			for _, p := range op.Properties {
				if !known(p.Type) {
					after++
					t.Logf("%s: %s %s", filepath.Base(page.File), p.Name, p.Type.Name)
				}
				nested += countNested(p.Type.Structure, seen)
			}
			if open > 0 {
				touched++
			}
			files, err := contract.Schemas(op, conv)
			if err != nil {
				t.Errorf("%s: %v", page.File, err)
			}
			for _, f := range files {
				if _, err := schema.Compile(f.Name, f.Data); err != nil {
					t.Errorf("%s: %v", page.File, err)
				}
			}
		}
		sources.close()
		t.Logf("%s: %d pages, %d properties; without a known type %d (on %d pages), with resource pages %d; %d nested properties",
			corpus, pages, rows, before, touched, after, nested)
	}
}

// countNested counts the properties of a type and of those that it leads to.
func countNested(s *contract.Structure, seen map[*contract.Structure]bool) int {
	if s == nil || seen[s] {
		return 0
	}
	seen[s] = true
	n := len(s.Properties)
	for _, p := range s.Properties {
		n += countNested(p.Type.Structure, seen)
	}
	return n
}
