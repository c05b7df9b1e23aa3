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
	text := wants(isText, "the value is a string")
	count := wants(func(v any) bool { return isInteger(v, "") && len(v.(json.Number)) <= 9 }, "the value is a whole number in digits, as 1")
	bound := wants(func(v any) bool { return isInteger(v, "-") }, "the value is an integer in digits, as -128")
	return linter{
		"$schema":     wants(isDraft7, `only draft-07 is read; write "`+draft7+`#"`),
		"$id":         text,
		"title":       text,
		"description": text,
		SourceKeyword: lintSource,
		"type":        lintType,
		"required":    lintRequired,
		"properties":  lintProperties,
		// Graph may always return more than the page names.
		"additionalProperties": wants(func(v any) bool { return v == true }, "the value is true"),
		"items":                lintSchema,
		"allOf":                lintAllOf,
		"$ref":                 wants(isLocal, `the keyword "$ref" refers to `+definitionRef+"NAME alone"),
		"definitions":          lintDefinitions,
		"enum":                 lintEnum,
		"pattern":              lintPattern,
		"format":               lintFormat,
		"minLength":            count,
		"maxLength":            count,
		"minItems":             count,
		"maxItems":             count,
		"minimum":              bound,
		"maximum":              bound,
	}
}

// wants is the rule of a keyword whose value is judged by itself.
func wants(is func(value any) bool, message string) rule {
	return func(_ linter, ptr string, value any) error {
		if is(value) {
			return nil
		}
		return fault(ptr, "%s", message)
	}
}

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func isDraft7(v any) bool {
	s, _ := v.(string)
	return strings.TrimSuffix(s, "#") == draft7
}

// definitionRef is a reference within the schema; any other could be fetched.
const definitionRef = "#/definitions/"

// plainName is a name that needs no escape in a reference.
var plainName = regexp.MustCompile(`^[\w.-]+$`)

func isLocal(v any) bool {
	ref, _ := v.(string)
	name, local := strings.CutPrefix(ref, definitionRef)
	return local && plainName.MatchString(name)
}

// isInteger reports whether the value is a number written in digits, behind a sign or none.
func isInteger(v any, sign string) bool {
	n, ok := v.(json.Number)
	return ok && strings.Trim(strings.TrimPrefix(string(n), sign), "0123456789") == ""
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

func lintSource(_ linter, ptr string, value any) error {
	node, ok := value.(map[string]any)
	if !ok {
		return fault(ptr, "the value is an object from keyword to source")
	}
	for keyword, source := range node {
		names, several := source.(map[string]any)
		if !several || keyword != "required" {
			names = map[string]any{"": source}
		}
		for name, s := range names {
			if !isText(s) {
				return fault(strings.TrimSuffix(ptr+jsonpointer.Of(keyword, name), "/"), "a source is a string")
			}
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

// jsonTypes are the types of draft-07.
var jsonTypes = []string{"array", "boolean", "integer", "null", "number", "object", "string"}

func lintType(_ linter, ptr string, value any) error {
	names, isList := value.([]any)
	if !isList {
		names = []any{value}
	}
	if len(names) == 0 {
		return fault(ptr, "the list is empty")
	}
	return lintNames(ptr, names, "JSON type", func(name string) bool { return slices.Contains(jsonTypes, name) })
}

func lintRequired(_ linter, ptr string, value any) error {
	names, ok := value.([]any)
	if !ok {
		return fault(ptr, "the value is a list of names")
	}
	return lintNames(ptr, names, "name", func(string) bool { return true })
}

// lintNames allows texts of a kind, each once.
func lintNames(ptr string, names []any, kind string, is func(string) bool) error {
	for i, n := range names {
		if name, ok := n.(string); !ok || !is(name) {
			return fault(ptr, "%s is no %s", Show(n), kind)
		}
		if slices.Contains(names[:i], n) {
			return fault(ptr, "%q is a duplicate", n)
		}
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
	plain := func(v any) bool { return v == nil || isText(v) || v == true || v == false }
	integer := func(v any) bool { return v == nil || isInteger(v, "-") }
	for i, v := range values {
		if !plain(v) && slices.ContainsFunc(values, func(v any) bool { return !integer(v) }) {
			return fault(fmt.Sprintf("%s/%d", ptr, i), "the value is a string, a boolean or null; or all are integers")
		}
	}
	return nil
}

func lintPattern(_ linter, ptr string, value any) error {
	if s, ok := value.(string); !ok {
		return fault(ptr, "the value is a string")
	} else if _, err := regexp.Compile(s); err != nil {
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
