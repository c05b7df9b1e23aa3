package steps

import (
	"context"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/schema"
)

func (w *world) stateThens(b bindings) {
	b[thenGetShows] = func(ctx context.Context, name, value string) error { return w.getShows(ctx, name, value) }
	b[thenGetShowsSent] = func(ctx context.Context, name string) error { return w.getShows(ctx, name, w.body[name]) }
	b[thenGetShowsUpdate] = w.getShowsUpdate
	b[thenGetNotForged] = w.getNotForged
	b[thenGetUnchanged] = func(ctx context.Context, name string) error { return w.getShows(ctx, name, w.before[name]) }
	b[thenKeyUnchanged] = w.keyUnchanged
	b[thenOthersSame] = func(ctx context.Context) error { return w.unchanged(ctx, w.sentAndModified()...) }
	b[thenAllSame] = func(ctx context.Context) error { return w.unchanged(ctx, w.modifiedName()...) }
	b[thenSecondSame] = func(ctx context.Context) error {
		after, err := w.readBack(ctx)
		if err != nil {
			return err
		}
		return w.same("the state after the second update", after, w.between, after.Object, w.modifiedName()...)
	}
	b[thenNothingChanged] = func(ctx context.Context) error { return w.unchanged(ctx) }
	b[thenStillAbsent] = func(ctx context.Context) error {
		return w.expectAbsent(ctx, "see whether the refused update created it")
	}
	b[thenOneOfTwo] = w.oneOfTwo
}

func (w *world) getShows(ctx context.Context, name string, want any) error {
	after, err := w.readBack(ctx)
	if err != nil {
		return err
	}
	return w.shows(after, "a following GET", name, want)
}

func (w *world) getShowsUpdate(ctx context.Context) error {
	for _, p := range w.live.Operation.Properties {
		if v, sent := w.body[p.Name]; sent {
			if err := w.getShows(ctx, p.Name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// getNotForged expects that a value which only the server sets did not take effect.
// The date of the last modification may move; every other such value must stay.
func (w *world) getNotForged(ctx context.Context, name string) error {
	after, err := w.readBack(ctx)
	if err != nil {
		return err
	}
	p, err := w.property(name)
	if err != nil {
		return err
	}
	got, present := after.Object[name]
	c := check{name: "a following GET shows " + name, on: after, pointer: entity.Pointer(name), actual: entity.Show(got, present)}
	if p.Role == contract.RoleModified {
		c.expected = "any other value than " + entity.Show(w.body[name], true)
		return w.expect(present && !schema.Equal(got, w.body[name]), c)
	}
	want, was := w.before[name]
	c.expected = entity.Show(want, was)
	return w.expect(present == was && schema.Equal(got, want), c)
}

func (w *world) keyUnchanged(ctx context.Context) error {
	key, ok := w.live.Operation.WithRole(contract.RoleKey)
	if !ok {
		return w.skip("the page shows no key")
	}
	return w.getShows(ctx, key.Name, w.before[key.Name])
}

func (w *world) modifiedName() []string {
	if p, ok := w.live.Operation.WithRole(contract.RoleModified); ok {
		return []string{p.Name}
	}
	return nil
}

func (w *world) sentAndModified() []string {
	names := w.modifiedName()
	for n := range w.body {
		names = append(names, n)
	}
	return names
}

// unchanged expects the state before, but for the named properties and annotations.
func (w *world) unchanged(ctx context.Context, except ...string) error {
	after, err := w.readBack(ctx)
	if err != nil {
		return err
	}
	return w.same("the state is as it was", after, w.before, after.Object, except...)
}

// same expects two states to be equal; each difference is a check of its own.
func (w *world) same(name string, on *entity.Response, want, got map[string]any, except ...string) error {
	diffs := entity.Differences(want, got, except...)
	if len(diffs) == 0 {
		return w.expect(true, check{name: name, on: on, expected: "no difference", actual: "no difference"})
	}
	for _, d := range diffs {
		w.record(false, check{name: name, on: on, pointer: d.Pointer, expected: d.Before, actual: d.After})
	}
	return w.failure()
}

// oneOfTwo expects the state that one of the successful updates asked for, whole.
func (w *world) oneOfTwo(ctx context.Context) error {
	after, err := w.readBack(ctx)
	if err != nil {
		return err
	}
	found, wants := false, ""
	for i, body := range w.bodies {
		if !w.succeeded(w.responses[i]) {
			continue
		}
		if wants != "" {
			wants += " or "
		}
		wants += entity.Show(body, true)
		found = found || holds(after.Object, body)
	}
	actual := map[string]any{}
	for n := range w.bodies[0] {
		actual[n] = after.Object[n]
	}
	return w.expect(found, check{
		name: "the state after two updates at once", on: after, expected: wants, actual: entity.Show(actual, true),
	})
}

func holds(state, body map[string]any) bool {
	for n, v := range body {
		if !schema.Equal(state[n], v) {
			return false
		}
	}
	return true
}
