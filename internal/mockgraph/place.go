package mockgraph

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"graphpact/internal/contract"
)

// Put places an entity of the Operation at the path parameters, in the place of one
// that is there: the first entity of the seed with its key moved, and with the values
// (decoded JSON, by property) in place of its own. A value that the page does not
// allow, or for a property that the entity does not have, is an error.
func (s *Server) Put(op *contract.Operation, params map[string]string, values map[string]any) error {
	r := s.routeOf(op)
	if r == nil {
		return fmt.Errorf("placing an entity: %s %s is not served", op.Method.Value, op.Path.Template)
	}
	seed := Seed{Path: op.Path.Template, Entities: r.store.seeds}
	entity := SeedAt(seed, op, s.conventions, params).Entities[0]
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p, ok := op.Property(name)
		if !ok {
			return fmt.Errorf("placing an entity: the page has no property %s", name)
		}
		raw, err := json.Marshal(values[name])
		if err != nil {
			return fmt.Errorf("placing an entity: %s: %w", name, err)
		}
		if err := checkProperty(p, raw, reading{beyond: true}); err != nil {
			return fmt.Errorf("placing an entity: %w", err)
		}
		entity.Body = entity.Body.with(name, raw)
	}
	if err := r.store.check(entity); err != nil {
		return fmt.Errorf("placing an entity: %w", err)
	}
	r.store.place(entity)
	return nil
}

// Remove makes sure that no entity of the Operation is at the path parameters.
func (s *Server) Remove(op *contract.Operation, params map[string]string) error {
	r := s.routeOf(op)
	if r == nil {
		return fmt.Errorf("removing an entity: %s %s is not served", op.Method.Value, op.Path.Template)
	}
	return r.store.remove(params)
}
