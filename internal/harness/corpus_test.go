package harness

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// knownType reports whether more is known of a type than its JSON type.
func knownType(t contract.Type) bool { return t.Edm != "" || t.IsEnum() || t.Structure != nil }

// TestCorpusTypes measures what the resource pages add: rows whose type is only a name, before
// and after. The figures stand in docs/sources.md.
func TestCorpusTypes(t *testing.T) {
	t.Parallel()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, corpus := range corpora {
		pages, rows, before, after, nested, touched := 0, 0, 0, 0, 0, 0
		sources, err := Beside{}.open(true)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range updatePages(t, corpus) {
			op, err := contract.FromRequestLine(page, conv, 0)
			if err != nil {
				continue // refused with its reason elsewhere
			}
			pages++
			open := 0
			for _, p := range op.Properties {
				rows++
				if !knownType(p.Type) {
					open++
				}
			}
			before += open
			sources.merge(op, page, conv)
			seen := map[*contract.Structure]bool{}
			for _, p := range op.Properties {
				if !knownType(p.Type) {
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

// TestCorpusMetadata measures how far pages and metadata agree, for each kind of fact. The
// pages of the older corpus are years older than the metadata. The figures stand in
// docs/sources.md.
func TestCorpusMetadata(t *testing.T) {
	t.Parallel()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []struct {
		corpus, version, metadata string
		least                     float64
	}{
		{"industrydata", "beta", "beta-industryData.csdl", 1},
		{"corpus", "v1.0", "v1.0-Prod.csdl", 0.8},
		{"corpus-2026", "v1.0", "v1.0-Prod.csdl", 0.8},
	} {
		pages := updatePages(t, of.corpus)
		sources, err := Beside{Metadata: "../../../shared/csdl/" + of.metadata}.open(true)
		if err != nil {
			t.Fatal(err)
		}
		all, lacks, known, total := map[string]contract.Agreement{}, 0, 0, 0
		for _, page := range pages {
			op, err := contract.FromRequestLine(page, conv, 0)
			if err != nil || !strings.Contains(filepath.ToSlash(page.File), "/"+of.version+"/") {
				continue
			}
			sources.merge(op, page, conv)
			for _, g := range op.Agreement {
				sum := all[g.Fact]
				sum.Same, sum.Different = sum.Same+g.Same, sum.Different+g.Different
				all[g.Fact] = sum
			}
			for _, f := range op.Findings {
				if f.Class == contract.ClassMetadataDisagrees {
					t.Logf("%s %s: %s", filepath.Base(page.File), f.Class, f.Text)
				}
				if f.Class == contract.ClassMetadataLacks {
					lacks++
					t.Logf("%s %s: %s", filepath.Base(page.File), f.Class, f.Text)
				}
			}
			for _, p := range op.Properties {
				if total++; knownType(p.Type) {
					known++
				}
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
		for _, fact := range slices.Sorted(maps.Keys(all)) {
			g := all[fact]
			t.Logf("%s: %s: %d of %d", of.corpus, fact, g.Same, g.Same+g.Different)
		}
		t.Logf("%s: %d of %d types known, %d pages with names that the metadata lacks", of.corpus, known, total, lacks)
		if g := all["type"]; float64(g.Same) < of.least*float64(g.Same+g.Different) {
			t.Errorf("%s: types agree in %d of %d", of.corpus, g.Same, g.Same+g.Different)
		}
	}
}
