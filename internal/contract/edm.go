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
	return edmNames[base]
}

// edmNames are the names that pages give the primitive types, in lower case. "Integer" is no Edm
// name; the widest type promises the least.
var edmNames = map[string]string{
	"string": edm.String, "boolean": edm.Boolean, "bool": edm.Boolean,
	"guid": edm.GUID, "uuid": edm.GUID, "binary": edm.Binary, "stream": edm.Stream,
	"byte": edm.Byte, "sbyte": edm.SByte, "int16": edm.Int16, "int32": edm.Int32, "int": edm.Int32,
	"int64": edm.Int64, "long": edm.Int64, "integer": edm.Int64,
	"double": edm.Double, "float": edm.Double, "number": edm.Double, "single": edm.Single, "decimal": edm.Decimal,
	"date": edm.Date, "dateonly": edm.Date, "timeofday": edm.TimeOfDay, "duration": edm.Duration,
	"datetimeoffset": edm.DateTimeOffset, "datetime": edm.DateTimeOffset, "timestamp": edm.DateTimeOffset,
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

var (
	textTypes    = []string{"string"}
	booleanTypes = []string{"boolean"}
	integerTypes = []string{"integer"}
	numberTypes  = []string{"number"}
	// realTypes has the words for what no JSON number is: INF, -INF and NaN.
	realTypes = []string{"number", "string"}
)

// constraints are those of the types that have values in JSON. A stream is no part of the body.
var constraints = map[string]constraint{
	edm.String:         {types: textTypes},
	edm.Binary:         {types: textTypes},
	edm.GUID:           {types: textTypes, format: schema.FormatUUID},
	edm.DateTimeOffset: {types: textTypes, format: schema.FormatDateTime},
	edm.Date:           {types: textTypes, format: schema.FormatDate},
	edm.TimeOfDay:      {types: textTypes, pattern: edm.TimeOfDayPattern},
	edm.Duration:       {types: textTypes, pattern: edm.DurationPattern},
	edm.Boolean:        {types: booleanTypes},
	edm.Byte:           {types: integerTypes, min: "0", max: "255"},
	edm.SByte:          {types: integerTypes, min: "-128", max: "127"},
	edm.Int16:          {types: integerTypes, min: "-32768", max: "32767"},
	edm.Int32:          {types: integerTypes, min: "-2147483648", max: "2147483647"},
	edm.Int64:          {types: integerTypes, min: "-9223372036854775808", max: "9223372036854775807"},
	edm.Decimal:        {types: numberTypes},
	edm.Double:         {types: realTypes, pattern: `^(-?INF|NaN)$`},
	edm.Single:         {types: realTypes, pattern: `^(-?INF|NaN)$`},
}

// constraintOf gives the constraint of an Edm type; false for none, and for a stream.
func constraintOf(edmType string) (constraint, bool) {
	c, known := constraints[edmType]
	return c, known
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
