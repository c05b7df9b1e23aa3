package contract

import (
	"slices"
	"strings"

	"graphpact/internal/edm"
	"graphpact/internal/schema"
)

// edmOf gives the Edm primitive type that a page means by a name, or "". Letter
// case and "Edm." do not count; "String (timestamp)" is a DateTimeOffset, any other
// addition in parentheses leaves a type what it is. "Json" and other names that hold any JSON
// value have no Edm type here: what an example shows of them is their shape.
func edmOf(name string) string {
	base, note, _ := strings.Cut(strings.ToLower(strings.TrimSpace(name)), "(")
	base = strings.TrimPrefix(strings.TrimSpace(base), "edm.")
	if base == "string" && strings.TrimSpace(strings.TrimSuffix(note, ")")) == "timestamp" {
		return edm.DateTimeOffset
	}
	switch base {
	case "string":
		return edm.String
	case "boolean", "bool":
		return edm.Boolean
	case "int32", "int":
		return edm.Int32
	case "int64", "long", "integer":
		// "Integer" is no Edm name; the widest type promises the least.
		return edm.Int64
	case "int16":
		return edm.Int16
	case "byte":
		return edm.Byte
	case "sbyte":
		return edm.SByte
	case "double", "float", "number":
		return edm.Double
	case "single":
		return edm.Single
	case "decimal":
		return edm.Decimal
	case "guid", "uuid":
		return edm.GUID
	case "date", "dateonly":
		return edm.Date
	case "datetimeoffset", "datetime", "timestamp":
		return edm.DateTimeOffset
	case "timeofday":
		return edm.TimeOfDay
	case "duration":
		return edm.Duration
	case "binary":
		return edm.Binary
	case "stream":
		return edm.Stream
	}
	return ""
}

// constraint is how a value of an Edm type looks in JSON (OData JSON Format 4.01
// section 7.1, with numbers as numbers: IEEE754Compatible is off by default).
type constraint struct {
	// types are the JSON types.
	types []string
	// format and pattern apply to strings.
	format, pattern string
	// min and max are integer literals, both set or neither.
	min, max string
}

func constraintOf(edmType string) (constraint, bool) {
	integer := func(low, high string) (constraint, bool) {
		return constraint{types: []string{"integer"}, min: low, max: high}, true
	}
	text := func(format, pattern string) (constraint, bool) {
		return constraint{types: []string{"string"}, format: format, pattern: pattern}, true
	}
	switch edmType {
	case edm.String, edm.Binary:
		return text("", "")
	case edm.GUID:
		return text(schema.FormatUUID, "")
	case edm.DateTimeOffset:
		return text(schema.FormatDateTime, "")
	case edm.Date:
		return text(schema.FormatDate, "")
	case edm.TimeOfDay:
		return text("", edm.TimeOfDayPattern)
	case edm.Duration:
		return text("", edm.DurationPattern)
	case edm.Boolean:
		return constraint{types: []string{"boolean"}}, true
	case edm.Byte:
		return integer("0", "255")
	case edm.SByte:
		return integer("-128", "127")
	case edm.Int16:
		return integer("-32768", "32767")
	case edm.Int32:
		return integer("-2147483648", "2147483647")
	case edm.Int64:
		return integer("-9223372036854775808", "9223372036854775807")
	case edm.Decimal:
		return constraint{types: []string{"number"}}, true
	case edm.Double, edm.Single:
		return constraint{types: []string{"number", "string"}, pattern: `^(-?INF|NaN)$`}, true
	}
	// A stream is not part of the JSON body.
	return constraint{}, false
}

// isPlaceholder reports whether an example string is the name of a type instead of
// a value of the type. For a String only "String" itself is, with or without an
// addition in parentheses: other type names can be a string's value.
func isPlaceholder(edmType, s string) bool {
	switch edmOf(s) {
	case "":
		return false
	case edm.String:
		return true
	}
	if edmType == "" || edmType == edm.String {
		return strings.HasPrefix(s, "Edm.") || strings.HasPrefix(strings.ToLower(s), "string (")
	}
	return true
}

// isMember reports whether the string is a documented member.
func (t Type) isMember(s string) bool {
	return slices.ContainsFunc(t.Enum, func(m Member) bool { return m.Value == s })
}
