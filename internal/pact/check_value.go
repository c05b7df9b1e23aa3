package pact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// walk calls f on the value and, where f returns true, on what is in it. Keys of a
// matcher's own (its type, pattern and bounds) are not values.
func walk(where string, value any, f func(where string, value any) bool) {
	if !f(where, value) {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		_, matcher := v[keyType]
		for _, key := range slices.Sorted(maps.Keys(v)) {
			switch {
			case !matcher:
				walk(where+"/"+key, v[key], f)
			case key == keyValue:
				walk(where, v[key], f)
			}
		}
	case []any:
		for i, item := range v {
			walk(fmt.Sprintf("%s/%d", where, i), item, f)
		}
	}
}

// normal gives a value the shape of decoded JSON, numbers as json.Number.
func normal(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("is no JSON value: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("is no JSON value: %w", err)
	}
	return out, nil
}

// jsonKind names the JSON type of a normal value.
func jsonKind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case []any:
		return "an array"
	}
	return "an object"
}

// jwt is the start of a JSON Web Token: two parts in base64url, the first one an
// encoded object. credential is a bearer token long enough to be one, with a digit.
var (
	jwt        = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+`)
	credential = regexp.MustCompile(`(?i)\bbearer\s+[A-Za-z0-9._~+/=-]*[0-9][A-Za-z0-9._~+/=-]*`)
)

func looksSecret(s string) bool {
	return jwt.MatchString(s) || slices.ContainsFunc(credential.FindAllString(s, -1), func(m string) bool { return len(m) >= len("bearer ")+16 })
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// isToken reports whether s is a token (RFC 9110 5.6.2), as methods and header names are.
func isToken(s string) bool {
	return s != "" && strings.Trim(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
