package target

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Journal keeps beyond the life of the process what a Keeper remembers. It is for a
// target whose state outlives the process too.
type Journal interface {
	// Touch is called before an update of the entity at the path is sent, unless an
	// earlier call covers it: first is the entity's first state, to be left as it is,
	// and names are all properties that updates have named so far, sorted. On an error
	// the update is not sent.
	Touch(path string, first map[string]any, names []string) error
	// Restored is called when the entity has its first state again.
	Restored(path string) error
}

// UseJournal makes the keeper write its memory down. It is called before the first
// update; without it nothing is written.
func (k *Keeper) UseJournal(j Journal) { k.journal = j }

// Touched tells that an update that names the properties is about to be sent. PutBack
// sets them, whatever a GET shows then: what answers it may lag behind. On an error,
// which is the journal's, the update must not be sent.
func (k *Keeper) Touched(path string, names ...string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, known := k.set[path]
	all := maps.Clone(before)
	if all == nil {
		all = map[string]bool{}
	}
	for _, n := range names {
		all[n] = true
	}
	if k.journal != nil && (!known || len(all) > len(before)) {
		first, remembered := k.first[path]
		if !remembered {
			return fmt.Errorf("%s is about to be changed, and nobody remembers its first state", k.c.Mask(path))
		}
		if err := k.journal.Touch(path, k.c.withoutCredentials(first), slices.Sorted(maps.Keys(all))); err != nil {
			return err
		}
	}
	k.set[path] = all
	return nil
}

// withoutCredentials gives a state as it may lie on a disk: a member in which the target
// sends one of the client's own credentials back is left out. A value that only looks
// like a secret is the entity's own, and without it the state cannot be put back.
func (c *Client) withoutCredentials(state map[string]any) map[string]any {
	own := make(map[string]any, len(state))
	for name, v := range state {
		data, err := json.Marshal(map[string]any{name: v})
		if text := string(data); err == nil && c.mask.known(text, false) == text {
			own[name] = v
		}
	}
	return own
}
