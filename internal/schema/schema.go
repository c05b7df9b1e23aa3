// Package schema reads the JSON Schemas that package contract derives, and checks bodies
// against them.
//
// Schemas are draft-07. Each keyword is traceable: the annotation keyword
// "x-graphpact-source" beside it maps the keyword's name to the line of the page
// or the convention that asks for it. Validation is by gojsonschema, with format
// checkers of our own for the Edm types, and errors in the words of this project:
// JSON Pointer, expected, actual.
package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"

	"graphpact/internal/edm"
	"graphpact/internal/jsonpointer"
)

// SourceKeyword is the annotation keyword that traces the keywords beside it. Its
// value is an object from keyword to source ("page.md:52", or the id of a
// convention); for "required" it is an object from property name to source.
const SourceKeyword = "x-graphpact-source"

// Violation is one way in which a document departs from its schema.
type Violation struct {
	// Pointer is the JSON Pointer (RFC 6901) of the value; "" is the whole document.
	// For "required" it is where the missing member should be.
	Pointer string
	// Keyword is the schema keyword that failed, as "enum".
	Keyword string
	// Expected and Actual are short and fit for a report.
	Expected, Actual string
	// Source is what the schema's x-graphpact-source says of the keyword; empty when
	// it says nothing.
	Source string
}

// Schema is a compiled JSON Schema. It is safe for concurrent use.
type Schema struct {
	name     string
	root     map[string]any
	compiled *gojsonschema.Schema
}

// Compile reads a draft-07 schema. The name, a file name, is in each error. A
// schema with a keyword or a format that gojsonschema would ignore without a word is
// refused; the error names the JSON Pointer of the place.
func Compile(name string, data []byte) (*Schema, error) {
	installFormats()
	decoded, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	if err := lint(decoded); err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	loader := gojsonschema.NewSchemaLoader()
	loader.AutoDetect = false
	loader.Draft = gojsonschema.Draft7
	// The bytes are decoded again: gojsonschema may change what it is given.
	compiled, err := loader.Compile(gojsonschema.NewBytesLoader(data))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	root, _ := decoded.(map[string]any)
	return &Schema{name: name, root: root, compiled: compiled}, nil
}

// Validate checks a document and gives the violations by pointer and keyword; none
// means that the document is valid. An error means that there was nothing to check:
// a *SyntaxError when the document is not JSON.
func (s *Schema) Validate(doc []byte) ([]Violation, error) {
	value, err := Decode(doc)
	if err != nil {
		return nil, err
	}
	checked, err := s.compiled.Validate(gojsonschema.NewRawLoader(value))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", s.name, err)
	}
	var out []Violation
	for _, e := range checked.Errors() {
		if e.Type() == "number_all_of" {
			continue // the errors of its parts are there too
		}
		v, err := reword(e)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", s.name, err)
		}
		v.Source = s.source(v.Pointer, v.Keyword)
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword),
			cmp.Compare(a.Expected, b.Expected))
	})
	return slices.Compact(out), nil
}

// source says what asked for the keyword at a value of a document: a line of a page
// ("page.md:52") or the id of a convention; empty where the schema does not say. The
// pointer and the keyword are those of a Violation.
func (s *Schema) source(pointer, keyword string) string {
	names := jsonpointer.Split(pointer)
	member := ""
	if keyword == "required" && len(names) > 0 {
		member, names = names[len(names)-1], names[:len(names)-1]
	}
	nodes := []map[string]any{s.root}
	for _, name := range names {
		var below []map[string]any
		for _, n := range nodes {
			if c := child(n, name); c != nil {
				below = append(below, s.conjuncts(c)...)
			}
		}
		nodes = below
	}
	for _, n := range nodes {
		sources, _ := n[SourceKeyword].(map[string]any)
		switch source := sources[keyword].(type) {
		case string:
			return source
		case map[string]any:
			if text, _ := source[member].(string); text != "" {
				return text
			}
		}
	}
	return ""
}

// conjuncts gives a schema and those that hold beside it: what its allOf refers to.
func (s *Schema) conjuncts(node map[string]any) []map[string]any {
	out := []map[string]any{node}
	all, _ := node["allOf"].([]any)
	for _, one := range all {
		n, _ := one.(map[string]any)
		if ref, _ := n["$ref"].(string); ref != "" {
			definitions, _ := s.root["definitions"].(map[string]any)
			n, _ = definitions[strings.TrimPrefix(ref, definitionRef)].(map[string]any)
		}
		if n != nil {
			out = append(out, n)
		}
	}
	return out
}

// child gives the schema of a member or an item, or nil.
func child(node map[string]any, name string) map[string]any {
	properties, _ := node["properties"].(map[string]any)
	if p, ok := properties[name].(map[string]any); ok {
		return p
	}
	if name == "" || strings.Trim(name, "0123456789") != "" {
		return nil
	}
	items, _ := node["items"].(map[string]any)
	return items
}

// delimiter parts the names of a gojsonschema context. The byte cannot be part of a
// name: documents are valid UTF-8.
const delimiter = "\xff"

// wordings are the errors of gojsonschema that are reworded alike: the keyword, and what is expected
// by a detail of the error.
var wordings = map[string]struct{ keyword, expected, detail string }{
	"enum":            {"enum", "one of %s", "allowed"},
	"pattern":         {"pattern", "a match of %s", "pattern"},
	"string_gte":      {"minLength", "at least %s characters", "min"},
	"string_lte":      {"maxLength", "at most %s characters", "max"},
	"array_min_items": {"minItems", "at least %s items", "min"},
	"array_max_items": {"maxItems", "at most %s items", "max"},
	"number_gte":      {"minimum", "at least %s", "min"},
	"number_lte":      {"maximum", "at most %s", "max"},
}

// reword turns an error of gojsonschema into a violation.
func reword(e gojsonschema.ResultError) (Violation, error) {
	d := e.Details()
	// The first name of a context is the root.
	v := Violation{Pointer: jsonpointer.Of(strings.Split(e.Context().String(delimiter), delimiter)[1:]...)}
	switch e.Type() {
	case "invalid_type":
		// "[string,null]" is "string or null".
		v.Keyword, v.Expected = "type", strings.ReplaceAll(strings.Trim(fmt.Sprint(d["expected"]), "[]"), ",", " or ")
		if e.Value() != nil {
			v.Actual = typeName(e.Value()) + " " + Show(e.Value())
		}
	case "required":
		v.Pointer += jsonpointer.Of(fmt.Sprint(d["property"]))
		v.Keyword, v.Expected, v.Actual = "required", "present", "absent"
	case "format":
		v.Keyword, v.Expected = "format", formats()[fmt.Sprint(d["format"])].expected
	default:
		w, known := wordings[e.Type()]
		if !known {
			return v, fmt.Errorf("%s: %s", v.Pointer, e.Description())
		}
		v.Keyword, v.Expected = w.keyword, fmt.Sprintf(w.expected, bound(d[w.detail]))
	}
	if v.Actual == "" { // what is absent has no value to show
		v.Actual = Show(e.Value())
	}
	v.Expected = short(v.Expected)
	return v, nil
}

// typeName gives the JSON type of a value that is not null.
func typeName(v any) string {
	switch n := v.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if r, ok := new(big.Rat).SetString(n.String()); ok && r.IsInt() {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// bound writes a detail of an error: an integer, where it is a bound (rules).
func bound(v any) string {
	if f, ok := v.(*big.Float); ok {
		return f.Text('f', 0)
	}
	return fmt.Sprint(v)
}

// The formats that a schema may name. They are those of Edm types, so they follow the
// OData 4.01 ABNF and not RFC 3339: see package edm.
const (
	// FormatDateTime is Edm.DateTimeOffset.
	FormatDateTime = "date-time"
	// FormatDate is Edm.Date.
	FormatDate = "date"
	// FormatUUID is Edm.Guid.
	FormatUUID = "uuid"
)

// format is how a format is checked and described. It is a gojsonschema.FormatChecker.
type format struct {
	is func(string) bool
	// expected describes a value of the format in a violation.
	expected string
}

func formats() map[string]format {
	return map[string]format{
		FormatDateTime: {edm.IsDateTimeOffset, "a DateTimeOffset, as 2024-03-22T21:28:02.7164229Z"},
		FormatDate:     {edm.IsDate, "a Date, as 2024-03-22"},
		FormatUUID:     {edm.IsGUID, "a Guid, as 8f14e45f-ceea-467f-a8d1-1234567890ab"},
	}
}

// IsFormat reports whether the string is of the format; known is false for a name
// that is none of the Format… constants.
func IsFormat(name, s string) (ok, known bool) {
	f, known := formats()[name]
	return known && f.is(s), known
}

// IsFormat implements gojsonschema.FormatChecker. Values that are no strings pass:
// "format" applies to strings only.
func (f format) IsFormat(input any) bool {
	s, isString := input.(string)
	return !isString || f.is(s)
}

// installFormats replaces gojsonschema's own checkers, which are global to the
// process: its date-time accepts "12:00:00", its uuid refuses capitals.
var installFormats = sync.OnceFunc(func() {
	for name, f := range formats() {
		gojsonschema.FormatCheckers.Add(name, f)
	}
})
