package contract

import "slices"

// Origin says where a value that may be sent comes from.
type Origin string

// The origins, the one that is preferred first. A value that the user or the page vouches
// for can fail a server; a refusal of any other is not judged.
const (
	// FromUser is a value of the settings.
	FromUser Origin = "user"
	// FromExample stands in the page's request example.
	FromExample Origin = "example"
	// FromList is named in the row of the property: a member of its enum, or an example.
	FromList Origin = "listed"
	// FromBounds lies within the bounds that the row states.
	FromBounds Origin = "bounds"
	// Altered is the entity's own value, changed within the bounds.
	Altered Origin = "altered"
	// MadeUp has its type alone.
	MadeUp Origin = "made up"
)

// Value is a value that may be sent, as decoded JSON, with where it comes from.
type Value struct {
	JSON   any
	Origin Origin
	// Source is the line of the page that vouches for it; zero where none does.
	Source Source
}

// Vouched reports whether the user or the page vouches for the value.
func (v Value) Vouched() bool { return v.Origin != Altered && v.Origin != MadeUp }

// Values gives up to n legal values that differ from the current one and from each other,
// those that are vouched for first.
func (p Property) Values(current any, n int) []Value {
	var out []Value
	for _, v := range p.Others(current, n) {
		value := Value{JSON: v, Origin: Altered}
		switch {
		case p.Type.IsEnum():
			value.Origin, value.Source = FromList, p.Source
		case current == nil || slices.ContainsFunc(samples(p.Type.Edm), func(s string) bool { return any(s) == v }):
			value.Origin = MadeUp
		}
		out = append(out, value)
	}
	return out
}
