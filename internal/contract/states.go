package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"graphpact/internal/edm"
	"graphpact/internal/schema"
)

// Same reports whether two values of the property, as decoded JSON, mean the same: a
// server may answer in another form than it was given (OData 4.01 Protocol 11.4.1.2).
// Moments are compared as moments, and Guids in any letter case. A collection has no order:
// only the term Core.Ordered promises one, and no page mentions it.
func (p Property) Same(a, b any) bool {
	if schema.Equal(a, b) || sameText(p.Type.Edm, a, b) || p.Flags.Value && sameFlags(a, b) || p.sameObjects(a, b) {
		return true
	}
	x, y, areLists := both[[]any](a, b)
	if !p.Type.Collection || !areLists || len(x) != len(y) {
		return false
	}
	if p.Type.Edm == "" && !p.Type.IsEnum() && len(x) <= maxPaired {
		return pairUp(x, y, p.item().Same)
	}
	x, y = p.ordered(x), p.ordered(y)
	for i := range x {
		if !schema.Equal(x[i], y[i]) && !sameText(p.Type.Edm, x[i], y[i]) {
			return false
		}
	}
	return true
}

// both gives two values that are of one type.
func both[T any](a, b any) (x, y T, ok bool) {
	x, isOne := a.(T)
	y, isOther := b.(T)
	return x, y, isOne && isOther
}

// sameFlags compares comma lists of members, in any order.
func sameFlags(a, b any) bool {
	s, t, areTexts := both[string](a, b)
	return areTexts && slices.Equal(flags(s), flags(t))
}

// flags gives the members of a comma list, sorted.
func flags(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ordered sorts the items of a collection by what they mean.
func (p Property) ordered(items []any) []any {
	type item struct {
		key   string
		value any
	}
	keyed := make([]item, len(items))
	for i, v := range items {
		keyed[i] = item{sortKey(p.Type.Edm, v), v}
	}
	slices.SortStableFunc(keyed, func(a, b item) int { return strings.Compare(a.key, b.key) })
	out := make([]any, len(items))
	for i, k := range keyed {
		out[i] = k.value
	}
	return out
}

// sortKey is the same for two items that are the same.
func sortKey(edmType string, v any) string {
	s, isText := v.(string)
	switch {
	case isText && edmType == edm.DateTimeOffset:
		if t, err := edm.ParseDateTimeOffset(s); err == nil {
			return t.UTC().Format(time.RFC3339Nano)
		}
	case isText && edmType == edm.GUID:
		return strings.ToLower(s)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return "" // cannot be: the value was decoded from JSON
	}
	return string(data)
}

// Same is Property.Same for the property of that name; a property that the page does
// not name is compared as JSON.
func (o *Operation) Same(name string, a, b any) bool {
	p, _ := o.Property(name)
	return p.Same(a, b)
}

// sameText compares two values as texts of the type.
func sameText(edmType string, a, b any) bool {
	s, t, areTexts := both[string](a, b)
	if !areTexts {
		return false
	}
	switch edmType {
	case edm.DateTimeOffset:
		x, errX := edm.ParseDateTimeOffset(s)
		y, errY := edm.ParseDateTimeOffset(t)
		return errX == nil && errY == nil && x.Equal(y)
	case edm.GUID:
		return strings.EqualFold(s, t)
	}
	return s == t
}

// RestoreBody gives the body of the update that brings the properties a client may
// set back from current to original (both decoded JSON): those that differ. What
// the documented update cannot restore is named in unsettable: a property that
// original lacks, a member of an enum that is never set (the sentinel, one beyond
// it, one that the page does not have), null where the page says Required, and a key
// or a date of creation that has changed, which nothing should be able to do.
func (o *Operation) RestoreBody(original, current map[string]any) (body map[string]any, unsettable []string) {
	body = map[string]any{}
	for _, p := range o.Properties {
		fixed := p.Role == RoleKey || p.Role == RoleCreated
		if !fixed && !p.Settable() {
			continue
		}
		was, had := original[p.Name]
		is, has := current[p.Name]
		switch {
		case had == has && p.Same(was, is):
		case had && !fixed && p.canSet(was):
			body[p.Name] = was
		default:
			unsettable = append(unsettable, p.Name)
		}
	}
	return body, unsettable
}

// CannotRestore names the settable properties of a state whose value the documented
// update could not restore once it is overwritten.
func (o *Operation) CannotRestore(state map[string]any) []string {
	var names []string
	for _, p := range o.Settable() {
		v, has := state[p.Name]
		_, isObject := v.(map[string]any) // any other value can be undone
		lasting := isObject && slices.ContainsFunc(p.Values(v, 1), func(next Value) bool { return !p.canUndo(v, next.JSON) })
		// What is of another type than the page's, or outside of its limits, may be refused when it
		// is restored.
		otherType := v != nil && p.Type.Structure == nil && !p.mayBe(v)
		if !has || !p.canSet(v) || !p.Within(v) || lasting || otherType {
			names = append(names, p.Name)
		}
	}
	return names
}

// canSet reports whether the documented update may carry the value.
func (p Property) canSet(v any) bool {
	if v == nil {
		return p.Nullable.Value != NullableNo
	}
	if !p.Type.IsEnum() {
		return true
	}
	if _, isList := v.([]any); isList && !p.Type.Collection {
		return false // no member is a list
	}
	for _, v := range itemsOf(v) {
		s, isText := v.(string)
		several := p.Flags.Value && isText && p.Type.flagsSettable(s)
		if !several && !p.Type.mayBeSet(v) {
			return false
		}
	}
	return true
}

// Clearing gives first, the first value of a property, as an update restores it from now: where
// both are objects, with null for each member that now has and first has not, at any depth. An
// update of an object merges (OData 4.01 Protocol 11.4.3), so that first alone leaves such
// members; and a null member is the same as none. Only members that one of the sent values
// carries are cleared, and any where sent is nil. adds reports whether there is such a member.
func Clearing(first, now any, sent []any) (value any, adds bool) {
	was, is, areObjects := both[map[string]any](first, now)
	if !areObjects {
		return first, false
	}
	out := maps.Clone(was)
	for name, v := range is {
		var carried []any
		for _, s := range sent {
			if object, _ := s.(map[string]any); object[name] != nil {
				carried = append(carried, object[name])
			}
		}
		if v == nil || strings.Contains(name, "@") || sent != nil && carried == nil {
			continue
		}
		if was[name] == nil {
			out[name], adds = nil, true
			continue
		}
		inner, more := Clearing(was[name], v, carried)
		out[name], adds = inner, adds || more
	}
	return out, adds
}

// canUndo reports whether the documented update could restore current after the value: each
// member that the value adds to an object must be one that may be null.
func (p Property) canUndo(current, value any) bool {
	was, next, areObjects := both[map[string]any](current, value)
	if !areObjects {
		return true
	}
	kind := p.Type.Structure.of(was)
	for name, v := range next {
		q, _ := kind.Property(name)
		switch {
		case v == nil || strings.Contains(name, "@"):
		case was[name] == nil && !q.canSet(nil), was[name] != nil && !q.canUndo(was[name], v):
			return false
		}
	}
	return true
}

// flagsSettable reports whether each part of a comma list is a member that may be set.
func (t Type) flagsSettable(s string) bool {
	return !slices.ContainsFunc(strings.Split(s, ","), func(part string) bool { return !t.mayBeSet(strings.TrimSpace(part)) })
}

func (t Type) mayBeSet(v any) bool {
	return slices.ContainsFunc(t.SettableMembers(), func(m Member) bool { return v == any(m.Value) })
}

// Update makes a body for the Operation that the page allows and that changes the
// current state: the first settable property, but for the excepted ones, that has
// another value. It reports false where there is none.
func (o *Operation) Update(current map[string]any, except ...string) (map[string]any, bool) {
	for _, p := range o.Settable() {
		if slices.Contains(except, p.Name) {
			continue
		}
		if v, ok := p.Other(current[p.Name]); ok {
			return map[string]any{p.Name: v}, true
		}
	}
	return nil, false
}

// Body adds to the properties of an update what the page shows or demands beside them,
// which is @odata.type. An empty body stays one.
func (o *Operation) Body(properties map[string]any) map[string]any {
	if len(properties) == 0 || o.TypeAnnotation.Value == "" || properties[typeAnnotation] != nil {
		return properties
	}
	out := maps.Clone(properties)
	out[typeAnnotation] = o.TypeAnnotation.Value
	return out
}

// StateExists names the provider state of a Pact in which an entity of the Operation
// exists. Its parameters are the path parameters, and values of properties.
func (o *Operation) StateExists() string { return "a " + o.entity() + " exists" + o.stateAt }

// StateAbsent names the provider state in which no entity exists at the path
// parameters that it has.
func (o *Operation) StateAbsent() string { return "no " + o.entity() + " exists" + o.stateAt }

// Name is the method and the path template, as reports name the Operation. Where several
// pages of one run share both, the page is added; see TellApart.
func (o *Operation) Name() string { return o.Method.Value + " " + o.Path.Template + o.of }

// Below puts the path below another one, as /beta, where pages of several versions of the
// API are tested together.
func (o *Operation) Below(prefix string) {
	o.Path.Template, o.Path.Below = prefix+o.Path.Template, prefix
}

// TellApart adds the path to the provider states of Operations of one run that would have
// the same: a lamp in a room and a lamp in a house are set up in different places, and
// their interactions would replace each other in a Pact. Operations with one method and
// path, as those of types that derive from one another, get the name of their page too;
// page gives it.
func TellApart(ops []*Operation, page func(*Operation) string) {
	shared := map[string]int{}
	for _, o := range ops {
		o.of = ""
		shared[o.Name()]++
	}
	for _, o := range ops {
		if shared[o.Method.Value+" "+o.Path.Template] > 1 {
			o.of = " of " + page(o)
		}
	}
	key := func(o *Operation) string {
		var names []string
		for _, p := range o.Path.Params {
			names = append(names, p.Name)
		}
		slices.Sort(names)
		return o.entity() + " " + strings.Join(names, " ")
	}
	alike := map[string][]*Operation{}
	for _, o := range ops {
		alike[key(o)] = append(alike[key(o)], o)
	}
	for _, group := range alike {
		for _, o := range group {
			if o.stateAt = ""; len(group) > 1 {
				o.stateAt = " at " + o.Path.Template + o.of
			}
		}
	}
}
