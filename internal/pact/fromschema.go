package pact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"graphpact/internal/convention"
)

// FromSchema gives the body that a draft-07 schema asks for, as matchers: nothing in
// it is a value that the schema does not promise. Examples are taken from example
// where they satisfy the schema, and made up where they do not.
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
// Twice a pact is stricter than the schema: a date-time is in UTC with at most 7
// fraction digits, as Graph documents it, and 1.0 is no integer.
func FromSchema(schemaJSON []byte, example map[string]any) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(schemaJSON))
	dec.UseNumber()
	var root map[string]any
	if err := dec.Decode(&root); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading the schema: there is more after its end")
	}
	conventions, err := convention.Load()
	if err != nil {
		return nil, err
	}
	value, err := normal(example)
	if err != nil {
		return nil, fmt.Errorf("the example: %w", err)
	}
	d := &deriver{root: root, sentinel: conventions.Names.Sentinel}
	body, err := d.value(root, "#", value)
	switch {
	case err != nil:
		return nil, err
	case body == nil:
		return nil, errors.New("a Pact cannot say what the schema asks for: its top is neither an object nor an array")
	}
	return body, nil
}

// maxDepth bounds how deep a schema may go; only one that refers to itself gets there.
const maxDepth = 64

// deriver makes matchers of the schemas below one root.
type deriver struct {
	root     map[string]any
	sentinel string
	depth    int
}

// value gives what the schema at the pointer asks for; nil when Pact cannot say it.
func (d *deriver) value(node any, pointer string, example any) (any, error) {
	d.depth++
	defer func() { d.depth-- }()
	if d.depth > maxDepth {
		return nil, fmt.Errorf("%s: the schema refers to itself", pointer)
	}
	flat, err := d.flatten(node, pointer, 0)
	if err != nil {
		return nil, err
	}
	branches, err := d.branches(flat, pointer)
	if err != nil {
		return nil, err
	}
	nullable := len(branches) > 0 && kindOf(branches[len(branches)-1]) == "null"
	if nullable {
		branches = branches[:len(branches)-1]
	}
	if len(branches) != 1 {
		return d.several(branches, nullable, example), nil
	}
	switch only := branches[0]; kindOf(only) {
	case "object":
		if nullable {
			return nil, nil
		}
		return d.object(only, pointer, example)
	case "array":
		if nullable {
			return nil, nil
		}
		return d.array(only, pointer, example)
	case "":
		return nil, nil
	default:
		m := d.scalar(only, example)
		if !nullable {
			return m, nil
		}
		if _, isList := m[keyType].([]any); isList {
			// NotEmpty is a list itself, and a list has no lists in it.
			m = Type(m[keyValue])
		}
		return Nullable(m), nil
	}
}

// several gives the alternatives of a value of several types; nil when Pact cannot say
// them. A list of matchers has one example, so none of them may lean on its own.
func (d *deriver) several(branches []map[string]any, nullable bool, example any) any {
	var numbers, texts []map[string]any
	for _, b := range branches {
		switch kindOf(b) {
		case "integer":
			numbers = append(numbers, Integer(integerOr(example, 1)))
		case "number":
			numbers = append(numbers, Number(numberOr(example, 1)))
		case "string":
			m := d.text(b, example)
			if m[keyType] != typeRegex {
				m = Regex(anyText, madeText)
				// Beside a number, which gives the example, a pattern needs none.
				if pattern, _ := b["pattern"].(string); len(numbers) > 0 && isPattern(pattern) {
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

func isPattern(pattern string) bool {
	_, err := compilePattern(pattern)
	return err == nil
}

func (d *deriver) object(node map[string]any, pointer string, example any) (any, error) {
	properties, _ := node["properties"].(map[string]any)
	required, _ := node["required"].([]any)
	examples, _ := example.(map[string]any)
	out := map[string]any{}
	for _, r := range required {
		name, _ := r.(string)
		value, err := d.value(properties[name], pointer+"/properties/"+name, examples[name])
		if err != nil {
			return nil, err
		}
		if value != nil {
			out[name] = value
		}
	}
	if len(out) == 0 {
		return Type(out), nil
	}
	return out, nil
}

func (d *deriver) array(node map[string]any, pointer string, example any) (any, error) {
	var first any
	if list, ok := example.([]any); ok && len(list) > 0 {
		first = list[0]
	}
	item, err := d.value(node["items"], pointer+"/items", first)
	if err != nil {
		return nil, err
	}
	if item == nil {
		return map[string]any{keyType: typeType, keyMin: 0, keyValue: []any{}}, nil
	}
	return EachLike(item), nil
}

// scalar gives the matcher for one type that is no object, array or null.
func (d *deriver) scalar(node map[string]any, example any) map[string]any {
	if c, ok := node["const"]; ok && typeOf(c) == kindOf(node) {
		return Equality(c)
	}
	switch kindOf(node) {
	case "boolean":
		b, ok := example.(bool)
		return Boolean(b || !ok)
	case "integer":
		return Integer(integerOr(example, 1))
	case "number":
		return Number(numberOr(example, 1))
	}
	return d.text(node, example)
}

// integerOr is the example where it is an integer, and else other.
func integerOr(example any, other int64) int64 {
	if n, ok := example.(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			return i
		}
	}
	return other
}

// numberOr is the example where it is a number, and else other.
func numberOr(example any, other float64) float64 {
	if n, ok := example.(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	return other
}
