package pact

import (
	"regexp"
	"strings"
)

// The keys of a matcher in a body or a header, as the native library reads them
// (Pact integration JSON).
const (
	keyType  = "pact:matcher:type"
	keyValue = "value"
	keyRegex = "regex"
	keyMin   = "min"
)

// The matcher types that graphpact uses. "boolean" is not among them: it accepts the
// string "true" (pact_matching 2.x); Type does not.
const (
	typeEquality = "equality"
	typeRegex    = "regex"
	typeType     = "type"
	typeInteger  = "integer"
	typeNumber   = "number"
	typeNull     = "null"
	typeNotEmpty = "notEmpty"
)

const (
	// PlaceholderToken is the example of a bearer token in a pact. The angle brackets
	// keep it from being one: RFC 6750 2.1 does not allow them.
	PlaceholderToken = "<token>"

	// jsonMediaType is application/json in any letter case, with any parameters (RFC 9110 8.3.1).
	jsonMediaType = `^(?i:application/json)(\s*;.*)?$`
)

// Equality asks for exactly the value, also below a Type or an EachLike, whose
// looser rule reaches down to literals.
func Equality(value any) map[string]any {
	return map[string]any{keyType: typeEquality, keyValue: value}
}

// Type asks for a value of the example's JSON type; for an object also for its properties.
func Type(example any) map[string]any {
	return map[string]any{keyType: typeType, keyValue: example}
}

// Regex asks for a string that the pattern matches from ^ to $. Check says what a pattern may hold.
func Regex(pattern, example string) map[string]any {
	return map[string]any{keyType: typeRegex, keyRegex: pattern, keyValue: example}
}

// Integer asks for a number without a fraction.
func Integer(example int64) map[string]any {
	return map[string]any{keyType: typeInteger, keyValue: example}
}

// Number asks for a number.
func Number(example float64) map[string]any {
	return map[string]any{keyType: typeNumber, keyValue: example}
}

// Boolean asks for true or false, and refuses "true".
func Boolean(example bool) map[string]any { return Type(example) }

// NotEmpty asks for a string of at least one character.
func NotEmpty(example string) map[string]any {
	// notEmpty alone takes any number; a list with it asks for both.
	return map[string]any{keyType: []any{bare(Type(nil)), map[string]any{keyType: typeNotEmpty}}, keyValue: example}
}

// EachLike asks for an array, empty or not, each of whose items is like the item.
func EachLike(item any) map[string]any {
	return map[string]any{keyType: typeType, keyMin: 0, keyValue: []any{item}}
}

// Enum asks for one of the members.
func Enum(members []string, example string) map[string]any {
	return Regex(alternation(members), example)
}

// JSONMediaType is the matcher for the header Content-Type of a JSON body.
func JSONMediaType() map[string]any { return Regex(jsonMediaType, "application/json") }

// BearerToken is the matcher for the header Authorization: any bearer token, with a
// placeholder for the example.
func BearerToken() map[string]any { return Regex(`^Bearer .+$`, "Bearer "+PlaceholderToken) }

// AnyOf accepts what one of the alternatives accepts; the example is the first one's.
// The alternatives are matchers for scalars: Pact has no alternatives for objects and
// arrays (the native library compares those item by item, whatever the rules say).
//
// The native library knows alternatives ("combine": "OR" in a pact file), but its
// builder joins a list of matchers by AND; Session.Finish puts that right. The mock
// server runs before that, so a request cannot hold alternatives.
func AnyOf(first map[string]any, more ...map[string]any) map[string]any {
	list := []any{bare(first)}
	for _, m := range more {
		list = append(list, bare(m))
	}
	return map[string]any{keyType: list, keyValue: first[keyValue]}
}

// Nullable accepts null and what the matcher for a scalar accepts.
func Nullable(m map[string]any) map[string]any {
	return AnyOf(m, map[string]any{keyType: typeNull})
}

// bare is the matcher without its example.
func bare(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		if k != keyValue {
			out[k] = v
		}
	}
	return out
}

// alternation is the pattern that matches exactly the members.
func alternation(members []string) string {
	quoted := make([]string, len(members))
	for i, m := range members {
		quoted[i] = regexp.QuoteMeta(m)
	}
	return "^(" + strings.Join(quoted, "|") + ")$"
}
