// Package probe has a short conversation with one entity before anything is judged: what
// does this endpoint do with each property that the page lets a client set, how late are
// its reads, and what does it want of an update? The result is data. It makes no verdict.
//
// A probe sends at most two requests for each property and ten more; on an endpoint whose
// reads are late it reads more often. It leaves the entity as it was.
package probe

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
)

// Outcome says what the endpoint does with a property.
type Outcome string

// The outcomes.
const (
	// Taken: an update was taken, and a GET shows it.
	Taken Outcome = "taken"
	// Refused: an update was not answered as a success.
	Refused Outcome = "refused"
	// Ignored: an update was answered as a success, and a GET shows the old value.
	Ignored Outcome = "ignored"
	// NotShown: an update was answered as a success, and a GET shows another value, or none.
	NotShown Outcome = "taken, not shown"
	// NotRestored: an update was taken and shown, and the old value is refused.
	NotRestored Outcome = "cannot be restored"
	// Absent: a GET does not show the property. It was not sent: what is unknown cannot be
	// restored.
	Absent Outcome = "absent from GET"
	// NotCleared: the property is null, and null was refused. No other value was sent.
	NotCleared Outcome = "cannot be cleared"
	// Fixed: the documented update cannot carry the present value, so no other was sent.
	Fixed Outcome = "not to be restored"
	// Sensitive: a change may lock the caller out. It was not sent.
	Sensitive Outcome = "not touched"
	// NoValue: the page says too little to make a value.
	NoValue Outcome = "no value known"
	// NotAsked: nothing was sent, as nothing needs to be known about it.
	NotAsked Outcome = "not asked"
)

// Property is what the endpoint does with one property.
type Property struct {
	Name    string
	Outcome Outcome
	// First is the value before anything was sent, and Sent the one that was sent; Sent has
	// no origin where none was.
	First any
	Sent  contract.Value
	// Answer is the exchange behind the outcome, nil where nothing was sent.
	Answer *entity.Response
	// Read is the read that shows the update, and Others what it shows to have changed beside
	// the property: nothing should have.
	Read   *entity.Response
	Others []entity.Difference
	// OwnTaken is set where the endpoint refused the value and takes the property's own.
	OwnTaken bool
	// Why says why nothing was sent.
	Why string
}

// Result is what a probe has found out.
type Result struct {
	// Path is that of the entity.
	Path string
	// First is its state before the first update, and Last the one in which the probe has
	// left it, as a GET shows it.
	First, Last map[string]any
	// Properties are those that the page lets a client set, in the page's order.
	Properties []Property
	// Lag is how long after an update a GET showed it at the latest; 0 where each first GET
	// did. Unsettled is set where one never did, as far as was waited for.
	Lag       time.Duration
	Unsettled bool
	// DateDigits is how many digits of a second the date of the last modification has; -1
	// where there is none.
	DateDigits int
	// Requests counts what was sent.
	Requests int
}

// Property gives what is known about the property of that name.
func (r *Result) Property(name string) (Property, bool) {
	i := slices.IndexFunc(r.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return r.Properties[i], true
}

// Keeper keeps what must be restored; a *restore.Keeper is one.
type Keeper interface {
	Remember(path string, body map[string]any)
	Touched(path string, body map[string]any) error
	Answered(ex *client.Exchange)
	Correct(path, name string, value any) error
}

// Config configures a probe.
type Config struct {
	Subject *entity.Subject
	// Keeper is nil where nothing is restored at the end of the run.
	Keeper Keeper
	// Needed are the properties that the run will set; nil means all. Of the others only so
	// many are asked about as are needed for a control update.
	Needed []string
	// Sensitive says why a property must not be touched.
	Sensitive func(name string) (why string, is bool)
	// Settle is how long to wait, in all, for reads to show what was set.
	Settle time.Duration
	Sleep  func(ctx context.Context, d time.Duration) error
}

// Run probes the entity. An error says that the entity could not be read, or that the
// journal of the Keeper could not be written.
func Run(ctx context.Context, c Config) (*Result, error) {
	p := &prober{Config: c, result: &Result{Path: c.Subject.Path, DateDigits: -1}, wait: c.Settle, written: map[string][]any{}}
	if err := p.run(ctx); err != nil {
		return nil, err
	}
	return p.result, nil
}

type prober struct {
	Config
	result *Result
	// state is the newest state read, and etag its entity tag.
	state map[string]any
	etag  string
	// wait is what is left of Settle.
	wait time.Duration
	// updated is set when the first update was taken, and prompt when a GET was up to date.
	updated, prompt bool
	// pending are updates whose reads are waited for together.
	pending []pending
	// written are the values that were sent, by property.
	written map[string][]any
}

func (p *prober) run(ctx context.Context) error {
	if _, err := p.read(ctx, "read the entity before it is probed"); err != nil {
		return err
	}
	p.result.First = maps.Clone(p.state)
	if p.Keeper != nil {
		p.Keeper.Remember(p.Subject.Path, p.result.First)
	}
	p.result.DateDigits = p.dateDigits()
	fixed := p.Subject.Op.CannotRestore(p.state)
	for _, prop := range p.Subject.Op.Settable() {
		p.result.Properties = append(p.result.Properties, p.classify(prop, fixed))
	}
	// What is null comes last: to find out whether it can be null again takes one more.
	for _, null := range []bool{false, true} {
		for i := range p.result.Properties {
			one := &p.result.Properties[i]
			if one.Outcome != "" || one.Sent.Origin == "" || (one.First == nil) != null {
				continue
			}
			if p.Needed != nil && !slices.Contains(p.Needed, one.Name) && p.hasControl() {
				one.Outcome = NotAsked
				continue
			}
			if err := p.ask(ctx, one); err != nil {
				return err
			}
		}
	}
	if err := p.watch(ctx, p.pending...); err != nil {
		return err
	}
	return p.putBack(ctx)
}

// classify decides about a property of which nothing is to be sent.
func (p *prober) classify(prop contract.Property, fixed []string) Property {
	first, shown := p.state[prop.Name]
	out := Property{Name: prop.Name, First: first}
	values := prop.Values(first, 1)
	if len(values) > 0 {
		out.Sent = values[0]
	}
	why, sensitive := p.sensitive(prop.Name)
	switch {
	case sensitive:
		out.Outcome, out.Why = Sensitive, why
	case !shown:
		out.Outcome = Absent
	case slices.Contains(fixed, prop.Name):
		out.Outcome = Fixed
	case len(values) == 0:
		out.Outcome = NoValue
	}
	if out.Outcome != "" {
		out.Sent = contract.Value{}
	}
	return out
}

func (p *prober) sensitive(name string) (string, bool) {
	if p.Sensitive == nil {
		return "", false
	}
	return p.Sensitive(name)
}

func (p *prober) hasControl() bool {
	return slices.ContainsFunc(p.result.Properties, func(one Property) bool { return one.Outcome == Taken })
}

// ask finds out what the endpoint does with one property.
func (p *prober) ask(ctx context.Context, one *Property) error {
	if one.First == nil {
		res, err := p.update(ctx, "see whether "+one.Name+" can be null again", one.Name, nil)
		if err != nil {
			return err
		}
		if !Success(p.Subject.Op, res) {
			one.Outcome, one.Answer = NotCleared, res
			return nil
		}
	}
	before, conditional := p.state, !p.updated && p.etag != ""
	res, err := p.update(ctx, "see what becomes of "+one.Name, one.Name, one.Sent.JSON)
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
		if err := p.watch(ctx, taken); err != nil || one.Outcome == Taken || !conditional {
			return err
		}
		// An endpoint may drop what comes with If-Match.
		if res, err = p.update(ctx, "see what becomes of "+one.Name+" without If-Match", one.Name, one.Sent.JSON); err != nil {
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
	own, err := p.update(ctx, "see whether the own value of "+one.Name+" is taken", one.Name, one.First)
	if err != nil {
		return err
	}
	one.OwnTaken = Success(p.Subject.Op, own)
	return nil
}

// Success reports whether the answer is a success of an update: the documented status, or
// one that OData allows (OData 4.01 Protocol 11.4.3).
func Success(op *contract.Operation, r *entity.Response) bool {
	_, alternative := op.Success.Allows(r.Status, true)
	return r.Err == nil && (alternative || slices.Contains([]int{op.Success.Status, http.StatusOK, http.StatusNoContent}, r.Status))
}

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
		limit = min(limit, promptWait)
	}
	older := map[string]any{}
	reads := 0
	var at time.Time
	err := Poll(ctx, p.Sleep, since, limit, func() (time.Time, bool, error) {
		r, err := p.read(ctx, "read back")
		if err != nil {
			return at, false, err
		}
		at = r.Started
		reads++
		open := false
		for _, one := range all {
			switch {
			case p.shows(one.Name, one.Sent.JSON) && one.Outcome == "":
				one.Outcome = Taken
				if one.Read = r; p.result.Lag == 0 && reads == 1 && len(all) == 1 {
					one.Others = p.others(one)
				}
				if reads > 1 {
					p.result.Lag = max(p.result.Lag, at.Sub(one.since))
				}
			case one.Outcome == "":
				open = true
			}
		}
		if open {
			maps.Copy(older, p.unexpected())
		}
		return at, !open, nil
	})
	if err != nil {
		return err
	}
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
		return !named || prop.Role == contract.RoleModified
	})
}

// shows reports whether the newest state has the value.
func (p *prober) shows(name string, v any) bool {
	now, has := p.state[name]
	return has && p.same(name, now, v)
}

const (
	// promptWait is how long a read may still be late where another one was up to date: two
	// replicas may answer in turn.
	promptWait = 2 * time.Second
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

func (p *prober) property(name string) *Property {
	for i := range p.result.Properties {
		if one := &p.result.Properties[i]; one.Name == name {
			return one
		}
	}
	return nil
}

// update sends one property. The first update carries the ETag of the first read: where that
// read was late, it is refused with 412 and nothing is lost.
func (p *prober) update(ctx context.Context, purpose, name string, v any) (*entity.Response, error) {
	body := map[string]any{name: v}
	res, err := p.send(ctx, purpose, body, !p.updated)
	if err == nil && res.Status == http.StatusPreconditionFailed && !p.updated && p.etag != "" {
		if err := p.catchUp(ctx, end(res)); err != nil {
			return nil, err
		}
		if v == nil && p.state[name] != nil {
			return res, nil // it is not null after all
		}
		body[name] = p.another(name, v)
		res, err = p.send(ctx, purpose, body, true)
	}
	if err == nil && !p.updated && p.etag != "" && !Success(p.Subject.Op, res) {
		res, err = p.send(ctx, purpose, body, false) // it may be the If-Match that is refused
	}
	if err != nil {
		return nil, err
	}
	p.updated = p.updated || Success(p.Subject.Op, res)
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

func (p *prober) send(ctx context.Context, purpose string, body map[string]any, conditional bool) (*entity.Response, error) {
	if p.Keeper != nil {
		if err := p.Keeper.Touched(p.Subject.Path, body); err != nil {
			return nil, err
		}
	}
	for name, v := range body {
		p.written[name] = append(p.written[name], v)
	}
	var opts []entity.Option
	if conditional && p.etag != "" {
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
	old := p.etag
	var at time.Time
	err := Poll(ctx, p.Sleep, since, p.wait, func() (time.Time, bool, error) {
		r, err := p.read(ctx, "the first read was late: read again")
		if err != nil {
			return at, false, err
		}
		at = r.Started
		return at, p.etag != old, nil
	})
	if err != nil {
		return err
	}
	if p.etag == old {
		p.wait = 0
		return nil
	}
	p.result.Lag = max(p.result.Lag, at.Sub(since))
	return p.correct(p.unexpected())
}

// putBack sets what the probe has changed to what it was: all at once, and one by one where
// that is refused.
func (p *prober) putBack(ctx context.Context) error {
	body := map[string]any{}
	for _, one := range p.result.Properties {
		if one.Outcome == Taken || one.Outcome == Ignored || one.Outcome == NotShown {
			if !p.shows(one.Name, one.First) {
				body[one.Name] = one.First
			}
		}
	}
	p.result.Last = p.state
	if len(body) == 0 {
		return nil
	}
	const purpose = "restore what the probe has changed"
	res, err := p.send(ctx, purpose, body, false)
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
	since, reads := end(res), 0
	var at time.Time
	err = Poll(ctx, p.Sleep, since, max(p.wait, 2*p.result.Lag), func() (time.Time, bool, error) {
		r, err := p.read(ctx, "read the state that the probe leaves")
		if err != nil {
			return at, false, err
		}
		at = r.Started
		reads++
		for name, v := range body {
			if p.property(name).Outcome == Taken && !p.shows(name, v) {
				return at, false, nil
			}
		}
		return at, true, nil
	})
	if reads > 1 && p.result.Lag > 0 {
		p.result.Lag = max(p.result.Lag, min(at.Sub(since), p.Settle))
	}
	p.result.Last = p.state
	return err
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

// ReadError says that the entity could not be read while it was probed.
type ReadError struct {
	Path   string
	Status int
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("the entity cannot be probed: GET %s answers %d", e.Path, e.Status)
}

// dateDigits counts the digits behind the second of the date of the last modification.
func (p *prober) dateDigits() int {
	prop, ok := p.Subject.Op.WithRole(contract.RoleModified)
	text, isText := p.state[prop.Name].(string)
	if !ok || !isText {
		return -1
	}
	_, fraction, _ := strings.Cut(text, ".")
	return len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
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
