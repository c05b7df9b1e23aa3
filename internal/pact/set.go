package pact

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// set gives the matcher for a value that an update has set: not null, an object with the members
// that were set, a list of such items. A type comes from the schema, and where that has none from
// the value. It is nil where nothing can be said.
func (d deriver) set(node, v any) any {
	keywords, _ := node.(map[string]any)
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if member := d.set(d.property(keywords, name), v[name]); member != nil {
				out[name] = member
			}
		}
		if len(out) == 0 {
			return Type(out)
		}
		return out
	case []any:
		if len(v) == 0 {
			return nil
		}
		if item := d.set(keywords["items"], common(v)); item != nil {
			return EachLike(item)
		}
		return nil
	case nil:
		return nil
	}
	types, _ := typesOf(keywords)
	if !slices.ContainsFunc(types, func(t string) bool { return !isScalar(t) }) {
		if m := d.value(withoutNull(keywords, types), v); m != nil {
			return m
		}
	}
	switch v := v.(type) {
	case bool:
		return Boolean(v)
	case json.Number:
		return number(v)
	case string:
		return d.text(nil, v)
	}
	return nil
}

// property gives the schema of a property of an object, also where a definition has it.
func (d deriver) property(node map[string]any, name string) any {
	for range maxRefs {
		properties, _ := node["properties"].(map[string]any)
		if found, ok := properties[name]; ok {
			return found
		}
		ref, _ := node["$ref"].(string)
		if all, _ := node["allOf"].([]any); ref == "" && len(all) == 1 {
			only, _ := all[0].(map[string]any)
			ref, _ = only["$ref"].(string)
		}
		next, ok := d.definitions[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
		if !ok {
			return nil
		}
		node = next
	}
	return nil
}

// maxRefs is how many definitions refer to one another.
const maxRefs = 8

// withoutNull is the schema of a value that is not null.
func withoutNull(node map[string]any, types []string) map[string]any {
	out := maps.Clone(node)
	if _, isList := node["type"].([]any); isList {
		list := make([]any, len(types))
		for i, t := range types {
			list[i] = t
		}
		out["type"] = list
	}
	return out
}

// common gives what all items of a list have: of objects the members that none lacks.
func common(items []any) any {
	first, isObject := items[0].(map[string]any)
	if !isObject {
		return items[0]
	}
	out := maps.Clone(first)
	for _, item := range items[1:] {
		object, _ := item.(map[string]any)
		maps.DeleteFunc(out, func(name string, _ any) bool { return object[name] == nil })
	}
	return out
}
