package steps

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/entity"
)

// TestBeforeAndLost: what was lost since the first read counts as there, unless the run itself
// has emptied it.
func TestBeforeAndLost(t *testing.T) {
	t.Parallel()
	op := newBench(t).op
	names := make([]string, 0, 3)
	for _, p := range op.Properties[:3] {
		names = append(names, p.Name)
	}
	live := &Live{Operation: op, First: &FirstStates{}}
	first := map[string]any{names[0]: "a", names[1]: "b", names[2]: []any{"c"}, "other": "d"}
	live.First.Remember("/x", map[string]any{})
	live.First.Remember("/x", first) // nothing was changed yet
	live.First.wrote("/x", map[string]any{names[1]: nil, names[0]: "a2"})
	live.First.Remember("/x", map[string]any{})
	w := &world{live: live, subject: &entity.Subject{Path: "/x"}, before: map[string]any{names[1]: nil, names[2]: []any{}}}
	want := map[string]any{names[0]: "a", names[1]: nil, names[2]: []any{"c"}}
	if diff := cmp.Diff(want, w.beforeAndLost()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(w.before) != 2 {
		t.Errorf("the state before was changed: %v", w.before)
	}
	w.subject.Path = "/never-read"
	if diff := cmp.Diff(w.before, w.beforeAndLost()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestMixture: a state is called a mixture only where it is one.
func TestMixture(t *testing.T) {
	t.Parallel()
	w := &world{live: &Live{Operation: newBench(t).op}}
	for _, tc := range []struct {
		bodies []map[string]any
		state  map[string]any
		want   string
	}{
		{[]map[string]any{{"x": "1", "y": "1"}, {"x": "2", "y": "2"}}, map[string]any{"x": "1", "y": "2"}, "the state is a mixture of both updates"},
		{[]map[string]any{{"x": "1", "y": "1"}, {"x": "2", "y": "2"}}, map[string]any{"x": "1", "y": "0"}, "neither of the two updates asked for this state"},
		{[]map[string]any{{"x": "1"}, {"x": "2"}}, map[string]any{"x": "0"}, "neither of the two updates asked for this state"},
		{[]map[string]any{{"x": "1"}, {"x": "2"}}, map[string]any{"x": "2"}, "the update that asked for this state was refused"},
	} {
		w.bodies = tc.bodies
		if got := w.notOneOfTwo(tc.state); got != tc.want {
			t.Errorf("%v after %v: %q, want %q", tc.state, tc.bodies, got, tc.want)
		}
	}
}
