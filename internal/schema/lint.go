package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/jsonpointer"
)

// draft7 is the only dialect accepted.
const draft7 = "http://json-schema.org/draft-07/schema"

// A rule checks the value of one keyword.
type rule func(l linter, ptr string, value any) error

// linter has the rule of each keyword that a schema may have.
type linter map[string]rule

// rules are the keywords that derived schemas have, no others. gojsonschema 1.2.0 gets
// these right (checked against the draft-07 test suite); it ignores or misreads others
// without an error.
func rules() linter {
	return linter{
		"$schema":              lintDraft,
		"$id":                  lintString,
		"title":                lintString,
		"description":          lintString,
		SourceKeyword:          lintSource,
		"type":                 lintType,
		"required":             lintRequired,
		"properties":           lintProperties,
		"additionalProperties": lintAdditional,
		"items":                lintSchema,
		"allOf":                lintAllOf,
		"$ref":                 lintRef,
		"definitions":          lintDefinitions,
		"enum":                 lintEnum,
		"pattern":              lintPattern,
		"format":               lintFormat,
		"minLength":            lintCount,
		"maxLength":            lintCount,
		"minItems":             lintCount,
		"maxItems":             lintCount,
		"minimum":              lintInteger,
		"maximum":              lintInteger,
	}
}

// lint refuses a schema that gojsonschema would misread without an error.
func lint(root any) error {
	node, ok := root.(map[string]any)
	if !ok {
		return fault("", "a schema is an object")
	}
	if _, ok := node["$schema"]; !ok {
		return fault("", `"$schema" is missing; write "`+draft7+`#"`)
	}
	return lintSchema(rules(), "", root)
}

func fault(ptr, format string, args ...any) error {
	return fmt.Errorf("#%s: %s", ptr, fmt.Sprintf(format, args...))
}

func lintSchema(l linter, ptr string, value any) error {
	node, ok := value.(map[string]any)
	if !ok {
		return fault(ptr, "a schema here is an object")
	}
	for _, keyword := range slices.Sorted(maps.Keys(node)) {
		at := ptr + jsonpointer.Of(keyword)
		check, known := l[keyword]
		switch {
		case !known:
			return fault(at, "the keyword %q is not one that graphpact checks; take it out", keyword)
		case ptr != "" && (keyword == "$schema" || keyword == "$id" || keyword == "definitions"):
			return fault(at, "the keyword %q belongs at the top of the schema", keyword)
		case keyword == "$ref" && len(node) > 1:
			return fault(at, "the keywords beside %q would be ignored; put it into an allOf", keyword)
		}
		if err := check(l, at, node[keyword]); err != nil {
			return err
		}
	}
	return nil
}

func lintDraft(_ linter, ptr string, value any) error {
	if s, ok := value.(string); !ok || strings.TrimSuffix(s, "#") != draft7 {
		return fault(ptr, `only draft-07 is read; write "%s#"`, draft7)
	}
	return nil
}

func lintString(_ linter, ptr string, value any) error {
	if _, ok := value.(string); !ok {
		return fault(ptr, "the value is a string")
	}
	return nil
}

func lintSource(_ linter, ptr string, value any) error {
	node, ok := value.(map[string]any)
	if !ok {
		return fault(ptr, "the value is an object from keyword to source")
	}
	for keyword, source := range node {
		if names, ok := source.(map[string]any); ok && keyword == "required" {
			for name, s := range names {
				if _, ok := s.(string); !ok {
					return fault(ptr+jsonpointer.Of(keyword, name), "a source is a string")
				}
			}
			continue
		}
		if _, ok := source.(string); !ok {
			return fault(ptr+jsonpointer.Of(keyword), "a source is a string")
		}
	}
	return nil
}

func lintProperties(l linter, ptr string, value any) error {
	node, ok := value.(map[string]any)
	if !ok {
		return fault(ptr, "the value is an object from name to schema")
	}
	for _, name := range slices.Sorted(maps.Keys(node)) {
		at := ptr + jsonpointer.Of(name)
		// gojsonschema takes a property of this name for the keyword.
		if name == "$ref" || name == "$id" {
			return fault(at, "a property cannot have this name")
		}
		if err := lintSchema(l, at, node[name]); err != nil {
			return err
		}
	}
	return nil
}

// lintAllOf allows references alone: what holds beside the keywords of the schema.
func lintAllOf(l linter, ptr string, value any) error {
	list, _ := value.([]any)
	for i, v := range list {
		if node, _ := v.(map[string]any); len(node) != 1 || node["$ref"] == nil {
			list = nil
			break
		}
		if err := lintSchema(l, ptr+jsonpointer.Of(strconv.Itoa(i)), v); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return fault(ptr, `the keyword "allOf" holds {"$ref": "%sNAME"} alone`, definitionRef)
	}
	return nil
}

// definitionRef is a reference within the schema; any other could be fetched.
const definitionRef = "#/definitions/"

// plainName is a name that needs no escape in a reference.
var plainName = regexp.MustCompile(`^[\w.-]+$`)

func lintRef(_ linter, ptr string, value any) error {
	ref, _ := value.(string)
	if name, local := strings.CutPrefix(ref, definitionRef); !local || !plainName.MatchString(name) {
		return fault(ptr, `the keyword "$ref" refers to %sNAME alone`, definitionRef)
	}
	return nil
}

// lintDefinitions allows no definition that refers to another one for the same value: in a
// cycle that would never end.
func lintDefinitions(l linter, ptr string, value any) error {
	definitions, _ := value.(map[string]any)
	if len(definitions) == 0 {
		return fault(ptr, `the keyword "definitions" is an object from name to schema, with at least one`)
	}
	for name, v := range definitions {
		node, _ := v.(map[string]any)
		if !plainName.MatchString(name) || node["$ref"] != nil || node["allOf"] != nil {
			return fault(ptr+jsonpointer.Of(name), "a definition has a plain name, and refers to others in its properties alone")
		}
	}
	return lintProperties(l, ptr, value)
}

func lintType(_ linter, ptr string, value any) error {
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
			return fault(ptr, "%q is a duplicate", name)
		}
		seen[name] = true
	}
	return nil
}

func lintRequired(_ linter, ptr string, value any) error {
	names, ok := value.([]any)
	if !ok {
		return fault(ptr, "the value is a list of names")
	}
	seen := map[string]bool{}
	for _, n := range names {
		name, ok := n.(string)
		if !ok || seen[name] {
			return fault(ptr, "%s is no name, or a duplicate", Show(n))
		}
		seen[name] = true
	}
	return nil
}

// lintAdditional takes true alone: Graph may always return more than the page names.
func lintAdditional(_ linter, ptr string, value any) error {
	if value != true {
		return fault(ptr, "the value is true")
	}
	return nil
}

// lintEnum keeps numbers, lists and objects out: gojsonschema compares them after
// rounding to a double.
func lintEnum(_ linter, ptr string, value any) error {
	values, ok := value.([]any)
	if !ok || len(values) == 0 {
		return fault(ptr, "the value is a list with at least one value")
	}
	// Numbers are compared by their text, so that only integers are safe, and those alone.
	integers := !slices.ContainsFunc(values, func(v any) bool {
		n, isNumber := v.(json.Number)
		return v != nil && (!isNumber || strings.ContainsAny(n.String(), ".eE"))
	})
	for i, v := range values {
		switch v.(type) {
		case nil, bool, string:
		default:
			if !integers {
				return fault(fmt.Sprintf("%s/%d", ptr, i), "the value is a string, a boolean or null; or all are integers")
			}
		}
	}
	return nil
}

func lintPattern(_ linter, ptr string, value any) error {
	s, ok := value.(string)
	if !ok {
		return fault(ptr, "the value is a string")
	}
	if _, err := regexp.Compile(s); err != nil {
		return fault(ptr, "%v", err)
	}
	return nil
}

func lintFormat(_ linter, ptr string, value any) error {
	name, _ := value.(string)
	if _, known := formats()[name]; !known {
		return fault(ptr, "%s is not a format that graphpact checks", Show(value))
	}
	return nil
}

func lintCount(_ linter, ptr string, value any) error {
	n, ok := value.(json.Number)
	if !ok || len(n) > 9 || strings.Trim(string(n), "0123456789") != "" {
		return fault(ptr, "the value is a whole number in digits, as 1")
	}
	return nil
}

func lintInteger(_ linter, ptr string, value any) error {
	n, ok := value.(json.Number)
	if !ok || strings.Trim(strings.TrimPrefix(string(n), "-"), "0123456789") != "" {
		return fault(ptr, "the value is an integer in digits, as -128")
	}
	return nil
}
