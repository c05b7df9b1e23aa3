package probe

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/schema"
)

// clearing gives the value that sets to null again what has none now and that the run may set:
// the property, or members of its object. It is false where there is nothing like that.
func (p *prober) clearing(one *Property) (value any, needed bool) {
	if one.First == nil {
		return nil, true
	}
	prop, _ := p.Subject.Op.Property(one.Name)
	value = one.First
	for _, v := range append(prop.Values(one.First, asked), one.Sent) {
		with, adds := contract.Clearing(value, v.JSON, nil)
		value, needed = with, needed || adds
	}
	return value, needed
}

// asked is how many values of one property a run chooses from.
const asked = 8

// clearAll finds out at once whether all that is null can be null again, which changes
// nothing. Where that is refused, each is asked about on its own.
func (p *prober) clearAll(ctx context.Context) error {
	body := map[string]any{}
	for one := range p.open() {
		if v, needed := p.clearing(one); needed {
			body[one.Name] = v
		}
	}
	if len(body) < 2 {
		return nil
	}
	res, err := p.update(ctx, "see whether all that is null can be null again", body)
	if err != nil || !Success(p.Subject.Op, res) {
		return err
	}
	for name := range body {
		p.nullable[name] = true
	}
	return nil
}

// ask finds out what the endpoint does with one property.
func (p *prober) ask(ctx context.Context, one *Property) error {
	if v, needed := p.clearing(one); needed && !p.nullable[one.Name] {
		purpose := "see whether " + one.Name + " can be null again"
		if v != nil {
			purpose = "see whether what " + one.Name + " lacks can be null again"
		}
		res, err := p.update(ctx, purpose, map[string]any{one.Name: v})
		if err != nil {
			return err
		}
		if _, needed := p.clearing(one); needed && !Success(p.Subject.Op, res) {
			one.Outcome, one.Answer = NotCleared, res
			return nil
		}
	}
	before, guard := p.state, p.guards(one.Name)
	res, err := p.update(ctx, "see what becomes of "+one.Name, map[string]any{one.Name: one.Sent.JSON})
	if err != nil {
		return err
	}
	one.First, one.Answer = p.result.First[one.Name], res
	if Success(p.Subject.Op, res) {
		shown, there := res.Object[one.Name]
		taken := pending{one, end(res), before, there && !p.same(one.Name, shown, one.Sent.JSON)}
		if p.result.Lag > lateTogether {
			p.pending = append(p.pending, taken) // to wait for each alone would take too long
			return nil
		}
		if err := p.watch(ctx, taken); err != nil || one.Outcome == Taken || !guard || p.guarded {
			p.guarded = p.guarded || guard && one.Outcome == Taken
			return err
		}
		// An endpoint may drop what comes with If-Match.
		p.unguarded = true
		if res, err = p.update(ctx, "see what becomes of "+one.Name+" without If-Match", map[string]any{one.Name: one.Sent.JSON}); err != nil {
			return err
		}
		one.Outcome, one.Answer, taken.since = "", res, end(res)
		if Success(p.Subject.Op, res) {
			return p.watch(ctx, taken)
		}
	}
	one.Outcome = Refused
	if res.Status != http.StatusBadRequest && res.Status != http.StatusUnprocessableEntity {
		return nil
	}
	own, err := p.update(ctx, "see whether the own value of "+one.Name+" is taken", map[string]any{one.Name: one.First})
	if err != nil {
		return err
	}
	one.OwnTaken = Success(p.Subject.Op, own)
	return nil
}

// guards reports whether the next update of the property carries If-Match: the first one does,
// so that it is refused where somebody has changed the entity since it was read last, and what
// is restored later is what was there just before.
func (p *prober) guards(names ...string) bool {
	first := slices.ContainsFunc(names, func(name string) bool { return len(p.written[name]) == 0 })
	return first && p.etag != "" && !p.unguarded
}

// update sends properties, with If-Match where it guards them. Where the last read was late, or
// somebody has changed the entity since, that is refused with 412, and nothing is lost.
func (p *prober) update(ctx context.Context, purpose string, body map[string]any) (*entity.Response, error) {
	guard := p.guards(slices.Collect(maps.Keys(body))...)
	res, err := p.send(ctx, purpose, body, guard)
	if err == nil && guard && res.Status == http.StatusPreconditionFailed {
		if err := p.catchUp(ctx, end(res)); err != nil {
			return nil, err
		}
		for name, v := range body {
			if v == nil && p.state[name] != nil {
				return res, nil // it is not null after all
			}
			if one := p.property(name); one != nil && v != nil && !schema.Equal(v, one.Sent.JSON) {
				body[name], _ = p.clearing(one) // of what is there now
				continue
			}
			body[name] = p.another(name, v)
		}
		res, err = p.send(ctx, purpose, body, !p.unguarded)
	}
	if err == nil && guard && !p.guarded && !Success(p.Subject.Op, res) {
		// It may be the If-Match that is refused.
		if res, err = p.send(ctx, purpose, body, false); err == nil && Success(p.Subject.Op, res) {
			p.unguarded = true
		}
	}
	if err != nil {
		return nil, err
	}
	if Success(p.Subject.Op, res) {
		p.updated, p.etag = true, res.ETag()
	}
	return res, ctx.Err()
}

// another gives the value to send for a property whose first value was corrected: one that
// is a change still.
func (p *prober) another(name string, v any) any {
	one := p.property(name)
	if one == nil || v == nil || !p.same(name, p.state[name], v) {
		return v
	}
	prop, _ := p.Subject.Op.Property(name)
	if values := prop.Values(p.state[name], 1); len(values) > 0 {
		one.Sent = values[0]
	}
	return one.Sent.JSON
}

func (p *prober) send(ctx context.Context, purpose string, body map[string]any, guard bool, opts ...entity.Option) (*entity.Response, error) {
	if p.Keeper != nil {
		if err := p.Keeper.Touched(p.Subject.Path, body); err != nil {
			return nil, err
		}
	}
	for name, v := range body {
		p.written[name] = append(p.written[name], v)
		delete(p.moved, name) // what it moves from is the update's own now
	}
	if guard && p.etag != "" {
		opts = append(opts, entity.WithHeader("If-Match", p.etag))
	}
	p.result.Requests++
	res := p.Subject.Update(ctx, purpose, body, opts...)
	if p.Keeper != nil {
		p.Keeper.Answered(res.Exchange)
	}
	return res, nil
}

// catchUp reads until the entity tag is another one.
func (p *prober) catchUp(ctx context.Context, since time.Time) error {
	old, before := p.etag, p.state
	limit := p.wait
	if p.updated { // the tag was that of a read which had shown the last update
		limit = min(p.wait, 2*p.result.Lag)
	}
	at, _, err := p.readUntil(ctx, "the first read was late: read again", since, limit, func(*entity.Response, int) bool { return p.etag != old })
	if err != nil {
		return err
	}
	if p.etag == old {
		p.unguarded = true
		if !p.updated {
			p.wait = 0
		}
		return nil
	}
	if !p.updated {
		p.result.Lag = max(p.result.Lag, at.Sub(since))
		return p.correct(p.unexpected())
	}
	// Only what has changed since the last update was read is somebody else's.
	others := p.unexpected()
	maps.DeleteFunc(others, func(name string, v any) bool { return p.Subject.Op.Same(name, before[name], v) })
	return p.correct(others)
}
