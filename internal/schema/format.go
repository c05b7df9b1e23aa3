package schema

import (
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/xeipuuv/gojsonschema"
)

// The formats that a schema may name. They stand for Edm types, so they follow
// the OData 4.01 ABNF where that differs from RFC 3339: seconds may be left out, a
// fraction has up to 12 digits, a time of day has no offset.
const (
	// FormatDateTime is Edm.DateTimeOffset (dateTimeOffsetValue).
	FormatDateTime = "date-time"
	// FormatDate is Edm.Date (dateValue).
	FormatDate = "date"
	// FormatTime is Edm.TimeOfDay (timeOfDayValue).
	FormatTime = "time"
	// FormatUUID is Edm.Guid (guidValue), in any letter case.
	FormatUUID = "uuid"
	// FormatDuration is Edm.Duration (durationValue): days, hours, minutes, seconds.
	FormatDuration = "duration"
)

// Patterns of Edm values, as RE2 and ECMA 262 both read them. The pattern of a
// time of day and of a duration stand in derived schemas: the draft-07 format
// "time" asks for an offset, and "duration" came after draft-07.
const (
	timeOfDay = `([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,12})?)?`
	dateValue = `(-?(?:[1-9][0-9]{4,}|[0-9]{4}))-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`

	// TimePattern matches an Edm.TimeOfDay.
	TimePattern = `^` + timeOfDay + `$`
	// DurationPattern matches an Edm.Duration with at least one part.
	DurationPattern = `^[+-]?P([0-9]+D(` + timePart + `)?|` + timePart + `)$`

	seconds  = `[0-9]+(\.[0-9]+)?S`
	timePart = `T([0-9]+H([0-9]+M)?(` + seconds + `)?|[0-9]+M(` + seconds + `)?|` + seconds + `)`
)

var (
	dateTimeExpr = regexp.MustCompile(`^` + dateValue + `[Tt]` + timeOfDay + `([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
	dateExpr     = regexp.MustCompile(`^` + dateValue + `$`)
	timeExpr     = regexp.MustCompile(TimePattern)
	uuidExpr     = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	durationExpr = regexp.MustCompile(DurationPattern)
)

// IsFormat reports whether the string is of the format; known is false for a name
// that is none of the Format… constants.
func IsFormat(format, s string) (ok, known bool) {
	switch format {
	case FormatDateTime:
		return isDate(dateTimeExpr.FindStringSubmatch(s)), true
	case FormatDate:
		return isDate(dateExpr.FindStringSubmatch(s)), true
	case FormatTime:
		return timeExpr.MatchString(s), true
	case FormatUUID:
		return uuidExpr.MatchString(s), true
	case FormatDuration:
		return durationExpr.MatchString(s), true
	}
	return false, false
}

// isDate checks the day against the calendar (proleptic Gregorian, as ISO 8601).
// The groups are the match, year, month and day.
func isDate(groups []string) bool {
	if groups == nil {
		return false
	}
	year, err := strconv.Atoi(groups[1])
	if err != nil {
		return false
	}
	month, _ := strconv.Atoi(groups[2])
	day, _ := strconv.Atoi(groups[3])
	// Leap years repeat every 400 years; time.Date is only asked for near ones.
	year = year%400 + 2000
	return day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// formatName puts a format into words for a report.
func formatName(format string) string {
	switch format {
	case FormatDateTime:
		return "a DateTimeOffset, as 2024-03-22T21:28:02.7164229Z"
	case FormatDate:
		return "a Date, as 2024-03-22"
	case FormatTime:
		return "a TimeOfDay, as 21:28:02.7164229"
	case FormatUUID:
		return "a Guid, as 8f14e45f-ceea-467f-a8d1-1234567890ab"
	case FormatDuration:
		return "a Duration, as P1DT2H30M"
	}
	return "the format " + format
}

// checker makes a format of ours known to gojsonschema. Values that are no strings
// pass: "format" speaks of strings only.
type checker string

// IsFormat implements gojsonschema.FormatChecker.
func (c checker) IsFormat(input any) bool {
	s, isString := input.(string)
	if !isString {
		return true
	}
	ok, _ := IsFormat(string(c), s)
	return ok
}

// installFormats replaces gojsonschema's own checkers, which are global to the
// process: its date-time accepts "12:00:00", its uuid refuses capitals.
var installFormats = sync.OnceFunc(func() {
	for _, f := range []string{FormatDateTime, FormatDate, FormatTime, FormatUUID, FormatDuration} {
		gojsonschema.FormatCheckers.Add(f, checker(f))
	}
})
