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
			named = append(named, Value{JSON: v, Origin: FromUser})
		}
		p.Named = append(named, p.Named...)
	}
	return nil
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
	items := []any{v}
	if list, isList := v.([]any); isList {
		if !p.Type.Collection {
			return false
		}
		items = list
	}
	for _, item := range items {
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
