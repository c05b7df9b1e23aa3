package restore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/edm"
	"graphpact/internal/entity"
)

// Observer follows the restore of a journal.
type Observer interface {
	// Found is called for each entity before anything is changed, with its masked URL and
	// the properties that are not what they were.
	Found(url string, differences []Difference)
	// Agree says whether the update may be sent. On an error nothing is sent.
	Agree(ctx context.Context) (bool, error)
	// Restored is called when the entity has its first state.
	Restored(url string)
	// Accepted is called where what is left is taken for the first state; left says what.
	Accepted(url string, left error)
}

// Options says how far a restore goes.
type Options struct {
	// Force sets also what someone else has changed since.
	Force bool
	// Accept takes what cannot be restored for the first state.
	Accept bool
}

// Difference is a property that is not what it was.
type Difference struct {
	Action Action
	// Is and Was are the property's JSON member now and at first, masked and shortened, or
	// "absent".
	Is, Was string
}

// Action says what a restore does about a Difference.
type Action int

const (
	// Set is for a property that the update sets.
	Set Action = iota
	// CannotSet is for a property that the run touched and that no update can set.
	CannotSet
	// LeaveUntouched is for a property that no update of the run named.
	LeaveUntouched
	// LeaveMoving is for a property that the server sets at each update.
	LeaveMoving
	// LeaveOther is for a property with a value that the run did not send.
	LeaveOther
)

// leftAlone says why the property is not set, where that is for what the run has not sent.
func (d Difference) leftAlone() string {
	if d.Action == LeaveOther {
		return "; the run has not sent that, so that it is left alone"
	}
	return ""
}

// value is one of the two members without its name.
func (d Difference) value(member string) string {
	if _, v, ok := strings.Cut(member, `":`); ok {
		return v
	}
	return member
}

// UnavailableError says that an entity could not be read: the target is not there, lets
// nobody in, or has no such entity any more.
type UnavailableError struct{ Err error }

func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *UnavailableError) Unwrap() error { return e.Err }

// NotRestoredError says that an entity does not have its first state after a restore.
type NotRestoredError struct{ Err error }

func (e *NotRestoredError) Error() string {
	if errors.Is(e.Err, &StatusError{Status: http.StatusBadRequest}) {
		return e.Err.Error() + "\nthe endpoint may have changed since: it does not take any more what it took then"
	}
	return e.Err.Error()
}

// Unwrap gives the reason.
func (e *NotRestoredError) Unwrap() error { return e.Err }

// Restore restores the entities of the journal, the last changed first, and takes each that
// has its first state out of it. It goes on after an error until the context ends. The
// error joins an *UnavailableError or a *NotRestoredError of each entity that is left,
// that of the Observer, and that of the journal's file.
func (j *Journal) Restore(ctx context.Context, c *client.Client, o Observer, opts Options) error {
	var errs []error
	for i, e := range slices.Backward(j.Document().Entities) {
		err := e.restore(ctx, c, o, opts)
		if err == nil {
			err = j.Done(i)
		}
		if err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%w\nrestore --accept takes what cannot be restored for the first state\nthe journal %s stays; delete it to give up", errors.Join(errs...), j.Path())
}

func (e *Entity) restore(ctx context.Context, c *client.Client, o Observer, opts Options) error {
	url := c.URL(e.Path)
	ex, err := c.Preflight(ctx, e.Path)
	var answer *client.AnswerError
	switch {
	case errors.As(err, &answer) && answer.Status == http.StatusNotFound:
		err = fmt.Errorf("%s answers 404 Not Found: the entity is gone", url)
		if opts.Accept {
			o.Accepted(url, err)
			return nil
		}
		return &UnavailableError{err}
	case err != nil:
		return &UnavailableError{err}
	}
	r := &restorer{c: c, e: e, force: opts.Force}
	current := entity.Decode(ex).Object
	if len(e.Select) > 0 {
		if current, err = r.read(ctx); err != nil {
			return &UnavailableError{fmt.Errorf("%s: %w", url, err)}
		}
	}
	differences := e.differences(c, current, opts.Force)
	o.Found(url, differences)
	if slices.ContainsFunc(differences, func(d Difference) bool { return d.Action == Set }) {
		switch ok, err := o.Agree(ctx); {
		case err != nil:
			return err
		case !ok:
			return &NotRestoredError{fmt.Errorf("%s: left as it is", url)}
		}
	}
	err = r.restore(ctx)
	var left *StateError
	switch {
	case err == nil:
		o.Restored(url)
		return nil
	case opts.Accept && errors.As(err, &left) && len(left.Left) > 0:
		o.Accepted(url, err)
		return nil
	}
	return &NotRestoredError{err}
}

// named is a property that is not what it was, and what a restore does about it.
type named struct {
	name   string
	action Action
}

// compare gives the properties that differ: those that are set, then those that cannot be
// set, then those that are left alone, and by name.
func (e *Entity) compare(current map[string]any, force bool) []named {
	all := maps.Clone(e.First)
	maps.Copy(all, current)
	var out []named
	for name := range all {
		if action, differs := e.action(name, current, force); differs {
			out = append(out, named{name, action})
		}
	}
	rank := map[Action]int{Set: 0, CannotSet: 1, LeaveOther: 2, LeaveMoving: 3, LeaveUntouched: 3}
	slices.SortFunc(out, func(a, b named) int {
		return cmp.Or(rank[a.action]-rank[b.action], strings.Compare(a.name, b.name))
	})
	return out
}

// action says what to do about a property. Annotations are no properties.
//
// What is absent or null now, and was not, counts as lost by an update of the run: servers
// that take an update for the whole entity lose what it does not name.
func (e *Entity) action(name string, current map[string]any, force bool) (action Action, differs bool) {
	was, had := e.First[name]
	is, has := current[name]
	p, canSet := e.property(name)
	if entity.IsAnnotation(name) || had == has && p.Same(was, is) {
		return 0, false
	}
	touched, lost := slices.Contains(e.Touched, name), had && is == nil
	switch {
	case slices.Contains(e.Moves, name), touched && !canSet && wentOn(was, is) && !e.maySent(name, is):
		return LeaveMoving, true
	case !touched && e.Sent == nil:
		return LeaveUntouched, true
	case touched && !had && has && is == nil, touched && e.Sent == nil && !canSet:
		return CannotSet, true
	case touched && (e.Sent == nil || lost || force || e.wasSent(p, is)), canSet && (lost || force):
		return Set, true
	case touched, canSet:
		return LeaveOther, true
	case lost, slices.Contains(e.Fixed, name):
		return CannotSet, true
	}
	return LeaveUntouched, true
}

func (e *Entity) wasSent(p contract.Property, value any) bool {
	return slices.ContainsFunc(e.Sent[p.Name], func(sent any) bool { return p.Shows(value, sent) })
}

// maySent reports whether a date may be one that the run has sent, cut to the minute.
func (e *Entity) maySent(name string, value any) bool {
	text, _ := value.(string)
	is, err := edm.ParseDateTimeOffset(text)
	return e.Sent == nil || err != nil || slices.ContainsFunc(e.Sent[name], func(sent any) bool {
		text, _ := sent.(string)
		was, err := edm.ParseDateTimeOffset(text)
		return err != nil || was.Sub(is).Abs() <= time.Minute
	})
}

// left are the differences for which the entity does not have its first state.
func (e *Entity) left(current map[string]any, force bool) []named {
	return slices.DeleteFunc(e.compare(current, force), func(d named) bool {
		return d.action == LeaveMoving || d.action == LeaveUntouched
	})
}

// leftWhole adds to left what no update has named or can set. A server may change that by
// itself, so that it has to be known which of it moves. A date that went on is the server's own.
func (e *Entity) leftWhole(current map[string]any, force bool) []named {
	return slices.DeleteFunc(e.compare(current, force), func(d named) bool {
		return d.action == LeaveMoving || d.action == LeaveUntouched && wentOn(e.First[d.name], current[d.name])
	})
}

// wentOn reports whether two values are dates, the second of them the later one.
func wentOn(was, is any) bool {
	before, _ := was.(string)
	now, _ := is.(string)
	first, err := edm.ParseDateTimeOffset(before)
	last, errNow := edm.ParseDateTimeOffset(now)
	return err == nil && errNow == nil && last.After(first)
}

// difference shows a property, each value within the limit in bytes.
func (e *Entity) difference(c *client.Client, current map[string]any, d named, limit int) Difference {
	return Difference{Action: d.action, Is: member(c, current, d.name, limit), Was: member(c, e.First, d.name, limit)}
}

func (e *Entity) differences(c *client.Client, current map[string]any, force bool) []Difference {
	var out []Difference
	for _, d := range e.compare(current, force) {
		out = append(out, e.difference(c, current, d, memberShown))
	}
	return out
}

// property is the property of that name, with its type where the page gives one.
func (e *Entity) property(name string) (p contract.Property, canSet bool) {
	p.Name = name
	i := slices.IndexFunc(e.Settable, func(s Property) bool { return s.Name == name })
	if i >= 0 {
		p.Type.Edm = e.Settable[i].Type
	}
	return p, i >= 0
}

// memberShown is what is shown of a property, in bytes.
const memberShown = 2 << 10

// member shows a property with its name, so that a value under a name that says secret is
// masked.
func member(c *client.Client, state map[string]any, name string, limit int) string {
	v, has := state[name]
	if !has {
		return "absent"
	}
	shown := c.Line(entity.Show(map[string]any{name: v}, true), limit)
	return strings.TrimSuffix(strings.TrimPrefix(shown, "{"), "}")
}

// Plan sends through the client, which reaches a handler made by Rehearse, what a restore
// of the entity would send at most.
func (e *Entity) Plan(ctx context.Context, c *client.Client) error {
	return (&restorer{c: c, e: e}).restore(ctx)
}

// Rehearse is a server that holds the entity with all that the run touched lost, and what it has
// added to objects, until an update.
func (e *Entity) Rehearse() http.Handler {
	var mu sync.Mutex
	state := maps.Clone(e.First)
	maps.DeleteFunc(state, func(name string, _ any) bool {
		_, canSet := e.property(name)
		return canSet && slices.Contains(e.Touched, name) && !slices.Contains(e.Moves, name)
	})
	for name, values := range e.Sent {
		with := map[string]any{}
		for _, sent := range values {
			object, _ := sent.(map[string]any)
			maps.Copy(with, object)
		}
		_, canSet := e.property(name)
		if _, adds := contract.Clearing(e.First[name], with, nil); adds && canSet && !slices.Contains(e.Moves, name) {
			state[name] = with
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPatch {
			state = e.First
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, entity.Show(state, true))
	})
}
