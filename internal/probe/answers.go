package probe

import (
	"context"
	"slices"

	"graphpact/internal/contract"
)

// runByAnswers finds out what the answers to updates tell, where there is no GET: whether a
// property is taken, and whether the answer shows it. What the entity held before, how late its
// reads are and what it keeps stay unknown, and nothing is restored.
func (p *prober) runByAnswers(ctx context.Context) error {
	for _, prop := range p.Subject.Op.Settable() {
		one := Property{Name: prop.Name}
		values := prop.Values(nil, 2)
		why, sensitive := p.sensitive(prop.Name)
		switch {
		case sensitive:
			one.Outcome, one.Why = Sensitive, why
		case len(values) == 0:
			one.Outcome = NoValue
		case p.Needed != nil && !slices.Contains(p.Needed, one.Name) && p.hasControl():
			one.Outcome = NotAsked
		default:
			if err := p.askByAnswer(ctx, &one, values); err != nil {
				return err
			}
		}
		p.result.Properties = append(p.result.Properties, one)
	}
	return nil
}

func (p *prober) askByAnswer(ctx context.Context, one *Property, values []contract.Value) error {
	one.Sent = values[0]
	if len(values) > 1 {
		one.Second = values[1].JSON
	}
	res, err := p.send(ctx, "see what becomes of "+one.Name, map[string]any{one.Name: one.Sent.JSON}, false)
	if err != nil {
		return err
	}
	one.Answer = res
	shown, there := res.Object[one.Name]
	switch {
	case !Success(p.Subject.Op, res):
		one.Outcome = Refused
	case !there:
		one.Outcome = Unseen
	case p.same(one.Name, shown, one.Sent.JSON):
		one.Outcome = Taken
	default:
		one.Outcome = NotShown
	}
	return ctx.Err()
}
