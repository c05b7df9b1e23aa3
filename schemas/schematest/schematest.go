// Package schematest holds a published schema and the Go type behind it together, for
// tests.
package schematest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"graphpact/schemas"
)

// compiled holds the schemas that tests of this process have compiled, by name.
var compiled sync.Map

// Compile compiles a schema of schemas.FS, formats asserted.
func Compile(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	if s, ok := compiled.Load(name); ok {
		return s.(*jsonschema.Schema)
	}
	s := CompileData(t, name, read(t, name))
	compiled.Store(name, s)
	return s
}

// CompileData compiles a schema of any source, by draft 7 where it names none, formats asserted.
func CompileData(t testing.TB, name string, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := schemas.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Matches fails the test where the document does not satisfy the schema.
func Matches(t testing.TB, s *jsonschema.Schema, document []byte) {
	t.Helper()
	if err := validate(t, s, document); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
}

// Refuses fails the test where the document satisfies the schema.
func Refuses(t testing.TB, s *jsonschema.Schema, document []byte) {
	t.Helper()
	if validate(t, s, document) == nil {
		t.Error("the schema accepts it")
	}
}

func validate(t testing.TB, s *jsonschema.Schema, document []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatalf("no JSON: %v\n%s", err, document)
	}
	return s.Validate(doc)
}

// Enums are the values of the string types of a struct that have a closed set of them.
type Enums map[reflect.Type][]string

// EqualsStruct walks a type and a schema of schemas.FS side by side: each field has its
// property, of its type, with a description, required unless it may be left out; the
// schema has no property that no field has, and its version is the given one.
func EqualsStruct(t testing.TB, name string, typ reflect.Type, version string, enums Enums) {
	t.Helper()
	var root node
	if err := json.Unmarshal(read(t, name), &root); err != nil {
		t.Fatal(err)
	}
	w := &walker{t: t, enums: enums, definitions: root.Definitions, seen: map[reflect.Type]bool{}, used: map[string]bool{}}
	w.walk("", typ, &root)
	for name := range root.Definitions {
		if !w.used[name] {
			t.Errorf("definition %s is not used", name)
		}
	}
	if p := root.Properties["version"]; p == nil || p.Const != version {
		t.Errorf("the schema is not of version %q, as the model is", version)
	}
}

// node is as much of a schema as the comparison with the structs needs.
type node struct {
	Type                 string           `json:"type"`
	Description          string           `json:"description"`
	Ref                  string           `json:"$ref"`
	Const                string           `json:"const"`
	Enum                 []string         `json:"enum"`
	AllOf                []*node          `json:"allOf"`
	Items                *node            `json:"items"`
	Properties           map[string]*node `json:"properties"`
	Required             []string         `json:"required"`
	AdditionalProperties json.RawMessage  `json:"additionalProperties"`
	Definitions          map[string]*node `json:"definitions"`
}

type walker struct {
	t           testing.TB
	enums       Enums
	definitions map[string]*node
	seen        map[reflect.Type]bool
	used        map[string]bool
}

func (w *walker) walk(path string, typ reflect.Type, n *node) {
	if len(n.AllOf) == 1 {
		n = n.AllOf[0]
	}
	if name, ok := strings.CutPrefix(n.Ref, "#/definitions/"); ok {
		w.used[name] = true
		n = w.definitions[name]
		if n == nil {
			w.t.Fatalf("%s: no definition %s", path, name)
		}
	}
	if values, ok := w.enums[typ]; ok {
		w.enum(path, n, values)
		return
	}
	want := ""
	switch {
	case typ == reflect.TypeFor[time.Time]():
		want = "string"
	case typ.Kind() == reflect.Pointer:
		w.walk(path, typ.Elem(), n)
		return
	case typ.Kind() == reflect.Struct:
		w.object(path, typ, n)
		want = "object"
	case typ.Kind() == reflect.Slice:
		want = "array"
		if n.Items == nil {
			w.t.Fatalf("%s: an array without items", path)
		}
		w.walk(path+"[]", typ.Elem(), n.Items)
	case typ.Kind() == reflect.Map:
		want = "object"
	case typ.Kind() == reflect.String:
		want = "string"
	case typ.Kind() == reflect.Int:
		want = "integer"
	case typ.Kind() == reflect.Float64:
		want = "number"
	case typ.Kind() == reflect.Bool:
		want = "boolean"
	}
	if n.Type != want && n.Const == "" {
		w.t.Errorf("%s: the schema says %q, the struct %s", path, n.Type, typ)
	}
}

func (w *walker) object(path string, typ reflect.Type, n *node) {
	if w.seen[typ] {
		return
	}
	w.seen[typ] = true
	if string(n.AdditionalProperties) != "false" {
		w.t.Errorf("%s: additionalProperties is not false", path)
	}
	fields := map[string]bool{}
	for _, f := range reflect.VisibleFields(typ) {
		if f.Anonymous {
			continue // the fields of an embedded struct are those of typ
		}
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue // no part of the JSON
		}
		at := path + "/" + name
		if name == "-" && opts == "" {
			continue
		}
		if name == "" {
			w.t.Errorf("%s.%s has no json name", typ, f.Name)
			continue
		}
		fields[name] = true
		p := n.Properties[name]
		if p == nil {
			w.t.Errorf("%s: no such property in the schema", at)
			continue
		}
		if p.Description == "" {
			w.t.Errorf("%s: no description", at)
		}
		if optional := strings.Contains(opts, "omitempty"); optional == slices.Contains(n.Required, name) {
			w.t.Errorf("%s: omitempty is %v, and required says the opposite", at, optional)
		}
		w.walk(at, f.Type, p)
	}
	for name := range n.Properties {
		if !fields[name] {
			w.t.Errorf("%s/%s: no such field in %s", path, name, typ)
		}
	}
}

func (w *walker) enum(path string, n *node, values []string) {
	got, want := slices.Sorted(slices.Values(n.Enum)), slices.Sorted(slices.Values(values))
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: enum %v, want %v", path, got, want)
	}
}
