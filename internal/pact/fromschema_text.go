package pact

import (
	"encoding/json"
	"slices"

	"graphpact/internal/edm"
	"graphpact/internal/schema"
)

// madeText is the example of a string where the caller's does not satisfy the schema.
const madeText = "text"

// Patterns of strings; date as OData 4.01 ABNF has it.
const (
	anyText = `^(?s:.*)$`
	date    = `^-?([1-9][0-9]{4,}|[0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
)

// text gives the matcher for a string.
func (d *deriver) text(node map[string]any, example any) map[string]any {
	given, isString := example.(string)
	if values, ok := node["enum"].([]any); ok {
		if members := stringsOf(values); len(members) > 0 {
			return Enum(members, d.member(members, given))
		}
	}
	pattern, _ := node["pattern"].(string)
	format, _ := node["format"].(string)
	made := madeText
	switch format {
	case schema.FormatDateTime:
		pattern, made = dateTimeOffset, "2024-03-22T21:28:02.7164229Z"
	case schema.FormatDate:
		pattern, made = date, "2024-03-22"
	case schema.FormatUUID:
		pattern, made = edm.GUIDPattern, "8f14e45f-ceea-467f-a8d1-1234567890ab"
	}
	if pattern != "" {
		if m := fromPattern(pattern, given, made); m != nil {
			return m
		}
	}
	if !isString || given == "" || looksSecret(given) {
		given = madeText
	}
	if n, ok := node["minLength"].(json.Number); ok && n != "0" {
		return NotEmpty(given)
	}
	return Type(given)
}

// fromPattern gives the matcher for a pattern with the first of the examples that it
// matches; nil where it matches none, or is none for Pact. A schema's pattern may match
// anywhere in the text (JSON Schema Validation draft-07, 6.3.3).
func fromPattern(pattern string, examples ...string) map[string]any {
	for _, p := range []string{pattern, `^(?s:.*)(?:` + pattern + `)(?s:.*)$`} {
		re, err := compilePattern(p)
		if err != nil {
			continue
		}
		for _, example := range examples {
			if re.MatchString(example) && !looksSecret(example) {
				return Regex(p, example)
			}
		}
	}
	return nil
}

// member chooses the example of an enum: the given one where it is a member, else the
// first. The sentinel of an evolvable enum is never an example.
func (d *deriver) member(members []string, given string) string {
	if given != d.sentinel && slices.Contains(members, given) {
		return given
	}
	for _, m := range members {
		if m != d.sentinel {
			return m
		}
	}
	return members[0]
}

// stringsOf gives the strings of an enum; nil when it holds anything else but null.
func stringsOf(values []any) []string {
	var out []string
	for _, v := range values {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case nil:
		default:
			return nil
		}
	}
	return out
}
