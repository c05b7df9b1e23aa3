package probe

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
)

// restore sets what the probe has changed to what it was: all at once, and one by one where
// that is refused.
func (p *prober) restore(ctx context.Context) error {
	body := map[string]any{}
	for _, one := range p.result.Properties {
		if one.Outcome == Taken || one.Outcome == Ignored || one.Outcome == NotShown {
			first, adds := contract.Clearing(one.First, p.state[one.Name], p.written[one.Name])
			if adds || !p.shows(one.Name, one.First) {
				body[one.Name] = first
			}
		}
	}
	p.result.Last = p.state
	if len(body) == 0 {
		return nil
	}
	const purpose = "restore what the probe has changed"
	before := p.state
	var opts []entity.Option
	prefers := p.prefers()
	if prefers {
		opts = append(opts, entity.WithHeader("Prefer", "return=representation"))
	}
	res, err := p.send(ctx, purpose, body, false, opts...)
	if err == nil && prefers {
		p.result.Prefer = preference(p.Subject.Op, res)
	}
	if err == nil && !Success(p.Subject.Op, res) {
		for name, v := range maps.Clone(body) {
			if res, err = p.send(ctx, purpose, map[string]any{name: v}, false); err != nil {
				return err
			}
			if !Success(p.Subject.Op, res) {
				one := p.property(name)
				one.Outcome, one.Answer = NotRestored, res
				delete(body, name)
			}
		}
	}
	if err != nil {
		return err
	}
	since := end(res)
	at, reads, err := p.readUntil(ctx, "read the state that the probe leaves", since, max(p.wait, 2*p.result.Lag), func(*entity.Response, int) bool {
		for name, v := range body {
			if p.property(name).Outcome == Taken && !p.shows(name, v) {
				return false
			}
		}
		return true
	})
	if reads > 1 && p.result.Lag > 0 {
		p.result.Lag = max(p.result.Lag, min(at.Sub(since), p.Settle))
	}
	p.result.Last = p.state
	if reads == 1 && p.result.Lag == 0 {
		p.observe(before, slices.Collect(maps.Keys(body))...)
	}
	return err
}

// prefers reports whether it is of use to know what becomes of Prefer: the page speaks of it, or
// an update was answered without the entity.
func (p *prober) prefers() bool {
	return slices.ContainsFunc(p.Subject.Op.Success.Alternatives, func(a contract.Alternative) bool { return a.OnlyWithPrefer }) ||
		slices.ContainsFunc(p.result.Properties, func(one Property) bool { return one.Answer != nil && one.Answer.Status == http.StatusNoContent })
}

// preference reads what became of the preference from the answer.
func preference(op *contract.Operation, r *entity.Response) Preference {
	switch {
	case !Success(op, r):
		return PreferRefused
	case r.Object != nil:
		return PreferHonoured
	}
	return PreferIgnored
}
