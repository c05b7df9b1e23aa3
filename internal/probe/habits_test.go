package probe

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
)

// TestWhatMoves: a counter and a key of the version move at each update. They are nobody's
// damage, no values to set, and cannot be restored. What one update alone changes is none.
func TestWhatMoves(t *testing.T) {
	t.Parallel()
	var versions atomic.Int32
	for name, tt := range map[string]struct {
		row  func(op *contract.Operation)
		keep func(state, body map[string]any)
		want string
		// absent is set where the entity has no version at first.
		absent bool
	}{
		"a counter that may be sent": {
			row: func(op *contract.Operation) {
				op.Properties = append(op.Properties, contract.Property{Name: "version", Listed: true, Type: contract.Type{Name: "Int32", Edm: "Edm.Int32"}})
			},
			keep: func(state, _ map[string]any) { state["version"] = count(state["version"]) + 1 },
			want: "version",
		},
		"a key that the page shows": {
			row: func(op *contract.Operation) {
				op.Properties = append(op.Properties, contract.Property{Name: "version", Type: contract.Type{Name: "String", Edm: "Edm.String"}})
			},
			keep: func(state, _ map[string]any) { state["version"] = fmt.Sprintf("v%d", versions.Add(1)) },
			want: "version",
		},
		"a counter that the page does not name": {
			keep: func(state, _ map[string]any) { state["version"] = count(state["version"]) + 1 },
			want: "version",
		},
		"a counter that the first update brings": {
			keep:   func(state, _ map[string]any) { state["version"] = count(state["version"]) + 1 },
			absent: true,
			want:   "version",
		},
		"one update alone": {
			keep: func(state, body map[string]any) {
				if _, is := body["place"]; is && len(body) == 1 {
					state["version"] = 7
				}
			},
		},
		"a text that may be sent": { // may be damage
			keep: func(state, _ map[string]any) { state["name"] = fmt.Sprintf("v%d", versions.Add(1)) },
		},
		"now and then": {
			keep: func(state, body map[string]any) {
				if _, is := body["place"]; !is {
					state["version"] = count(state["version"]) + 1
				}
			},
		},
		"to and fro": {keep: func(state, _ map[string]any) { state["version"] = 4 - count(state["version"]) }},
		"lost":       {keep: func(state, _ map[string]any) { state["version"] = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := state()
			if !tt.absent {
				first["version"] = 3
			}
			s := newServer(first)
			s.keep = tt.keep
			r, k := s.probe(t, func(c *Config) {
				if tt.row != nil {
					tt.row(c.Subject.Op)
				}
			})
			if got := strings.Join(r.Moves, ","); got != tt.want || strings.Join(k.moves, ",") != tt.want {
				t.Errorf("moves %s, the keeper knows %v", got, k.moves)
			}
			for _, p := range r.Properties {
				moves := p.Outcome == Moves
				if p.Name == "version" && !moves || moves && p.Name != "version" { // where it may be sent
					t.Errorf("%s %s", p.Name, p.Outcome)
				}
				if tt.want != "" && len(p.Others) > 0 {
					t.Errorf("%s is said to change %v", p.Name, p.Others)
				}
			}
		})
	}
}

// count is a number as the server holds it: its own, or one that was sent.
func count(v any) int {
	if n, isFloat := v.(float64); isFloat {
		return int(n)
	}
	n, _ := v.(int)
	return n
}

// TestComputed: what the page calls read-only may be a side effect; but nothing may lose it.
func TestComputed(t *testing.T) {
	t.Parallel()
	for value, damage := range map[any]bool{"2026-03-01": false, nil: true} {
		first := state()
		first["done"] = "never"
		s := newServer(first)
		s.keep = func(state, body map[string]any) {
			if _, is := body["place"]; is {
				state["done"] = value
			}
		}
		r, _ := s.probe(t, func(c *Config) {
			done := text("done")
			done.ReadOnly = contract.Fact[bool]{Value: true}
			c.Subject.Op.Properties = append(c.Subject.Op.Properties, done)
		})
		if p, _ := r.Property("place"); len(p.Others) > 0 != damage {
			t.Errorf("set to %v: %v", value, p.Others)
		}
	}
}

// TestGuarded: what somebody else sets just before the first update that names it is what is
// restored, also where no read has met it.
func TestGuarded(t *testing.T) {
	t.Parallel()
	s := newServer(state())
	met := false
	s.arrive = func(_ string, body map[string]any) {
		if _, is := body["place"]; is && !met {
			met = true
			s.change(map[string]any{"place": "Set by another"}, s.now)
		}
	}
	r, k := s.probe(t, nil)
	if got := outcomes(r); got != "name taken, place taken, note taken" {
		t.Error(got)
	}
	if k.first["place"] != "Set by another" || r.First["place"] != "Set by another" {
		t.Errorf("first %v, %v", k.first, r.First)
	}
	if _, last := s.at(s.now); last["place"] != "Set by another" {
		t.Errorf("the probe leaves %v", last)
	}
	if r.Lag != 0 || len(s.sent) > 2*3+10 {
		t.Errorf("lag %s, %d requests", r.Lag, len(s.sent))
	}
}

// TestShownOnlyWithSelect: what a plain GET does not show is read with $select.
func TestShownOnlyWithSelect(t *testing.T) {
	t.Parallel()
	s := newServer(state())
	s.hides = []string{"note"}
	r, k := s.probe(t, nil)
	if got := outcomes(r); got != "name taken, place taken, note taken" {
		t.Error(got)
	}
	if want := []string{"name", "note", "place"}; !cmp.Equal(r.Select, want) || !cmp.Equal(r.Hidden, []string{"note"}) || !cmp.Equal(k.selects, want) {
		t.Errorf("select %v, hidden %v, the keeper knows %v", r.Select, r.Hidden, k.selects)
	}
	if _, last := s.at(s.now); !cmp.Equal(last, state()) || r.First["note"] != "new" {
		t.Errorf("first %v, left %v", r.First, last)
	}
	if len(s.sent) > 2*3+10 {
		t.Errorf("%d requests", len(s.sent))
	}
}

// TestPrefer: what becomes of Prefer is found out with an update that is sent anyway.
func TestPrefer(t *testing.T) {
	t.Parallel()
	for prefers, want := range map[bool]Preference{true: PreferHonoured, false: PreferIgnored} {
		s := newServer(state())
		s.prefers = prefers
		r, _ := s.probe(t, nil)
		if r.Prefer != want {
			t.Errorf("%s, want %s", r.Prefer, want)
		}
		if _, last := s.at(s.now); !cmp.Equal(last, state()) {
			t.Errorf("the probe leaves %v", last)
		}
	}
}

// TestWithoutGet: only what answers tell is said, and no GET is sent.
func TestWithoutGet(t *testing.T) {
	t.Parallel()
	s := newServer(state())
	s.noGet = true
	s.refuse = func(body map[string]any) bool { _, is := body["place"]; return is }
	r, _ := s.probe(t, func(c *Config) { c.NoGet, c.Keeper = true, nil })
	if got := outcomes(r); got != "name taken, not seen, place refused, note taken, not seen" {
		t.Error(got)
	}
	if slices.Contains(s.sent, "GET") || len(s.sent) != 3 || r.First != nil {
		t.Errorf("sent %v, first %v", s.sent, r.First)
	}
	if p, _ := r.Property("name"); p.Second == nil || p.Second == p.Sent.JSON {
		t.Errorf("the second value is %v", p.Second)
	}
}

// TestManyNulls: what is null is asked about at once, so that a long page keeps to the number of
// requests; and where each is refused on its own, the probe ends in time.
func TestManyNulls(t *testing.T) {
	t.Parallel()
	const many = 20
	op := lamp()
	op.Properties = nil
	first := map[string]any{}
	for i := range many {
		op.Properties = append(op.Properties, text(fmt.Sprintf("p%02d", i)))
		first[fmt.Sprintf("p%02d", i)] = nil
	}
	for name, refuse := range map[string]func(body map[string]any) bool{
		"taken":        nil,
		"not together": func(body map[string]any) bool { return len(body) > 1 },
		"values are refused": func(body map[string]any) bool {
			return slices.ContainsFunc(slices.Collect(maps.Values(body)), func(v any) bool { return v != nil })
		},
	} {
		s := newServer(maps.Clone(first))
		s.refuse = refuse
		r, _ := s.probe(t, func(c *Config) { c.Subject = &entity.Subject{Client: c.Subject.Client, Op: op, Path: c.Subject.Path} })
		limit := 2*many + 10
		if name == "not together" { // it is restored one by one
			limit += many
		}
		if len(s.sent) > limit {
			t.Errorf("%s: %d requests", name, len(s.sent))
		}
		left := 0
		for _, p := range r.Properties {
			if p.Outcome == NotAsked {
				left++
				if p.Why == "" {
					t.Errorf("%s: nothing says why %s was not asked about", name, p.Name)
				}
			}
		}
		if want := map[string]bool{"taken": false, "not together": true, "values are refused": false}[name]; left > 0 != want {
			t.Errorf("%s: %d were not asked about", name, left)
		}
		if _, last := s.at(s.now); !cmp.Equal(last, first) {
			t.Errorf("%s: the probe leaves %v", name, last)
		}
	}
}
