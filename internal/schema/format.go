package schema

import (
	"sync"

	"github.com/xeipuuv/gojsonschema"

	"graphpact/internal/edm"
)

// The formats that a schema may name. They stand for Edm types, so they follow the
// OData 4.01 ABNF and not RFC 3339: see package edm.
const (
	// FormatDateTime is Edm.DateTimeOffset.
	FormatDateTime = "date-time"
	// FormatDate is Edm.Date.
	FormatDate = "date"
	// FormatUUID is Edm.Guid.
	FormatUUID = "uuid"
)

// format is how a format is checked and described. It is a gojsonschema.FormatChecker.
type format struct {
	is func(string) bool
	// expected describes a value of the format in a violation.
	expected string
}

func formats() map[string]format {
	return map[string]format{
		FormatDateTime: {edm.IsDateTimeOffset, "a DateTimeOffset, as 2024-03-22T21:28:02.7164229Z"},
		FormatDate:     {edm.IsDate, "a Date, as 2024-03-22"},
		FormatUUID:     {edm.IsGUID, "a Guid, as 8f14e45f-ceea-467f-a8d1-1234567890ab"},
	}
}

// IsFormat reports whether the string is of the format; known is false for a name
// that is none of the Format… constants.
func IsFormat(name, s string) (ok, known bool) {
	f, known := formats()[name]
	return known && f.is(s), known
}

// IsFormat implements gojsonschema.FormatChecker. Values that are no strings pass:
// "format" applies to strings only.
func (f format) IsFormat(input any) bool {
	s, isString := input.(string)
	return !isString || f.is(s)
}

// installFormats replaces gojsonschema's own checkers, which are global to the
// process: its date-time accepts "12:00:00", its uuid refuses capitals.
var installFormats = sync.OnceFunc(func() {
	for name, f := range formats() {
		gojsonschema.FormatCheckers.Add(name, f)
	}
})
