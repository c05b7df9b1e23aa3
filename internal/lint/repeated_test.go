package lint

import (
	"slices"
	"testing"

	"graphpact/internal/contract"
)

// TestRepeated: pages of one request and one type are repeated, and those of a type and of one
// derived from it are not.
func TestRepeated(t *testing.T) {
	t.Parallel()
	page := func(file, title, path string) Page {
		op := &contract.Operation{Page: file}
		op.Title.Value, op.Method.Value, op.Path.Template, op.Resource.Value = title, "PATCH", path, "gasLamp"
		return Page{File: file, Operation: op}
	}
	for _, tt := range []struct {
		name string
		page Page
		want bool
	}{
		{"the same title", page("b.md", "Update Lamp", "/lamps/{id}"), true},
		{"other words", page("b.md", "Change a lamp", "/lamps/{id}"), true},
		{"another type", page("b.md", "Update gasLamp", "/lamps/{id}"), false},
		{"another path", page("b.md", "Update lamp", "/lanterns/{id}"), false},
	} {
		l := New()
		for _, p := range []Page{page("a.md", "Update lamp", "/lamps/{id}"), tt.page} {
			if err := l.Page(p); err != nil {
				t.Fatal(err)
			}
		}
		got := slices.ContainsFunc(l.Report(nil).Findings, func(f Finding) bool { return f.Rule == RuleOperationRepeated && f.File == "b.md" })
		if got != tt.want {
			t.Errorf("%s: repeated %t", tt.name, got)
		}
	}
}
