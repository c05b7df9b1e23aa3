package harness

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
	"graphpact/internal/schema"
	"graphpact/internal/selftest"
)

// shapes are the pages below testdata/shapes, each a page of its own for a run: what the page in
// the program has not. They have in common that the whole selftest holds on them (`make shapes`).
var shapes = sync.OnceValues(func() ([]*Pages, error) {
	all, err := LoadPages(PageConfig{Docs: []string{filepath.Join("testdata", "shapes")}})
	if err != nil {
		return nil, err
	}
	out := make([]*Pages, len(all.Operations))
	for i := range all.Operations {
		out[i] = &Pages{Operations: all.Operations[i : i+1], Conventions: all.Conventions, BasePath: all.BasePath}
	}
	return out, nil
})

func testShapes(t testing.TB) []*Pages {
	t.Helper()
	pages, err := shapes()
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func shapeName(p *Pages) string {
	return strings.TrimSuffix(filepath.Base(p.Operations[0].Page), "-update.md")
}

// shared deals the behaviours out among the pages: each to one that can show it, and about as many
// to one as to another.
func shared(pages []*Pages, all []mockgraph.Behaviour) [][]mockgraph.Behaviour {
	out := make([][]mockgraph.Behaviour, len(pages))
	for _, b := range all {
		least := -1
		for i, p := range pages {
			if b.NotApplicable != nil && b.NotApplicable(p.Operations[0].Operation) != "" {
				continue
			}
			if least < 0 || len(out[i]) < len(out[least]) {
				least = i
			}
		}
		if least >= 0 {
			out[least] = append(out[least], b)
		}
	}
	return out
}

// whole is what `make whole` sets.
var whole = flag.Bool("whole", false, "play each fault and variant")

// every keeps each nth of them, or with -whole all.
func every(n int, all []mockgraph.Behaviour) (kept []mockgraph.Behaviour) {
	if *whole {
		n = 1
	}
	for i := 0; i < len(all); i += n {
		kept = append(kept, all[i])
	}
	return kept
}

// TestShapes plays a part of the selftest on each page (`make shapes` plays all of it): a share of
// a fifth of the faults and variants, what was once not seen on a page of that shape, and the controls that let most pass.
func TestShapes(t *testing.T) {
	t.Parallel()
	pages := testShapes(t)
	faults, variants := shared(pages, every(5, mockgraph.Faults())), shared(pages, every(5, mockgraph.Variants()))
	own := map[string][]string{
		"kayak":           {"etag-constant", "concurrent-updates-lost", "concurrent-conflict-kept", "concurrent-update-500", "concurrent-updates-mixed", "conflict-for-one"},
		"signboard":       {"read-property-wrong-type", "concurrent-updates-mixed", "named-values-only"},
		"notebook":        {"concurrent-updates-mixed"},
		"ferry":           {"wrong-entity", "read-key-of-another"},
		"bakery":          {"member-in-other-case-accepted"},
		"kite":            {"status-204", "read-only-settable"},
		"harboursettings": {"member-stored-as-another", "members-stored-as-last"},
	}
	for i, p := range pages {
		t.Run(shapeName(p), func(t *testing.T) {
			t.Parallel()
			bench, err := NewBench(p)
			if err != nil {
				t.Fatal(err)
			}
			cfg := selftest.Config{
				Operation: bench.Operation.Operation, Cases: bench.Cases, Parallel: 4, Partial: true,
				Faults: faults[i], Variants: variants[i], Entities: selftest.EntitiesFresh,
				Controls: slices.DeleteFunc(negative.Controls(), func(c negative.Control) bool { return c.Name != "parrot" && c.Name != "yes-man" }),
			}
			if i%2 == 1 {
				cfg.Entities = selftest.EntitiesOne
			}
			if r := selftest.Run(t.Context(), cfg, bench.Play, nil); !r.Holds() {
				t.Errorf("%s", selftest.Text(r, false, selftest.TextWidth))
			}
			cfg.Faults, cfg.Variants, cfg.Controls, cfg.Entities = nil, nil, nil, selftest.EntitiesBoth
			for _, name := range own[shapeName(p)] {
				b, ok := mockgraph.FindBehaviour(name)
				if why := cfg.NotApplicable(b); !ok || why != "" {
					t.Errorf("%s cannot be shown: %s", name, why)
				}
				if b.Kind == mockgraph.Fault {
					cfg.Faults = append(cfg.Faults, b)
				} else {
					cfg.Variants = append(cfg.Variants, b)
				}
			}
			if len(own[shapeName(p)]) == 0 {
				return
			}
			if r := selftest.Run(t.Context(), cfg, bench.Play, nil); !r.Holds() {
				t.Errorf("%s", selftest.Text(r, false, selftest.TextWidth))
			}
		})
	}
}

// TestNotOnThisShape: what cannot be shown on a page is said so, with what is true of the page.
func TestNotOnThisShape(t *testing.T) {
	t.Parallel()
	reasons := map[string]map[string]string{
		"sluice":          {"status-202": "the page promises 202", "status-204": "does not promise 200"},
		"signboard":       {"empty-body": "promises no body"},
		"kite":            {"empty-body": "promises no body", "status-200": "does not promise 204"},
		"bakery":          {"status-204": "also names 204"},
		"notebook":        {"unknown-property-stored": "calls the type open"},
		"season":          {"undocumented-member-stored": "no enum"},
		"harboursettings": {"absent-created": "has no parameter"},
	}
	for _, p := range testShapes(t) {
		for name, want := range reasons[shapeName(p)] {
			b, ok := mockgraph.FindBehaviour(name)
			if got := b.NotApplicable(p.Operations[0].Operation); !ok || !strings.Contains(got, want) {
				t.Errorf("%s %s: %q, want %q", shapeName(p), name, got, want)
			}
		}
	}
}

// TestShapesAreRestored: after a run the one entity of an endpoint is as it was, whatever legal
// habits the endpoint has; a third of them, or with -whole all.
func TestShapesAreRestored(t *testing.T) {
	t.Parallel()
	pages := testShapes(t)
	variants := shared(pages, every(3, mockgraph.Variants()))
	for i, p := range pages {
		// Without a variant too.
		for _, v := range append([]mockgraph.Behaviour{{Name: "as the page says"}}, variants[i]...) {
			if v.Name == "http2" {
				continue // it is served over TLS
			}
			t.Run(shapeName(p)+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				play := fieldPlay{pages: p}
				if v.Kind != "" {
					play.behaviours = []mockgraph.Behaviour{v}
				}
				expectRestored(t, &play)
			})
		}
	}
}

// expectRestored plays the suite, and expects nothing to be reported and the entity as it was.
func expectRestored(t *testing.T, play *fieldPlay) {
	t.Helper()
	op := play.pages.Operations[0].Operation
	var before map[string]any
	play.change = func(c *RunConfig) {
		c.brief = true
		// A server may set an entity up at the first request for it.
		path, err := client.Expand(op.Path.Template, play.srv.Params(op))
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, play.srv.BasePath()+path, nil)
		req.Header.Set("Authorization", "Bearer "+c.Target.Client.Token)
		play.srv.ServeHTTP(httptest.NewRecorder(), req)
		before = stored(t, play.srv, op)
	}
	if err := play.play(t); err != nil {
		t.Error(err)
	}
	for _, r := range play.reqs {
		if r.Verdict != result.Pass && r.Verdict != result.Skip {
			t.Errorf("%s: %s %s %+v", r.Key(), r.Verdict, r.Reason, r.Checks[max(0, len(r.Checks)-1):])
		}
	}
	if play.problems != nil {
		t.Errorf("not restored: %v", play.problems)
	}
	var moves []string
	for _, q := range op.Properties {
		// The server sets these by itself: no client can restore them.
		if q.Role == contract.RoleModified || q.ReadOnly.Value && q.Role == "" {
			moves = append(moves, q.Name)
		}
	}
	for _, d := range entity.Differences(op, before, stored(t, play.srv, op), moves...) {
		t.Errorf("%s was %s, and is %s after the run", d.Name, d.Before, d.After)
	}
}

// stored is the first entity as the mock keeps it.
func stored(t *testing.T, srv *mockgraph.Server, op *contract.Operation) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, m := range srv.Entities(op)[0].Body {
		v, err := schema.Decode(m.Value)
		if err != nil {
			t.Fatal(err)
		}
		out[m.Name] = v
	}
	return out
}
