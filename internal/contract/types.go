package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/edm"
)

// Structure is a structured type: a complex type or an entity type (OData 4.01 CSDL 6 and
// 9), as resource pages or the metadata define it. Types refer to each other, in cycles too.
type Structure struct {
	// Name is the full name, as microsoft.graph.lampSettings.
	Name string
	// Sources are the places that define it: a resource page, the metadata.
	Sources []Source
	// Bases are the names of the types that it inherits from, the nearest first.
	Bases []string
	// Base is the type that a resource page says it inherits from; without source none does.
	Base Fact[string]
	// Entity is set for an entity type: its key and its dates have the roles of an entity.
	Entity bool
	// Abstract and Open have a source where the type is abstract, or takes properties that
	// it does not name.
	Abstract, Open Fact[bool]
	// Properties are those of the type and of its bases.
	Properties []Property
	// Derived are the types that inherit from it, where they are known.
	Derived []*Structure
}

// Property gives the property of that name.
func (s *Structure) Property(name string) (Property, bool) {
	if s == nil {
		return Property{}, false
	}
	i := slices.IndexFunc(s.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return s.Properties[i], true
}

// of gives the type of an object: one that its @odata.type names, or the declared one.
func (s *Structure) of(object map[string]any) *Structure {
	named, _ := object[typeAnnotation].(string)
	if s == nil || named == "" {
		return s
	}
	name := named[strings.LastIndex(named, "#")+1:]
	for _, d := range s.Derived {
		if strings.EqualFold(d.Name, name) {
			return d
		}
	}
	return s
}

// Witness is what one source says of a property.
type Witness struct {
	// Fact is "type", "nullable", "members", "flags" or "read-only".
	Fact string
	// Value is what the source says, in words, as "Edm.String" or "not nullable".
	Value  string
	Source Source
}

// Limits of the values that are built of nested types.
const (
	// maxNesting is how deep types nest in a value, and maxNested how many properties of a
	// type it has.
	maxNesting, maxNested = 4, 12
	// maxPaired is how many items of a list are each compared with each other one.
	maxPaired = 500
)

// objects gives values of a structured type that nobody names: the current one with one
// property changed, and one made up of the properties that a client may set.
func (p Property) objects(current any, n int) []Value {
	var out []Value
	object, _ := current.(map[string]any)
	kind := p.Type.Structure.of(object)
	if kind.Entity {
		return nil // an update has no part of another entity, but for one that the page shows
	}
	if len(object) > 0 {
		base := kind.sendable(object)
		for _, q := range kind.Properties {
			if len(out) > n+1 {
				break
			}
			now, has := object[q.Name]
			if !has || !q.Settable() {
				continue
			}
			for _, v := range q.at(p).Values(now, 1) {
				changed := maps.Clone(base)
				changed[q.Name] = v.JSON
				out = append(out, Value{JSON: changed, Origin: Altered})
			}
		}
	}
	if made, ok := kind.build(p, nil, 0); ok {
		out = append(out, Value{JSON: made, Origin: MadeUp})
		if other, ok := kind.build(p, made, 0); ok {
			out = append(out, Value{JSON: other, Origin: MadeUp})
		}
	}
	return out
}

// varied gives the current object with one value in it changed, where the page shows an object:
// a second value beside the one of the page, for a type of which no more is known.
func (p Property) varied(current any) []Value {
	if _, isObject := current.(map[string]any); !isObject || len(p.Named) == 0 {
		return nil
	}
	other, ok := vary(current, p.Type.Structure, 0)
	if !ok {
		return nil
	}
	return []Value{{JSON: other, Origin: Altered}}
}

// vary changes the first truth value, number or text in a value, by name. What the type of the
// value defines has values of its own, and is left alone.
func vary(v any, kind *Structure, depth int) (any, bool) {
	switch v := v.(type) {
	case bool:
		return !v, true
	case json.Number:
		if n := rat(string(v)); n != nil && n.IsInt() && n.Num().IsInt64() && n.Num().Int64() < 1<<23 {
			return json.Number(strconv.FormatInt(n.Num().Int64()^1, 10)), true
		}
	case string:
		if _, err := edm.ParseDateTimeOffset(v); err != nil && !edm.IsGUID(v) && v != "" {
			return otherText(v), true
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if strings.Contains(name, "@") || depth >= maxNesting {
				continue
			}
			q, _ := kind.Property(name)
			if knownType(q.Type) && q.Type.Structure == nil || q.ServerSet() {
				continue
			}
			if other, ok := vary(v[name], q.Type.Structure, depth+1); ok {
				out := maps.Clone(v)
				out[name] = other
				return out, true
			}
		}
	case []any:
		for i := range v {
			if other, ok := vary(v[i], kind, depth+1); ok && depth < maxNesting {
				out := slices.Clone(v)
				out[i] = other
				return out, true
			}
		}
	}
	return nil, false
}

// at gives the nested property the time of the one that holds it.
func (p Property) at(outer Property) Property {
	p.Now = outer.Now
	return p
}

// sendable takes from an object what an update must not send: annotations but the type,
// and what only the server sets.
func (s *Structure) sendable(object map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range object {
		q, known := s.Property(name)
		switch {
		case strings.Contains(name, "@") && name != typeAnnotation, known && q.ServerSet():
		default:
			out[name] = v
		}
	}
	return out
}

// build makes an object up that differs from another one; false where the type is abstract
// and no other is known, or where it has nothing that a client may set.
func (s *Structure) build(p Property, other map[string]any, depth int) (map[string]any, bool) {
	if s == nil || depth >= maxNesting {
		return nil, false
	}
	out := map[string]any{}
	if s.Abstract.Value {
		for _, d := range s.Derived {
			if d.Abstract.Value {
				continue
			}
			if out, ok := d.build(p, other, depth); ok {
				out[typeAnnotation] = "#" + d.Name
				return out, true
			}
		}
		return nil, false
	}
	for _, q := range s.Properties {
		if len(out) >= maxNested || !q.Settable() {
			continue
		}
		q = q.at(p)
		if q.Type.Structure == nil {
			if v, ok := q.Other(other[q.Name]); ok {
				out[q.Name] = v
			}
			continue
		}
		before := other[q.Name]
		if list, isList := before.([]any); isList && len(list) > 0 {
			before = list[0]
		}
		inner, _ := before.(map[string]any)
		v, ok := q.Type.Structure.build(p, inner, depth+1)
		switch {
		case !ok:
		case q.Type.Collection:
			out[q.Name] = []any{v}
		default:
			out[q.Name] = v
		}
	}
	return out, len(out) > 0
}

// Shows reports whether a value that the endpoint shows can be what was sent. For an object
// the shown one may have more: an update need not name each nested property (OData 4.01
// Protocol 11.4.3), and a server may answer with defaults.
func (p Property) Shows(shown, sent any) bool {
	if p.Same(shown, sent) {
		return true
	}
	if sentList, isList := sent.([]any); isList && p.Type.Collection {
		shownList, _ := shown.([]any)
		return len(shownList) == len(sentList) && len(sentList) <= maxPaired && pairUp(shownList, sentList, p.item().Shows)
	}
	return p.holds(shown, sent, Property.Shows)
}

// Shows is Property.Shows for the property of that name.
func (o *Operation) Shows(name string, shown, sent any) bool {
	p, _ := o.Property(name)
	return p.Shows(shown, sent)
}

// item is the property as one of its items.
func (p Property) item() Property {
	p.Type.Collection = false
	return p
}

// holds reports whether an object has each property of another one. A property that is null
// may be absent, and annotations do not count, but for the type where both name one.
func (p Property) holds(has, want any, same func(p Property, a, b any) bool) bool {
	x, y, areObjects := both[map[string]any](has, want)
	if !areObjects || p.Type.Edm != "" {
		return false
	}
	kind := p.Type.Structure.of(y)
	for name, b := range y {
		a, there := x[name]
		q, known := kind.Property(name)
		switch {
		case strings.Contains(name, "@"):
			if name == typeAnnotation && there && !sameTypeName(a, b) {
				return false
			}
			continue
		case known && q.ServerSet():
			continue
		case !there && b == nil:
			continue
		case !there || !same(q, a, b):
			return false
		}
	}
	return true
}

func sameTypeName(a, b any) bool {
	s, t, _ := both[string](a, b)
	return s[strings.LastIndex(s, "#")+1:] == t[strings.LastIndex(t, "#")+1:]
}

// pairUp reports whether each item of one list has one of its own in the other, in any order.
func pairUp(a, b []any, same func(a, b any) bool) bool {
	taken := make([]bool, len(a))
	for _, y := range b {
		i := slices.IndexFunc(a, func(x any) bool { return same(x, y) })
		for i >= 0 && taken[i] {
			next := slices.IndexFunc(a[i+1:], func(x any) bool { return same(x, y) })
			if next < 0 {
				return false
			}
			i += 1 + next
		}
		if i < 0 {
			return false
		}
		taken[i] = true
	}
	return true
}

// sameObjects reports whether two objects hold the same, but for what is null or an
// annotation.
func (p Property) sameObjects(a, b any) bool {
	return p.holds(a, b, Property.Same) && p.holds(b, a, Property.Same)
}
