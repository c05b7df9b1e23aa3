package harness

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
	"graphpact/internal/selftest"
)

// lampPage states bounds, names values, demands @odata.type, allows two statuses and two
// keys, and calls its type open.
const lampPage = "testdata/lamp-update.md"

// settable names the properties of the first page that a client may set.
func settable(p *Pages) []string {
	var names []string
	for _, prop := range p.Operations[0].Settable() {
		names = append(names, prop.Name)
	}
	return names
}

func TestLoadPagesNarrowed(t *testing.T) {
	t.Parallel()
	docs := []string{lampPage}
	tests := []struct {
		name     string
		c        PageConfig
		settable string
		narrowed []string
		problem  string
	}{
		{"all", PageConfig{Docs: docs}, "label kind country level steps modes dueDateTime tags", nil, ""},
		{"only", PageConfig{Docs: docs, Only: []string{"level", "kind"}}, "kind level",
			[]string{"lamp-update.md without label, country, steps, modes, dueDateTime, tags"}, ""},
		{"exclude", PageConfig{Docs: docs, Exclude: []string{"level", "createdDateTime"}}, "label kind country steps modes dueDateTime tags",
			[]string{"lamp-update.md without level, createdDateTime"}, ""},
		{"another path", PageConfig{Docs: docs, RequestLine: 2}, "label kind country level steps modes dueDateTime tags",
			[]string{"lamp-update.md for its request line 2 alone, PATCH /me/lamps/{lampId}"}, ""},
		{"no such path", PageConfig{Docs: docs, RequestLine: 3}, "", nil, "no request line 3; 1 is PATCH /rooms/{roomId}/lamps/{id | label}, 2 is PATCH /me/lamps/{lampId}"},
		{"no such property", PageConfig{Docs: docs, Only: []string{"levl"}}, "", nil, "--property levl: no page has the property; did you mean level?"},
		{"nothing like it", PageConfig{Docs: docs, Exclude: []string{"zzzzzz"}}, "", nil, "--exclude zzzzzz: no page has the property"},
		{"value of no property", PageConfig{Docs: docs, Values: map[string][]any{"knd": {"a"}}}, "", nil, "--value knd: no page has the property; did you mean kind?"},
		{"value of another type", PageConfig{Docs: docs, Values: map[string][]any{"level": {"a"}}}, "", nil, `a value for level: "a" is no Int32`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pages, err := LoadPages(tt.c)
			if tt.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Fatalf("error is %v, want %s", err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.settable, strings.Join(settable(pages), " ")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.narrowed, pages.Narrowed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUserValueComesFirst(t *testing.T) {
	t.Parallel()
	pages, err := LoadPages(PageConfig{Docs: []string{lampPage}, Values: map[string][]any{"label": {"A", "B"}}})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := pages.Operations[0].Property("label")
	if diff := cmp.Diff([]any{"B", "A-2"}, p.Others("A", 2)); diff != "" {
		t.Error(diff)
	}
}

// TestPageOfItsOwnWays plays the suite with a page that asks for more than most do. The
// mock keeps the bounds that the page states: a value outside of them fails here.
func TestPageOfItsOwnWays(t *testing.T) {
	t.Parallel()
	pages, err := LoadPages(PageConfig{Docs: []string{lampPage}})
	if err != nil {
		t.Fatal(err)
	}
	bench, err := NewBench(pages)
	if err != nil {
		t.Fatal(err)
	}
	failed := func(t *testing.T, name string) []string {
		t.Helper()
		trial := selftest.Trial{Kind: selftest.Baseline}
		if name != "" {
			b, ok := mockgraph.FindBehaviour(name)
			if !ok {
				t.Fatalf("no behaviour %s", name)
			}
			if b.NotApplicable != nil {
				if why := b.NotApplicable(bench.Operation.Operation); why != "" {
					t.Fatalf("%s: %s", name, why)
				}
			}
			trial = selftest.Trial{Kind: selftest.Fault, Behaviours: []mockgraph.Behaviour{b}}
		}
		reqs, err := bench.Play(t.Context(), trial)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		passed := 0
		for _, r := range reqs {
			switch r.Verdict {
			case result.Pass:
				passed++
			case result.Skip, result.Waived:
			case result.Fail, result.Warn, result.Error, result.Flaky:
				out = append(out, r.Key())
			}
		}
		if passed < 25 {
			t.Errorf("%s: only %d passed", name, passed)
		}
		return out
	}
	for _, legal := range []string{"", "named-values-only", "type-needed", "open-type-keeps", "status-alternative"} {
		if got := failed(t, legal); len(got) > 0 {
			t.Errorf("variant %q is reported: %v", legal, got)
		}
	}
	for fault, by := range map[string]string{"read-key-of-another": "UPD-38", "concurrent-updates-mixed": "UPD-14", "wrong-type-stored": "UPD-18[level]", "status-201": "UPD-02"} {
		if got := failed(t, fault); !slices.Contains(got, by) {
			t.Errorf("fault %q is not seen by %s: %v", fault, by, got)
		}
	}
}
