package restore

import (
	"fmt"
	"maps"
	"slices"
)

// Corrector is a Recorder that can take back what it was given.
type Corrector interface {
	// Correct replaces the entity's first state and the properties that updates have named.
	Correct(path string, first map[string]any, names []string) error
}

// Correct replaces the first value of a property, which was read from JSON: a read that came
// late has shown the true one. present is false where the property was absent.
func (k *Keeper) Correct(path, name string, value any, present bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	first, known := k.first[path]
	if !known {
		return fmt.Errorf("%s: nobody remembers its first state", k.c.Mask(path))
	}
	own := maps.Clone(first)
	delete(own, name)
	if present {
		own[name] = copyObject(map[string]any{name: value})[name]
	}
	k.first[path] = own
	return k.record(path)
}

// Untouched says that the updates that named the properties were refused, and that none has
// changed: Restore leaves them alone unless they differ.
func (k *Keeper) Untouched(path string, names ...string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	left := maps.Clone(k.set[path])
	for _, n := range names {
		delete(left, n)
	}
	k.set[path] = left
	return k.record(path)
}

// record writes the entity to the journal again; the caller holds the lock.
func (k *Keeper) record(path string) error {
	c, ok := k.recorder.(Corrector)
	if _, touched := k.set[path]; !ok || !touched {
		return nil
	}
	return c.Correct(path, withoutCredentials(k.c, k.first[path]), slices.Sorted(maps.Keys(k.set[path])))
}

// Correct is for the Keeper.
func (p *part) Correct(path string, first map[string]any, names []string) error {
	j := p.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.index(p.op, path)
	if i < 0 {
		return nil
	}
	j.doc.Entities = slices.Clone(j.doc.Entities)
	e := &j.doc.Entities[i]
	e.First, e.Settable, e.Touched = first, settable(p.op, first), names
	return j.write()
}
