package harness

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
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
		{"another path", PageConfig{Docs: docs, Reading: Reading{RequestLine: 2}}, "label kind country level steps modes dueDateTime tags",
			[]string{"lamp-update.md for its request line 2 alone, PATCH /me/lamps/{lampId}"}, ""},
		{"no such path", PageConfig{Docs: docs, Reading: Reading{RequestLine: 3}}, "", nil, "no request line 3; 1 is PATCH /rooms/{roomId}/lamps/{id | label}, 2 is PATCH /me/lamps/{lampId}"},
		{"no such property", PageConfig{Docs: docs, Only: []string{"levl"}}, "", nil, "--property levl: no page has the property; did you mean level?"},
		{"nothing like it", PageConfig{Docs: docs, Exclude: []string{"zzzzzz"}}, "", nil, "--exclude zzzzzz: no page has the property"},
		{"property of the server", PageConfig{Docs: docs, Only: []string{"level", "createdDateTime"}}, "", nil, "--property createdDateTime: no client may set it"},
		{"in and out", PageConfig{Docs: docs, Only: []string{"level"}, Exclude: []string{"level"}}, "", nil, "--property level and --exclude level: it is tested or left out; leave one out"},
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
	values := p.Values("A", 2)
	if diff := cmp.Diff([]any{"B", "A-2"}, []any{values[0].JSON, values[1].JSON}); diff != "" {
		t.Error(diff)
	}
}

// TestPageOfItsOwnWays plays the suite with a page that asks for more than most do. The
// mock keeps the bounds that the page states: a value outside of them fails here.
func TestPageOfItsOwnWays(t *testing.T) {
	t.Parallel()
	bench := benchOf(t, lampPage)
	for _, legal := range []string{"", "named-values-only", "type-needed", "open-type-keeps", "status-alternative"} {
		if got := failedWith(t, bench, legal); len(got) > 0 {
			t.Errorf("variant %q is reported: %v", legal, got)
		}
	}
	for fault, by := range map[string]string{"read-key-of-another": "UPD-38", "concurrent-updates-mixed": "UPD-14", "wrong-type-stored": "UPD-18[level]", "status-201": "UPD-02"} {
		if got := failedWith(t, bench, fault); !slices.Contains(got, by) {
			t.Errorf("fault %q is not seen by %s: %v", fault, by, got)
		}
	}
}

// TestPageThatContradictsItself: which of two statuses an update answers is not judged where
// the prose names one and the example shows the other.
func TestPageThatContradictsItself(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(lampPage)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, change := range [][2]string{{", or `204 No Content`.", "."}, {"either a `200 OK`", "a `200 OK`"}, {"HTTP/1.1 200 OK", "HTTP/1.1 204 No Content"}} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the page has no %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bench := benchOf(t, file)
	if !slices.ContainsFunc(bench.Findings, func(f contract.Finding) bool {
		return f.Class == contract.ClassStatusDisagrees && strings.Contains(f.Assumed, "not judged")
	}) {
		t.Errorf("no finding says so: %v", bench.Findings)
	}
	for _, name := range []string{"", "status-alternative"} {
		if got := failedWith(t, bench, name); len(got) > 0 {
			t.Errorf("%q is reported: %v", name, got)
		}
	}
	if got := failedWith(t, bench, "status-201"); !slices.Contains(got, "UPD-02") {
		t.Errorf("a status that the page does not name at all is not seen: %v", got)
	}
}

// benchOf plays the suite of one page.
func benchOf(t *testing.T, file string) *Bench {
	t.Helper()
	pages, err := LoadPages(PageConfig{Docs: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	bench, err := NewBench(pages)
	if err != nil {
		t.Fatal(err)
	}
	return bench
}

// failedWith gives the requirements that do not hold at a mock with the behaviour, of which
// the name may be empty.
func failedWith(t *testing.T, bench *Bench, name string, oneEntity ...bool) []string {
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
	trial.OneEntity = slices.Contains(oneEntity, true)
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

// TestLimitsOfThePage: a value just outside of each limit that the page states is tried, and what
// a server makes of it is told apart.
func TestLimitsOfThePage(t *testing.T) {
	t.Parallel()
	bench := benchOf(t, lampPage)
	limits := []string{"label=maxLength", "country=code", "level=maximum", "level=minimum", "steps=maximum", "steps=minimum", "dueDateTime=future", "tags=maxItems"}
	of := func(ids ...string) (keys []string) {
		for _, id := range ids {
			for _, limit := range limits {
				keys = append(keys, id+"["+limit+"]")
			}
		}
		return keys
	}
	for name, want := range map[string][]string{
		"":                            nil,
		"value-older-than-limit":      nil,
		"refusal-422":                 nil,
		"limit-ignored":               of("UPD-46"),
		"value-outside-limit-dropped": of("UPD-46"),
		"limit-500":                   of("UPD-46", "UPD-47"),
		"kept-after-limit-refusal":    of("UPD-46", "UPD-47"),
	} {
		modes := []bool{true}
		if *whole {
			modes = append(modes, false)
		}
		for _, oneEntity := range modes {
			got := failedWith(t, bench, name, oneEntity)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q, one entity %v (-want +got):\n%s", name, oneEntity, diff)
			}
		}
	}
}

// kilnPage has objects and lists whose members resource pages define.
const kilnPage = "../contract/testdata/reference/api/kiln-update.md"

// TestNested: an update of an object merges, and one of a list replaces it; what a server shows
// beside is its own.
func TestNested(t *testing.T) {
	t.Parallel()
	bench := benchOf(t, kilnPage)
	for name, want := range map[string][]string{
		"": nil, "object-with-more-members": nil, "object-wants-all-members": nil,
		"object-replaced":        {"UPD-48[program]", "UPD-48[vent]"},
		"object-members-cleared": {"UPD-48[program]", "UPD-48[vent]"}, "object-member-wrong-type": {"UPD-03"},
		"list-appended": {"UPD-10[shelves]"},
	} {
		modes := []bool{true}
		if *whole {
			modes = append(modes, false)
		}
		for _, oneEntity := range modes {
			got := failedWith(t, bench, name, oneEntity)
			if want == nil && len(got) > 0 {
				t.Errorf("%q, one entity %v, is reported: %v", name, oneEntity, got)
			}
			for _, key := range want {
				if !slices.Contains(got, key) {
					t.Errorf("%q, one entity %v, is not seen by %s: %v", name, oneEntity, key, got)
				}
			}
		}
	}
}

// TestRequiredHeaders: each update carries the headers that the page requires, beside what a
// scenario sends of its own.
func TestRequiredHeaders(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(lampPage)
	if err != nil {
		t.Fatal(err)
	}
	const row = "|Content-Type|application/json. Required.|\n"
	text := strings.Replace(string(data), row, row+"|ConsistencyLevel|`eventual`. Required.|\n|Prefer|`include-unknown-enum-members`. Required.|\n", 1)
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bench := benchOf(t, file)
	if len(bench.RequiredHeaders()) != 2 {
		t.Fatalf("the page requires %v", bench.RequiredHeaders())
	}
	if got := failedWith(t, bench, "header-needed"); len(got) > 0 {
		t.Errorf("a server that needs them is reported: %v", got)
	}
}
