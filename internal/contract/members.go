package contract

import (
	"strings"

	"graphpact/internal/lazyregexp"
)

// replacesWhole is a description that says that an update replaces an object as a whole.
var replacesWhole = lazyregexp.New(`(?i)\b(?:replac|overwr(?:it|ot))\w*|\b(?:all|every|each)\b[^.]{0,40}\b(?:must|has to|have to|needs? to|required)\b|\b(?:include|specify|supply|send)\b[^.]{0,20}\b(?:all|entire|whole|complete)\b`)

// HasMembers reports whether the property is an object of which the members are known that a
// client may set, two or more: a resource page or the metadata defines its type. It is false where
// the page says of an update that it replaces the object.
func (p Property) HasMembers() bool {
	s := p.Type.Structure
	if s == nil || s.Entity || p.Type.Collection || replacesWhole().MatchString(p.Description) {
		return false
	}
	settable := 0
	for _, kind := range append([]*Structure{s}, s.Derived...) {
		count := 0
		for _, q := range kind.Properties {
			if q.Settable() {
				count++
			}
		}
		settable = max(settable, count)
	}
	return settable > 1
}

// OneMember gives an object that names a single member of the present one, with another value,
// beside the type where the present one names it. It is false where the present one has no such
// member, or no other member that must stay. What sensitive speaks of is not touched.
func (p Property) OneMember(current any, sensitive func(name string) (why string, is bool)) (object map[string]any, member string, ok bool) {
	now, _ := current.(map[string]any)
	kind := p.Type.Structure.of(now)
	if kind == nil {
		return nil, "", false
	}
	var best Value
	for _, q := range kind.Properties {
		was := now[q.Name]
		if _, hides := sensitive(q.Name); hides || was == nil || !q.Settable() || q.Type.Structure != nil || !q.canSet(was) || !q.Within(was) {
			continue
		}
		for _, v := range q.at(p).Values(was, 1) {
			if member == "" || v.Vouched() && !best.Vouched() {
				best, member = v, q.Name
			}
		}
	}
	if member == "" || len(p.RestOf(now, member)) == 0 {
		return nil, "", false
	}
	object = map[string]any{member: best.JSON}
	if named, has := now[typeAnnotation]; has {
		object[typeAnnotation] = named
	}
	return object, member, true
}

// RestOf gives the members of an object that an update of the named one must leave alone: those
// with a value that a client may set (OData 4.01 Protocol 11.4.3). What the server sets may
// change as a side effect.
func (p Property) RestOf(object map[string]any, member string) map[string]any {
	kind, out := p.Type.Structure.of(object), map[string]any{}
	for name, v := range object {
		if q, known := kind.Property(name); known && q.Settable() && name != member && v != nil {
			out[name] = v
		}
	}
	return out
}

// Kept gives the objects and lists of an update, by property, as an answer with the updated entity
// shows them: an update of an object merges (OData 4.01 Protocol 11.4.3), so that each member
// that it names is there, but for one that is null, that only the server sets, or that hides
// itself, as sensitive says of a password.
func (o *Operation) Kept(sent map[string]any, sensitive func(name string) (why string, is bool)) map[string]any {
	out := map[string]any{}
	for _, p := range o.Settable() {
		if _, hides := sensitive(p.Name); hides {
			continue
		}
		switch v := sent[p.Name].(type) {
		case map[string]any, []any:
			out[p.Name] = p.kept(v, sensitive)
		}
	}
	return out
}

func (p Property) kept(v any, sensitive func(string) (string, bool)) any {
	switch v := v.(type) {
	case map[string]any:
		out, kind := map[string]any{}, p.Type.Structure.of(v)
		for name, member := range v {
			q, _ := kind.Property(name)
			_, hides := sensitive(name)
			if member != nil && !strings.Contains(name, "@") && !q.ServerSet() && !hides {
				out[name] = q.kept(member, sensitive)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = p.kept(v[i], sensitive)
		}
		return out
	}
	return v
}
