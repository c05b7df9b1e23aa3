package steps

import (
	"net/http"
	"slices"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
	"graphpact/internal/schema"
)

// ageing is what is known about the properties of one entity that change by themselves, as the
// time at which a device was last seen does. Of what a client may set the probe alone can tell:
// an old value of it may be one that the run has set before, and that a late read shows.
type ageing struct {
	// inARow are the values that GETs have shown since the last request that was none, by property.
	inARow map[string][]any
	ages   map[string]bool
}

// aged takes note of properties that change by themselves.
func (a *ageing) aged(names ...string) {
	if a.ages == nil {
		a.ages = map[string]bool{}
	}
	for _, name := range names {
		a.ages[name] = true
	}
}

// watchAge takes note of an answer of the entity at the path. What GETs in a row show with one
// value after the other, with no update between them, changes by itself; any other request may have
// changed something.
func (s *settling) watchAge(op *contract.Operation, path string, r *entity.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.of(path).ageing
	if r.Method != http.MethodGet {
		a.inARow = nil
		return
	}
	if a.inARow == nil {
		a.inARow = map[string][]any{}
	}
	for name, v := range r.Object {
		p, named := op.Property(name)
		known := slices.ContainsFunc(a.inARow[name], func(old any) bool { return schema.Equal(old, v) })
		if !named || p.Role != "" || p.Settable() || v == nil || known {
			continue
		}
		if a.inARow[name] = append(a.inARow[name], v); len(a.inARow[name]) >= probe.AgedValues {
			a.aged(name)
		}
	}
}

// ages reports whether the property of the entity under test changes by itself.
func (w *world) ages(name string) bool {
	if w.subject == nil {
		return false
	}
	s := w.live.settling
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(w.subject.Path).ageing.ages[name]
}

// ageing counts the properties of the entity under test that change by themselves, as far as known.
func (w *world) ageing() int {
	s := w.live.settling
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.of(w.subject.Path).ageing.ages)
}

// aged gives the properties that differ and that change by themselves, each with a note. What has
// no value any more is lost, not older.
func (w *world) aged(was, is map[string]any) (names []string) {
	for _, d := range entity.Differences(w.live.Operation, was, is) {
		if is[d.Name] != nil && w.ages(d.Name) {
			names = append(names, d.Name)
			w.note("a property that changes by itself: "+d.Name, "GETs in a row show one value after the other, with no update between them; it went from "+d.Before+" to "+d.After)
		}
	}
	return names
}

// ownPace gives the properties that differ around an update that was refused, and that the server
// alone sets: those that change by themselves, and those that the page calls read-only and that no
// update has moved, as the time of the last synchronization. Not those that the update names.
func (w *world) ownPace(was, is map[string]any) (names []string) {
	for _, d := range entity.Differences(w.live.Operation, was, is, w.sentNames()...) {
		p, _ := w.live.Operation.Property(d.Name)
		still := w.live.Probe != nil && !slices.Contains(w.live.Probe.Moves, d.Name)
		if is[d.Name] != nil && (w.ages(d.Name) || still && p.ReadOnly.Value && p.Role == "") {
			names = append(names, d.Name)
		}
	}
	return names
}
