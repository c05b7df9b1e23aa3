package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
)

// maxRepeats is how many updates of a run are repeated to tell somebody else's change from one of
// the endpoint: who changes the entity more often than that spoils the run.
const maxRepeats = 3

// known gives the values that the entity at the path has had so far, by property.
func (s *settling) known(path string) map[string][]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]any{}
	for name, values := range s.of(path).seen {
		out[name] = slices.Clone(values)
	}
	return out
}

// repeat takes one of the repeats of the run, false where none is left.
func (s *settling) repeat() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repeats++
	return s.repeats <= maxRepeats
}

// bySomebody gives the state after the update under test: another one than was seen where somebody
// else, and not the update, has changed what differs from the state before. A value that the run has
// never seen may be somebody's: the state is set back, and the update is sent again; where that
// changes nothing but what it names, the endpoint is not to blame. The other values are the true
// first ones from then on.
//
// alike compares the repeated update with a GET after it.
func (w *world) bySomebody(ctx context.Context, was map[string]any, seen *entity.Response, except []string,
	alike func(answer *entity.Response, state map[string]any) bool,
) (*entity.Response, error) {
	is := seen.Object
	found, back := w.novel(was, is, except)
	if len(found) == 0 || !w.live.settling.repeat() {
		return seen, nil
	}
	tested, answers, read := w.response, w.responses, w.after
	keep := func() (*entity.Response, error) {
		w.response, w.responses, w.after = tested, answers, read
		return seen, nil
	}
	if err := w.touch(back); err != nil {
		return nil, err
	}
	res := w.sent(w.subject.Update(ctx, "set back what somebody may have changed, to repeat the update", back))
	w.wasSent(res, back)
	if res.Err != nil || !w.succeeded(res) {
		return seen, nil //nolint:nilerr // then what was seen first stands
	}
	if _, err := w.readBefore(ctx, "state before the update is repeated"); err != nil {
		return nil, err
	}
	if err := w.touch(w.body); err != nil {
		return nil, err
	}
	again := w.sent(w.subject.UpdateRaw(ctx, underTest+", repeated", tested.RequestBody, sameRequest(tested.Exchange)...))
	w.wasSent(again, w.body)
	if again.Err != nil || again.Status != tested.Status {
		return keep() // what was seen first stands
	}
	w.response, w.responses, w.after = again, []*entity.Response{again}, nil
	after, err := w.shownBy(ctx, func(state map[string]any) bool { return alike(again, state) })
	if err != nil {
		return nil, err
	}
	if !alike(again, after.Object) {
		return keep()
	}
	for _, name := range found {
		if err := w.live.Keeper.Correct(w.subject.Path, name, is[name]); err != nil {
			return nil, err
		}
		w.note("somebody else's change of "+name, fmt.Sprintf("it went from %s to %s around the update, and not when the update was repeated; it is restored at the end of the run",
			entity.Show(was[name], true), entity.Show(is[name], true)))
	}
	return after, nil
}

// novel gives the properties that differ, where each may be somebody else's change, and the update
// that sets the state back to what it was; none where one of them cannot be.
func (w *world) novel(was, is map[string]any, except []string) (found []string, back map[string]any) {
	if w.live.Probe == nil || w.live.Keeper == nil || len(w.responses) != 1 || w.response.Err != nil {
		return nil, nil
	}
	back = map[string]any{}
	for _, d := range entity.Differences(w.live.Operation, was, is, except...) {
		p, named := w.live.Operation.Property(d.Name)
		if !named {
			continue // it may change by itself
		}
		_, sent := w.body[d.Name]
		one, asked := w.live.Probe.Property(d.Name)
		old := slices.ContainsFunc(w.knew[d.Name], func(v any) bool { return p.Same(v, is[d.Name]) })
		if sent || old || empty(was[d.Name]) || empty(is[d.Name]) || !asked || one.Outcome != probe.Taken || slices.Contains(w.frozen, d.Name) {
			return nil, nil
		}
		found, back[d.Name] = append(found, d.Name), was[d.Name]
	}
	if len(found) == 0 {
		return nil, nil
	}
	settable := map[string]contract.Property{}
	for _, p := range w.live.Operation.Settable() {
		settable[p.Name] = p
	}
	for name := range w.body {
		if _, can := settable[name]; can && w.before[name] != nil {
			back[name] = w.before[name]
		}
	}
	return found, maps.Clone(back)
}

// sameRequest are the options of a request that make it the one that was sent.
func sameRequest(ex *client.Exchange) []entity.Option {
	opts := []entity.Option{entity.WithAuth(ex.Auth)}
	for _, name := range []string{"Content-Type", "If-Match", "Prefer"} {
		if v := ex.RequestHeader.Get(name); v != "" {
			opts = append(opts, entity.WithHeader(name, v))
		}
	}
	return opts
}
