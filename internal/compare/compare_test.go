package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"graphpact/internal/golden"
	"graphpact/internal/result"
)

const lamps = "PATCH /lamps/{lampId}"

// hostile is what a server may have put into a report.
const hostile = "\x1b[2J<script>alert(1)</script> | `x` **b** [y](https://evil.example) @octocat"

func requirement(id string, v result.Verdict) result.Requirement {
	q := result.Requirement{
		ID: id, Operation: lamps, Level: result.Must, Scenario: "scenario " + id, Verdict: v,
		Source: result.Source{Kind: "doc", Ref: "lamp-update.md:7"}, Repeat: "graphpact run --only " + id,
	}
	if v != result.Pass {
		q.Reason = "why " + id
	}
	return q
}

// run makes a run of "ID:verdict" words.
func run(words string, change func(*result.Run)) *result.Run {
	r := &result.Run{
		Version: result.Version, ID: "6f0c1a2b-3c4d-4e5f-8a6b-0123456789ab", Tool: result.Tool{Name: "graphpact", Version: "1.0.0"},
		Target: result.Target{BaseURL: "https://graph.example/beta"}, StartedAt: time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC),
		Pages: []result.Page{{File: "lamp-update.md", Digest: "sha256:1", Operation: lamps}}, Suite: &result.Suite{Digest: "sha256:2"},
	}
	for _, w := range strings.Fields(words) {
		id, v, _ := strings.Cut(w, ":")
		r.Requirements = append(r.Requirements, requirement(id, result.Verdict(v)))
	}
	if change != nil {
		change(r)
	}
	r.Totals = result.Count(r.Requirements)
	return r
}

func omit(ids ...string) func(*result.Run) {
	return func(r *result.Run) {
		r.Partial = []string{"only some"}
		for _, id := range ids {
			r.Suite.Omitted = append(r.Suite.Omitted, result.Subject{Operation: lamps, Key: id})
		}
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		before, after string // of A; empty for not there
		change        func(after *result.Run)
		want          Change
	}{
		{"A:pass", "A:pass", nil, Same},
		{"A:pass", "A:fail", nil, NewFailure},
		{"A:warn", "A:flaky", nil, NewFailure},
		{"A:waived", "A:fail", nil, NewFailure}, // the waiver has ended
		{"A:skip", "A:error", nil, NewFailure},
		{"", "A:fail", nil, NewFailure},
		{"A:fail", "A:flaky", nil, StillFailing},
		{"A:error", "A:fail", nil, StillFailing},
		{"A:fail", "A:pass", nil, Fixed},
		{"A:flaky", "A:warn", nil, Fixed},
		{"A:fail", "A:waived", nil, Fixed},
		{"A:fail", "A:skip", nil, Untested},
		{"A:pass", "A:skip", nil, Untested},
		{"A:pass", "", omit("A"), Untested},
		{"A:pass", "", func(r *result.Run) { r.Suite, r.Partial = nil, []string{"only B"} }, Untested},
		{"A:pass", "", func(r *result.Run) { r.Requirements = nil }, Untested}, // it ended before the first one
		{"A:pass", "", nil, Gone},
		{"A:fail", "", nil, Gone},
		{"A:skip", "", nil, Gone},
		{"", "A:pass", nil, New},
		{"", "A:skip", nil, New},
		{"A:skip", "A:pass", nil, Tested},
		{"A:skip", "A:waived", nil, Tested},
		{"A:skip", "A:skip", nil, Same},
		{"A:pass", "A:warn", nil, Warned},
		{"A:pass", "A:waived", nil, Warned},
		{"A:warn", "A:pass", nil, Cleared},
		{"A:waived", "A:pass", nil, Cleared},
		{"A:warn", "A:waived", nil, Same},
	} {
		t.Run(tc.before+" "+tc.after, func(t *testing.T) {
			c := Of([]Input{{"a", run(tc.before+" Z:pass", nil)}, {"b", run(tc.after+" Z:pass", tc.change)}})
			for _, r := range c.Rows {
				if r.Key == "A" && r.Change != tc.want {
					t.Errorf("%s, want %s", r.Change, tc.want)
				}
			}
			if len(c.Having(tc.want)) == 0 {
				t.Errorf("no row has %q: %+v", tc.want, c.Rows)
			}
			if want := tc.want == NewFailure; c.Regressed() != want && len(c.NewProblems) == 0 {
				t.Errorf("regressed: %v", c.Regressed())
			}
		})
	}
}

// TestRegressedByTheRunItself: a later run that went wrong, or tested nothing, is no green one.
func TestRegressedByTheRunItself(t *testing.T) {
	t.Parallel()
	problem := func(r *result.Run) { r.Problems = []string{"the state could not be restored"} }
	for _, tc := range []struct {
		name          string
		before, after *result.Run
		want          bool
	}{
		{"alike", run("A:pass", nil), run("A:pass", nil), false},
		{"a problem", run("A:pass", nil), run("A:pass", problem), true},
		{"the same problem", run("A:pass", problem), run("A:pass", problem), false},
		{"nothing ran", run("A:pass", nil), run("", nil), true},
		{"everything skipped", run("A:pass", nil), run("A:skip", nil), true},
		{"interrupted", run("A:pass", nil), run("A:pass", func(r *result.Run) { r.Interrupted = true }), true},
		{"both failed alike", run("A:fail", nil), run("A:fail", nil), false},
	} {
		c := Of([]Input{{"a", tc.before}, {"b", tc.after}})
		if c.Regressed() != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, c.Regressed(), tc.want)
		}
	}
	if !Of([]Input{{"a", run("A:pass B:pass", nil)}, {"b", run("A:pass B:skip", nil)}}).LostCoverage() {
		t.Error("what is no longer tested is no loss")
	}
}

func TestOrderOfRows(t *testing.T) {
	t.Parallel()
	c := Of([]Input{{"a", run("A:pass OLD:pass B:pass LAST:pass", nil)}, {"b", run("A:pass NEW:pass B:pass", nil)}})
	var got []string
	for _, r := range c.Rows {
		got = append(got, r.Key)
	}
	if diff := cmp.Diff([]string{"A", "OLD", "NEW", "B", "LAST"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	other := run("A:pass", func(r *result.Run) {
		r.Pages[0].Digest, r.Suite.Digest, r.Tool.Version, r.Interrupted = "sha256:9", "sha256:9", "2.0.0", true
		r.Shard = &result.Shard{Index: 1, Count: 2}
	})
	want := []string{
		"b is shard 1 of 2 alone: `graphpact merge` puts the shards together", "b was interrupted before its end",
		"the page lamp-update.md is not the same (a and b)", "the scenarios or the conventions are not the same (a and b)",
		"graphpact is not the same: 1.0.0 and 2.0.0 (a and b)",
	}
	if diff := cmp.Diff(want, Of([]Input{{"a", run("A:pass", nil)}, {"b", other}}).Notes); diff != "" {
		t.Error(diff)
	}
	if n := Of([]Input{{"a", run("A:pass", nil)}, {"b", run("A:pass", nil)}}).Notes; len(n) != 0 {
		t.Errorf("notes of equal runs: %q", n)
	}
}

// two and three are runs with every change and with hostile text.
func two() []Input {
	before := run("A:pass B:fail C:fail D:pass E:pass F:warn H:pass I:skip", func(r *result.Run) {
		r.Probes = []result.Probe{{Operation: lamps, LagMS: 12.5}}
	})
	after := run("A:fail B:fail C:pass D:skip F:pass G:pass H:flaky I:pass", func(r *result.Run) {
		r.Probes = []result.Probe{{Operation: lamps, LagMS: 4210.25}}
		r.Pages[0].Digest = "sha256:9"
		r.Requirements[0].Reason = hostile
		r.Problems = []string{"the state could not be restored: " + hostile}
	})
	return []Input{{"yesterday " + hostile, before}, {"today", after}}
}

func three() []Input {
	return append(two(), Input{"third", run("A:pass B:pass", omit("C", "D", "E", "F", "G", "H"))})
}

func TestFormats(t *testing.T) {
	t.Parallel()
	changes, matrix := Of(two()), Of(three())
	for name, write := range map[string]func(io.Writer) error{
		"changes.txt":  changes.Text,
		"changes.md":   func(w io.Writer) error { return changes.Markdown(w, false) },
		"changes.html": func(w io.Writer) error { return changes.HTML(w, false) },
		"changes.json": changes.JSON,
		"matrix.txt":   matrix.MatrixText,
		"matrix.md":    func(w io.Writer) error { return matrix.Markdown(w, true) },
		"matrix.html":  func(w io.Writer) error { return matrix.HTML(w, true) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsRune(b.String(), '\x1b') {
				t.Error("a terminal escape came through")
			}
			if strings.HasSuffix(name, ".html") {
				holdsNothingForeign(t, b.String())
			}
			if strings.HasSuffix(name, ".md") && (strings.Contains(b.String(), "<script>") || strings.Contains(b.String(), "[y](")) {
				t.Error("markup came through")
			}
			golden.Check(t, name, b.Bytes())
		})
	}
}

// holdsNothingForeign: the page loads nothing, and runs nothing.
func holdsNothingForeign(t *testing.T, page string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" || n.Data == "img" || n.Data == "link" || n.Data == "a" {
			t.Errorf("the page has a <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "src" || a.Key == "href" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	t.Parallel()
	want := Of(two())
	var b bytes.Buffer
	if err := want.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got Comparison
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func BenchmarkOf10000(b *testing.B) {
	var words strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&words, "R%d:pass ", i)
	}
	in := []Input{{"a", run(words.String(), nil)}, {"b", run(words.String(), nil)}}
	for b.Loop() {
		Of(in)
	}
}
