package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// draft7 is the only dialect accepted.
const draft7 = "http://json-schema.org/draft-07/schema"

// refPrefix is where a $ref may point: a definition of the same schema.
const refPrefix = "#/definitions/"

// A rule checks the value of one keyword.
type rule func(l *linter, ptr string, value any) error

// rules are the keywords that gojsonschema 1.2.0 gets right (checked against the
// draft-07 test suite); it ignores or misreads others in silence.
func rules() map[string]rule {
	return map[string]rule{
		"$schema":              lintDraft,
		"$id":                  lintString,
		"$comment":             lintString,
		"title":                lintString,
		"description":          lintString,
		SourceKeyword:          lintSource,
		"definitions":          lintSchemas,
		"$ref":                 lintRef,
		"type":                 lintType,
		"required":             lintRequired,
		"properties":           lintSchemas,
		"additionalProperties": lintAdditional,
		"items":                lintSchema,
		"enum":                 lintEnum,
		"const":                lintScalar,
		"pattern":              lintPattern,
		"format":               lintFormat,
		"minLength":            lintCount,
		"maxLength":            lintCount,
		"minItems":             lintCount,
		"maxItems":             lintCount,
		"minProperties":        lintCount,
		"maxProperties":        lintCount,
		"minimum":              lintInteger,
		"maximum":              lintInteger,
		"exclusiveMinimum":     lintInteger,
		"exclusiveMaximum":     lintInteger,
		"allOf":                lintList,
		"anyOf":                lintList,
	}
}

// lint refuses a schema that gojsonschema would misread in silence.
func lint(root any) error {
	l := &linter{rules: rules()}
	node, ok := root.(map[string]any)
	if !ok {
		return fault("", "a schema is an object")
	}
	if _, ok := node["$schema"]; !ok {
		return fault("", `"$schema" is missing; write "`+draft7+`#"`)
	}
	l.definitions, _ = node["definitions"].(map[string]any)
	if err := lintSchema(l, "", root); err != nil {
		return err
	}
	return l.cycles()
}

type linter struct {
	rules       map[string]rule
	definitions map[string]any
}

func fault(ptr, format string, args ...any) error {
	return fmt.Errorf("#%s: %s", ptr, fmt.Sprintf(format, args...))
}

func lintSchema(l *linter, ptr string, value any) error {
	node, ok := value.(map[string]any)
	if !ok {
		return fault(ptr, "a schema here is an object")
	}
	for _, keyword := range slices.Sorted(maps.Keys(node)) {
		at := ptr + "/" + escape(keyword)
		check, known := l.rules[keyword]
		switch {
		case !known:
			return fault(at, "the keyword %q is not one that graphpact checks; take it out", keyword)
		case ptr != "" && (keyword == "$schema" || keyword == "$id" || keyword == "definitions"):
			return fault(at, "the keyword %q belongs at the top of the schema", keyword)
		}
		if err := check(l, at, node[keyword]); err != nil {
			return err
		}
		if _, isRef := node["$ref"]; isRef && ptr != "" && !annotates(keyword) && keyword != "$ref" {
			return fault(at, `a keyword beside "$ref" is ignored in draft-07; put the "$ref" into an "allOf"`)
		}
	}
	if _, isRef := node["$ref"]; isRef && ptr == "" {
		return fault("/$ref", `the top of a schema has no "$ref"`)
	}
	return nil
}

// annotates reports whether a keyword asserts nothing.
func annotates(keyword string) bool {
	switch keyword {
	case "$comment", "title", "description", SourceKeyword:
		return true
	}
	return false
}

func lintDraft(_ *linter, ptr string, value any) error {
	if s, ok := value.(string); !ok || strings.TrimSuffix(s, "#") != draft7 {
		return fault(ptr, `only draft-07 is read; write "%s#"`, draft7)
	}
	return nil
}

func lintString(_ *linter, ptr string, value any) error {
	if _, ok := value.(string); !ok {
		return fault(ptr, "the value is a string")
	}
	return nil
}

func lintSource(_ *linter, ptr string, value any) error {
	node, ok := value.(map[string]any)
	if !ok {
		return fault(ptr, "the value is an object from keyword to source")
	}
	for keyword, source := range node {
		if names, ok := source.(map[string]any); ok && keyword == "required" {
			for name, s := range names {
				if _, ok := s.(string); !ok {
					return fault(ptr+"/required/"+escape(name), "a source is a string")
				}
			}
			continue
		}
		if _, ok := source.(string); !ok {
			return fault(ptr+"/"+escape(keyword), "a source is a string")
		}
	}
	return nil
}

func lintSchemas(l *linter, ptr string, value any) error {
	node, ok := value.(map[string]any)
	if !ok {
		return fault(ptr, "the value is an object from name to schema")
	}
	for _, name := range slices.Sorted(maps.Keys(node)) {
		// gojsonschema takes a property of this name for the keyword.
		if name == "$ref" || name == "$id" {
			return fault(ptr+"/"+escape(name), "a property or definition cannot have this name")
		}
		if err := lintSchema(l, ptr+"/"+escape(name), node[name]); err != nil {
			return err
		}
	}
	return nil
}

func lintRef(l *linter, ptr string, value any) error {
	ref, ok := value.(string)
	if !ok || !strings.HasPrefix(ref, refPrefix) {
		return fault(ptr, `a reference stays in the schema; write "%sNAME"`, refPrefix)
	}
	name := strings.TrimPrefix(ref, refPrefix)
	if strings.ContainsAny(name, "/~%#") {
		return fault(ptr, "the definition's name has a character that needs an escape; rename it")
	}
	if _, ok := l.definitions[name]; !ok {
		return fault(ptr, "there is no definition %q", name)
	}
	return nil
}

func lintType(_ *linter, ptr string, value any) error {
	names, isList := value.([]any)
	if !isList {
		names = []any{value}
	}
	if len(names) == 0 {
		return fault(ptr, "the list is empty")
	}
	seen := map[string]bool{}
	for _, n := range names {
		name, _ := n.(string)
		switch name {
		case "array", "boolean", "integer", "null", "number", "object", "string":
		default:
			return fault(ptr, "%s is no JSON type", Show(n))
		}
		if seen[name] {
			return fault(ptr, "%q stands twice", name)
		}
		seen[name] = true
	}
	return nil
}

func lintRequired(_ *linter, ptr string, value any) error {
	names, ok := value.([]any)
	if !ok {
		return fault(ptr, "the value is a list of names")
	}
	seen := map[string]bool{}
	for _, n := range names {
		name, ok := n.(string)
		if !ok || seen[name] {
			return fault(ptr, "%s is no name, or stands twice", Show(n))
		}
		seen[name] = true
	}
	return nil
}

func lintAdditional(l *linter, ptr string, value any) error {
	if _, ok := value.(bool); ok {
		return nil
	}
	return lintSchema(l, ptr, value)
}

func lintEnum(l *linter, ptr string, value any) error {
	values, ok := value.([]any)
	if !ok || len(values) == 0 {
		return fault(ptr, "the value is a list with at least one value")
	}
	for i, v := range values {
		if err := lintScalar(l, fmt.Sprintf("%s/%d", ptr, i), v); err != nil {
			return err
		}
	}
	return nil
}

// lintScalar keeps numbers, lists and objects out of enum and const: gojsonschema
// compares them after rounding to a double.
func lintScalar(_ *linter, ptr string, value any) error {
	switch value.(type) {
	case nil, bool, string:
		return nil
	}
	return fault(ptr, "the value is a string, a boolean or null")
}

func lintPattern(_ *linter, ptr string, value any) error {
	s, ok := value.(string)
	if !ok {
		return fault(ptr, "the value is a string")
	}
	if _, err := regexp.Compile(s); err != nil {
		return fault(ptr, "%v", err)
	}
	return nil
}

func lintFormat(_ *linter, ptr string, value any) error {
	name, _ := value.(string)
	if _, known := IsFormat(name, ""); !known {
		return fault(ptr, "%s is not a format that graphpact checks", Show(value))
	}
	return nil
}

func lintCount(_ *linter, ptr string, value any) error {
	n, ok := value.(json.Number)
	if !ok || len(n) > 9 || strings.Trim(string(n), "0123456789") != "" {
		return fault(ptr, "the value is a whole number in digits, as 1")
	}
	return nil
}

func lintInteger(_ *linter, ptr string, value any) error {
	n, ok := value.(json.Number)
	if !ok || strings.Trim(strings.TrimPrefix(string(n), "-"), "0123456789") != "" {
		return fault(ptr, "the value is an integer in digits, as -128")
	}
	return nil
}

func lintList(l *linter, ptr string, value any) error {
	nodes, ok := value.([]any)
	if !ok || len(nodes) == 0 {
		return fault(ptr, "the value is a list with at least one schema")
	}
	for i, n := range nodes {
		if err := lintSchema(l, fmt.Sprintf("%s/%d", ptr, i), n); err != nil {
			return err
		}
	}
	return nil
}

// cycles refuses definitions that lead back to themselves without going down into
// the document: validation would not end.
func (l *linter) cycles() error {
	done := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(l.definitions)) {
		if err := l.follow(name, map[string]bool{}, done); err != nil {
			return err
		}
	}
	return nil
}

func (l *linter) follow(name string, open, done map[string]bool) error {
	if open[name] {
		return fault("/definitions/"+escape(name), "the definition refers to itself for the same value")
	}
	if done[name] {
		return nil
	}
	open[name] = true
	for _, next := range refsInPlace(l.definitions[name]) {
		if err := l.follow(next, open, done); err != nil {
			return err
		}
	}
	delete(open, name)
	done[name] = true
	return nil
}

// refsInPlace are the definitions that a schema applies to the value itself.
func refsInPlace(value any) []string {
	node, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	var names []string
	if ref, ok := node["$ref"].(string); ok {
		names = append(names, strings.TrimPrefix(ref, refPrefix))
	}
	for _, keyword := range []string{"allOf", "anyOf"} {
		branches, _ := node[keyword].([]any)
		for _, b := range branches {
			names = append(names, refsInPlace(b)...)
		}
	}
	return names
}
