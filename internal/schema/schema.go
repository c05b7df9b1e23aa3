// Package schema holds the JSON Schemas that a contract gives rise to, and checks
// bodies against them.
//
// Schemas are draft-07. Each keyword is traceable: the annotation keyword
// "x-graphpact-source" beside it maps the keyword's name to the line of the page
// or the convention that asks for it. Validation is by gojsonschema, with format
// checkers of our own for the Edm types, and errors in the words of this project:
// JSON Pointer, expected, actual.
package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xeipuuv/gojsonschema"

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

// Compile reads a draft-07 schema. The name, a file name, stands in errors. A
// schema with a keyword or a format that gojsonschema would pass over in silence is
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

// Name is the name given to Compile.
func (s *Schema) Name() string { return s.name }

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
	node := s.root
	for _, name := range names {
		node = child(node, name)
	}
	sources, _ := node[SourceKeyword].(map[string]any)
	switch source := sources[keyword].(type) {
	case string:
		return source
	case map[string]any:
		text, _ := source[member].(string)
		return text
	}
	return ""
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
