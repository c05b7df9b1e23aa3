// Package edm names the primitive types of OData and reads their literals.
//
// The literals follow the OData 4.01 ABNF where that differs from RFC 3339: seconds may
// be left out, a fraction has up to 12 digits, a time of day has no offset.
package edm

import (
	"fmt"
	"strconv"
	"time"

	"graphpact/internal/lazyregexp"
)

// The primitive types that pages name (OData CSDL 4.01 section 3.3).
const (
	Binary         = "Edm.Binary"
	Boolean        = "Edm.Boolean"
	Byte           = "Edm.Byte"
	Date           = "Edm.Date"
	DateTimeOffset = "Edm.DateTimeOffset"
	Decimal        = "Edm.Decimal"
	Double         = "Edm.Double"
	Duration       = "Edm.Duration"
	GUID           = "Edm.Guid"
	Int16          = "Edm.Int16"
	Int32          = "Edm.Int32"
	Int64          = "Edm.Int64"
	SByte          = "Edm.SByte"
	Single         = "Edm.Single"
	Stream         = "Edm.Stream"
	String         = "Edm.String"
	TimeOfDay      = "Edm.TimeOfDay"
)

// Patterns of literals, as RE2 and ECMA 262 both read them. The patterns of a date and of
// a DateTimeOffset know no calendar: IsDate and IsDateTimeOffset do.
const (
	// GUIDPattern matches an Edm.Guid (guidValue), in any letter case.
	GUIDPattern = `^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`
	// DatePattern matches an Edm.Date (dateValue).
	DatePattern = `^` + dateValue + `$`
	// DateTimeOffsetPattern matches an Edm.DateTimeOffset (dateTimeOffsetValue), of any
	// offset and with 0 to 12 fraction digits.
	DateTimeOffsetPattern = `^` + dateValue + `[Tt]` + timeOfDayValue + `([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	// TimeOfDayPattern matches an Edm.TimeOfDay (timeOfDayValue).
	TimeOfDayPattern = `^` + timeOfDayValue + `$`
	// DurationPattern matches an Edm.Duration (durationValue) with at least one part.
	DurationPattern = `^[+-]?P([0-9]+D(` + timePart + `)?|` + timePart + `)$`

	dateValue      = `(-?(?:[1-9][0-9]{4,}|[0-9]{4}))-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`
	timeOfDayValue = `([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,12})?)?`
	seconds        = `[0-9]+(\.[0-9]+)?S`
	timePart       = `T([0-9]+H([0-9]+M)?(` + seconds + `)?|[0-9]+M(` + seconds + `)?|` + seconds + `)`
)

var (
	dateTimeExpr  = lazyregexp.New(DateTimeOffsetPattern)
	dateExpr      = lazyregexp.New(DatePattern)
	timeOfDayExpr = lazyregexp.New(TimeOfDayPattern)
	guidExpr      = lazyregexp.New(GUIDPattern)
)

// IsGUID reports whether the text is an Edm.Guid.
func IsGUID(s string) bool { return guidExpr().MatchString(s) }

// IsTimeOfDay reports whether the text is an Edm.TimeOfDay.
func IsTimeOfDay(s string) bool { return timeOfDayExpr().MatchString(s) }

// IsDate reports whether the text is an Edm.Date, of a day that the calendar has.
func IsDate(s string) bool { return onCalendar(dateExpr().FindStringSubmatch(s)) }

// IsDateTimeOffset reports whether the text is an Edm.DateTimeOffset, of a day that the
// calendar has.
func IsDateTimeOffset(s string) bool { return onCalendar(dateTimeExpr().FindStringSubmatch(s)) }

// onCalendar checks the day against the calendar (proleptic Gregorian, as ISO 8601).
// The groups are the match, year, month and day.
func onCalendar(groups []string) bool {
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

// ParseDateTimeOffset reads an Edm.DateTimeOffset. Of a fraction the first nine digits
// count.
func ParseDateTimeOffset(s string) (time.Time, error) {
	if !IsDateTimeOffset(s) {
		return time.Time{}, fmt.Errorf("%q is no DateTimeOffset", s)
	}
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time that can be compared", s)
}
