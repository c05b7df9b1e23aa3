package selftest

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/golden"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
	"graphpact/schemas"
	"graphpact/schemas/schematest"
)

// sample has one of everything; the bad one has all that can go wrong.
func sample(t *testing.T, bad bool) *Report {
	t.Helper()
	plays := map[string]string{
		"baseline": "ppps", "named": "ffps", "named-too": "fsws", "legal": "ppps", "other-clock": "pspss",
		"parrot": "eeps", "silent": "eees",
		"named + legal": "ffps", "named-too + legal": "fsws", "named + other-clock": "ffps", "named-too + other-clock": "fsws",
	}
	plays["other-clock"] = "psps"
	cfg := config()
	cfg.Faults = []mockgraph.Behaviour{fault("named", "R-1"), fault("named-too", "R-2")}
	cfg.Variants = []mockgraph.Behaviour{variant("legal"), variant("other-clock")}
	cfg.Controls = []negative.Control{
		{Name: "parrot", Summary: "says one thing", Passes: []negative.Pass{{ID: "R-2", Why: "it <says> the | same"}}},
		{Name: "silent", Summary: "never answers"},
	}
	cfg.Pairs, cfg.Seed = 2, 7
	nowhere := fault("nowhere", "R-3")
	nowhere.NotApplicable = func(*contract.Operation) string { return "the page has no lamp" }
	cfg.Faults = append(cfg.Faults, nowhere)
	if bad {
		cfg.Faults = append(cfg.Faults, fault("unseen", "R-1", "R-9"), fault("broken-down", "R-1"), fault("names-nothing"))
		cfg.Variants = append(cfg.Variants, variant("reported"), variant("no-answer"))
		plays["unseen"], plays["broken-down"], plays["names-nothing"] = "sepw", "error the port\x1b[31m is taken", "ppws"
		plays["reported"], plays["no-answer"] = "fpes", "error no"
		plays["named"] = "fpps"
		plays["parrot"] = "epes"
		plays["named + legal"], plays["named + other-clock"], plays["named-too + legal"] = "pfps", "pfps", "ssss"
		plays["baseline"] = "ppwp"
		cfg.Pairs = 4
	}
	for i := range cfg.Faults {
		cfg.Faults[i].Summary = "The server breaks promise " + cfg.Faults[i].Name + "."
	}
	for i := range cfg.Variants {
		cfg.Variants[i].Summary = "The server keeps its promises by " + cfg.Variants[i].Name + "."
	}
	r := Run(t.Context(), cfg, func(ctx context.Context, tr Trial) ([]result.Requirement, error) {
		return script(plays)(ctx, tr)
	}, nil)
	r.Tool = result.Tool{Name: "graphpact", Version: "1", GoVersion: "go1"}
	r.Page = result.Page{File: "docs/lamp-update.md", Title: "Update lamp", Digest: "sha256:0", Operation: "PATCH /lamps/{lampId}"}
	r.StartedAt, r.DurationMS = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), 1234
	return r
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]bool{"good": false, "bad": true} {
		t.Run(name, func(t *testing.T) {
			r := sample(t, bad)
			if r.Holds() == bad {
				t.Errorf("holds: %v", r.Holds())
			}
			golden.Check(t, name+".txt", Text(r, false, TextWidth))
			golden.Check(t, name+".md", withoutLimits(t, Markdown(r)))
		})
	}
}

// TestPagesGoldenFiles: a row for each page, and below the table what is not as it should be.
func TestPagesGoldenFiles(t *testing.T) {
	t.Parallel()
	p := NewPages()
	for name, bad := range map[string]bool{"docs/a/lamp-update.md": false, "docs/b/kiln-update.md": true} {
		r := sample(t, bad)
		r.Page.File = name
		p.Add(r)
	}
	slices.SortFunc(p.Reports, func(a, b *Report) int { return strings.Compare(a.Page.File, b.Page.File) })
	if p.Holds() || p.Holding != 1 || p.Totals.Faults != p.Reports[0].Totals.Faults+p.Reports[1].Totals.Faults {
		t.Errorf("%d hold, %+v", p.Holding, p.Totals)
	}
	golden.Check(t, "pages.txt", PagesText(p, false, TextWidth))
	golden.Check(t, "pages.md", PagesMarkdown(p))
	if out := string(PagesText(p, true, TextWidth)); strings.ContainsFunc(out, func(r rune) bool { return r > 126 || r == 0x1b }) {
		t.Errorf("not ASCII:\n%s", out)
	}
	data, err := PagesJSON(p)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Reports []json.RawMessage }
	if err := json.Unmarshal(data, &got); err != nil || len(got.Reports) != 2 {
		t.Fatalf("%d reports, %v", len(got.Reports), err)
	}
	one := schematest.Compile(t, schemas.Selftest)
	for _, r := range got.Reports {
		schematest.Matches(t, one, r)
	}
	p.Interrupted = true
	if p.Holds() || !strings.Contains(p.Headline(), "INTERRUPTED") {
		t.Error(p.Headline())
	}
}

// withoutLimits takes off the text that every page ends with.
func withoutLimits(t *testing.T, page []byte) []byte {
	t.Helper()
	head, found := bytes.CutSuffix(page, limits)
	if !found {
		t.Error("the page does not end with what the suite cannot see")
	}
	return head
}

func TestJSONMatchesItsSchema(t *testing.T) {
	t.Parallel()
	s := schematest.Compile(t, schemas.Selftest)
	for _, bad := range []bool{false, true} {
		data, err := JSON(sample(t, bad))
		if err != nil {
			t.Fatal(err)
		}
		schematest.Matches(t, s, data)
		schematest.Refuses(t, s, bytes.Replace(data, []byte(`"detectedBy"`), []byte(`"seen"`), 1))
	}
	// A selftest in which nothing was played has lists all the same.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data, err := JSON(Run(ctx, config(), script(nil), nil))
	if err != nil {
		t.Fatal(err)
	}
	schematest.Matches(t, s, data)
}

// Whatever is shown fits the width, but for one word that does not, and holds no
// control character of a server.
func TestTextFits(t *testing.T) {
	t.Parallel()
	r := sample(t, true)
	for i := range 60 {
		r.Requirements = append(r.Requirements, RequirementOutcome{ID: "LONG-" + string(rune('A'+i%26)) + "-1", Rows: []Row{{}}})
	}
	r.Faults[0].Name = strings.Repeat("long-name-", 10)
	for i, ascii := range []bool{false, true, false, true} {
		width := []int{TextWidth, minTextWidth}[i/2]
		out := string(Text(r, ascii, width))
		for line := range strings.SplitSeq(out, "\n") {
			if n := utf8.RuneCountInString(line); n > width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
		if strings.ContainsRune(out, 0x1b) {
			t.Error("an escape gets through")
		}
		if ascii && strings.ContainsFunc(out, func(r rune) bool { return r > 126 }) {
			t.Errorf("not ASCII:\n%s", out)
		}
	}
}

// The documentation depends on nothing that changes from run to run.
func TestMarkdownIsReproducible(t *testing.T) {
	t.Parallel()
	a, b := sample(t, true), sample(t, true)
	b.StartedAt, b.DurationMS, b.Tool.Version = b.StartedAt.Add(time.Hour), 1, "2"
	if diff := cmp.Diff(string(Markdown(a)), string(Markdown(b))); diff != "" {
		t.Error(diff)
	}
}
