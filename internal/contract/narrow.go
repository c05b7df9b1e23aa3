package contract

import (
	"fmt"
	"slices"

	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// WithValues puts values that a user names in front of those that the page names. values
// are decoded JSON by the name of the property; names that the page does not have are left
// out. For a property that is no collection a list is several values. The error says which
// value the property cannot have.
func (o *Operation) WithValues(values map[string][]any) error {
	for i := range o.Properties {
		p := &o.Properties[i]
		given, ok := values[p.Name]
		if !ok {
			continue
		}
		if !p.Settable() {
			return fmt.Errorf("a value for %s: the update does not set it (%s)", p.Name, p.Source.Short())
		}
		var named []Value
		for _, v := range p.spread(given) {
			if !p.mayBe(v) {
				return fmt.Errorf("a value for %s: %s is no %s (%s)", p.Name, schema.Show(v), p.Type.describe(), p.Type.Source.Short())
			}
			if sentinel, ok := p.Sentinel(); ok && slices.Contains(p.members(v), sentinel) {
				return fmt.Errorf("a value for %s: %s stands for members to come, and is never one to set (%s)", p.Name, sentinel, p.Type.Source.Short())
			}
			named = append(named, p.given(v))
		}
		p.Named = append(named, p.Named...)
	}
	return nil
}

// given takes a value of the user for one of the property. A member that the enum does not
// have becomes one of it: the user says that the endpoint has it.
func (p *Property) given(v any) Value {
	out := Value{JSON: v, Origin: FromUser}
	if !p.Within(v) {
		out.Origin, out.Source = BeyondPage, p.Source
	}
	if !p.Type.IsEnum() {
		return out
	}
	for _, member := range p.members(v) {
		if p.Type.mayBeSet(member) {
			continue
		}
		out.Origin, out.Source = BeyondPage, p.Type.Source
		if !p.Type.isMember(member) {
			p.Type.Enum = append(slices.Clone(p.Type.Enum), Member{Value: member, Given: true})
		}
	}
	return out
}

// members are the members of an enum that a value names.
func (p *Property) members(v any) []string {
	var out []string
	for _, item := range itemsOf(v) {
		s, isText := item.(string)
		switch {
		case !isText: // null
		case p.Flags.Value:
			out = append(out, flags(s)...)
		default:
			out = append(out, s)
		}
	}
	return out
}

// itemsOf gives the items of a list, or the value alone.
func itemsOf(v any) []any {
	if items, isList := v.([]any); isList {
		return items
	}
	return []any{v}
}

// OfPage gives the Operation without the values that a user gave: what the page alone
// promises.
func (o *Operation) OfPage() *Operation {
	return o.with(func(p *Property) {
		p.Named = slices.DeleteFunc(slices.Clone(p.Named), Value.Given)
		p.Type.Enum = slices.DeleteFunc(slices.Clone(p.Type.Enum), func(m Member) bool { return m.Given })
	})
}

// spread takes the lists apart that are several values: any for a property with one value,
// and a list of lists for a collection.
func (p Property) spread(given []any) []any {
	var out []any
	for _, v := range given {
		list, isList := v.([]any)
		ofLists := len(list) > 0 && !slices.ContainsFunc(list, func(item any) bool { _, ok := item.([]any); return !ok })
		if isList && (!p.Type.Collection || ofLists) {
			out = append(out, list...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

// mayBe reports whether a value has the type that the page says.
func (p Property) mayBe(v any) bool {
	limits, known := constraintOf(p.Type.Edm)
	if p.Type.IsEnum() {
		limits, known = constraint{types: []string{"string"}}, true
	}
	if _, isList := v.([]any); isList && !p.Type.Collection {
		return false
	}
	for _, item := range itemsOf(v) {
		if item == nil && p.mayBeNull() || !known {
			continue
		}
		if !limits.allow(&graphdoc.Value{Data: item}) {
			return false
		}
	}
	return true
}

// Narrow leaves properties out of what is sent and expected: all but those of only, where
// it names any, and those of exclude. What only the server sets stays, unless exclude names
// it. It gives the names of those that are left out.
func (o *Operation) Narrow(only, exclude []string) []string {
	var out []string
	for i := range o.Properties {
		p := &o.Properties[i]
		others := len(only) > 0 && p.Listed && !p.ServerSet() && !slices.Contains(only, p.Name)
		if others || slices.Contains(exclude, p.Name) {
			p.Excluded = true
			out = append(out, p.Name)
		}
	}
	return out
}
