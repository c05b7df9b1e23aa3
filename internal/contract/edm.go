package contract

import (
	"slices"
	"strings"

	"graphpact/internal/schema"
)

// The Edm primitive types that pages name (OData CSDL 4.01 section 3.3).
const (
	edmBinary         = "Edm.Binary"
	edmBoolean        = "Edm.Boolean"
	edmByte           = "Edm.Byte"
	edmDate           = "Edm.Date"
	edmDateTimeOffset = "Edm.DateTimeOffset"
	edmDecimal        = "Edm.Decimal"
	edmDouble         = "Edm.Double"
	edmDuration       = "Edm.Duration"
	edmGuid           = "Edm.Guid"
	edmInt16          = "Edm.Int16"
	edmInt32          = "Edm.Int32"
	edmInt64          = "Edm.Int64"
	edmSByte          = "Edm.SByte"
	edmSingle         = "Edm.Single"
	edmStream         = "Edm.Stream"
	edmString         = "Edm.String"
	edmTimeOfDay      = "Edm.TimeOfDay"
)

// edmOf gives the Edm primitive type that a page means by a name, or "". Letter
// case and "Edm." do not count; "String (timestamp)" is a DateTimeOffset, any other
// addition in parentheses leaves a type what it is.
func edmOf(name string) string {
	base, note, _ := strings.Cut(strings.ToLower(strings.TrimSpace(name)), "(")
	base = strings.TrimPrefix(strings.TrimSpace(base), "edm.")
	if base == "string" && strings.TrimSpace(strings.TrimSuffix(note, ")")) == "timestamp" {
		return edmDateTimeOffset
	}
	switch base {
	case "string":
		return edmString
	case "boolean", "bool":
		return edmBoolean
	case "int32", "int":
		return edmInt32
	case "int64", "long", "integer":
		// "Integer" is no Edm name; the widest type promises the least.
		return edmInt64
	case "int16":
		return edmInt16
	case "byte":
		return edmByte
	case "sbyte":
		return edmSByte
	case "double", "float", "number":
		return edmDouble
	case "single":
		return edmSingle
	case "decimal":
		return edmDecimal
	case "guid", "uuid":
		return edmGuid
	case "date", "dateonly":
		return edmDate
	case "datetimeoffset", "datetime", "timestamp":
		return edmDateTimeOffset
	case "timeofday":
		return edmTimeOfDay
	case "duration":
		return edmDuration
	case "binary":
		return edmBinary
	case "stream":
		return edmStream
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

func constraintOf(edm string) (constraint, bool) {
	integer := func(low, high string) (constraint, bool) {
		return constraint{types: []string{"integer"}, min: low, max: high}, true
	}
	text := func(format, pattern string) (constraint, bool) {
		return constraint{types: []string{"string"}, format: format, pattern: pattern}, true
	}
	switch edm {
	case edmString, edmBinary:
		return text("", "")
	case edmGuid:
		return text(schema.FormatUUID, "")
	case edmDateTimeOffset:
		return text(schema.FormatDateTime, "")
	case edmDate:
		return text(schema.FormatDate, "")
	case edmTimeOfDay:
		return text("", schema.TimePattern)
	case edmDuration:
		return text("", schema.DurationPattern)
	case edmBoolean:
		return constraint{types: []string{"boolean"}}, true
	case edmByte:
		return integer("0", "255")
	case edmSByte:
		return integer("-128", "127")
	case edmInt16:
		return integer("-32768", "32767")
	case edmInt32:
		return integer("-2147483648", "2147483647")
	case edmInt64:
		return integer("-9223372036854775808", "9223372036854775807")
	case edmDecimal:
		return constraint{types: []string{"number"}}, true
	case edmDouble, edmSingle:
		return constraint{types: []string{"number", "string"}, pattern: `^(-?INF|NaN)$`}, true
	}
	// A stream is not part of the JSON body.
	return constraint{}, false
}

// isPlaceholder reports whether an example string is the name of a type instead of
// a value of the type. For a String only "String" itself is, with or without an
// addition in parentheses: other type names can be a string's value.
func isPlaceholder(edm, s string) bool {
	switch edmOf(s) {
	case "":
		return false
	case edmString:
		return true
	}
	if edm == "" || edm == edmString {
		return strings.HasPrefix(s, "Edm.") || strings.HasPrefix(strings.ToLower(s), "string (")
	}
	return true
}

// isMember reports whether the string is a documented member.
func (t Type) isMember(s string) bool {
	return slices.ContainsFunc(t.Enum, func(m Member) bool { return m.Value == s })
}
