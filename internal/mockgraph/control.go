package mockgraph

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
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
	params, err := r.store.clone(s.newID)
	if err != nil {
		return c.refuse(http.StatusConflict, "Conflict", "%s", err)
	}
	a = newAnswer(http.StatusCreated).withJSON(Object{
		{"operation", quote(r.name())},
		{"params", paramsObject(params).json()},
	})
	a.header.Set("Location", s.origin(c)+s.basePath+r.template.expand(params))
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
