package mockgraph

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"graphpact/internal/edm"
)

// The forms of the OData 4.01 ABNF (odata-abnf-construction-rules). Literals of
// ABNF are case-insensitive (RFC 5234 2.3), so T and Z may be in lower case.
var (
	durationForm = regexp.MustCompile(`^[+-]?[Pp](\d+[Dd])?([Tt](\d+[Hh])?(\d+[Mm])?(\d+(\.\d+)?[Ss])?)?$`)
	// Edm.Binary is base64url in OData; Graph's pages show plain base64, padded.
	binaryForm = regexp.MustCompile(`^[A-Za-z0-9+/_-]*={0,2}$`)
	numberForm = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`)
)

// checkEdm says why the JSON value is not one of the OData primitive type (OData
// 4.01 JSON Format 7.1). A type that it does not know takes any value. In
// ieee754 mode Int64 and Decimal are JSON strings (JSON Format 3.2).
func checkEdm(typ string, raw json.RawMessage, ieee754 bool) error {
	if !validEdm(typ, raw, ieee754) {
		return fmt.Errorf("%s is not a value of %s", short(string(raw)), typ)
	}
	return nil
}

func validEdm(typ string, raw json.RawMessage, ieee754 bool) bool {
	if form, known := texts[typ]; known {
		s, isText := text(raw)
		return isText && (form == nil || form(s))
	}
	switch typ {
	case edm.Boolean:
		return string(raw) == "true" || string(raw) == "false"
	case edm.Byte:
		_, err := strconv.ParseUint(string(raw), 10, 8)
		return err == nil
	case edm.SByte:
		return isInteger(string(raw), 8)
	case edm.Int16:
		return isInteger(string(raw), 16)
	case edm.Int32:
		return isInteger(string(raw), 32)
	case edm.Int64:
		number, ok := digits(raw, ieee754)
		return ok && isInteger(number, 64)
	case edm.Decimal:
		number, ok := digits(raw, ieee754)
		return ok && numberForm.MatchString(number)
	case edm.Single:
		return isFloat(raw, 32)
	case edm.Double:
		return isFloat(raw, 64)
	}
	return true
}

// texts are the types whose values are JSON strings, with their form; nil is any text.
var texts = map[string]func(s string) bool{
	edm.String: nil, edm.Stream: nil, edm.GUID: edm.IsGUID, edm.Date: edm.IsDate, edm.TimeOfDay: edm.IsTimeOfDay,
	edm.DateTimeOffset: edm.IsDateTimeOffset, edm.Duration: isDuration, edm.Binary: binaryForm.MatchString,
}

// digits gives the text of a number: bare, or in a string in IEEE 754 mode.
func digits(raw json.RawMessage, ieee754 bool) (string, bool) {
	if ieee754 {
		return text(raw)
	}
	return string(raw), true
}

func isInteger(s string, bits int) bool {
	_, err := strconv.ParseInt(s, 10, bits)
	return err == nil && numberForm.MatchString(s)
}

func isFloat(raw json.RawMessage, bits int) bool {
	if s, ok := text(raw); ok {
		return s == "INF" || s == "-INF" || s == "NaN"
	}
	if !numberForm.Match(raw) {
		return false
	}
	_, err := strconv.ParseFloat(string(raw), bits)
	return err == nil
}

func isDuration(s string) bool {
	last := s[max(0, len(s)-1):]
	return durationForm.MatchString(s) && last != "P" && last != "p" && last != "T" && last != "t"
}

// tick is the smallest step of Graph's timestamps: 7 fraction digits.
const tick = 100 * time.Nanosecond

// timestamp writes a time as Graph does: UTC, exactly 7 fraction digits, Z.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// nextTimestamp is the modification date that follows the previous one: now, but at
// least one tick later, so that it moves forward whatever the clock does.
func nextTimestamp(previous json.RawMessage, now time.Time) string {
	now = now.Truncate(tick)
	if before, ok := timeOf(previous); ok && !now.After(before) {
		now = before.Truncate(tick).Add(tick)
	}
	return timestamp(now)
}
