package mockgraph

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/edm"
)

// Entity is an entity that a server starts with.
type Entity struct {
	// Params are the values of all path parameters, by name.
	Params map[string]string
	// Body is the entity without @odata.context and @odata.etag, which the server makes.
	Body Object
}

// Seed is the entities behind one path. The first one is the entity that a suite
// works on.
type Seed struct {
	// Path is the path template as the Operation has it, parameter names included.
	Path     string
	Entities []Entity
}

// ReadSeeds reads a seed file: an object, or an array of objects, of the form
//
//	{"operation": "PATCH /sets/{setId}/flows/{flowId}",
//	 "entities": [{"params": {"setId": "…", "flowId": "…"}, "body": {…}}]}
//
// where "path" with the template alone may stand for "operation". It is strict: an
// unknown or repeated name is an error. Errors name the file, as name, and the line.
func ReadSeeds(data []byte, name string) ([]Seed, error) {
	r := &seedReader{name: name, data: data}
	if err := checkJSON(data); err != nil {
		var defect *jsonError
		if errors.As(err, &defect) {
			return nil, r.at(defect.Offset, "%s", defect.Text)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r.dec = json.NewDecoder(bytes.NewReader(data))
	var seeds []Seed
	one := func() error {
		seed, err := r.seed()
		seeds = append(seeds, seed)
		return err
	}
	read := one
	if isArray(bytes.TrimSpace(data)) {
		read = func() error { return r.array("the file", one) }
	}
	if err := read(); err != nil {
		return nil, err
	}
	if len(seeds) == 0 {
		return nil, r.errorf("the file has no seed")
	}
	return seeds, nil
}

// seedReader walks JSON that checkJSON has passed, and knows the line it is on.
type seedReader struct {
	name string
	data []byte
	dec  *json.Decoder
}

func (r *seedReader) at(offset int64, format string, args ...any) error {
	line := 1 + bytes.Count(r.data[:min(max(offset, 0), int64(len(r.data)))], []byte("\n"))
	return fmt.Errorf("%s:%d: %s", r.name, line, fmt.Sprintf(format, args...))
}

func (r *seedReader) errorf(format string, args ...any) error {
	return r.at(r.dec.InputOffset(), format, args...)
}

// open takes the delimiter that a value must start with.
func (r *seedReader) open(what string, want json.Delim, kind string) error {
	tok, err := r.dec.Token()
	if err != nil {
		return r.errorf("%s: %v", what, err)
	}
	if tok != want {
		return r.errorf("%s must be %s", what, kind)
	}
	return nil
}

func (r *seedReader) array(what string, each func() error) error {
	if err := r.open(what, '[', "an array"); err != nil {
		return err
	}
	for r.dec.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err := r.dec.Token()
	return err
}

func (r *seedReader) object(what string, each func(name string) error) error {
	if err := r.open(what, '{', "an object"); err != nil {
		return err
	}
	for r.dec.More() {
		tok, err := r.dec.Token()
		if err != nil {
			return r.errorf("%s: %v", what, err)
		}
		name, _ := tok.(string)
		if err := each(name); err != nil {
			return err
		}
	}
	_, err := r.dec.Token()
	return err
}

func (r *seedReader) text(what string) (string, error) {
	tok, err := r.dec.Token()
	if err != nil {
		return "", r.errorf("%s: %v", what, err)
	}
	s, ok := tok.(string)
	if !ok || s == "" {
		return "", r.errorf("%s must be a string that is not empty", what)
	}
	return s, nil
}

func (r *seedReader) seed() (Seed, error) {
	var seed Seed
	err := r.object("a seed", func(name string) (err error) {
		switch name {
		case "operation", "path":
			if seed.Path != "" {
				return r.errorf(`a seed has an "operation" or a "path", not both`)
			}
			if seed.Path, err = r.text(name); err != nil {
				return err
			}
			if name == "operation" {
				_, seed.Path, _ = strings.Cut(seed.Path, " ")
			}
			if !strings.HasPrefix(seed.Path, "/") {
				return r.errorf(`%s must look like "PATCH /things/{id}" (operation) or "/things/{id}" (path)`, name)
			}
			return nil
		case "entities":
			return r.array(name, func() error {
				entity, err := r.entity()
				seed.Entities = append(seed.Entities, entity)
				return err
			})
		}
		return r.errorf("unknown name %q in a seed; it may have operation, path, entities", name)
	})
	if err == nil && (seed.Path == "" || len(seed.Entities) == 0) {
		err = r.errorf("the seed that ends here needs an operation or a path, and at least one entity")
	}
	return seed, err
}

func (r *seedReader) entity() (Entity, error) {
	entity := Entity{Params: map[string]string{}}
	err := r.object("an entity", func(name string) error {
		switch name {
		case "params":
			return r.object(name, func(param string) (err error) {
				entity.Params[param], err = r.text("the parameter " + param)
				return err
			})
		case "body":
			if err := r.dec.Decode(&entity.Body); err != nil {
				return r.errorf("body: %v", err)
			}
			return nil
		}
		return r.errorf("unknown name %q in an entity; it may have params, body", name)
	})
	if err == nil && entity.Body == nil {
		err = r.errorf("the entity that ends here has no body")
	}
	return entity, err
}

// SeedAt moves the first entity of a seed to other path parameters, key included:
// what a server needs to stand in for an endpoint's entity.
func SeedAt(seed Seed, op *contract.Operation, conv *convention.Set, params map[string]string) Seed {
	entity := Entity{Params: maps.Clone(params), Body: seed.Entities[0].Body}
	key := keyName(op, conv.Names)
	if t, err := compileTemplate(op.Path); err == nil && key != "" {
		if param, ok := t.keyParam(); ok {
			value := quote(params[param])
			if id, has := entity.Body.Get(key); has && !isText(id) && json.Valid([]byte(params[param])) {
				value = json.RawMessage(params[param]) // a numeric key stays one
			}
			entity.Body = entity.Body.with(key, value)
		}
	}
	return Seed{Path: op.Path.Template, Entities: []Entity{entity}}
}

// SeedFor makes an entity up for an Operation that has no seed, so that any page
// can be run against the server. Values follow from the type of each property, its
// enum, and the page alone: the same page gives the same entity, but for dates,
// which lie before now.
func SeedFor(op *contract.Operation, conv *convention.Set, now time.Time) Seed {
	m := maker{op: op, now: now}
	entity := Entity{Params: map[string]string{}, Body: Object{}}
	// An entity says its type only where it is not the declared one (JSON Format 4.5.3). A
	// type of another namespace than the page's own is a slip of its example.
	if shown := op.ResponseType.Value; shown != op.QualifiedType() && strings.Contains(shown, ".") &&
		(op.Namespace.Value == "" || parentName(shown) == op.Namespace.Value) {
		entity.Body = entity.Body.with("@odata.type", quote("#"+shown))
	}
	key := keyName(op, conv.Names)
	if key != "" {
		entity.Body = entity.Body.with(key, quote(m.id(key)))
	}
	for _, p := range op.Properties {
		if p.Excluded {
			continue
		}
		entity.Body = entity.Body.with(p.Name, m.property(p))
	}
	// A path that is no template is for New to refuse.
	if t, err := compileTemplate(op.Path); err == nil {
		for _, name := range t.names {
			entity.Params[name] = m.id(name)
		}
		if param, ok := t.keyParam(); ok && key != "" {
			id, _ := entity.Body.Get(key)
			entity.Params[param] = keyText(id)
		}
	}
	return Seed{Path: op.Path.Template, Entities: []Entity{entity}}
}

type maker struct {
	op  *contract.Operation
	now time.Time
}

// id depends on the page's path and the name only.
func (m maker) id(name string) string {
	return contract.ExampleID(strings.TrimPrefix(m.op.Path.Template, m.op.Path.Below) + " " + name)
}

func (m maker) property(p contract.Property) json.RawMessage {
	value := m.value(p)
	if members := p.Type.SettableMembers(); p.Flags.Value && len(members) > 1 {
		value = quote(members[0].Value + "," + members[1].Value)
	}
	switch {
	case !p.Type.Collection:
	case isObject(value) && p.Type.Structure == nil:
		value = json.RawMessage("[]")
	default:
		value = json.RawMessage("[" + string(value) + "]")
	}
	if inBounds := p.Values(nil, 1); len(inBounds) > 0 && !p.Within(decodedJSON(value)) {
		return encode(inBounds[0].JSON)
	}
	return value
}

func (m maker) value(p contract.Property) json.RawMessage {
	if p.Type.Structure != nil {
		return m.object(p.Type.Structure, 0)
	}
	if p.Type.IsEnum() {
		member := p.Type.Enum[0] // nothing but a sentinel: then that
		if settable := p.Type.SettableMembers(); len(settable) > 0 {
			member = settable[0]
		}
		return quote(member.Value)
	}
	switch t := cmp.Or(p.Type.Edm, p.Type.Shape); {
	case t == edm.GUID, t == edm.String && p.Role == contract.RoleKey:
		return quote(m.id(p.Name))
	case t == edm.String, t == "string":
		return quote("made-up " + p.Name)
	case t == edm.DateTimeOffset:
		return quote(timestamp(m.now.Add(m.age(p.Role))))
	case t == edm.Date:
		return quote(m.now.UTC().Format(time.DateOnly))
	case madeUp[t] != "":
		return json.RawMessage(madeUp[t])
	}
	return json.RawMessage("{}")
}

// madeUp are values of types, and of the shapes of JSON, of which any will do.
var madeUp = map[string]string{
	"boolean": "false", "number": "1", edm.Boolean: "false", edm.Byte: "1", edm.SByte: "1", edm.Int16: "1", edm.Int32: "1", edm.Int64: "1",
	edm.Single: "1", edm.Double: "1", edm.Decimal: "1", edm.TimeOfDay: `"08:00:00.0000000"`, edm.Duration: `"PT1H"`,
	edm.Binary: `"Z3JhcGhwYWN0"`, edm.Stream: `"Z3JhcGhwYWN0"`,
}

// maxNesting is how deep made-up objects nest; types may refer to each other in cycles.
const maxNesting = 3

// object makes a value of a structured type up, with each property that the type has; of an
// abstract one a value of the first type that is derived from it (JSON Format 4.5.3).
func (m maker) object(s *contract.Structure, depth int) json.RawMessage {
	body := Object{}
	if s.Abstract.Value {
		for _, d := range s.Derived {
			if !d.Abstract.Value {
				body, s = body.with("@odata.type", quote("#"+d.Name)), d
				break
			}
		}
	}
	for _, p := range s.Properties {
		if strings.Contains(p.Name, "@") {
			continue
		}
		if p.Type.Structure == nil {
			body = body.with(p.Name, m.property(p))
			continue
		}
		value := null
		if depth < maxNesting {
			value = m.object(p.Type.Structure, depth+1)
		} else if p.Nullable.Value == contract.NullableNo {
			value = json.RawMessage("{}")
		}
		switch {
		case p.Type.Collection && depth < maxNesting:
			value = json.RawMessage("[" + string(value) + "]")
		case p.Type.Collection:
			value = json.RawMessage("[]")
		}
		body = body.with(p.Name, value)
	}
	return encode(body)
}

// age is how long ago a date lies: created before modified before now.
func (m maker) age(r contract.Role) time.Duration {
	if r == contract.RoleCreated {
		return -48 * time.Hour
	}
	return -time.Hour
}
