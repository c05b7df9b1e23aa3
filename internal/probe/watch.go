package probe

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/schema"
)

// pending is an update that was taken, and that no GET has shown yet.
type pending struct {
	*Property
	since time.Time
	// before is the state before the update.
	before map[string]any
	// refuted is set where the answer itself shows that the value was not taken.
	refuted bool
}

// watch reads until the updates are shown. A value that a read shows before that, and that
// the probe has not written, is the true first one: the first read was late.
func (p *prober) watch(ctx context.Context, all ...pending) error {
	if len(all) == 0 {
		return nil
	}
	limit, since := p.wait, all[len(all)-1].since
	switch {
	case !slices.ContainsFunc(all, func(one pending) bool { return !one.refuted }):
		limit = 0
	case p.prompt:
		limit = min(limit, PromptWait)
	}
	older := map[string]any{}
	at, reads, err := p.readUntil(ctx, "read back", since, limit, func(r *entity.Response, n int) bool {
		open := false
		for _, one := range all {
			switch {
			case p.shows(one.Name, one.Sent.JSON) && one.Outcome == "":
				one.Outcome = Taken
				if one.Read = r; p.result.Lag == 0 && n == 1 && len(all) == 1 {
					one.Others = p.others(one)
					p.observe(one.before, one.Name)
				}
				if n > 1 {
					p.result.Lag = max(p.result.Lag, r.Started.Sub(one.since))
				}
			case one.Outcome == "":
				open = true
			}
		}
		if open {
			maps.Copy(older, p.unexpected())
		}
		return !open
	})
	if err != nil {
		return err
	}
	p.waits += reads - 1
	for _, one := range all {
		switch {
		case one.Outcome == Taken:
			p.prompt = p.prompt || reads == 1
			continue
		case p.shows(one.Name, one.First):
			one.Outcome = Ignored
		default:
			one.Outcome = NotShown
		}
		p.result.Unsettled = p.result.Unsettled || !p.prompt && p.result.Lag == 0
		p.wait = max(0, p.wait-at.Sub(since))
	}
	// A value of which nothing more is known may be the endpoint's own form of what was sent.
	maps.DeleteFunc(older, func(name string, _ any) bool {
		one := p.property(name)
		return one == nil || one.Outcome != Taken && len(p.written[name]) > 0
	})
	return p.correct(older)
}

// others are the properties that the page names and that an update has changed beside the
// one that it named.
func (p *prober) others(one pending) []entity.Difference {
	op := p.Subject.Op
	return slices.DeleteFunc(entity.Differences(op, one.before, p.state, one.Name), func(d entity.Difference) bool {
		prop, named := op.Property(d.Name)
		computed := prop.ReadOnly.Value && prop.Role == "" && p.state[d.Name] != nil // a side effect
		return !named || computed || prop.Role == contract.RoleModified
	})
}

// shows reports whether the newest state has the value.
func (p *prober) shows(name string, v any) bool {
	now, has := p.state[name]
	return has && p.same(name, now, v)
}

const (
	// PromptWait is how long a read may still be late where another one was up to date: two
	// replicas may answer in turn.
	PromptWait = 2 * time.Second
	// lateTogether is the lag from which on reads are waited for once for all properties.
	lateTogether = 500 * time.Millisecond
)

func end(r *entity.Response) time.Time { return r.Started.Add(r.Duration) }

// same reports whether a value that was read can be the one that was sent.
func (p *prober) same(name string, read, sent any) bool { return p.Subject.Op.Shows(name, read, sent) }

// unexpected are the values of the newest state that are neither the first ones nor written
// by the probe.
func (p *prober) unexpected() map[string]any {
	out := map[string]any{}
	for _, prop := range p.Subject.Op.Settable() {
		now, has := p.state[prop.Name]
		was, had := p.result.First[prop.Name]
		mine := slices.ContainsFunc(p.written[prop.Name], func(v any) bool { return prop.Shows(now, v) })
		if has && !mine && (!had || !prop.Same(was, now)) {
			out[prop.Name] = now
		}
	}
	return out
}

// correct takes values for the first ones.
func (p *prober) correct(values map[string]any) error {
	for name, v := range values {
		p.result.First[name] = v
		if one := p.property(name); one != nil {
			one.First = v
		}
		if p.Keeper == nil {
			continue
		}
		if err := p.Keeper.Correct(p.Subject.Path, name, v); err != nil {
			return err
		}
	}
	return nil
}

func (p *prober) property(name string) *Property { return p.result.property(name) }

// observe compares the states before and after an update that named the properties: what else
// has changed may be what the server moves by itself.
func (p *prober) observe(before map[string]any, named ...string) {
	for name, now := range p.state {
		was, had := before[name]
		switch {
		case entity.IsAnnotation(name), slices.Contains(named, name):
		case !had && p.unnamed(name) && len(p.moved[name]) == 0 && !p.still[name]:
			p.moved[name] = []any{now} // the first update may have brought a counter into being
		case !had || now == nil || was == nil || p.Subject.Op.Same(name, was, now):
			p.still[name] = true
		default:
			if len(p.moved[name]) == 0 {
				p.moved[name] = []any{was}
			}
			p.moved[name] = append(p.moved[name], now)
			p.times[name]++
		}
	}
}

func (p *prober) unnamed(name string) bool {
	_, named := p.Subject.Op.Property(name)
	return !named
}

// findMoving takes for moving what two updates at least have changed that did not name it, and
// none has left alone, each to a value that it did not have before. Of what a client may set
// only numbers that grow count: anything else may be damage.
func (p *prober) findMoving() {
	for name, values := range p.moved {
		prop, _ := p.Subject.Op.Property(name)
		if p.times[name] < 2 || p.still[name] || prop.Role != "" {
			continue
		}
		if !fresh(values) || prop.Settable() && !growing(values) {
			continue
		}
		p.moves(name)
	}
	for _, name := range p.result.Ages {
		p.moves(name)
	}
	slices.Sort(p.result.Moves)
	for i := range p.result.Properties {
		one := &p.result.Properties[i]
		one.Others = slices.DeleteFunc(one.Others, func(d entity.Difference) bool { return slices.Contains(p.result.Moves, d.Name) })
	}
	if p.Keeper != nil {
		p.Keeper.Learned(p.Subject.Path, p.result.Moves, p.result.Select)
	}
}

// moves takes a property for one that the server sets by itself.
func (p *prober) moves(name string) {
	if slices.Contains(p.result.Moves, name) {
		return
	}
	p.result.Moves = append(p.result.Moves, name)
	if one := p.property(name); one != nil {
		one.Outcome = Moves
	}
}

func fresh(values []any) bool {
	for i, v := range values {
		if slices.ContainsFunc(values[:i], func(old any) bool { return schema.Equal(old, v) }) {
			return false
		}
	}
	return true
}

func growing(values []any) bool {
	last := math.Inf(-1)
	for _, v := range values {
		n, isNumber := v.(json.Number)
		now, err := n.Float64()
		if !isNumber || err != nil || now <= last {
			return false
		}
		last = now
	}
	return true
}

func (p *prober) read(ctx context.Context, purpose string) (*entity.Response, error) {
	p.result.Requests++
	res := p.Subject.Read(ctx, purpose)
	switch {
	case res.Err != nil:
		return nil, res.Err
	case res.Status != http.StatusOK || res.Object == nil:
		return nil, &ReadError{Path: p.Subject.Path, Status: res.Status}
	}
	p.state, p.etag = res.Object, res.ETag()
	return res, nil
}

// readUntil reads until the n-th read is as expected, or until the limit is over since a moment. It
// gives the moment of the last read, and their number.
func (p *prober) readUntil(ctx context.Context, purpose string, since time.Time, limit time.Duration,
	expected func(r *entity.Response, n int) bool,
) (at time.Time, reads int, err error) {
	err = Poll(ctx, p.Sleep, since, limit, func() (time.Time, bool, error) {
		r, err := p.read(ctx, purpose)
		if err != nil {
			return at, false, err
		}
		at, reads = r.Started, reads+1
		return at, expected(r, reads), nil
	})
	return at, reads, err
}

// Pauses between two reads that wait for the same thing.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// Poll calls look until it is done, or until the limit is over since a moment. look gives
// the moment at which it looked. The pauses between the calls grow.
func Poll(ctx context.Context, sleep func(context.Context, time.Duration) error, since time.Time, limit time.Duration,
	look func() (at time.Time, done bool, err error),
) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		at, done, err := look()
		left := since.Add(limit).Sub(at)
		if err != nil || done || left <= 0 {
			return err
		}
		if err := sleep(ctx, min(pause, left)); err != nil {
			return err
		}
	}
}
