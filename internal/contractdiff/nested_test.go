package contractdiff

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/csdl"
	"graphpact/internal/graphdoc"
)

const jarPage = `# Update jar

Namespace: example

Update the properties of a [jar](../resources/jar.md) object.

## HTTP request

¦¦¦ http
PATCH /jars/{jarId}
¦¦¦

## Request body

|Property|Type|Description|
|:---|:---|:---|
|lid|[lid](../resources/lid.md)|The lid.|
|spare|[lid](../resources/lid.md)|Another one.|
|glaze|glaze|The glaze.|
|note|String|A text. The possible values are: ¦old¦, ¦new¦.|

## Response

If successful, this method returns a ¦204 No Content¦ response code.
`

// jarFiles are the pages beside the page of the jar.
func jarFiles() map[string]string {
	return map[string]string{
		"lid": "# lid resource type\n\nNamespace: example\n\nHow a jar is closed. This is an open type. Base type of [cork](cork.md).\n\n" +
			"|Property|Type|Description|\n|-|-|-|\n|width|Int32|In mm. Maximum value is 90.|\n|under|[lid](lid.md)|The one below.|\n|seal|[seal](seal.md)|What closes it.|\n",
		"seal":  "# seal enum type\n\nNamespace: example\n\n## Members\n\n|Member|\n|-|\n|wax|\n|resin|\n",
		"cork":  "# cork resource type\n\nNamespace: example\n\nInherits from [lid](lid.md).\n\n|Property|Type|Description|\n|-|-|-|\n|soft|Boolean|Soft.|\n",
		"glaze": "# glaze enum type\n\nNamespace: example\n\n## Members\n\n|Member|\n|-|\n|celadon|\n|tenmoku|\n|unknownFutureValue|\n",
	}
}

// beside finds pages by the names of their files.
type beside map[string]string

func (b beside) page(name string) (*graphdoc.Resource, error) {
	text, ok := b[name]
	if !ok {
		return nil, nil
	}
	return graphdoc.ParseResource(name+".md", []byte(text))
}

func (b beside) Linked(_, target string) (*graphdoc.Resource, error) {
	return b.page(strings.TrimSuffix(target[strings.LastIndexByte(target, '/')+1:], ".md"))
}

func (b beside) Named(_, name string) *graphdoc.Resource {
	res, _ := b.page(name[strings.LastIndexByte(name, '.')+1:])
	return res
}

func (b beside) Permissions(string, string) ([]graphdoc.Permission, string, error) {
	return nil, "", nil
}

// nestedCase changes one of the files, and names the checks in both directions, each with
// its property.
type nestedCase struct {
	name, file     string
	edits          []string
	want, backward string
}

func nestedCases() []nestedCase {
	return []nestedCase{
		{"words", "lid", []string{"How a jar is closed", "What closes a jar"}, "", ""},
		{"property", "lid", []string{"|width|", "|height|"}, "property-removed:lid/width property-added:lid/height", "property-removed:lid/height property-added:lid/width"},
		{"type", "lid", []string{"|Int32|", "|Double|"}, "property-type-changed:lid/width", "property-type-changed:lid/width"},
		{"bound", "lid", []string{"90", "80"}, "bound-narrowed:lid/width", "bound-widened:lid/width"},
		{"read-only", "lid", []string{"In mm.", "In mm. Read-only."}, "property-not-settable:lid/width", "property-settable:lid/width"},
		{"open", "lid", []string{" This is an open type.", ""}, "open-type-closed:lid", "open-type-opened:lid"},
		{"abstract", "lid", []string{"an open type", "an abstract type. It is an open type"}, "type-abstract:lid", "type-not-abstract:lid"},
		{"derived", "lid", []string{" Base type of [cork](cork.md).", ""}, "derived-type-removed:lid", "derived-type-added:lid"},
		{"property of a derived type", "cork", []string{"|soft|", "|hard|"}, "property-removed:lid/example.cork/soft property-added:lid/example.cork/hard", "property-removed:lid/example.cork/hard property-added:lid/example.cork/soft"},
		{"member", "seal", []string{"|resin|\n", ""}, "enum-member-removed:lid/seal", "enum-member-added:lid/seal"},
		{"member of an evolvable enum", "glaze", []string{"|tenmoku|\n", ""}, "enum-member-removed:glaze", "enum-member-added-evolvable:glaze"},
		{"enum page", "glaze", nil, "type-definition-lost:glaze", "type-definition-gained:glaze"},
		{"resource page", "lid", nil, "type-definition-lost:lid type-definition-lost:spare", "type-definition-gained:lid type-definition-gained:spare"},
		{"values of the page", "", []string{" The possible values are: ¦old¦, ¦new¦.", ""}, "bound-widened:note", "bound-narrowed:note"},
	}
}

func describe(changes []Change) string {
	var out []string
	for _, c := range changes {
		out = append(out, c.Check+":"+c.Property)
	}
	return strings.Join(out, " ")
}

// TestNested changes the pages that a page refers to.
func TestNested(t *testing.T) {
	t.Parallel()
	for _, tt := range nestedCases() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files, text := jarFiles(), jarPage
			switch {
			case tt.file == "":
				text = edit(t, text, tt.edits...)
			case tt.edits == nil:
				delete(files, tt.file)
			default:
				files[tt.file] = edit(t, files[tt.file], tt.edits...)
			}
			before := operation(t, "jar-update.md", jarPage, contract.Sources{Resources: beside(jarFiles())})
			after := operation(t, "jar-update.md", text, contract.Sources{Resources: beside(files)})
			if diff := cmp.Diff(tt.want, describe(Compare(before, after))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.backward, describe(Compare(after, before))); diff != "" {
				t.Errorf("backward: %s", diff)
			}
		})
	}
}

const jarMetadata = `<Edmx><Schema Namespace="example">
<EnumType Name="glaze"><Member Name="celadon"/><Member Name="tenmoku"/></EnumType>
<ComplexType Name="lid"><Property Name="width" Type="Edm.Int32" Nullable="false"/></ComplexType>
<EntityType Name="jar">
<Property Name="lid" Type="example.lid"/>
<Property Name="glaze" Type="example.glaze"/>
<Property Name="note" Type="Edm.String" MaxLength="8"/>
</EntityType></Schema></Edmx>`

// TestMetadata changes the metadata beside one page.
func TestMetadata(t *testing.T) {
	t.Parallel()
	of := func(text string) *contract.Operation {
		m, err := csdl.New("jars.xml", strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		return operation(t, "jar-update.md", jarPage, contract.Sources{Metadata: m})
	}
	before := of(jarMetadata)
	for _, tt := range []struct {
		name  string
		edits []string
		want  string
	}{
		{"nothing", nil, ""},
		{"member", []string{`<Member Name="tenmoku"/>`, ""}, "enum-member-removed:glaze"},
		{"flags", []string{`"glaze">`, `"glaze" IsFlags="true">`}, "property-several-values:glaze"},
		{"nested null", []string{` Nullable="false"`, ""}, "property-nullable:lid/width"},
		{"null", []string{`"example.glaze"`, `"example.glaze" Nullable="false"`}, "property-not-nullable:glaze"},
		{"length", []string{`"8"`, `"4"`}, "bound-narrowed:note"},
		{"nested property", []string{`"width"`, `"height"`}, "property-removed:lid/width property-added:lid/height"},
	} {
		if got := describe(Compare(before, of(edit(t, jarMetadata, tt.edits...)))); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// seenNested are the checks that the cases of this file name.
func seenNested(seen map[string]bool) {
	for _, tt := range nestedCases() {
		for word := range slices.Values(strings.Fields(tt.want + " " + tt.backward)) {
			check, _, _ := strings.Cut(word, ":")
			seen[check] = true
		}
	}
}
