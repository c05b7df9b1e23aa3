package contract

import (
	"maps"
	"slices"
)

// ref refers to the definition of a structured type. Types refer to each other in cycles, so
// each is defined once, below "definitions". A definition says nothing of null: whether it is
// legal is the property's.
func (d *deriver) ref(s *Structure) string {
	if d.used == nil {
		d.used = map[string]*Structure{}
	}
	d.used[s.Name] = s
	return "#/definitions/" + s.Name
}

// define adds the definitions of the types that the schema refers to, by name. They are open,
// as any body is, and none of their properties is required.
func (d *deriver) define(root *node) {
	defined := map[string]*node{}
	for len(defined) < len(d.used) {
		for _, name := range slices.Sorted(maps.Keys(d.used)) {
			if defined[name] == nil {
				defined[name] = d.definition(d.used[name])
			}
		}
	}
	if len(defined) == 0 {
		return
	}
	var definitions object
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		definitions.add(name, defined[name])
	}
	root.fields.add("definitions", definitions)
}

func (d *deriver) definition(s *Structure) *node {
	n := d.node()
	n.set("title", s.Name, s.Sources[0])
	typed := d.node()
	typed.set("type", "string", Source{Rule: ruleODataType})
	properties := object{{typeAnnotation, typed}}
	for _, p := range s.Properties {
		if d.sent && p.ServerSet() {
			continue // what is sent of it is ignored
		}
		members := p.Type.Enum
		if d.sent {
			members = p.Type.SettableMembers()
		}
		properties.add(p.Name, d.property(p, members))
	}
	n.fields.add("properties", properties)
	return n
}
