package steps

import (
	"context"
	"fmt"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
)

// outsideLimit sends a value of the right type that lies just outside of a limit that the page
// states. What the endpoint refuses proves nothing where it refuses a value within as well.
func (w *world) outsideLimit(ctx context.Context, name, limit string) error {
	if w.live.Probe != nil {
		if one, asked := w.live.Probe.Property(name); asked && one.Outcome == probe.Refused && len(w.live.controls()) > 0 {
			return w.skip("the endpoint refuses %s = %s too, a value within what the page states (%s): a refusal of one outside proves nothing",
				name, entity.Show(one.Sent.JSON, true), answerText(one.Answer))
		}
	}
	p, err := w.property(name)
	if err != nil {
		return err
	}
	if err := w.broughtWithin(ctx, p); err != nil {
		return err
	}
	return w.updateWith(ctx, name, func(p contract.Property) (any, bool) {
		v, ok := p.OutsideOf(limit)
		return v.JSON, ok
	})
}

// broughtWithin sets the property to a value within what the page states, where it is not: an
// update to the value that it has already would show nothing.
func (w *world) broughtWithin(ctx context.Context, p contract.Property) error {
	current, has := w.before[p.Name]
	if !has || current == nil || p.Within(current) {
		return nil
	}
	if err := w.touchable(p.Name); err != nil {
		return err
	}
	v, ok := w.known(p)
	if !ok {
		return w.skip("%s of the entity is %s already, outside of what the page states", p.Name, entity.Show(current, true))
	}
	_, err := w.prepare(ctx, "bring "+p.Name+" to a value within what the page states", map[string]any{p.Name: v},
		fmt.Sprintf("%s of the entity is %s, outside of what the page states, and could not be brought within", p.Name, entity.Show(current, true)))
	return err
}

// refusalNothing expects of a refusal that it has changed nothing. A value outside of what the
// page states may be taken: then there is no refusal to look at.
func (w *world) refusalNothing(ctx context.Context) error {
	if w.succeeded(w.response) {
		return w.skip("the endpoint takes the value (%s): there is no refusal to look at", status(w.response))
	}
	return w.nothingChanged(ctx)
}
