package contract

import (
	"cmp"
	"fmt"
	"slices"
)

// FactNames lists the names that Operation.Fact knows.
func FactNames() []string {
	return []string{
		"method", "path", "status", "response-body", "response-example", "request-media-type",
		"response-media-type", "properties", "enum", "bounds", "key", "created", "modified",
	}
}

// Fact gives a named fact of the page: its source, and its summary in one line. It is
// false where the page has no such fact, and where a convention takes its place.
func (o *Operation) Fact(name string) (Source, string, bool) {
	source, summary := o.fact(name)
	if source.Line == 0 {
		return Source{}, "", false
	}
	return source, summary, true
}

func (o *Operation) fact(name string) (Source, string) {
	switch name {
	case "method":
		return o.Method.Source, "the method is " + o.Method.Value
	case "path":
		return o.Path.Source, "the path is " + o.Path.Template
	case "status":
		return o.Success.Source, fmt.Sprintf("success is %d", o.Success.Status)
	case "response-body":
		if !o.Success.Body.Value {
			return o.Success.Body.Source, fmt.Sprintf("%d without a body", o.Success.Status)
		}
		return o.Success.Body.Source, fmt.Sprintf("%d with the updated %s", o.Success.Status, o.entity())
	case "response-example":
		shown := o.where(func(p Property) bool { return p.Shown.Value })
		slices.SortStableFunc(shown, func(a, b Property) int { return a.Shown.Source.Line - b.Shown.Source.Line })
		first, names := listed(shown, func(p Property) Source { return p.Shown.Source })
		return first, "the response example shows " + names
	case "request-media-type":
		return o.RequestMediaType.Source, "the request is " + o.RequestMediaType.Value
	case "response-media-type":
		return o.ResponseMediaType.Source, "the response is " + o.ResponseMediaType.Value
	case "properties":
		first, names := listed(o.where(func(p Property) bool { return p.Listed }), func(p Property) Source { return p.Source })
		return first, o.offers() + names
	case "enum":
		return o.enumFact(func(Property) bool { return true })
	case "bounds":
		for _, p := range o.Settable() {
			if all := p.Outside(); len(all) > 0 {
				return all[0].Source, p.states(all[0])
			}
		}
	case "key":
		return o.roleFact(RoleKey)
	case "created":
		return o.roleFact(RoleCreated)
	case "modified":
		return o.roleFact(RoleModified)
	}
	return Source{}, ""
}

// offers begins the summary of the properties that can be sent.
func (o *Operation) offers() string {
	for _, f := range o.Findings {
		if f.Class == ClassTableMissing && f.Source.Line == o.Title.Source.Line {
			return "the request example sends "
		}
	}
	return "the table lists "
}

// EnumFact is the fact "enum" of one property.
func (o *Operation) EnumFact(property string) (Source, string, bool) {
	source, summary := o.enumFact(func(p Property) bool { return p.Name == property })
	return source, summary, source.Line != 0
}

func (o *Operation) enumFact(of func(Property) bool) (Source, string) {
	for _, p := range o.Properties {
		if p.Type.IsEnum() && of(p) {
			members := slices.DeleteFunc(slices.Clone(p.Type.Enum), func(m Member) bool { return m.Given })
			return p.Type.Enum[0].Source, fmt.Sprintf("%s is one of %s", p.Name, membersText(members))
		}
	}
	return Source{}, ""
}

// BoundFact is the fact "bounds" of one limit of one property, by the name that Outside gives it.
func (o *Operation) BoundFact(property, limit string) (Source, string, bool) {
	p, _ := o.Property(property)
	v, ok := p.OutsideOf(limit)
	return v.Source, p.states(v), ok
}

// states says what the page states of the property.
func (p Property) states(limit Outside) string { return p.Name + " is limited: " + limit.States }

func (o *Operation) roleFact(r Role) (Source, string) {
	p, ok := o.WithRole(r)
	if !ok {
		return Source{}, ""
	}
	return p.Source, fmt.Sprintf("%s is %s", p.Name, roleText(r))
}

func (o *Operation) entity() string { return cmp.Or(o.Resource.Value, "entity") }

func (o *Operation) where(keep func(Property) bool) []Property {
	var out []Property
	for _, p := range o.Properties {
		if keep(p) {
			out = append(out, p)
		}
	}
	return out
}

// listed gives the source of the first of some properties, and the names of all.
func listed(properties []Property, source func(Property) Source) (first Source, names string) {
	for i, p := range properties {
		if i == 0 {
			first, names = source(p), p.Name
			continue
		}
		names += ", " + p.Name
	}
	return first, names
}
