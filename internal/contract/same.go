package contract

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"graphpact/internal/edm"
	"graphpact/internal/schema"
)

// Same reports whether two values of the property, as decoded JSON, mean the same: a
// server may answer in another form than it was given (OData 4.01 Protocol 11.4.1.2).
// Moments are compared as moments, and Guids in any letter case. A collection has no order:
// only the term Core.Ordered promises one, and no page speaks of it.
func (p Property) Same(a, b any) bool {
	if schema.Equal(a, b) || sameText(p.Type.Edm, a, b) {
		return true
	}
	x, isList := a.([]any)
	y, isListToo := b.([]any)
	if !p.Type.Collection || !isList || !isListToo || len(x) != len(y) {
		return false
	}
	x, y = p.ordered(x), p.ordered(y)
	for i := range x {
		if !schema.Equal(x[i], y[i]) && !sameText(p.Type.Edm, x[i], y[i]) {
			return false
		}
	}
	return true
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
	s, isText := a.(string)
	t, isTextToo := b.(string)
	if !isText || !isTextToo {
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
