package contract

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/golden"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// kilnPage is a page in a tree of its own, with resource pages.
const kilnPage = "testdata/reference/api/kiln-update.md"

// folder reads resource pages without limits.
type folder struct{ deny string }

func (f folder) Linked(file, target string) (*graphdoc.Resource, error) {
	name := filepath.Join(filepath.Dir(file), strings.ToLower(target))
	if f.deny != "" && strings.Contains(name, f.deny) {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return graphdoc.ParseResource(name, data)
}

func (f folder) Named(_, name string) *graphdoc.Resource {
	namespace, bare, _ := cutLast(strings.ToLower(name))
	_, last, _ := cutLast(namespace)
	for _, file := range []string{last + "-" + bare, bare} {
		if res, err := f.Linked(kilnPage, "../resources/"+file+".md"); err == nil && res != nil && sameType(res.Name.Value, name) {
			return res
		}
	}
	return nil
}

func (f folder) Permissions(file, target string) ([]graphdoc.Permission, string, error) {
	name := filepath.Join(filepath.Dir(file), target)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, "", err
	}
	rows, err := graphdoc.ParsePermissions(name, data)
	return rows, name, err
}

// merged reads the page of the kiln with what is beside it.
func merged(t testing.TB, from Sources) *Operation {
	t.Helper()
	data, err := os.ReadFile(kilnPage)
	if err != nil {
		t.Fatal(err)
	}
	p, err := graphdoc.Parse(kilnPage, data)
	if err != nil {
		t.Fatal(err)
	}
	o := operation(t, p)
	Merge(o, p, conventions(t), from)
	return o
}

func kiln(t testing.TB) *Operation { return merged(t, Sources{Resources: folder{}}) }

// typeText describes a type with what is known of it.
func typeText(p Property) string {
	s := p.Type.describe()
	switch {
	case p.Type.IsEnum():
		s += " {" + membersText(p.Type.Enum) + "}"
	case p.Type.Structure != nil:
		var names []string
		for _, q := range p.Type.Structure.Properties {
			names = append(names, q.Name)
		}
		s += " = " + p.Type.Structure.Name + " {" + strings.Join(names, ", ") + "}"
	}
	if p.Flags.Value {
		s += " flags"
	}
	if p.ReadOnly.Value {
		s += " read-only"
	}
	return s
}

func TestMergeTypes(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"label":   "String",
		"glaze":   "glaze {celadon, tenmoku, unknownFutureValue, shino}",
		"mode":    "kilnMode {oxidation, reduction}",
		"doors":   "doorPosition {none, front, top} flags",
		"program": "firingProgram = example.pottery.firingProgram {title, ramp, hold, mode, then, runs}",
		"shelves": "shelf collection = example.pottery.shelf {height, broken, seen}",
		"vent":    "example.pottery.vent = example.pottery.vent {width}",
		"extra":   "kilnExtra = example.pottery.kilnExtra {note}",
		"limits":  "kilnLimits = example.pottery.kilnLimits {degrees}",
		"crate":   "crate",
		"id":      "String",
		"serial":  "String read-only",
		"firings": "Int32 read-only",
	}
	o := kiln(t)
	got := map[string]string{}
	for _, p := range o.Properties {
		got[p.Name] = typeText(p)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	glaze, _ := o.Property("glaze")
	if m := glaze.Type.Enum; !m[2].Sentinel || !m[3].Beyond || m[0].Source.String() != "testdata/reference/resources/glaze.md:11" {
		t.Errorf("members %+v", m)
	}
	program, _ := o.Property("program")
	s := program.Type.Structure
	then, _ := s.Property("then")
	hold, _ := s.Property("hold")
	back, _ := hold.Type.Structure.Property("program")
	if then.Type.Structure != s || back.Type.Structure != s {
		t.Error("a cycle of types is not closed")
	}
	if id, _ := hold.Type.Structure.Property("id"); id.Role != "" || !id.Settable() {
		t.Errorf("the id of a complex type is %+v", id)
	}
	if runs, _ := s.Property("runs"); runs.Settable() {
		t.Error("a read-only nested property is settable")
	}
	vent, _ := o.Property("vent")
	if v := vent.Type.Structure; !v.Abstract.Value || len(v.Derived) != 1 || v.Derived[0].Name != "example.pottery.flueVent" ||
		len(v.Derived[0].Properties) != 2 || !slices.Equal(v.Derived[0].Bases, []string{"example.pottery.vent"}) {
		t.Errorf("the abstract type %+v", v)
	}
	var witnesses []string
	for _, w := range glaze.Witnesses {
		witnesses = append(witnesses, fmt.Sprintf("%s %s %s", w.Fact, w.Value, w.Source.Short()))
	}
	if diff := cmp.Diff([]string{
		"type glaze kiln-update.md:34", "members celadon, tenmoku, unknownFutureValue, shino glaze.md:11", "type glaze kiln.md:20",
	}, witnesses); diff != "" {
		t.Error(diff)
	}
	if p := o.Permissions; len(p) != 3 || p[0].Source.Short() != "kiln-update-permissions.md:7" || !slices.Equal(p[0].Names, []string{"Kiln.ReadWrite", "Kiln.ReadWrite.All"}) {
		t.Errorf("permissions %+v", p)
	}
}

// mergedClasses are the classes of findings that come of what is read beside a page.
var mergedClasses = []string{
	ClassTypeUndefined, ClassTypeAbstract, ClassResourceUnreadable, ClassMetadataDisagrees, ClassMetadataLacks, ClassPermissionsDisagree, ClassPermissionsLack,
}

func TestMergeFindings(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{
		"example-outside-enum:89", "property-not-listed:86", "property-not-listed:87", "property-not-listed:90", "resource-unreadable:42", "type-undefined:42",
	}, sortedLines(kiln(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// Without the pages there is one finding, and the page stays as it is.
	alone := merged(t, Sources{Resources: folder{deny: "resources"}})
	if diff := cmp.Diff([]string{"property-not-listed:86", "property-not-listed:87", "property-not-listed:90", "type-undefined:34"}, sortedLines(alone)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	seen := map[string]bool{}
	abstract := tidyPage()
	abstract.Intro.Links[0].Target = "device.md"
	abstract.File = "testdata/reference/resources/gadget-update.md"
	abstract.Examples[1].JSON.Members[0].Value = str(54, "#example.pottery.device")
	abstract.Examples[1].Annotation = nil
	abstract.Statuses[0].Returns = text(30, "device")
	abstract.Namespace = text(2, "example.pottery")
	o := operation(t, abstract)
	o.TypeAnnotation = TypeAnnotation{Value: "#example.pottery.device"}
	Merge(o, abstract, conventions(t), Sources{Resources: folder{}})
	if o.TypeAnnotation.Value != "" {
		t.Errorf("an abstract type is sent: %+v", o.TypeAnnotation)
	}
	for _, o := range []*Operation{kiln(t), alone, o, published(t, kilnPermissions), published(t, strings.ReplaceAll(kilnPermissions, "kilns", "ovens")), merged(t, Sources{Resources: folder{}, Metadata: potteryMetadata(t)})} {
		for _, f := range o.Findings {
			if seen[f.Class] = true; !strings.HasSuffix(f.Text, ".") || !strings.HasSuffix(f.Assumed, ".") {
				t.Errorf("%s: text and assumption are sentences: %q, %q", f.Class, f.Text, f.Assumed)
			}
		}
	}
	for _, class := range mergedClasses {
		if !seen[class] {
			t.Errorf("no test produces a finding of class %q", class)
		}
	}
}

// sortedLines gives the findings but for those that each page has.
func sortedLines(o *Operation) []string {
	out := classLines(o)
	slices.Sort(out)
	return out
}

func TestMergeSchemas(t *testing.T) {
	t.Parallel()
	files, err := Schemas(kiln(t), conventions(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files[:2] {
		golden.Check(t, f.Name, f.Data)
	}
	request, err := schema.Compile(files[0].Name, files[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"program":{"title":"x","then":{"then":{"ramp":301}}}}`: "/program/then/then/ramp maximum firingprogram.md:12",
		`{"program":{"title":null}}`:                             "/program/title type firingprogram.md:11",
		`{"program":{"hold":{"program":{"mode":"smoke"}}}}`:      "/program/hold/program/mode enum firingprogram.md:14",
		`{"shelves":[{"broken":true},{"broken":1}]}`:             "/shelves/1/broken type shelf.md:12",
		`{"limits":3}`: "/limits type kiln-update.md:41, pottery-kilnlimits.md:1",
		`{"limits":{"degrees":1280,"more":1},"extra":{"x":[]}}`: "",
		`{"vent":{"@odata.type":7}}`:                            "/vent/@odata.type type odata-type",
	} {
		violations, err := request.Validate([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range violations {
			got = append(got, v.Pointer+" "+v.Keyword+" "+v.Source)
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%s:\n got %s\nwant %s", body, s, want)
		}
	}
}

// TestNestedValues sends what is made of nested types through the schema: each value differs
// from the current one, and each is legal.
func TestNestedValues(t *testing.T) {
	t.Parallel()
	o := kiln(t)
	files, err := Schemas(o, conventions(t))
	if err != nil {
		t.Fatal(err)
	}
	request, err := schema.Compile(files[0].Name, files[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		property, current string
		first             string
		origin            Origin
	}{
		{"program", `null`, `{"hold":{"minutes":30},"ramp":120,"title":"Bisque"}`, FromExample},
		{"program", `{"title":"Bisque","ramp":120,"hold":{"minutes":30,"id":null},"runs":7,"@odata.id":"x"}`,
			`{"hold":{"id":null,"minutes":30},"ramp":120,"title":"Bisque-2"}`, Altered},
		{"shelves", `[]`, `[{"broken":true,"height":1,"seen":"2024-02-03T04:05:06Z"}]`, MadeUp},
		{"shelves", `[{"height":2}]`, `[{"height":3}]`, Altered},
		{"vent", `null`, `{"@odata.type":"#example.pottery.flueVent","damper":true,"width":1}`, MadeUp},
		{"vent", `{"@odata.type":"#example.pottery.flueVent","damper":true}`, `{"@odata.type":"#example.pottery.flueVent","damper":false}`, Altered},
		{"limits", `{}`, `{"degrees":1}`, MadeUp},
	} {
		p, _ := o.Property(tt.property)
		current, err := schema.Decode([]byte(tt.current))
		if err != nil {
			t.Fatal(err)
		}
		values := p.Values(current, 4)
		if len(values) < 2 {
			t.Errorf("%s at %s: %d values", tt.property, tt.current, len(values))
			continue
		}
		if got := schema.Text(values[0].JSON); got != tt.first || values[0].Origin != tt.origin {
			t.Errorf("%s at %s: %s (%s), want %s (%s)", tt.property, tt.current, got, values[0].Origin, tt.first, tt.origin)
		}
		for i, v := range values {
			if p.Shows(current, v.JSON) {
				t.Errorf("%s: %s is no change of %s", tt.property, schema.Text(v.JSON), tt.current)
			}
			body := fmt.Sprintf("{%q:%s}", tt.property, schema.Text(v.JSON))
			if bad, err := request.Validate([]byte(body)); err != nil || len(bad) > 0 {
				t.Errorf("value %d, %s: %+v, %v", i, body, bad, err)
			}
		}
	}
}

// TestVaried makes a second value beside the one that the page shows, of a type that nothing
// defines.
func TestVaried(t *testing.T) {
	t.Parallel()
	shown, err := schema.Decode([]byte(`{"a@x":1,"k":{"d":"2024-02-03T04:05:06Z","n":4},"z":true}`))
	if err != nil {
		t.Fatal(err)
	}
	p := Property{Name: "extra", Type: Type{Shape: "object"}, Named: []Value{{JSON: shown, Origin: FromExample}}}
	for current, want := range map[string]string{
		`null`: `{"a@x":1,"k":{"d":"2024-02-03T04:05:06Z","n":4},"z":true}`,
		`{"a@x":1,"k":{"d":"2024-02-03T04:05:06Z","n":4},"z":true}`: `{"a@x":1,"k":{"d":"2024-02-03T04:05:06Z","n":5},"z":true}`,
		`{"a@x":1,"k":{"d":"2024-02-03T04:05:06Z","n":5},"z":true}`: `{"a@x":1,"k":{"d":"2024-02-03T04:05:06Z","n":4},"z":true}`,
	} {
		now, err := schema.Decode([]byte(current))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Other(now); !ok || schema.Text(got) != want {
			t.Errorf("at %s: %s", current, schema.Text(got))
		}
	}
	p.Named = nil
	if got, ok := p.Other(shown); ok {
		t.Errorf("nothing is shown, and %v is sent", got)
	}
}

func TestShows(t *testing.T) {
	t.Parallel()
	o := kiln(t)
	for _, tt := range []struct {
		property, shown, sent string
		shows, same           bool
	}{
		{"program", `{"title":"a","ramp":1}`, `{"title":"a"}`, true, false},
		{"program", `{"title":"a"}`, `{"title":"a","ramp":1}`, false, false},
		{"program", `{"title":"a","ramp":null,"@odata.x":1}`, `{"title":"a"}`, true, true},
		{"program", `{"title":"a","runs":4}`, `{"title":"a","runs":3}`, true, true},
		{"program", `{"hold":{"minutes":1,"id":"x"}}`, `{"hold":{"minutes":1}}`, true, false},
		{"program", `{"hold":{"minutes":2}}`, `{"hold":{"minutes":1}}`, false, false},
		{"program", `null`, `{"title":"a"}`, false, false},
		{"shelves", `[{"height":1,"seen":"2024-02-03T04:05:06.0Z"},{"height":2}]`, `[{"height":2.0},{"height":1,"seen":"2024-02-03T04:05:06Z"}]`, true, true},
		{"shelves", `[{"height":1},{"height":1}]`, `[{"height":1},{"height":2}]`, false, false},
		{"shelves", `[{"height":1}]`, `[{"height":1},{"height":1}]`, false, false},
		{"vent", `{"@odata.type":"#a.b","width":1}`, `{"@odata.type":"#a.c","width":1}`, false, false},
		{"vent", `{"@odata.type":"x#a.b","width":1}`, `{"@odata.type":"#a.b","width":1}`, true, true},
		{"label", `"a"`, `"a"`, true, true},
	} {
		p, _ := o.Property(tt.property)
		shown, err := schema.Decode([]byte(tt.shown))
		if err != nil {
			t.Fatal(err)
		}
		sent, err := schema.Decode([]byte(tt.sent))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Shows(tt.property, shown, sent); got != tt.shows {
			t.Errorf("%s: %s shows %s: %v", tt.property, tt.shown, tt.sent, got)
		}
		if got := p.Same(shown, sent); got != tt.same {
			t.Errorf("%s: %s is the same as %s: %v", tt.property, tt.shown, tt.sent, got)
		}
	}
}

// TestNothingToSet takes what a page has nothing of from its resource page: the properties
// that the example sends, or all that a client may set.
func TestNothingToSet(t *testing.T) {
	t.Parallel()
	bare := func() *graphdoc.Page {
		p := tidyPage()
		p.File, p.Intro.Links[0].Target, p.Statuses[0].Returns = "testdata/reference/api/x.md", "../resources/kiln.md", graphdoc.Text{}
		p.Properties, p.Examples = nil, nil
		p.RequestBody = []graphdoc.Paragraph{{Text: text(18, "Send a kiln.")}}
		return p
	}
	settable := func(p *graphdoc.Page) (names []string) {
		o := operation(t, p)
		Merge(o, p, conventions(t), Sources{Resources: folder{}})
		for _, q := range o.Settable() {
			names = append(names, q.Name+" "+q.Source.Short())
		}
		return names
	}
	if diff := cmp.Diff([]string{"label kiln.md:19", "glaze kiln.md:20", "extra kiln.md:22"}, settable(bare())); diff != "" {
		t.Error(diff)
	}
	p := bare()
	p.Properties = []graphdoc.Property{{Name: text(20, "id"), Type: text(20, "String"), Description: text(20, "The key.")}}
	p.Examples = tidyPage().Examples[:1]
	p.Examples[0].JSON = obj(43, mem("label", str(44, "North")))
	if diff := cmp.Diff([]string{"label x.md:44"}, settable(p)); diff != "" {
		t.Error(diff)
	}
	p = bare()
	p.RequestBody = nil
	if got := settable(p); got != nil {
		t.Errorf("a page without a body sets %v", got)
	}
}
