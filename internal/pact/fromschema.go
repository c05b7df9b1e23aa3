package pact

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"graphpact/internal/convention"
	"graphpact/internal/edm"
	"graphpact/internal/schema"
)

// FromSchema gives the body that a derived schema asks for, as matchers: nothing in
// it is a value that the schema does not promise. Examples are taken from example
// where they satisfy the schema, and made up where they do not. It knows the keywords
// that package contract derives, of draft-07.
//
// Only required properties are in it; Pact lets a response hold more. What Pact cannot
// say is left out or said more weakly, so that a server that satisfies the schema
// satisfies the pact:
//
//   - an object or array that may be null is left out: the native library compares the
//     insides of those whatever the rules say. A scalar that may be null is Nullable.
//   - a value of any type, or of several types of which one is an object, an array or a
//     boolean, is left out;
//   - an enum that is not all strings, a pattern for which there is no example, a
//     length but for "not empty", a bound: the type stays, the limit does not.
//
// Of what an update has just set more can be said: kept has objects and lists by the name of
// their property (contract.Operation.Kept), nil where there are none. Each that the schema
// requires is not null, and has the members that kept has, of the types that the schema gives.
//
// Twice a pact differs from the schema: it does not know which days the calendar has, and
// 1.0 is no integer.
func FromSchema(schemaJSON []byte, example, kept map[string]any) (any, error) {
	var root map[string]any
	if err := decode(schemaJSON, &root); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	conventions, err := convention.Load()
	if err != nil {
		return nil, err
	}
	value, err := normal(example)
	if err != nil {
		return nil, fmt.Errorf("the example: %w", err)
	}
	set, err := normal(kept)
	if err != nil {
		return nil, fmt.Errorf("what the update sets: %w", err)
	}
	d := deriver{sentinel: conventions.Names.Sentinel}
	d.definitions, _ = root["definitions"].(map[string]any)
	d.kept, _ = set.(map[string]any)
	body := d.value(root, value)
	if body == nil {
		return nil, errors.New("a Pact cannot say what the schema asks for: its top is neither an object nor an array")
	}
	return body, nil
}

// madeText is the example of a string where the caller's does not satisfy the schema.
const madeText = "text"

// anyText is the pattern of any string.
const anyText = `^(?s:.*)$`

// deriver makes matchers of schemas.
type deriver struct {
	// sentinel is the member of an evolvable enum that stands for later ones.
	sentinel string
	// definitions are those of the schema, and kept the objects and lists at its top that an
	// update has set; the properties of nested objects are not looked up there.
	definitions, kept map[string]any
}

// value gives what the schema asks for; nil when Pact cannot say it, and where there is no schema.
func (d deriver) value(node, example any) any {
	keywords, _ := node.(map[string]any)
	types, nullable := typesOf(keywords)
	if len(types) != 1 {
		return d.several(types, nullable, keywords, example)
	}
	switch only := types[0]; {
	case only == "object" && !nullable:
		return d.object(keywords, example)
	case only == "array" && !nullable:
		return d.array(keywords, example)
	case !isScalar(only):
		return nil
	default:
		m := d.scalar(only, keywords, example)
		if !nullable {
			return m
		}
		if _, isList := m[keyType].([]any); isList {
			// NotEmpty is a list itself, and a list has no lists in it.
			m = Type(m[keyValue])
		}
		return Nullable(m)
	}
}

// typesOf are the types that a schema allows, but for null.
func typesOf(node map[string]any) (types []string, nullable bool) {
	list, ok := node["type"].([]any)
	if !ok {
		list = []any{node["type"]}
	}
	for _, t := range list {
		switch name, _ := t.(string); name {
		case "":
		case "null":
			nullable = true
		default:
			types = append(types, name)
		}
	}
	return types, nullable
}

func isScalar(kind string) bool {
	return slices.Contains([]string{"boolean", "integer", "number", "string"}, kind)
}

// several gives the alternatives of a value of several types; nil when Pact cannot say
// them. A list of matchers has one example, so no matcher in it may need its own.
func (d deriver) several(types []string, nullable bool, node map[string]any, example any) any {
	var numbers, texts []map[string]any
	for _, kind := range types {
		switch kind {
		case "integer", "number":
			numbers = append(numbers, d.scalar(kind, node, example))
		case "string":
			m := d.text(node, example)
			if m[keyType] != typeRegex {
				m = Regex(anyText, madeText)
				// Beside a number, which gives the example, a pattern needs none.
				pattern, _ := node["pattern"].(string)
				if _, err := compilePattern(pattern); err == nil && len(numbers) > 0 {
					m = Regex(pattern, "")
				}
			}
			texts = append(texts, m)
		default:
			return nil
		}
	}
	matchers := slices.Concat(numbers, texts)
	if len(matchers) == 0 {
		return nil
	}
	if nullable {
		matchers = append(matchers, map[string]any{keyType: typeNull})
	}
	return AnyOf(matchers[0], matchers[1:]...)
}

func (d deriver) object(node map[string]any, example any) any {
	properties, _ := node["properties"].(map[string]any)
	required, _ := node["required"].([]any)
	examples, _ := example.(map[string]any)
	out := map[string]any{}
	kept := d.kept
	d.kept = nil
	for _, r := range required {
		name, _ := r.(string)
		if set, ok := kept[name]; ok {
			if value := d.set(properties[name], set); value != nil {
				out[name] = value
			}
			continue
		}
		if value := d.value(properties[name], examples[name]); value != nil {
			out[name] = value
		}
	}
	if len(out) == 0 {
		return Type(out)
	}
	return out
}

func (d deriver) array(node map[string]any, example any) any {
	var first any
	if list, ok := example.([]any); ok && len(list) > 0 {
		first = list[0]
	}
	if item := d.value(node["items"], first); item != nil {
		return EachLike(item)
	}
	return map[string]any{keyType: typeType, keyMin: 0, keyValue: []any{}}
}

// scalar gives the matcher for one type that is no object, array or null.
func (d deriver) scalar(kind string, node map[string]any, example any) map[string]any {
	switch kind {
	case "boolean":
		b, ok := example.(bool)
		return Boolean(b || !ok)
	case "integer":
		n, _ := example.(json.Number)
		if i, err := n.Int64(); err == nil {
			return Integer(i)
		}
		return Integer(1)
	case "number":
		return number(example)
	}
	return d.text(node, example)
}

// number gives the matcher for a number, which is 1 where the example is none.
func number(example any) map[string]any {
	n, _ := example.(json.Number)
	if f, err := n.Float64(); err == nil {
		return Number(f)
	}
	return Number(1)
}

// text gives the matcher for a string.
func (d deriver) text(node map[string]any, example any) map[string]any {
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
		pattern, made = edm.DateTimeOffsetPattern, "2024-03-22T21:28:02.7164229Z"
	case schema.FormatDate:
		pattern, made = edm.DatePattern, "2024-03-22"
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
func (d deriver) member(members []string, given string) string {
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
