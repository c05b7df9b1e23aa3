// Package probe has a short conversation with one entity before anything is judged: what
// does this endpoint do with each property that the page lets a client set, how late are
// its reads, and what does it want of an update? The result is data. It makes no verdict.
//
// A probe sends at most two requests for each property and ten more; on an endpoint whose
// reads are late it reads more often, and what can be restored one by one alone takes more. It
// leaves the entity as it was, but where there is no GET.
package probe

import (
	"context"
	"fmt"
	"iter"
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
	// NotCleared: the property is null, or lacks members of its object, and null was refused. No
	// other value was sent.
	NotCleared Outcome = "cannot be cleared"
	// Fixed: the documented update cannot carry the present value, so no other was sent.
	Fixed Outcome = "not to be restored"
	// Sensitive: a change may lock the caller out. It was not sent.
	Sensitive Outcome = "not touched"
	// NoValue: the page says too little to make a value.
	NoValue Outcome = "no value known"
	// NotAsked: nothing was sent, as nothing needs to be known about it.
	NotAsked Outcome = "not asked"
	// Moves: the server sets the property at each update, whatever that names.
	Moves Outcome = "moves at each update"
	// Unseen: an update was answered as a success that shows nothing of it, and there is no GET.
	Unseen Outcome = "taken, not seen"
)

// Property is what the endpoint does with one property.
type Property struct {
	Name    string
	Outcome Outcome
	// First is the value before anything was sent, and Sent the one that was sent; Sent has
	// no origin where none was. Without a GET the first value is not known, and Second is
	// another one that the page allows, nil for none.
	First  any
	Sent   contract.Value
	Second any
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
	// Moves are the properties that the server changes at each update by itself, beside the date
	// of the last modification: a version, a counter.
	Moves []string
	// Ages are those that change by themselves, also where there is no update: the time at which a
	// device was last seen. They are among Moves too.
	Ages []string
	// Select are the properties to name in $select of each GET; nil for none. Some are not shown
	// without.
	Select []string
	// Hidden are those of Select that a plain GET does not show.
	Hidden []string
	// Prefer is what became of Prefer: return=representation; empty where it was not sent.
	Prefer Preference
	// DateDigits is how many digits of a second the date of the last modification has; -1
	// where there is none.
	DateDigits int
	// Requests counts what was sent.
	Requests int
}

// Preference is what an endpoint does with Prefer: return=representation.
type Preference string

// The preferences.
const (
	PreferHonoured Preference = "honoured"
	PreferIgnored  Preference = "ignored"
	PreferRefused  Preference = "refused"
)

// Property gives what is known about the property of that name.
func (r *Result) Property(name string) (Property, bool) {
	if p := r.property(name); p != nil {
		return *p, true
	}
	return Property{}, false
}

func (r *Result) property(name string) *Property {
	i := slices.IndexFunc(r.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Properties[i]
}

// Keeper keeps what must be restored; a *restore.Keeper is one.
type Keeper interface {
	Remember(path string, body map[string]any)
	Touched(path string, body map[string]any) error
	Answered(ex *client.Exchange)
	Correct(path, name string, value any) error
	// Learned says which properties the server changes at each update by itself, and which to
	// name in $select of each GET.
	Learned(path string, moves, selects []string)
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
	// NoGet is set where the entity has no GET: then the answers to updates are all there is.
	NoGet bool
	// Settle is how long to wait, in all, for reads to show what was set.
	Settle time.Duration
	Sleep  func(ctx context.Context, d time.Duration) error
}

// Run probes the entity. An error says that the entity could not be read, or that the
// journal of the Keeper could not be written.
func Run(ctx context.Context, c Config) (*Result, error) {
	p := &prober{
		Config: c, result: &Result{Path: c.Subject.Path, DateDigits: -1}, wait: c.Settle, written: map[string][]any{},
		nullable: map[string]bool{}, moved: map[string][]any{}, times: map[string]int{}, still: map[string]bool{},
	}
	run := p.run
	if c.NoGet {
		run = p.runByAnswers
	}
	if err := run(ctx); err != nil {
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
	// guarded is set when an update with If-Match was taken, and unguarded where the endpoint
	// cannot do with one.
	guarded, unguarded bool
	// nullable are the properties that the endpoint was seen to take null for.
	nullable map[string]bool
	// waits counts the reads that waited for late ones.
	waits int
	// moved has the values of properties that were not named by an update, before and after
	// each, where each update has changed them, and still are those that one has not.
	moved map[string][]any
	times map[string]int
	still map[string]bool
	// pending are updates whose reads are waited for together.
	pending []pending
	// written are the values that were sent, by property.
	written map[string][]any
}

func (p *prober) run(ctx context.Context) error {
	if _, err := p.read(ctx, "read the entity before it is probed"); err != nil {
		return err
	}
	if err := p.selectHidden(ctx); err != nil {
		return err
	}
	p.result.First = maps.Clone(p.state)
	if p.Keeper != nil {
		p.Keeper.Remember(p.Subject.Path, p.result.First)
		p.Keeper.Learned(p.Subject.Path, nil, p.result.Select)
	}
	p.result.DateDigits = p.dateDigits()
	fixed := p.Subject.Op.CannotRestore(p.state)
	for _, prop := range p.Subject.Op.Settable() {
		p.result.Properties = append(p.result.Properties, p.classify(prop, fixed))
	}
	// What is null comes last: to find out whether it can be null again takes one more.
	for _, null := range []bool{false, true} {
		if null {
			if err := p.clearAll(ctx); err != nil {
				return err
			}
		}
		for one := range p.open() {
			if _, needed := p.clearing(one); needed != null {
				continue
			}
			if p.Needed != nil && !slices.Contains(p.Needed, one.Name) && p.hasControl() {
				one.Outcome = NotAsked
				continue
			}
			if p.spent() {
				one.Outcome, one.Why = NotAsked, "the requests of the probe were used up"
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
	if err := p.findAgeing(ctx); err != nil {
		return err
	}
	p.findMoving()
	if err := p.restore(ctx); err != nil {
		return err
	}
	p.findMoving()
	return nil
}

// open are the properties to be asked about still.
func (p *prober) open() iter.Seq[*Property] {
	return func(yield func(*Property) bool) {
		for i := range p.result.Properties {
			if one := &p.result.Properties[i]; one.Outcome == "" && one.Sent.Origin != "" && !yield(one) {
				return
			}
		}
	}
}

// spent reports whether another property would take more requests than a probe may send: the
// last two restore what it has changed.
func (p *prober) spent() bool {
	limit := 2*len(p.result.Properties) + 10
	return p.result.Requests-p.waits+perProperty+2 > limit
}

// perProperty is how many requests one property takes at most.
const perProperty = 3

// selectHidden reads once more with $select where a GET does not show what a client may set:
// some properties are shown only where they are asked for by name.
func (p *prober) selectHidden(ctx context.Context) error {
	var hidden []string
	for _, prop := range p.Subject.Op.Settable() {
		_, shown := p.state[prop.Name]
		if _, sensitive := p.sensitive(prop.Name); !shown && !sensitive {
			hidden = append(hidden, prop.Name)
		}
	}
	if len(hidden) == 0 {
		return nil
	}
	for name := range p.state {
		if !entity.IsAnnotation(name) {
			hidden = append(hidden, name)
		}
	}
	slices.Sort(hidden)
	one := *p.Subject
	one.Select = hidden
	p.result.Requests++
	res := one.Read(ctx, "read with $select what a plain GET does not show")
	if res.Err != nil || res.Status != http.StatusOK || len(p.state) >= len(res.Object) {
		return ctx.Err() // it takes no $select, or shows nothing more
	}
	for name := range p.state {
		if _, has := res.Object[name]; !has && !entity.IsAnnotation(name) {
			return nil
		}
	}
	p.result.Hidden = slices.DeleteFunc(slices.Clone(hidden), func(name string) bool {
		_, plain := p.state[name]
		_, shown := res.Object[name]
		return plain || !shown
	})
	p.Subject, p.result.Select = &one, hidden
	p.state, p.etag = res.Object, res.ETag()
	return nil
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

// Success reports whether the answer is a success of an update: the documented status, or
// one that OData allows (OData 4.01 Protocol 11.4.3).
func Success(op *contract.Operation, r *entity.Response) bool {
	_, alternative := op.Success.Allows(r.Status, true)
	return r.Err == nil && (alternative || slices.Contains([]int{op.Success.Status, http.StatusOK, http.StatusNoContent}, r.Status))
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
