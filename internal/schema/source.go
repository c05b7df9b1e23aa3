package schema

import "strings"

// Source says what asked for the keyword at a value of a document: a line of a
// page ("page.md:52") or the id of a convention; empty where the schema does not
// say. The pointer and the keyword are those of a Violation.
func (s *Schema) Source(pointer, keyword string) string {
	tokens := split(pointer)
	name := ""
	if len(tokens) > 0 && speaksOfMembers(keyword) {
		name = tokens[len(tokens)-1]
		tokens = tokens[:len(tokens)-1]
	}
	for _, node := range s.at(tokens) {
		sources, _ := node[SourceKeyword].(map[string]any)
		switch source := sources[keyword].(type) {
		case string:
			return source
		case map[string]any:
			if text, ok := source[name].(string); ok {
				return text
			}
		}
	}
	return ""
}

// speaksOfMembers is set for the keywords that stand at an object and judge the
// presence of one of its members.
func speaksOfMembers(keyword string) bool {
	return keyword == "required" || keyword == "additionalProperties"
}

// at gives the schemas that apply to the value at a place of the document.
func (s *Schema) at(tokens []string) []map[string]any {
	nodes := s.expand(s.root, nil)
	for _, token := range tokens {
		var below []map[string]any
		for _, node := range nodes {
			if next := child(node, token); next != nil {
				below = s.expand(next, below)
			}
		}
		nodes = below
	}
	return nodes
}

// expand appends a schema and those that it applies to the same value.
func (s *Schema) expand(node map[string]any, to []map[string]any) []map[string]any {
	if ref, ok := node["$ref"].(string); ok {
		definitions, _ := s.root["definitions"].(map[string]any)
		if target, ok := definitions[strings.TrimPrefix(ref, refPrefix)].(map[string]any); ok {
			return s.expand(target, to)
		}
		return to
	}
	to = append(to, node)
	for _, keyword := range []string{"allOf", "anyOf"} {
		branches, _ := node[keyword].([]any)
		for _, b := range branches {
			if branch, ok := b.(map[string]any); ok {
				to = s.expand(branch, to)
			}
		}
	}
	return to
}

// child gives the schema for a member or an item, or nil.
func child(node map[string]any, token string) map[string]any {
	properties, _ := node["properties"].(map[string]any)
	if p, ok := properties[token].(map[string]any); ok {
		return p
	}
	if items, ok := node["items"].(map[string]any); ok && token != "" && strings.Trim(token, "0123456789") == "" {
		return items
	}
	additional, _ := node["additionalProperties"].(map[string]any)
	return additional
}

// escape makes a name a JSON Pointer token (RFC 6901 section 3).
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// split gives the tokens of a JSON Pointer, unescaped.
func split(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens
}
