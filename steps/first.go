package steps

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/cucumber/godog"
)

// FirstStates remembers what entities were before the run changed them. Where scenarios share
// an entity, an earlier one may have done the damage that a later one is to notice.
type FirstStates struct {
	mu     sync.Mutex
	states map[string]map[string]any
	// cleared are the properties that an update of the run has emptied, by path; nil where
	// there was no update.
	cleared map[string]map[string]bool
}

// Remember keeps the state of the entity at the path; the last call for a path before its
// first update wins.
func (f *FirstStates) Remember(path string, state map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.states == nil {
		f.states, f.cleared = map[string]map[string]any{}, map[string]map[string]bool{}
	}
	if f.cleared[path] == nil {
		f.states[path] = maps.Clone(state)
	}
}

// empty reports whether a value holds nothing: null, absent, or a list without an entry.
func empty(v any) bool {
	list, isList := v.([]any)
	return v == nil || isList && len(list) == 0
}

// wrote takes note of an update, and of what it empties on purpose.
func (f *FirstStates) wrote(path string, body map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.states[path] == nil {
		return
	}
	if f.cleared[path] == nil {
		f.cleared[path] = map[string]bool{}
	}
	for name, v := range body {
		if empty(v) {
			f.cleared[path][name] = true
		}
	}
}

// first is the entity's state when the run first read it, and what it was before the scenario
// where nothing is remembered.
func (w *world) first() map[string]any {
	f := w.live.First
	if f == nil || w.subject == nil {
		return w.before
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if state := f.states[w.subject.Path]; state != nil {
		return state
	}
	return w.before
}

// beforeAndLost is the state before the scenario with the properties of the page that were
// lost since the run first read the entity: no update of the run has cleared them, so one that
// did not name them has.
func (w *world) beforeAndLost() map[string]any {
	if w.live.First == nil {
		return w.before
	}
	was, first := maps.Clone(w.before), w.first()
	w.live.First.mu.Lock()
	defer w.live.First.mu.Unlock()
	for _, p := range w.live.Operation.Properties {
		if !empty(first[p.Name]) && empty(was[p.Name]) && !w.live.First.cleared[w.subject.Path][p.Name] {
			was[p.Name] = first[p.Name]
		}
	}
	return was
}

// differs makes sure that the entity is not as the run first found it: a reset to that state
// could not be seen otherwise. Where no property can be set it stays as it is.
func (w *world) differs(ctx context.Context) error {
	if w.live.NoGet {
		return nil // what the entity holds is unknown
	}
	now := w.before
	w.before = w.first()
	body, err := w.documentedUpdate()
	w.before = now
	switch {
	case errors.Is(err, godog.ErrSkip):
		w.skipped = "" // an empty update can still be judged
		return nil
	case err != nil:
		return err
	}
	if w.holds(now, body) {
		return nil
	}
	_, err = w.prepare(ctx, "make the entity differ from its first state", body, "the entity could not be made to differ from its first state")
	return err
}
