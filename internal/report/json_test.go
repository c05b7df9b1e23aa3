package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"graphpact/internal/result"
	"graphpact/schemas"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reportSchema compiles the published schema, formats asserted.
func reportSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	data, err := schemas.FS.ReadFile(schemas.Report)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.AssertFormat()
	if err := c.AddResource(schemas.Report, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schemas.Report)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func assertMatchesSchema(t testing.TB, s *jsonschema.Schema, report []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report))
	if err != nil {
		t.Fatalf("no JSON: %v\n%s", err, report)
	}
	if err := s.Validate(doc); err != nil {
		t.Fatalf("%v\n%s", err, report)
	}
}

func TestJSONMatchesItsSchema(t *testing.T) {
	s := reportSchema(t)
	for _, sample := range samples() {
		t.Run(sample.name, func(t *testing.T) {
			assertMatchesSchema(t, s, render(t, JSON, sample.run))
		})
	}
}

// TestSchemaRefuses shows that the schema sees what is wrong with a report.
func TestSchemaRefuses(t *testing.T) {
	s := reportSchema(t)
	good := string(render(t, JSON, sampleRun()))
	for _, tc := range []struct{ name, old, new string }{
		{"another version", `"version": "1"`, `"version": "2"`},
		{"an unknown verdict", `"verdict": "pass"`, `"verdict": "passed"`},
		{"an unknown level", `"level": "must"`, `"level": "shall"`},
		{"an unknown property", `"attempts": 1`, `"attempts": 1, "retries": 0`},
		{"a missing property", `"baseUrl"`, `"base"`},
		{"null for a list", `"headers": [`, `"headers": null, "x": [`},
		{"a time that is none", `"2026-11-23T16:00:00Z"`, `"yesterday"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := strings.Replace(good, tc.old, tc.new, 1)
			if bad == good {
				t.Fatalf("%q is not in the report", tc.old)
			}
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
			if err != nil {
				t.Fatal(err)
			}
			if s.Validate(doc) == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}

func TestJSONRoundTrip(t *testing.T) {
	want := passRun()
	var got result.Run
	if err := json.Unmarshal(render(t, JSON, want), &got); err != nil {
		t.Fatal(err)
	}
	full := withLists(*want)
	if diff := cmp.Diff(&full, &got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestJSONTimeIsUTC(t *testing.T) {
	run := emptyRun()
	run.StartedAt = time.Date(2026, 11, 23, 18, 0, 0, 0, time.FixedZone("", 2*3600))
	if out := render(t, JSON, run); !bytes.Contains(out, []byte(`"startedAt": "2026-11-23T16:00:00Z"`)) {
		t.Errorf("not in UTC:\n%s", out)
	}
}

// schemaNode is as much of a schema as the comparison with the structs needs.
type schemaNode struct {
	Type                 string                 `json:"type"`
	Description          string                 `json:"description"`
	Ref                  string                 `json:"$ref"`
	Const                string                 `json:"const"`
	Enum                 []string               `json:"enum"`
	AllOf                []*schemaNode          `json:"allOf"`
	Items                *schemaNode            `json:"items"`
	Properties           map[string]*schemaNode `json:"properties"`
	Required             []string               `json:"required"`
	AdditionalProperties json.RawMessage        `json:"additionalProperties"`
	Definitions          map[string]*schemaNode `json:"definitions"`
}

// TestSchemaEqualsStructs walks result.Run and the schema side by side: each field
// has its property, of its type, with a description, required unless it may be left
// out; and the schema has no property that no field has.
func TestSchemaEqualsStructs(t *testing.T) {
	data, err := schemas.FS.ReadFile(schemas.Report)
	if err != nil {
		t.Fatal(err)
	}
	var root schemaNode
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	w := &walker{t: t, definitions: root.Definitions, seen: map[reflect.Type]bool{}, used: map[string]bool{}}
	w.walk("", reflect.TypeFor[result.Run](), &root)
	for name := range root.Definitions {
		if !w.used[name] {
			t.Errorf("definition %s is not used", name)
		}
	}
	if got := root.Properties["version"].Const; got != result.Version {
		t.Errorf("the schema is of version %q, the model of %q", got, result.Version)
	}
}

type walker struct {
	t           *testing.T
	definitions map[string]*schemaNode
	seen        map[reflect.Type]bool
	used        map[string]bool
}

func (w *walker) walk(path string, typ reflect.Type, n *schemaNode) {
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
	want := ""
	switch {
	case typ == reflect.TypeFor[time.Time]():
		want = "string"
	case typ == reflect.TypeFor[result.Verdict]():
		w.enum(path, n, result.Pass, result.Skip, result.Warn, result.Fail, result.Error, result.Flaky, result.Waived)
		return
	case typ == reflect.TypeFor[result.Level]():
		w.enum(path, n, result.Must, result.Should, result.May)
		return
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

func (w *walker) object(path string, typ reflect.Type, n *schemaNode) {
	if w.seen[typ] {
		return
	}
	w.seen[typ] = true
	if string(n.AdditionalProperties) != "false" {
		w.t.Errorf("%s: additionalProperties is not false", path)
	}
	fields := map[string]bool{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := path + "/" + name
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

func (w *walker) enum(path string, n *schemaNode, values ...any) {
	var want []string
	for _, v := range values {
		want = append(want, reflect.ValueOf(v).String())
	}
	got := slices.Clone(n.Enum)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: enum %v, want %v", path, got, want)
	}
}
