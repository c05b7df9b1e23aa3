package probe

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
)

// box is an operation that sets a name, and a size of which the page shows a width.
func box() *contract.Operation {
	op := lamp()
	size := contract.Property{Name: "size", Listed: true, Type: contract.Type{Shape: "object"}}
	size.Named = []contract.Value{{JSON: map[string]any{"width": json.Number("2")}, Origin: contract.FromExample}}
	op.Properties = []contract.Property{text("name"), size}
	return op
}

// TestObjectsThatLackMembers: an object is given a member that it lacks only where the endpoint
// takes null for it, and has none at the end.
func TestObjectsThatLackMembers(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	merge := func(state, body m, was m) {
		if size, is := body["size"].(m); is {
			merged := maps.Clone(was)
			maps.Copy(merged, size)
			maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
			state["size"] = merged
		}
	}
	for name, tt := range map[string]struct {
		size     m
		replaces bool
		refuses  bool // null of a member
		want     string
		never    string
		sent     string
	}{
		"merges":                        {size: m{}, want: "size taken", sent: `PATCH {"size":{"width":null}}`},
		"replaces":                      {size: m{}, replaces: true, want: "size taken", sent: `PATCH {"size":{"width":null}}`},
		"a member cannot be cleared":    {size: m{}, refuses: true, want: "size cannot be cleared", never: `"width":2`},
		"the member is null":            {size: m{"width": nil}, refuses: true, want: "size cannot be cleared", never: `"width":2`},
		"nothing is lacking":            {size: m{"width": float64(5)}, refuses: true, want: "size taken", never: "null"},
		"another member stays as it is": {size: m{"depth": "d"}, want: "size taken", sent: `PATCH {"size":{"depth":"d","width":null}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(m{"name": "Hall", "size": tt.size})
			s.refuse = func(body map[string]any) bool {
				size, _ := body["size"].(m)
				v, has := size["width"]
				return tt.refuses && has && v == nil
			}
			was := tt.size
			s.keep = func(state, body map[string]any) {
				if tt.replaces {
					was = m{}
				}
				merge(state, body, was)
				was, _ = state["size"].(m)
			}
			r, _ := s.probe(t, func(c *Config) { c.Subject.Op = box() })
			if got := outcomes(r); got != "name taken, "+tt.want {
				t.Error(got)
			}
			all := strings.Join(s.sent, "\n")
			if tt.never != "" && strings.Contains(all, tt.never) || !strings.Contains(all, tt.sent) {
				t.Errorf("sent %s", all)
			}
			_, last := s.at(s.now)
			if diff := cmp.Diff(any(tt.size), last["size"]); diff != "" {
				t.Errorf("the probe leaves (-first +last):\n%s", diff)
			}
		})
	}
}

// TestMemberThatSomebodySets: what somebody else gives an object before the first update of it
// is theirs, and is not cleared.
func TestMemberThatSomebodySets(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	s := newServer(m{"name": "Hall", "size": m{}})
	once := false
	s.arrive = func(_ string, body map[string]any) {
		if _, is := body["size"]; is && !once {
			once = true
			s.change(m{"size": m{"width": float64(7)}}, s.now)
		}
	}
	r, _ := s.probe(t, func(c *Config) { c.Subject.Op = box() })
	if got := outcomes(r); got != "name taken, size taken" {
		t.Error(got)
	}
	if all := strings.Join(s.sent, "\n"); strings.Count(all, "null") != 1 { // the one that was refused with 412
		t.Errorf("sent %s", all)
	}
	if _, last := s.at(s.now); !cmp.Equal(last["size"], any(m{"width": float64(7)})) {
		t.Errorf("the probe leaves %v", last)
	}
}
