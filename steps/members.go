package steps

import (
	"context"
	"maps"
	"slices"

	"graphpact/internal/entity"
	"graphpact/internal/jsonpointer"
)

// setMember sends an object with one of the members that the entity's has. A server may ask for
// more members than one, so that a refusal says nothing.
func (w *world) setMember(ctx context.Context, name string) error {
	p, err := w.mayTouch(name)
	if err != nil {
		return err
	}
	object, _, ok := p.OneMember(w.before[name], w.live.Conventions.IsSensitive)
	if !ok {
		return w.skip("%s of the entity has no two members of which one can be set and restored", name)
	}
	if err := w.update(ctx, map[string]any{name: object}); err != nil {
		return err
	}
	if refused(w.response) {
		return w.skip("the endpoint refuses %s with one member alone (%s): what it does with the others is unknown", name, answerText(w.response))
	}
	return w.success(w.response, "the update succeeds")
}

// membersSame expects the members that the update did not name as they were.
func (w *world) membersSame(ctx context.Context, name string) error {
	p, err := w.property(name)
	if err != nil || w.unseen("every other member of "+name) {
		return err
	}
	was, _ := w.before[name].(map[string]any)
	sent, _ := w.body[name].(map[string]any)
	var set string
	for member := range sent {
		if !entity.IsAnnotation(member) {
			set = member
		}
	}
	rest := p.RestOf(was, set)
	kept := func(state map[string]any) bool { return p.Shows(state[name], rest) }
	after, err := w.shownBy(ctx, func(state map[string]any) bool { return w.showsUpdate(state) && kept(state) })
	if err != nil {
		return err
	}
	if kept(after.Object) {
		return w.expect(true, check{name: "every other member of " + name, on: after, pointer: jsonpointer.Of(name), expected: "no difference", actual: "no difference"})
	}
	is, _ := after.Object[name].(map[string]any)
	for _, member := range slices.Sorted(maps.Keys(rest)) {
		got, present := is[member]
		if one := map[string]any{member: rest[member]}; !p.Shows(map[string]any{member: got}, one) {
			w.record(false, check{
				name: "every other member of " + name, on: after, pointer: jsonpointer.Of(name, member),
				expected: entity.Show(rest[member], true), actual: entity.Show(got, present),
				message: "an update of an object merges: what it does not name keeps its value",
			})
		}
	}
	return w.failure()
}
