package schema_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// TestKeywordsAreThoseOfDerivedSchemas holds the accepted keywords and formats to what
// package contract derives: each of them is derived, and nothing else is.
func TestKeywordsAreThoseOfDerivedSchemas(t *testing.T) {
	t.Parallel()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, pattern := range []string{"../../fixtures/docs/*.md", "../contract/testdata/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no page matches %s: %v", pattern, err)
		}
		pages = append(pages, found...)
	}
	keywords, formats := map[string]bool{}, map[string]bool{}
	for _, file := range pages {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page, err := graphdoc.Parse(file, data)
		if err != nil {
			t.Fatal(err)
		}
		op, err := contract.FromRequestLine(page, conv, 0)
		if err != nil {
			t.Fatal(err)
		}
		derived, err := contract.Schemas(op, conv)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range derived {
			if _, err := schema.Compile(f.Name, f.Data); err != nil {
				t.Error(err)
			}
			var root map[string]any
			if err := json.Unmarshal(f.Data, &root); err != nil {
				t.Fatal(err)
			}
			collect(root, keywords, formats)
		}
	}
	// Nested types come from resource pages, which lie beside a page: their schemas are golden files.
	nested, err := filepath.Glob("../contract/testdata/kiln-update.*.schema.json")
	if err != nil || len(nested) == 0 {
		t.Fatalf("no schema with nested types: %v", err)
	}
	for _, file := range nested {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var root map[string]any
		if err := json.Unmarshal(data, &root); err != nil {
			t.Fatal(err)
		}
		collect(root, keywords, formats)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(keywords)), schema.Keywords()); diff != "" {
		t.Errorf("keywords (-derived +accepted):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(formats)), schema.Formats()); diff != "" {
		t.Errorf("formats (-derived +accepted):\n%s", diff)
	}
}

// collect notes the keywords and formats of a schema and of those below it.
func collect(node map[string]any, keywords, formats map[string]bool) {
	for keyword, value := range node {
		keywords[keyword] = true
		switch value := value.(type) {
		case string:
			if keyword == "format" {
				formats[value] = true
			}
		case map[string]any:
			switch keyword {
			case "properties", "definitions":
				for _, p := range value {
					collect(p.(map[string]any), keywords, formats)
				}
			case "items":
				collect(value, keywords, formats)
			}
		case []any:
			for _, one := range value {
				if node, ok := one.(map[string]any); ok && keyword == "allOf" {
					collect(node, keywords, formats)
				}
			}
		}
	}
}
