package selftest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
)

// An interrupted selftest reports what was played, and never holds.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Parallel = 1
	cfg.Faults = []mockgraph.Behaviour{fault("a", "R-1"), fault("b", "R-2"), fault("c", "R-2")}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := Run(ctx, cfg, func(_ context.Context, tr Trial) ([]result.Requirement, error) {
		switch tr.Name() {
		case "a":
			return reqs("ffps"), nil
		case "b":
			cancel()
			return reqs("ppws"), ctx.Err()
		}
		return reqs("ppps"), nil
	}, nil)
	if !r.Interrupted || r.Holds() || len(r.Faults) != 1 || !r.Faults[0].Seen {
		t.Errorf("%+v", r)
	}
}

// The order of the report is that of the registry, whatever ends first.
func TestOrder(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Parallel = 8
	var want []string
	for i := range 20 {
		name := fmt.Sprint("f", i)
		want = append(want, name)
		cfg.Faults = append(cfg.Faults, fault(name, "R-1"))
	}
	last := 0
	r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps"}), func(_ Outcome, ended, all int) {
		if ended != last+1 || all != 21 {
			t.Errorf("%d of %d after %d", ended, all, last)
		}
		last = ended
	})
	var got []string
	for _, f := range r.Faults {
		got = append(got, f.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" || last != 21 {
		t.Errorf("%d ended\n%s", last, diff)
	}
}

func TestSamplePairs(t *testing.T) {
	t.Parallel()
	faults := []mockgraph.Behaviour{fault("a"), fault("b"), fault("c")}
	variants := []mockgraph.Behaviour{variant("x"), variant("y"), variant("z")}
	variants[0].Touches = append(variants[0].Touches, faults[0].Touches...)
	names := func(n, seed int) []string {
		var out []string
		for _, p := range samplePairs(faults, variants, n, seed) {
			out = append(out, p[0].Name+p[1].Name)
		}
		return out
	}
	all := names(100, 1)
	if len(all) != 8 || slices.Contains(all, "ax") {
		t.Errorf("all: %v", all)
	}
	if diff := cmp.Diff(names(5, 3), names(5, 3)); diff != "" {
		t.Errorf("the same seed gives other pairs\n%s", diff)
	}
	different := false
	for seed := range 10 {
		different = different || !slices.Equal(names(5, seed), names(5, 3))
	}
	if !different {
		t.Error("every seed gives the same pairs")
	}
	// Where all may be combined, three pairs reach each behaviour once.
	variants[0].Touches = nil
	for seed := range 20 {
		used := map[byte]int{}
		for _, p := range names(3, seed) {
			used[p[0]]++
			used[p[1]]++
		}
		if len(used) != 6 {
			t.Errorf("seed %d leaves some out: %v", seed, names(3, seed))
		}
	}
	if got := names(0, 1); len(got) != 0 {
		t.Errorf("none: %v", got)
	}
}

// TestOneEntity: what is seen with an entity each says nothing about one for all.
func TestOneEntity(t *testing.T) {
	t.Parallel()
	play := func(one string) Player {
		return func(_ context.Context, tr Trial) ([]result.Requirement, error) {
			switch {
			case tr.Kind == Fault && tr.OneEntity:
				return reqs(one), nil
			case tr.Kind == Fault:
				return reqs("ffps"), nil
			case tr.Kind == Variant && tr.OneEntity && one == "ppps":
				return reqs("pfps"), nil
			}
			return reqs("ppps"), nil
		}
	}
	cfg := config()
	cfg.Partial = true
	cfg.Faults, cfg.Variants = []mockgraph.Behaviour{fault("a", "R-1")}, []mockgraph.Behaviour{variant("v")}
	for _, tc := range []struct {
		entities Entities
		one      string
		holds    bool
		headline string
	}{
		{EntitiesFresh, "ppps", true, "SEEN, as far as was asked"},
		{EntitiesBoth, "ppps", false, "THE SUITE DOES NOT SEE IT ALL: 1 fault unseen with one entity; 1 variant reported with one entity"},
		{EntitiesBoth, "ffps", true, "SEEN, as far as was asked"},
		{EntitiesOne, "ppps", false, "THE SUITE DOES NOT SEE IT ALL: 1 fault unseen; 1 variant reported"},
	} {
		cfg.Entities = tc.entities
		r := Run(t.Context(), cfg, play(tc.one), nil)
		if r.Holds() != tc.holds || r.Headline() != tc.headline || r.Entities != tc.entities {
			t.Errorf("%s %s: holds %v, %q, entities %s", tc.entities, tc.one, r.Holds(), r.Headline(), r.Entities)
		}
		if both := tc.entities == EntitiesBoth; (r.OneEntity != nil) != both {
			t.Errorf("%s: one entity %+v", tc.entities, r.OneEntity)
		}
	}
}
