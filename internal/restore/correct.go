package restore

import (
	"fmt"
	"maps"
)

// Correct replaces the first value of a property, which was read from JSON: a read that came
// late has shown the true one.
func (k *Keeper) Correct(path, name string, value any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.entities[path]
	if e == nil {
		return fmt.Errorf("%s: nobody remembers its first state", k.c.Mask(path))
	}
	e.first = maps.Clone(e.first)
	e.first[name] = copyObject(map[string]any{name: value})[name]
	if e.sent == nil {
		return nil
	}
	if _, sent := e.sent[name]; sent {
		suspect := map[string]bool{}
		maps.Copy(suspect, e.suspect)
		suspect[name] = true
		e.suspect = suspect
	}
	if k.recorder == nil {
		return nil
	}
	return k.recorder.Touch(path, e.change(k.c, e.sent))
}
