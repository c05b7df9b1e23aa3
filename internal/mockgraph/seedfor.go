package mockgraph

import (
	"encoding/json"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
)

// SeedFor makes an entity up for an Operation that has no seed, so that any page
// can be run against the server. Values follow from the type of each property, its
// enum, and the page alone: the same page gives the same entity, but for dates,
// which lie before now.
func SeedFor(op *contract.Operation, conv *convention.Set, now time.Time) Seed {
	m := maker{op: op, now: now}
	entity := Entity{Params: map[string]string{}, Body: Object{}}
	// An entity says its type only where it is not the declared one (JSON Format 4.5.3).
	if shown := op.ResponseType.Value; strings.Contains(shown, ".") && shown != op.QualifiedType() {
		entity.Body = entity.Body.with("@odata.type", quote("#"+shown))
	}
	key := keyName(op, conv.Names)
	if key != "" {
		entity.Body = entity.Body.with(key, quote(m.id(key)))
	}
	for _, p := range op.Properties {
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

// maker makes values up.
type maker struct {
	op  *contract.Operation
	now time.Time
}

// id depends on the page's path and the name only.
func (m maker) id(name string) string { return contract.ExampleID(m.op.Path.Template + " " + name) }

func (m maker) property(p contract.Property) json.RawMessage {
	value := m.value(p)
	switch {
	case !p.Type.Collection:
		return value
	case isObject(value):
		return json.RawMessage("[]")
	}
	return json.RawMessage("[" + string(value) + "]")
}

func (m maker) value(p contract.Property) json.RawMessage {
	if p.Type.IsEnum() {
		member := p.Type.Enum[0] // nothing but a sentinel: then that
		if settable := p.Type.SettableMembers(); len(settable) > 0 {
			member = settable[0]
		}
		return quote(member.Value)
	}
	switch p.Type.Edm {
	case "Edm.Boolean":
		return json.RawMessage("false")
	case "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Single", "Edm.Double", "Edm.Decimal":
		return json.RawMessage("1")
	case "Edm.Guid":
		return quote(m.id(p.Name))
	case "Edm.DateTimeOffset":
		return quote(stamp(m.now.Add(m.age(p.Role))))
	case "Edm.Date":
		return quote(m.now.UTC().Format(time.DateOnly))
	case "Edm.TimeOfDay":
		return quote("08:00:00.0000000")
	case "Edm.Duration":
		return quote("PT1H")
	case "Edm.Binary", "Edm.Stream":
		return quote("Z3JhcGhwYWN0")
	case "Edm.String":
		if p.Role == contract.RoleKey {
			return quote(m.id(p.Name))
		}
		return quote("made-up " + p.Name)
	}
	switch p.Type.Shape {
	case "string":
		return quote("made-up " + p.Name)
	case "number":
		return json.RawMessage("1")
	case "boolean":
		return json.RawMessage("false")
	}
	return json.RawMessage("{}")
}

// age is how long ago a date lies: created before modified before now.
func (m maker) age(r contract.Role) time.Duration {
	if r == contract.RoleCreated {
		return -48 * time.Hour
	}
	return -time.Hour
}
