package csdl

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pottery is a small service.
const pottery = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="example.pottery" Alias="self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <!-- <EntityType Name="comment"/> -->
      <EnumType Name="glaze">
        <Member Name="celadon" Value="0" />
        <Member Name="tenmoku" Value="1"><Annotation Term="x.y" String="&lt;dark&gt;"/></Member>
      </EnumType>
      <EnumType Name="door" IsFlags="true" UnderlyingType="Edm.Int64"><Member Name="none"/></EnumType>
      <TypeDefinition Name="degrees" UnderlyingType="Edm.Int32" />
      <ComplexType Name="program" OpenType="true">
        <Property Name="title" Type="Edm.String" Nullable="false" MaxLength="40" />
        <Property Name="then" Type="self.program" />
      </ComplexType>
      <EntityType Name="device" Abstract="true">
        <Key>
          <PropertyRef Name="id" />
        </Key>
        <Property Name="id" Type="Edm.String" Nullable="false">
          <Annotation Term="Org.OData.Core.V1.Computed" Bool="true" />
        </Property>
      </EntityType>
      <EntityType
          Name="kiln" BaseType="self.device">
        <Property Name="glazes" Type="Collection(self.glaze)" Nullable="false" />
        <Property Name="firings"
                  Type="Edm.Int32" />
        <Property Name="made" Type="Edm.Date" />
        <Property Name="seen" Type="Edm.DateTimeOffset"><Annotation Term="Org.OData.Core.V1.Computed" Bool="false" /></Property>
        <NavigationProperty Name="potters" Type="Collection(self.potter)" ContainsTarget="true" />
      </EntityType>
      <EntityType Name="gasKiln" BaseType="example.pottery.kiln" />
      <EntityType Name="potter"><Annotation Term="Org.OData.Capabilities.V1.UpdateRestrictions"><Record><PropertyValue Property="Updatable" Bool="false"/></Record></Annotation></EntityType>
      <EntityContainer Name="service">
        <EntitySet Name="kilns" EntityType="self.kiln" />
        <Singleton Name="me" Type="self.potter" />
      </EntityContainer>
      <Annotations Target="self.kiln/firings">
        <Annotation Term="Org.OData.Core.V1.Computed" Bool="true" />
        <Annotation Term="Org.OData.Core.V1.Permissions">
          <EnumMember>Org.OData.Core.V1.Permission/Read</EnumMember>
        </Annotation>
      </Annotations>
      <Annotations Target="example.pottery.kiln/made">
        <Annotation Term="Org.OData.Core.V1.Immutable" />
      </Annotations>
      <Annotations Target="self.service/kilns">
        <Annotation Term="Org.OData.Capabilities.V1.UpdateRestrictions">
          <Record>
            <PropertyValue Property="Updatable" Bool="false" />
          </Record>
        </Annotation>
      </Annotations>
      <Annotations Target="self.kiln/potters">
        <Annotation Term="Org.OData.Capabilities.V1.UpdateRestrictions"><Record><PropertyValue Property="Updatable" Bool="false" /></Record></Annotation>
      </Annotations>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
`

func metadata(t testing.TB, text string) *Metadata {
	t.Helper()
	m, err := New("m.xml", strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTypes(t *testing.T) {
	t.Parallel()
	m := metadata(t, pottery)
	for name, want := range map[string]*Type{
		"example.pottery.glaze": {
			Kind: EnumType, Name: "example.pottery.glaze", Line: 6, Underlying: "Edm.Int32", Updatable: true,
			Members: []Member{{"celadon", 7}, {"tenmoku", 8}},
		},
		"self.DOOR": {
			Kind: EnumType, Name: "example.pottery.door", Line: 10, Underlying: "Edm.Int64", Flags: true, Updatable: true, Members: []Member{{"none", 10}},
		},
		"example.pottery.degrees": {Kind: TypeDefinition, Name: "example.pottery.degrees", Line: 11, Underlying: "Edm.Int32", Updatable: true},
		"self.program": {
			Kind: ComplexType, Name: "example.pottery.program", Line: 12, Open: true, Updatable: true,
			Properties: []Property{
				{Name: "title", Line: 13, Type: "Edm.String", MaxLength: 40},
				{Name: "then", Line: 14, Type: "example.pottery.program", Nullable: true},
			},
		},
		"example.pottery.device": {
			Kind: EntityType, Name: "example.pottery.device", Line: 16, Abstract: true, Updatable: true, Key: []string{"id"},
			Properties: []Property{{Name: "id", Line: 20, Type: "Edm.String", Computed: 21}},
		},
		"example.pottery.kiln": {
			Kind: EntityType, Name: "example.pottery.kiln", Line: 24, Updatable: true,
			Properties: []Property{
				{Name: "glazes", Line: 26, Type: "example.pottery.glaze", Collection: true},
				{Name: "firings", Line: 27, Type: "Edm.Int32", Nullable: true, Computed: 40, NotUpdatable: 41},
				{Name: "made", Line: 29, Type: "Edm.Date", Nullable: true, Immutable: 46},
				{Name: "seen", Line: 30, Type: "Edm.DateTimeOffset", Nullable: true},
				{Name: "potters", Line: 31, Type: "example.pottery.potter", Collection: true, Nullable: true, Navigation: true},
			},
		},
		"example.pottery.potter":  {Kind: EntityType, Name: "example.pottery.potter", Line: 34, UpdatableLine: 34},
		"example.pottery.comment": nil,
		"Edm.String":              nil,
	} {
		for range 2 { // the second time from memory
			got, err := m.Type(name)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
			}
		}
	}
	if got := m.Derived("example.pottery.device"); !reflect.DeepEqual(got, []string{"example.pottery.gasKiln", "example.pottery.kiln"}) {
		t.Errorf("derived %v", got)
	}
	if got := m.Bases("example.pottery.gasKiln"); !reflect.DeepEqual(got, []string{"example.pottery.kiln", "example.pottery.device"}) {
		t.Errorf("bases %v", got)
	}
	if got := m.Named("KILN"); !reflect.DeepEqual(got, []string{"example.pottery.kiln"}) {
		t.Errorf("named %v", got)
	}
	if m.SetType("kilns") != "example.pottery.kiln" || m.SetType("me") != "example.pottery.potter" || m.SetType("none") != "" {
		t.Error("the types of sets")
	}
	if diff := cmp.Diff([]Restriction{{"example.pottery.service/kilns", true, 49}}, m.Restrictions("kilns")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Restriction{{"example.pottery.kiln/potters", false, 56}}, m.Restrictions("potters")); diff != "" {
		t.Error(diff)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	wrap := func(body string) string {
		return "<Edmx><Schema Namespace=\"a\">\n" + body + "</Schema></Edmx>"
	}
	for text, want := range map[string]string{
		"":                                   "m.xml:1: no XML element",
		`{"$Version":"4.0"}`:                 "m.xml:1: no XML element",
		"<html><body/></html>":               "m.xml:1: the document is <html>",
		"<Edmx>\n</Edmx>":                    "m.xml: there is no type in it",
		"<Edmx>\n<a>\n</Edmx>":               "m.xml:3: not valid XML: </Edmx> closes nothing",
		"<Edmx>\n<Schema>":                   "m.xml:2: the element Schema is not closed",
		"<Edmx>\n<a b=></a>":                 "m.xml:2: not valid XML: ",
		"<Edmx>\n&nbsp;</Edmx>":              "m.xml:2: not valid XML: ",
		wrap(`<EntityType/>`):                "m.xml:2: a EntityType without a name",
		"</Edmx>":                            "m.xml:1: not valid XML: ",
		strings.Repeat("<Edmx>", maxDepth+1): "nested deeper than 100",
		wrap(`<EnumType Name="` + strings.Repeat("x", 2*maxToken) + `"/>`):    "a tag or text of more than",
		"<!DOCTYPE x [<!ENTITY a \"b\">]><Edmx>&a;</Edmx>":                    "not valid XML: invalid character entity",
		"<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<Edmx><Schema/></Edmx>": "encoding",
	} {
		m, err := New("m.xml", strings.NewReader(text), int64(len(text)))
		if m != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q:\n got %v\nwant %s", text, err, want)
		}
	}
	if _, err := New("m.xml", strings.NewReader(""), MaxSize+1); err == nil || !strings.Contains(err.Error(), "more than the limit") {
		t.Errorf("%v", err)
	}
	many := wrap(`<EnumType Name="e">` + strings.Repeat(`<Member Name="x"/>`, maxParts+1) + `</EnumType>`)
	if _, err := metadata(t, many).Type("a.e"); err == nil || !strings.Contains(err.Error(), "m.xml:2: the type a.e has more than") {
		t.Errorf("%v", err)
	}
	// A cycle of base types ends.
	loop := metadata(t, wrap(`<EntityType Name="x" BaseType="a.y"/><EntityType Name="y" BaseType="a.x"/>`))
	if b, d := loop.Bases("a.x"), loop.Derived("a.x"); len(b) != 1 || len(d) != 1 {
		t.Errorf("%v, %v", b, d)
	}
	// A file that changes while it is used is noticed.
	text := []byte(pottery)
	m, err := New("m.xml", bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	copy(text[strings.Index(pottery, "<ComplexType"):], "            ")
	if got, err := m.Type("self.program"); err == nil {
		t.Errorf("%+v", got)
	}
}

// stream is metadata of any size that lies nowhere.
type stream struct {
	head, part, tail []byte
	parts            int64
}

func (s stream) size() int64 {
	return int64(len(s.head)) + s.parts*int64(len(s.part)) + int64(len(s.tail))
}

func (s stream) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		body := at - int64(len(s.head))
		switch {
		case at >= s.size():
			return n, io.EOF
		case body < 0:
			n += copy(p[n:], s.head[at:])
		case body < s.parts*int64(len(s.part)):
			i, in := body/int64(len(s.part)), body%int64(len(s.part))
			to := p[n:]
			n += copy(to, s.part[in:])
			// Each part has a name of its own.
			for d, c := range fmt.Appendf(nil, "%08d", i) {
				if at := int64(bytes.Index(s.part, []byte("00000000"))+d) - in; at >= 0 && at < int64(len(to)) {
					to[at] = c
				}
			}
		default:
			n += copy(p[n:], s.tail[body-s.parts*int64(len(s.part)):])
		}
	}
	return n, nil
}

// large is metadata of about that many megabytes, in types of 6 KB, as those of Graph.
func large(megabytes int64) stream {
	var b strings.Builder
	b.WriteString("<EntityType Name=\"type00000000\" BaseType=\"big.base\">\n")
	for i := range 60 {
		fmt.Fprintf(&b, "  <Property Name=\"property%02d\" Type=\"Collection(Edm.DateTimeOffset)\" Nullable=\"false\" />\n", i)
	}
	b.WriteString("</EntityType>\n")
	s := stream{
		head: []byte("<Edmx><Schema Namespace=\"big\">\n"), part: []byte(b.String()), tail: []byte("<ComplexType Name=\"last\"/></Schema></Edmx>"),
	}
	s.parts = megabytes << 20 / int64(len(s.part))
	return s
}

// TestMemory reads 60 MB and keeps less than a tenth of it; as part of the whole suite 12 MB.
func TestMemory(t *testing.T) {
	megabytes := int64(12)
	if os.Getenv("GRAPHPACT_LARGE") != "" {
		megabytes = 60
	}
	s := large(megabytes)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m, err := New("big.xml", s, s.size())
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > megabytes<<20/10 {
		t.Errorf("%d KB are kept of %d MB", kept>>10, s.size()>>20)
	}
	last := fmt.Sprintf("big.type%08d", s.parts-1)
	got, err := m.Type(last)
	if err != nil || got == nil || len(got.Properties) != 60 || got.Line != int(2+(s.parts-1)*62) {
		t.Errorf("%+v, %v", got, err)
	}
	if end, err := m.Type("big.last"); err != nil || end == nil {
		t.Errorf("%+v, %v", end, err)
	}
}

func BenchmarkNew(b *testing.B) {
	s := large(6)
	b.SetBytes(s.size())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New("big.xml", s, s.size()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCorpus reads the metadata of Microsoft Graph whole.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for file, least := range map[string]int{"v1.0-Prod.csdl": 2000, "beta-industryData.csdl": 60} {
		f, err := os.Open("../../../shared/csdl/" + file)
		if os.IsNotExist(err) {
			t.Skip("../shared/csdl is absent: the metadata of Microsoft is not part of the project")
		}
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(file, f, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		properties, computed := 0, 0
		for name := range m.types {
			got, err := m.Type(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range got.Properties {
				properties++
				if p.Computed > 0 {
					computed++
				}
			}
		}
		t.Logf("%s: %d types, %d properties, %d of them computed, %d restrictions", file, len(m.types), properties, computed, len(m.restricted))
		if len(m.types) < least {
			t.Errorf("%s: %d types", file, len(m.types))
		}
	}
}

// FuzzNew holds for any input: no panic, and either an error that names the file, or types
// whose lines are those of the input.
func FuzzNew(f *testing.F) {
	f.Add(pottery)
	f.Add("<Edmx><Schema Namespace='a' Alias='b'><EnumType Name='c'/><Annotations Target='b.c/d'><Annotation Term='Org.OData.Core.V1.Computed'/></Annotations></Schema></Edmx>")
	f.Add("<Schema Namespace=\"a\"><EntityType Name=\"x\" BaseType=\"a.x\"/></Schema>")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := New("m.xml", strings.NewReader(text), int64(len(text)))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "m.xml:") {
				t.Fatalf("error %q", err)
			}
			return
		}
		lines := strings.Count(text, "\n") + 1
		for name := range m.types {
			got, err := m.Type(name)
			if err != nil {
				if !strings.HasPrefix(err.Error(), "m.xml:") {
					t.Fatalf("error %q", err)
				}
				continue
			}
			if got == nil || got.Line < 1 || got.Line > lines {
				t.Fatalf("%s: %+v of %d lines", name, got, lines)
			}
			for _, p := range got.Properties {
				if p.Line < got.Line || p.Line > lines {
					t.Fatalf("%s: %+v", name, p)
				}
			}
			m.Derived(name)
			m.Bases(name)
		}
	})
}
