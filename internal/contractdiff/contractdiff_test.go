package contractdiff

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
)

const page = `# Update lamp

Namespace: microsoft.graph

Update the properties of a lamp object.

## Permissions

|Permission type|Permissions (from least to most privileged)|
|:---|:---|
|Delegated (work or school account)|Lamp.ReadWrite, House.ReadWrite|
|Application|Not supported.|

## HTTP request

¦¦¦ http
PATCH /rooms/{roomId}/lamps/{lampId}
PATCH /me/lamps/{lampId}
¦¦¦

## Request headers

|Name|Description|
|:---|:---|
|Authorization|Bearer {token}. Required.|
|If-Match|The ETag. Required.|

## Request body

|Property|Type|Description|
|:---|:---|:---|
|label|String|The name. Maximum length is 64. Required.|
|kind|lampKind|The kind. The possible values are: ¦desk¦, ¦floor¦.|
|mode|lampMode|The mode. The possible values are: ¦day¦, ¦night¦, ¦unknownFutureValue¦.|
|tags|String collection|Words.|
|level|Int32|How bright. Valid values 1 to 10.|
|serial|String|The serial number. Read-only.|

## Response

If successful, this method returns a ¦200 OK¦ response code and an updated [lamp](../resources/lamp.md) object in the response body.

## Examples

### Request

¦¦¦ http
PATCH https://graph.microsoft.com/v1.0/rooms/1/lamps/2
Content-Type: application/json

{
  "label": "North"
}
¦¦¦

### Response

¦¦¦ http
HTTP/1.1 200 OK
Content-Type: application/json

{
  "@odata.type": "#microsoft.graph.lamp",
  "label": "North",
  "seen": "once"
}
¦¦¦
`

// operation is the contract of a page, with what is beside it.
func operation(t *testing.T, file, text string, beside ...contract.Sources) *contract.Operation {
	t.Helper()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := graphdoc.Parse(file, []byte(strings.ReplaceAll(text, "¦", "`")))
	if err != nil {
		t.Fatal(err)
	}
	op, err := contract.FromRequestLine(p, conv, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range beside {
		contract.Merge(op, p, conv, from)
	}
	return op
}

// edit replaces pairs of texts, each of which must be there.
func edit(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the page has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// TestCompare edits the page, compares in both directions, and sees each check of the
// catalogue at least once.
func TestCompare(t *testing.T) {
	t.Parallel()
	const levelRow = "|level|Int32|How bright. Valid values 1 to 10.|\n"
	seen := map[string]bool{PageRemoved: true, PageAdded: true, PageMoved: true, ContractLost: true, ContractGained: true} // see diff.txtar
	seenNested(seen)
	for _, c := range []struct {
		name           string
		edits          []string
		want, backward string // the checks in the order of the report
	}{
		{"nothing", nil, "", ""},
		{"other words", []string{"The name.", "What it is called.", "Words.", "Any words."}, "", ""},
		{"method", []string{"PATCH /rooms", "PUT /rooms", "PATCH /me/lamps/{lampId}\n", "", "PATCH https", "PUT https"}, "method-changed request-line-removed", "method-changed request-line-added"},
		{"path", []string{"PATCH /rooms/{roomId}/lamps", "PATCH /houses/{roomId}/lamps"}, "path-changed", "path-changed"},
		{"parameter", []string{"{roomId}", "{room-id}"}, "path-parameter-renamed", "path-parameter-renamed"},
		{"another line first", []string{"PATCH /me/lamps/{lampId}\n", "", "PATCH /rooms", "PATCH /me/lamps/{lampId}\nPATCH /rooms"}, "", ""},
		{"request line", []string{"PATCH /me/lamps/{lampId}\n", ""}, "request-line-removed", "request-line-added"},
		{"media types", []string{"Content-Type: application/json", "Content-Type: application/merge-patch+json"},
			"request-media-type-changed response-media-type-changed", "request-media-type-changed response-media-type-changed"},
		{"status", []string{"a ¦200 OK¦ response code and an updated [lamp](../resources/lamp.md) object in the response body", "a ¦204 No Content¦ response code", "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\n  \"@odata.type\": \"#microsoft.graph.lamp\",\n  \"label\": \"North\",\n  \"seen\": \"once\"\n}", "HTTP/1.1 204 No Content"},
			"response-body-removed status-changed", "status-changed response-body-added"},
		{"alternative", []string{"object in the response body.", "object in the response body, or ¦204 No Content¦ and no body."}, "status-alternative-added", "status-alternative-removed"},
		{"type", []string{"microsoft.graph.lamp", "microsoft.graph.light", "[lamp](../resources/lamp.md)", "[light](../resources/light.md)"}, "resource-type-changed", "resource-type-changed"},
		{"header", []string{"The ETag. Required.", "The ETag. Optional."}, "header-relaxed", "header-demanded"},
		{"permission", []string{"Lamp.ReadWrite, House.ReadWrite", "House.ReadWrite"}, "permission-removed", "permission-added"},
		{"property", []string{levelRow, ""}, "property-removed", "property-added"},
		{"what an example alone shows", []string{"  \"seen\": \"once\"", "  \"other\": \"once\""}, "", ""},
		{"read-only", []string{"How bright.", "How bright. Read-only."}, "property-not-settable", "property-settable"},
		{"property type", []string{"|level|Int32|How bright. Valid values 1 to 10.|", "|level|Double|How bright. Valid values 1 to 10.|"}, "property-type-changed", "property-type-changed"},
		{"collection", []string{"String collection", "String"}, "property-type-changed", "property-type-changed"},
		{"flags", []string{"|lampKind|The kind.", "|lampKind|The kind, a multi-valued enumeration."}, "property-several-values", "property-one-value"},
		{"nullable", []string{"Maximum length is 64. Required.", "Maximum length is 64."}, "property-nullable", "property-not-nullable"},
		{"member of an enum", []string{"¦desk¦, ¦floor¦", "¦desk¦, ¦floor¦, ¦wall¦"}, "enum-member-added", "enum-member-removed"},
		{"member of an evolvable enum", []string{"¦day¦, ¦night¦", "¦day¦, ¦night¦, ¦dawn¦"}, "enum-member-added-evolvable", "enum-member-removed"},
		{"evolvable", []string{"¦desk¦, ¦floor¦", "¦desk¦, ¦floor¦, ¦unknownFutureValue¦"}, "enum-evolvable", "enum-not-evolvable"},
		{"length", []string{"Maximum length is 64.", "Maximum length is 32."}, "bound-narrowed", "bound-widened"},
		{"no length", []string{"Maximum length is 64.", ""}, "bound-widened", "bound-narrowed"},
		{"range", []string{"Valid values 1 to 10.", "Valid values 2 to 20."}, "bound-narrowed bound-widened", "bound-narrowed bound-widened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := operation(t, "lamp-update.md", page), operation(t, "lamp-update.md", edit(t, page, c.edits...))
			for _, d := range []struct {
				old, new *contract.Operation
				want     string
			}{{before, after, c.want}, {after, before, c.backward}} {
				var got []string
				for _, change := range Compare(d.old, d.new) {
					got = append(got, change.Check)
					seen[change.Check] = true
					if !strings.HasSuffix(change.Message, ".") {
						t.Errorf("no sentence: %q", change.Message)
					}
				}
				if diff := cmp.Diff(d.want, strings.Join(got, " ")); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	// What a sentence of a page may say in many ways is compared as facts.
	facts := operation(t, "lamp-update.md", page)
	other := *facts
	other.TypeAnnotation.Required, other.OpenType.Value = true, true
	other.Properties = slices.Clone(facts.Properties)
	for i := range other.Properties {
		if p := &other.Properties[i]; p.Name == "label" {
			p.Bounds.Code = contract.Fact[string]{Value: "country", Source: p.Source}
		}
	}
	third := other
	third.Properties = slices.Clone(other.Properties)
	for i := range third.Properties {
		switch p := &third.Properties[i]; p.Name {
		case "label":
			p.Bounds.Code.Value = "currency"
		case "tags":
			p.Type.Edm, p.Type.Name = "", ""
		}
	}
	for _, d := range []struct {
		old, new *contract.Operation
		want     string
	}{
		{facts, &other, "bound-narrowed type-annotation-demanded open-type-opened"}, {&other, facts, "open-type-closed bound-widened type-annotation-relaxed"},
		{&third, &other, "bound-changed property-type-specified"},
	} {
		var got []string
		for _, change := range Compare(d.old, d.new) {
			got = append(got, change.Check)
			seen[change.Check] = true
		}
		if diff := cmp.Diff(d.want, strings.Join(got, " ")); diff != "" {
			t.Error(diff)
		}
	}
	if !t.Failed() {
		for _, k := range Checks() {
			if !seen[k.ID] {
				t.Errorf("no case sees %s", k.ID)
			}
		}
	}
}
