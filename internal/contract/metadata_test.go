package contract

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/csdl"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

const metadataFile = "testdata/reference/metadata.xml"

func potteryMetadata(t testing.TB) *csdl.Metadata {
	t.Helper()
	data, err := os.ReadFile(metadataFile)
	if err != nil {
		t.Fatal(err)
	}
	m, err := csdl.New(metadataFile, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// disagreements are the findings on what the page and the metadata say.
func disagreements(o *Operation) (out []string) {
	for _, f := range o.Findings {
		if f.Class == ClassMetadataDisagrees || f.Class == ClassMetadataLacks {
			out = append(out, f.Source.Short()+": "+f.Text+" "+f.Assumed)
		}
	}
	slices.Sort(out)
	return out
}

func TestMetadataDisagrees(t *testing.T) {
	t.Parallel()
	want := []string{
		`glaze.md:11: The members of "glaze": glaze.md:11 says tenmoku, and the metadata (metadata.xml:6) says raku. The page holds.`,
		`kiln-update.md:18: The page documents an update; the metadata says that example.pottery.workshop/kilns cannot be updated (metadata.xml:68). The page holds.`,
		`kiln-update.md:33: The nullability of "label": kiln-update.md:33 says nullable, and the metadata (metadata.xml:50) says not nullable. The page holds.`,
		`kiln-update.md:33: The writability of "label": kiln-update.md:33 says a property to set, and the metadata (metadata.xml:75) says computed. The page holds.`,
		`kiln-update.md:36: The type of "doors": kiln-update.md:36 says doorPosition, and the metadata (metadata.xml:53) says Edm.Int32. The page holds.`,
		`kiln-update.md:38: The type of "shelves": kiln-update.md:38 says shelf collection, and the metadata (metadata.xml:55) says example.pottery.shelf. The page holds.`,
		`kiln-update.md:41: The type example.pottery.kiln of the metadata (metadata.xml:49) does not have limits. The page holds.`,
		`kiln.md:21: The type of "firings": kiln.md:21 says Int32, and the metadata (metadata.xml:59) says Edm.Int64. The page holds.`,
		`kiln.md:23: The type of "serial": kiln.md:23 says String, and the metadata (metadata.xml:47) says Edm.Guid. The page holds.`,
	}
	page := merged(t, Sources{Resources: folder{}, Metadata: potteryMetadata(t)})
	if diff := cmp.Diff(want, disagreements(page)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]Agreement{
		{"collection", 11, 1, 1}, {"type", 8, 3, 1}, {"nullable", 0, 1, 0}, {"read-only", 0, 1, 2}, {"members", 1, 1, 0}, {"base type", 1, 0, 0},
	}, page.Agreement); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	trusted := merged(t, Sources{Resources: folder{}, Metadata: potteryMetadata(t), TrustMetadata: true})
	for _, tt := range []struct{ property, page, trusted string }{
		{"label", "String", "String read-only"},
		{"glaze", "glaze {celadon, tenmoku, unknownFutureValue, shino}", "glaze {celadon, raku, unknownFutureValue}"},
		{"mode", "kilnMode {oxidation, reduction, unknownFutureValue, salt}", "kilnMode {oxidation, reduction, unknownFutureValue, salt}"},
		{"doors", "doorPosition {none, front, top} flags", "Edm.Int32"},
		{"shelves", "shelf collection = example.pottery.shelf {height, broken, seen, kind}", "shelf = example.pottery.shelf {height, broken, seen, kind}"},
		{"crate", "crate = example.pottery.crate {wood, next, weight, tare}", "crate = example.pottery.crate {wood, next, weight, tare}"},
		{"firings", "Int32 read-only", "Edm.Int64 read-only"},
		{"serial", "String read-only", "Edm.Guid read-only"},
	} {
		p, _ := page.Property(tt.property)
		q, _ := trusted.Property(tt.property)
		if typeText(p) != tt.page || typeText(q) != tt.trusted {
			t.Errorf("%s is %s, and %s where the metadata is trusted", tt.property, typeText(p), typeText(q))
		}
	}
	if p, _ := trusted.Property("label"); p.Nullable.Value != NullableNo || p.Settable() || p.Bounds.MaxLength.Source.Short() != "metadata.xml:50" {
		t.Errorf("label %+v", p)
	}
	for _, f := range trusted.Findings {
		if f.Class == ClassMetadataDisagrees && !strings.Contains(f.Text, "documents an update") && f.Assumed != "The metadata holds." {
			t.Errorf("%+v", f)
		}
	}
}

// TestMetadataAlone reads nested types from the metadata where there are no resource pages.
func TestMetadataAlone(t *testing.T) {
	t.Parallel()
	o := merged(t, Sources{Metadata: potteryMetadata(t)})
	crate, _ := o.Property("crate")
	s := crate.Type.Structure
	wood, _ := s.Property("wood")
	next, _ := s.Property("next")
	weight, _ := s.Property("weight")
	tare, _ := s.Property("tare")
	if typeText(wood) != "example.pottery.wood {oak, pine} flags" || next.Type.Structure != s || weight.Nullable.Value != NullableNo ||
		weight.Nullable.Source.Short() != "metadata.xml:19" || tare.Settable() || tare.ReadOnly.Source.Short() != "metadata.xml:78" {
		t.Errorf("crate %+v", s)
	}
	vent, _ := o.Property("vent")
	var derived []string
	for _, d := range vent.Type.Structure.Derived {
		derived = append(derived, d.Name)
	}
	if diff := cmp.Diff([]string{"example.pottery.fan", "example.pottery.flueVent"}, derived); diff != "" || !vent.Type.Structure.Abstract.Value {
		t.Error(diff)
	}
	if v, ok := vent.Other(nil); !ok || schema.Text(v) != `{"@odata.type":"#example.pottery.fan","speed":1}` {
		t.Errorf("a value of an abstract type: %v", v)
	}
	glaze, _ := o.Property("glaze")
	if typeText(glaze) != "glaze {celadon, raku, unknownFutureValue}" || !slices.ContainsFunc(glaze.Named, func(v Value) bool { return v.JSON == "celadon" }) {
		t.Errorf("glaze %s, %+v", typeText(glaze), glaze.Named)
	}
	files, err := Schemas(o, conventions(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, err := schema.Compile(f.Name, f.Data); err != nil {
			t.Error(err)
		}
	}
}

// TestMetadataLacksTheType takes a type of the same name in another namespace, and else says
// that there is none.
func TestMetadataLacksTheType(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	o := operation(t, p)
	Merge(o, p, conventions(t), Sources{Metadata: potteryMetadata(t)})
	if diff := cmp.Diff([]string{"gadget-update.md:48: The metadata (metadata.xml) has no type example.parts.gadget. The page holds."}, disagreements(o)); diff != "" {
		t.Error(diff)
	}
	p.Statuses[0].Returns, p.Examples[1].JSON.Members[0].Value, p.Examples[1].Annotation = text(30, "kiln"), str(54, "#example.parts.kiln"), nil
	p.Properties = []graphdoc.Property{{Name: text(20, "crate"), Type: text(20, "crate"), Description: text(20, "")}}
	o = operation(t, p)
	Merge(o, p, conventions(t), Sources{Metadata: potteryMetadata(t)})
	if crate, _ := o.Property("crate"); crate.Type.Structure == nil {
		t.Errorf("%s: %v", o.QualifiedType(), disagreements(o))
	}
	// A base type that is abstract is no type to send.
	p.Statuses[0].Returns, p.Examples[1].JSON.Members[0].Value = text(30, "device"), str(54, "#example.pottery.device")
	p.Namespace = text(2, "example.pottery")
	o = operation(t, p)
	o.TypeAnnotation = TypeAnnotation{Value: "#example.pottery.device"}
	Merge(o, p, conventions(t), Sources{Metadata: potteryMetadata(t)})
	if !slices.ContainsFunc(o.Findings, func(f Finding) bool { return f.Class == ClassTypeAbstract }) || o.TypeAnnotation.Value != "" {
		t.Errorf("%+v", o.Findings)
	}
}
