package pact

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// flatten resolves $ref and joins allOf, so that the keywords stand in one object.
func (d *deriver) flatten(node any, pointer string, depth int) (map[string]any, error) {
	schema, ok := node.(map[string]any)
	if !ok {
		// true, or no schema at all: any value.
		return map[string]any{}, nil
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: the schema refers to itself", pointer)
	}
	if ref, ok := schema["$ref"].(string); ok {
		// Draft-07 ignores what stands beside a $ref.
		target, err := d.resolve(ref)
		if err != nil {
			return nil, fmt.Errorf("%s/$ref: %w", pointer, err)
		}
		return d.flatten(target, ref, depth+1)
	}
	all, ok := schema["allOf"].([]any)
	if !ok {
		return schema, nil
	}
	out := maps.Clone(schema)
	delete(out, "allOf")
	for i, part := range all {
		flat, err := d.flatten(part, fmt.Sprintf("%s/allOf/%d", pointer, i), depth+1)
		if err != nil {
			return nil, err
		}
		merge(out, flat)
	}
	return out, nil
}

// merge adds the keywords of a schema to another: properties and required names are
// united, of anything else the first stays.
func merge(into, from map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(from)) {
		old, has := into[key]
		switch {
		case !has:
			into[key] = from[key]
		case key == "required":
			a, _ := old.([]any)
			b, _ := from[key].([]any)
			into[key] = slices.Concat(a, b)
		case key == "properties":
			a, _ := old.(map[string]any)
			b, _ := from[key].(map[string]any)
			joined := maps.Clone(b)
			maps.Copy(joined, a)
			into[key] = joined
		}
	}
}

// resolve finds a "#/…" reference.
func (d *deriver) resolve(ref string) (any, error) {
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, fmt.Errorf("%q does not point into the schema itself", ref)
	}
	var node any = d.root
	for token := range strings.SplitSeq(rest, "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		object, _ := node.(map[string]any)
		if node, ok = object[token]; !ok {
			return nil, fmt.Errorf("%q points to nothing", ref)
		}
	}
	return node, nil
}

// branches splits a schema into one for each type that it allows, null last.
func (d *deriver) branches(node map[string]any, pointer string) ([]map[string]any, error) {
	var out []map[string]any
	for _, key := range []string{"anyOf", "oneOf"} {
		list, ok := node[key].([]any)
		if !ok {
			continue
		}
		for i, item := range list {
			at := fmt.Sprintf("%s/%s/%d", pointer, key, i)
			flat, err := d.flatten(item, at, 0)
			if err != nil {
				return nil, err
			}
			inner, err := d.branches(flat, at)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
		}
		return nullLast(out), nil
	}
	types, ok := node["type"].([]any)
	if !ok {
		if node["type"] == nil {
			types = typesOfValues(node)
		}
		if types == nil {
			return []map[string]any{node}, nil
		}
	}
	for _, t := range types {
		branch := maps.Clone(node)
		branch["type"] = t
		out = append(out, branch)
	}
	return nullLast(out), nil
}

// nullLast puts the branches for null at the end and keeps one of them.
func nullLast(branches []map[string]any) []map[string]any {
	var out, null []map[string]any
	for _, b := range branches {
		if kindOf(b) == "null" {
			null = []map[string]any{b}
		} else {
			out = append(out, b)
		}
	}
	return append(out, null...)
}

// typesOfValues are the types that the values of an enum or a const have, for a schema
// that names no type.
func typesOfValues(node map[string]any) []any {
	values, _ := node["enum"].([]any)
	if c, ok := node["const"]; ok {
		values = []any{c}
	}
	var out []any
	for _, v := range values {
		if t := any(typeOf(v)); !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// typeOf is the JSON Schema type of a normal value.
func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// kindOf is the type that a branch allows, guessed from its keywords where it names
// none; "" when there is nothing to go by.
func kindOf(node map[string]any) string {
	switch t, _ := node["type"].(string); t {
	case "object", "array", "string", "integer", "number", "boolean", "null":
		return t
	}
	if node["properties"] != nil || node["required"] != nil {
		return "object"
	}
	return ""
}
