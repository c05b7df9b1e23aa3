package restore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/client"
	"graphpact/internal/contract"
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
)

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
func (j *Journal) Restore(ctx context.Context, c *client.Client, o Observer) error {
	var errs []error
	for i, e := range slices.Backward(j.Document().Entities) {
		err := e.restore(ctx, c, o)
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
	return fmt.Errorf("%w\nthe journal %s stays; delete it to give up", errors.Join(errs...), j.Path())
}

func (e *Entity) restore(ctx context.Context, c *client.Client, o Observer) error {
	url := c.URL(e.Path)
	ex, err := c.Preflight(ctx, e.Path)
	switch {
	case errors.As(err, new(*client.NotFoundError)):
		return &UnavailableError{fmt.Errorf("%s answers 404 Not Found: the entity is gone", url)}
	case err != nil:
		return &UnavailableError{err}
	}
	differences := e.differences(c, entity.Decode(ex).Object)
	o.Found(url, differences)
	if slices.ContainsFunc(differences, func(d Difference) bool { return d.Action == Set }) {
		switch ok, err := o.Agree(ctx); {
		case err != nil:
			return err
		case !ok:
			return &NotRestoredError{fmt.Errorf("%s: left as it is", url)}
		}
	}
	if errs := e.keeper(c).Restore(ctx); len(errs) > 0 {
		return &NotRestoredError{errors.Join(errs...)}
	}
	o.Restored(url)
	return nil
}

// keeper is one that remembers the entity.
func (e *Entity) keeper(c *client.Client) *Keeper {
	k := NewKeeper(c, e.RestoreBody)
	k.Remember(e.Path, e.First)
	return k
}

// differences are those that are set, then those that cannot be set, then those that are
// left alone.
func (e *Entity) differences(c *client.Client, current map[string]any) []Difference {
	var out []Difference
	add := func(name string, action Action) {
		out = append(out, Difference{Action: action, Is: member(c, current, name), Was: member(c, e.First, name)})
	}
	body, unsettable := e.RestoreBody(e.First, current)
	for _, name := range e.Touched {
		if _, set := body[name]; set {
			add(name, Set)
		}
	}
	for _, name := range unsettable {
		add(name, CannotSet)
	}
	for _, name := range e.others(current) {
		if slices.Contains(e.Moves, name) {
			add(name, LeaveMoving)
		} else {
			add(name, LeaveUntouched)
		}
	}
	return out
}

// RestoreBody compares the entity as it was with what it is now. It gives the body of the
// update that restores what the run touched and what differs still, and the names of
// touched properties that differ and that no update can set. It is a BodyFunc.
func (e *Entity) RestoreBody(first, current map[string]any) (body map[string]any, unsettable []string) {
	body = map[string]any{}
	for _, name := range e.Touched {
		was, had := first[name]
		is, has := current[name]
		p, canSet := e.property(name)
		switch {
		case had == has && p.Same(was, is), slices.Contains(e.Moves, name):
		case canSet:
			body[name] = was
		default:
			unsettable = append(unsettable, name)
		}
	}
	return body, unsettable
}

// others are the properties that differ and that a restore leaves alone, sorted: no update
// of the run named them, or the server sets them at each update. Annotations do not count.
func (e *Entity) others(current map[string]any) []string {
	names := maps.Clone(e.First)
	maps.Copy(names, current)
	var out []string
	for name := range names {
		was, had := e.First[name]
		is, has := current[name]
		p, _ := e.property(name)
		mine := slices.Contains(e.Touched, name) && !slices.Contains(e.Moves, name)
		if !entity.IsAnnotation(name) && !mine && (had != has || !p.Same(was, is)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// property is the property of that name, with its type where the page gives one.
func (e *Entity) property(name string) (p contract.Property, canSet bool) {
	p.Name = name
	for _, s := range e.Settable {
		if s.Name == name {
			p.Type.Edm = s.Type
			return p, true
		}
	}
	return p, false
}

// memberShown is what is shown of a property, in bytes.
const memberShown = 2 << 10

// member shows a property with its name, so that a value under a name that says secret is
// masked.
func member(c *client.Client, state map[string]any, name string) string {
	v, has := state[name]
	if !has {
		return "absent"
	}
	return strings.Trim(c.Line(entity.Show(map[string]any{name: v}, true), memberShown), "{}")
}

// Plan sends through the client, which reaches a handler made by Rehearse, what a restore
// of the entity would send at most.
func (e *Entity) Plan(ctx context.Context, c *client.Client) error {
	return errors.Join(e.keeper(c).Restore(ctx)...)
}

// Rehearse is a server that holds the entity with all that the run touched lost, until an
// update.
func (e *Entity) Rehearse() http.Handler {
	var mu sync.Mutex
	lost, _ := e.RestoreBody(e.First, map[string]any{})
	state := maps.Clone(e.First)
	maps.DeleteFunc(state, func(name string, _ any) bool {
		_, is := lost[name]
		return is
	})
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
