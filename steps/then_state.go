package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/jsonpointer"
	"graphpact/internal/result"
)

func (w *world) stateThens(b bindings) {
	b[thenGetShows] = func(ctx context.Context, name, value string) error { return w.getShows(ctx, name, value) }
	b[thenGetShowsSent] = func(ctx context.Context, name string) error { return w.getShows(ctx, name, w.body[name]) }
	b[thenGetShowsUpdate] = w.getShowsUpdate
	b[thenNextGetShows] = func(ctx context.Context) error {
		w.after, w.twice = nil, true // it is read anew: a cache may have answered the first time
		if err := w.getShowsUpdate(ctx); err != nil {
			return err
		}
		return w.noOlder()
	}
	b[thenTookEffect] = w.tookEffect
	b[thenGetNotForged] = w.getNotForged
	b[thenGetUnchanged] = w.getUnchanged
	b[thenKeyUnchanged] = w.keyUnchanged
	b[thenOthersSame] = func(ctx context.Context) error { return w.leftAlone(ctx, w.beforeAndLost(), w.sentNames()...) }
	b[thenAllSame] = func(ctx context.Context) error { return w.leftAlone(ctx, w.before) }
	b[thenSecondSame] = func(ctx context.Context) error { return w.leftAlone(ctx, w.between) }
	b[thenNothingChanged] = w.nothingChanged
	b[thenRefusalNothing] = w.refusalNothing
	b[thenMembersSame] = w.membersSame
	b[thenRefusedOrMeant] = w.refusedOrMeant
	b[thenStillAbsent] = func(ctx context.Context) error {
		return w.expectAbsent(ctx, "see whether the refused update created it")
	}
	b[thenOneOfTwo] = w.oneOfTwo
	b[thenReadsInTime] = w.readsInTime
}

func (w *world) getShows(ctx context.Context, name string, want any) error {
	if w.unseen("a following GET shows " + name) {
		return nil
	}
	after, err := w.shownBy(ctx, func(state map[string]any) bool {
		got, has := state[name]
		return has && w.live.Operation.Shows(name, got, want)
	})
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

// noOlder expects that the state read last is none from before the update, by the date of its
// last modification: what the update has set may be what was there before.
func (w *world) noOlder() error {
	if w.live.NoGet || w.live.Settle <= 0 || !w.live.settling.older(w.live.Operation, w.subject.Path, w.after.Object) {
		return nil
	}
	p, _ := w.live.Operation.WithRole(contract.RoleModified)
	return w.expect(false, check{
		name: "the GET after that shows no older state", on: w.after, pointer: jsonpointer.Of(p.Name),
		expected: "the date of the last modification that a GET has shown before, or a later one", actual: entity.Show(w.after.Object[p.Name], true),
		message: "the endpoint answers in turn from two states, also when a late replica has had its time",
	})
}

// showsUpdate reports whether a state shows what the update has set: what a client may set.
func (w *world) showsUpdate(state map[string]any) bool {
	for _, p := range w.live.Operation.Settable() {
		v, sent := w.body[p.Name]
		if sent && w.response != nil && w.succeeded(w.response) && settableValue(p, v) && !p.Shows(state[p.Name], v) {
			return false
		}
	}
	return true
}

// equals compares states in what the page names, but for the excepted properties.
func (w *world) equals(was map[string]any, except ...string) func(state map[string]any) bool {
	return func(state map[string]any) bool {
		for _, d := range entity.Differences(w.live.Operation, was, state, except...) {
			if _, named := w.live.Operation.Property(d.Name); named && (state[d.Name] == nil || !w.ages(d.Name)) {
				return false
			}
		}
		return true
	}
}

// tookEffect leaves the scenario where a GET does not show the update: what an update
// leaves alone is not shown by one that does nothing. That it should have had an
// effect is for other requirements to say.
func (w *world) tookEffect(ctx context.Context) error {
	if w.unseen("the update took effect") {
		return nil
	}
	after, err := w.shownBy(ctx, w.showsUpdate)
	if err != nil {
		return err
	}
	for _, p := range w.live.Operation.Properties {
		if v, sent := w.body[p.Name]; sent && !w.live.Operation.Shows(p.Name, after.Object[p.Name], v) {
			return w.skip("the update had no effect on %s: what an update leaves alone is unknown", p.Name)
		}
	}
	return nil
}

// getNotForged expects that a value which only the server sets did not take effect.
// The date of the last modification may move; every other such value must stay.
func (w *world) getNotForged(ctx context.Context, name string) error {
	p, err := w.property(name)
	if err != nil || w.unseen("a following GET does not show the value sent for "+name) {
		return err
	}
	if p.Role != contract.RoleModified {
		return w.getUnchanged(ctx, name)
	}
	if err := w.rest(ctx); err != nil {
		return err
	}
	after, err := w.readBack(ctx)
	if err != nil {
		return err
	}
	return w.notForged(after, name, w.body[name])
}

// notForged expects any other value than the one that was sent, of what changes without it too.
func (w *world) notForged(after *entity.Response, name string, sent any) error {
	got, present := after.Object[name]
	return w.expect(!w.live.Operation.Same(name, got, sent), check{
		name: "a following GET shows " + name, on: after, pointer: jsonpointer.Of(name),
		expected: "any other value than " + entity.Show(sent, true), actual: entity.Show(got, present),
	})
}

// getUnchanged expects a property as it was before, also where it was absent.
func (w *world) getUnchanged(ctx context.Context, name string) error {
	if w.unseen("a following GET shows " + name + " as it was") {
		return nil
	}
	want, was := w.before[name]
	sent, forged := w.body[name]
	unchanged := func(state map[string]any) bool {
		got, present := state[name]
		own := forged && got != nil && w.ages(name)
		return present == was && (own || w.live.Operation.Same(name, got, want))
	}
	if err := w.rest(ctx); err != nil {
		return err
	}
	after, err := w.shownBy(ctx, unchanged)
	if err != nil {
		return err
	}
	got, present := after.Object[name]
	if forged && got != nil && w.ages(name) {
		if w.live.Operation.Same(name, got, sent) { // it may have come to that value by itself
			if after, err = w.read(ctx, "read again: the property changes by itself"); err != nil {
				return err
			}
		}
		return w.notForged(after, name, sent)
	}
	return w.expect(unchanged(after.Object), check{
		name: "a following GET shows " + name + " as it was", on: after, pointer: jsonpointer.Of(name),
		expected: entity.Show(want, was), actual: entity.Show(got, present),
	})
}

// shown leaves the scenario where a GET does not show the property at all.
func (w *world) shown(p contract.Property) error {
	if _, ok := w.before[p.Name]; !ok {
		return w.skip("a GET of the entity does not show %s", p.Name)
	}
	return nil
}

func (w *world) keyUnchanged(ctx context.Context) error {
	key, err := w.role(contract.RoleKey)
	if err != nil {
		return err
	}
	return w.getUnchanged(ctx, key.Name)
}

func (w *world) modifiedName() []string {
	if p, ok := w.live.Operation.WithRole(contract.RoleModified); ok {
		return []string{p.Name}
	}
	return nil
}

func (w *world) sentNames() []string { return slices.Collect(maps.Keys(w.body)) }

// nothingChanged expects the state before, whole: the update was refused. What neither the
// page nor the update names may age by itself, as the time of the last sign-in does.
func (w *world) nothingChanged(ctx context.Context) error {
	if w.unseen("nothing has changed") {
		return nil
	}
	if err := w.rest(ctx); err != nil {
		return err
	}
	same := func(state map[string]any) bool { return w.equals(w.before, w.ownPace(w.before, state)...)(state) }
	after, err := w.shownBy(ctx, same)
	if err != nil {
		return err
	}
	alike := func(_ *entity.Response, state map[string]any) bool { return same(state) }
	own := w.ownPace(w.before, after.Object)
	if after, err = w.bySomebody(ctx, w.before, after, own, alike); err != nil {
		return err
	}
	own = w.ownPace(w.before, after.Object)
	for _, name := range own {
		w.note("a property that changes by itself: "+name, "the server alone sets it; it went from "+entity.Show(w.before[name], true)+" to "+entity.Show(after.Object[name], true))
	}
	except := w.unnamed("a property that changes by itself: ", w.before, after.Object, w.sentNames()...)
	return w.same("nothing has changed", after, w.before, after.Object, w.rule("refusal-atomic"), append(except, own...)...)
}

// refusedOrMeant takes either answer to a member of an enum in the wrong case: a refusal
// like any other, or the member that it spells. What is shown is always that member.
func (w *world) refusedOrMeant(ctx context.Context, name string) error {
	if !w.succeeded(w.response) {
		if err := w.expectAnswer(refused(w.response), w.response, "the update is refused, or succeeds", "400 or 422, or "+w.successStatuses()); err != nil {
			return err
		}
		if err := w.errorBody(); err != nil {
			return err
		}
		return w.nothingChanged(ctx)
	}
	p, err := w.property(name)
	if err != nil {
		return err
	}
	if err := w.success(w.response, "the update succeeds"); err != nil {
		return err
	}
	sent, _ := w.body[name].(string)
	meant := p.MemberFor(sent)
	if w.live.NoGet {
		return w.bodyShows(name, meant)
	}
	return w.getShows(ctx, name, meant)
}

// leftAlone expects the state as it was, but for the date of the last modification and
// the named properties, after an update that succeeded. A property that the page does
// not name, as a counter of versions, may change as a side effect (OData 4.01 Protocol
// 11.4.3).
func (w *world) leftAlone(ctx context.Context, was map[string]any, except ...string) error {
	if w.unseen("the rest is as it was") {
		return nil
	}
	if err := w.rest(ctx); err != nil {
		return err
	}
	except = append(except, w.modifiedName()...)
	computed := func(state map[string]any) []string { return w.computed(was, state, except...) }
	alone := func(state map[string]any) bool {
		return w.equals(was, append(computed(state), except...)...)(state)
	}
	after, err := w.shownBy(ctx, alone)
	if err != nil {
		return err
	}
	alike := func(_ *entity.Response, state map[string]any) bool { return alone(state) }
	if after, err = w.bySomebody(ctx, was, after, append(computed(after.Object), except...), alike); err != nil {
		return err
	}
	for _, name := range computed(after.Object) {
		except = append(except, name)
		w.note("a side effect on "+name, "the server sets the property by itself; it went from "+entity.Show(was[name], true)+" to "+entity.Show(after.Object[name], true))
	}
	except = append(except, w.unnamed("a side effect on ", was, after.Object, except...)...)
	return w.same("the rest is as it was", after, was, after.Object, nil, except...)
}

// computed gives the properties that differ and that the server sets by itself: those that the
// probe saw move at each update, and those that the page calls read-only, as a date of completion.
// Not what is lost, nor the key and the date of creation: nothing may move these.
func (w *world) computed(was, is map[string]any, except ...string) (names []string) {
	for _, d := range entity.Differences(w.live.Operation, was, is, except...) {
		p, _ := w.live.Operation.Property(d.Name)
		moves := w.live.Probe != nil && slices.Contains(w.live.Probe.Moves, d.Name)
		if is[d.Name] != nil && (moves || w.ages(d.Name) || p.ReadOnly.Value && p.Role == "") {
			names = append(names, d.Name)
		}
	}
	return names
}

// unnamed gives the properties that differ and that the page does not name, each with a
// note of what it is.
func (w *world) unnamed(what string, was, is map[string]any, except ...string) (names []string) {
	for _, d := range entity.Differences(w.live.Operation, was, is, except...) {
		if _, named := w.live.Operation.Property(d.Name); !named {
			names = append(names, d.Name)
			w.note(what+d.Name, "the page does not name the property; it went from "+d.Before+" to "+d.After)
		}
	}
	return names
}

// same expects two states to be equal; each difference is a check of its own.
func (w *world) same(name string, on *entity.Response, want, got map[string]any, src *result.Source, except ...string) error {
	diffs := entity.Differences(w.live.Operation, want, got, except...)
	if len(diffs) == 0 {
		return w.expect(true, check{name: name, on: on, expected: "no difference", actual: "no difference", source: src})
	}
	for i, d := range diffs {
		if i == maxShown {
			w.record(false, check{name: name, on: on, expected: "no difference", actual: fmt.Sprintf("%d more differences", len(diffs)-i), source: src})
			break
		}
		w.record(false, check{name: name, on: on, pointer: d.Pointer, expected: d.Before, actual: d.After, source: src})
	}
	return w.failure()
}

// oneOfTwo expects the state that one of the successful updates asked for, whole.
func (w *world) oneOfTwo(ctx context.Context) error {
	asked := func(state map[string]any) bool {
		for i, body := range w.bodies {
			if w.succeeded(w.responses[i]) && w.holds(state, body) {
				return true
			}
		}
		return false
	}
	after, err := w.shownBy(ctx, asked)
	if err != nil {
		return err
	}
	var wants []string
	for i, body := range w.bodies {
		if w.succeeded(w.responses[i]) {
			wants = append(wants, entity.Show(body, true))
		}
	}
	actual := map[string]any{}
	for n := range w.bodies[0] {
		actual[n] = after.Object[n]
	}
	return w.expect(asked(after.Object), check{
		name: "the state after two updates at once", on: after, expected: strings.Join(wants, " or "), actual: entity.Show(actual, true),
		message: w.notOneOfTwo(after.Object),
	})
}

// notOneOfTwo says what the state is that none of two updates asked for: a mixture only where
// each property is as one of them asked for.
func (w *world) notOneOfTwo(state map[string]any) string {
	for n := range w.bodies[0] {
		if !w.holds(state, map[string]any{n: w.bodies[0][n]}) && !w.holds(state, map[string]any{n: w.bodies[1][n]}) {
			return "neither of the two updates asked for this state"
		}
	}
	if len(w.bodies[0]) > 1 && !w.holds(state, w.bodies[0]) && !w.holds(state, w.bodies[1]) {
		return "the state is a mixture of both updates"
	}
	return "the update that asked for this state was refused"
}

func (w *world) holds(state, body map[string]any) bool {
	for n, v := range body {
		if !w.live.Operation.Shows(n, state[n], v) {
			return false
		}
	}
	return true
}
