package mockgraph

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

// controlPath is where the control endpoints live, apart from the API.
const controlPath = "/_graphpact/"

// control answers the control endpoints, which no Graph has:
//
//	GET  /_graphpact/state     all entities, by Operation
//	POST /_graphpact/entities  clones the first entity of {"operation": "PATCH /…"};
//	                           without a body, of the only Operation
//	PUT  /_graphpact/reset     back to the seeds
func (s *Server) control(c *call) *answer {
	name, ok := strings.CutPrefix(c.r.URL.Path, controlPath)
	if !ok {
		return nil
	}
	var method string
	var run stage
	switch name {
	case "state":
		method, run = http.MethodGet, s.controlState
	case "entities":
		method, run = http.MethodPost, s.controlClone
	case "reset":
		method, run = http.MethodPut, s.controlReset
	default:
		return c.refuse(http.StatusNotFound, "ResourceNotFound", "There is no control endpoint %s; there are state, entities and reset.", short(name))
	}
	if c.r.Method != method {
		a := c.refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "This control endpoint takes %s.", method)
		a.header.Set("Allow", method)
		return a
	}
	return run(c)
}

func (s *Server) controlState(*call) *answer {
	var operations []json.RawMessage
	for _, r := range s.routes {
		var entities []json.RawMessage
		for _, rec := range r.store.all() {
			entities = append(entities, Object{
				{"params", paramsObject(rec.params).json()},
				{"etag", quote(rec.etag)},
				{"body", rec.body.json()},
			}.json())
		}
		operations = append(operations, Object{
			{"operation", quote(r.name())},
			{"entities", joinArray(entities)},
		}.json())
	}
	return newAnswer(http.StatusOK).withJSON(Object{{"operations", joinArray(operations)}})
}

func (s *Server) controlClone(c *call) *answer {
	data, a := c.read()
	if a != nil {
		return a
	}
	r, a := s.chooseRoute(c, data)
	if a != nil {
		return a
	}
	params, err := r.store.clone(s.cfg.NewID)
	if err != nil {
		return c.refuse(http.StatusConflict, "Conflict", "%s", err)
	}
	a = newAnswer(http.StatusCreated).withJSON(Object{
		{"operation", quote(r.name())},
		{"params", paramsObject(params).json()},
	})
	a.header.Set("Location", s.origin(c)+s.cfg.BasePath+r.template.expand(params))
	return a
}

// chooseRoute gives the route that the body of a clone request names.
func (s *Server) chooseRoute(c *call, data []byte) (*route, *answer) {
	wanted := ""
	if len(data) > 0 {
		body, err := parseObject(data)
		if err != nil {
			return nil, c.badRequest(err)
		}
		for _, m := range body {
			value, isText := text(m.Value)
			if m.Name != "operation" || !isText {
				return nil, c.refuse(http.StatusBadRequest, "BadRequest", `%s is not "operation" with a string.`, short(m.Name))
			}
			wanted = value
		}
	}
	if wanted == "" && len(s.routes) == 1 {
		return s.routes[0], nil
	}
	for _, r := range s.routes {
		if r.name() == wanted {
			return r, nil
		}
	}
	return nil, c.refuse(http.StatusBadRequest, "BadRequest", "%s is not an Operation of this server; GET %sstate lists them.", short(wanted), controlPath)
}

func (s *Server) controlReset(*call) *answer {
	s.Reset()
	return newAnswer(http.StatusNoContent)
}

func paramsObject(params map[string]string) Object {
	out := Object{}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		out = append(out, Member{name, quote(params[name])})
	}
	return out
}

// Put places an entity of the Operation at the path parameters, in the place of one
// that is there: the first entity of the seed with its key moved, and with the values
// (decoded JSON, by property) in place of its own. A value that the page does not
// allow, or for a property that the entity does not have, is an error.
func (s *Server) Put(op *contract.Operation, params map[string]string, values map[string]any) error {
	r, err := s.served(op, "placing")
	if err != nil {
		return err
	}
	seed := Seed{Path: op.Path.Template, Entities: r.store.seeds}
	entity := SeedAt(seed, op, s.cfg.Conventions, params).Entities[0]
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
	for _, other := range s.routes {
		if other == r || other.template.shape() != r.template.shape() {
			continue
		}
		// One path leads to one entity: it is of this type now.
		if p, ok := other.template.match(strings.TrimPrefix(r.template.expand(params), "/")); ok {
			if err := other.store.remove(p); err != nil {
				return fmt.Errorf("placing an entity: another page has it: %w", err)
			}
		}
	}
	r.store.place(entity)
	return nil
}

// Remove makes sure that no entity of the Operation is at the path parameters.
func (s *Server) Remove(op *contract.Operation, params map[string]string) error {
	r, err := s.served(op, "removing")
	if err != nil {
		return err
	}
	return r.store.remove(params)
}
