package mockgraph

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// record is an entity at one moment. It is never changed: an update puts another
// one in its place, so a reader needs the lock only to fetch it.
type record struct {
	params map[string]string
	body   Object
	etag   string
}

// store holds the entities of one route, in order of their making.
type store struct {
	template *template
	seeds    []Entity
	key      string // the key property, empty where there is none

	mu      sync.RWMutex
	order   []string // paths
	records map[string]*record
	version uint64
}

func newStore(t *template, key string, seeds []Entity) (*store, error) {
	s := &store{template: t, seeds: seeds, key: key}
	for i, e := range seeds {
		if err := s.check(e); err != nil {
			return nil, fmt.Errorf("entity %d of %w", i+1, err)
		}
	}
	s.reset()
	if len(s.records) != len(seeds) {
		return nil, fmt.Errorf("two entities of %s have the same parameters", t.text)
	}
	return s, nil
}

// check holds an entity to the template: it has all parameters, no other, and its own key.
func (s *store) check(e Entity) error {
	for _, name := range s.template.names {
		if e.Params[name] == "" {
			return fmt.Errorf("%s has no value for the parameter %s", s.template.text, name)
		}
	}
	for name := range e.Params {
		if !slices.Contains(s.template.names, name) {
			return fmt.Errorf("%s: the path has no parameter %s", s.template.text, name)
		}
	}
	if param, ok := s.template.keyParam(); ok {
		if id, has := e.Body.Get(s.key); has && keyText(id) != e.Params[param] {
			return fmt.Errorf("%s: %s is %s in the body and %q in the path", s.template.text, s.key, id, e.Params[param])
		}
	}
	return nil
}

// keyText is a key as it is written in a path.
func keyText(raw []byte) string {
	if s, ok := text(raw); ok {
		return s
	}
	return string(raw)
}

func (s *store) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order, s.records = nil, map[string]*record{}
	for _, e := range s.seeds {
		s.put(maps.Clone(e.Params), e.Body)
	}
}

// put stores a record under a new ETag. The caller holds the lock.
func (s *store) put(params map[string]string, body Object) *record {
	s.version++
	r := &record{params: params, body: body, etag: etag(s.version, body)}
	path := s.template.expand(params)
	if _, there := s.records[path]; !there {
		s.order = append(s.order, path)
	}
	s.records[path] = r
	return r
}

// etag differs with each change, also when a change is undone (the version), and
// from one process to the next (the content).
func etag(version uint64, body Object) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(body.json(), version))
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

func (s *store) get(params map[string]string) *record {
	path := s.template.expand(params)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.records[path]
}

func (s *store) all() []*record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]*record, len(s.order))
	for i, path := range s.order {
		out[i] = s.records[path]
	}
	return out
}

// errGone and errConflict are the refusals of update.
var (
	errGone     = errors.New("the entity is not there")
	errConflict = errors.New("the entity has changed")
)

// update is the one place where an entity changes. It looks once more at what the
// caller's precondition asks, because others may have been here since, and does
// nothing for an empty patch.
func (s *store) update(params map[string]string, allowed func(etag string) bool, patch Object, modified []string, now time.Time) (*record, error) {
	path := s.template.expand(params)
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.records[path]
	switch {
	case old == nil:
		return nil, errGone
	case !allowed(old.etag):
		return nil, errConflict
	case len(patch) == 0:
		return old, nil
	}
	body := old.body.merge(patch)
	for _, name := range modified {
		previous, _ := old.body.Get(name)
		body = body.with(name, quote(nextTimestamp(previous, now)))
	}
	return s.put(old.params, body), nil
}

// clone copies the first entity and gives the copy a key of its own: the last
// parameter is a fresh id, the others stay, so the copy has the same parents.
func (s *store) clone(newID func() string) (map[string]string, error) {
	if len(s.template.names) == 0 {
		return nil, fmt.Errorf("%s has no parameter: there is one entity and no other", s.template.text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.records[s.order[0]]
	last := s.template.names[len(s.template.names)-1]
	params, body := maps.Clone(first.params), first.body
	id, hasKey := body.Get(s.key)
	hasKey = hasKey && keyText(id) == params[last]
	if hasKey && !isText(id) {
		// A numeric key: count on, newID makes texts.
		for n := len(s.order) + 1; s.records[s.template.expand(params)] != nil; n++ {
			params[last] = strconv.Itoa(n)
		}
		body = body.with(s.key, []byte(params[last]))
	} else {
		params[last] = newID()
		if hasKey {
			body = body.with(s.key, quote(params[last]))
		}
	}
	if s.records[s.template.expand(params)] != nil {
		return nil, fmt.Errorf("%s: an entity with the fresh id %q is already there", s.template.text, params[last])
	}
	return maps.Clone(s.put(params, body).params), nil
}

// restore puts an earlier record of an entity back, ETag and all.
func (s *store) restore(r *record) {
	path := s.template.expand(r.params)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.records[path]; there {
		s.records[path] = r
	}
}

// change puts another body in the place of an entity's, without a look at preconditions
// or dates; nil where there is no such entity.
func (s *store) change(params map[string]string, body func(Object) Object) *record {
	path := s.template.expand(params)
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.records[path]
	if old == nil {
		return nil
	}
	return s.put(old.params, body(old.body))
}

// place stores the entity, in the place of one with the same parameters.
func (s *store) place(e Entity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(maps.Clone(e.Params), e.Body)
}

// remove drops the entity, where there is one; the first one stays, since all others
// are made after it.
func (s *store) remove(params map[string]string) error {
	path := s.template.expand(params)
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.order, path)
	switch {
	case i == 0:
		return fmt.Errorf("%s: the first entity stays", path)
	case i > 0:
		s.order = slices.Delete(s.order, i, i+1)
		delete(s.records, path)
	}
	return nil
}

func isText(raw []byte) bool { return len(raw) > 0 && raw[0] == '"' }
