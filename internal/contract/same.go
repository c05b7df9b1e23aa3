package contract

import (
	"strings"

	"graphpact/internal/schema"
)

// Same reports whether two values of the property, as decoded JSON, mean the same: a
// server may answer in another form than it was given (OData 4.01 Protocol 11.4.1.2).
// Moments are compared as moments, and Guids in any letter case.
func (p Property) Same(a, b any) bool {
	return schema.Equal(a, b) || sameText(p.Type.Edm, a, b)
}

// Same is Property.Same for the property of that name; a property that the page does
// not name is compared as JSON.
func (o *Operation) Same(name string, a, b any) bool {
	p, _ := o.Property(name)
	return p.Same(a, b)
}

// sameText compares two values as texts of the type.
func sameText(edm string, a, b any) bool {
	s, isText := a.(string)
	t, isTextToo := b.(string)
	if !isText || !isTextToo {
		return false
	}
	switch edm {
	case edmDateTimeOffset:
		x, errX := schema.ParseDateTimeOffset(s)
		y, errY := schema.ParseDateTimeOffset(t)
		return errX == nil && errY == nil && x.Equal(y)
	case edmGuid:
		return strings.EqualFold(s, t)
	}
	return s == t
}
