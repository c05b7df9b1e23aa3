package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/graphdoc"
)

// lampPage is a page in house style; the tests replace a part of it.
const lampPage = `# Update lamp

Namespace: example.home

Change one [lamp](lamp.md).

## HTTP request

` + "```http\nPATCH /rooms/{roomId}/lamps/{lampId}\n```" + `

## Request headers

|Name|Description|
|:-|:-|
|Authorization|Bearer {token}. Required.|

## Request body

Supply what should change.

|Property|Type|Description|
|:-|:-|:-|
|label|String|The label.|

## Response

ANSWER

## Example

` + "```http\nPATCH https://example.com/rooms/1/lamps/1\nContent-Type: application/json\n\n{ \"label\": \"a\" }\n```\n\n```http\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{ \"label\": \"a\" }\n```\n"

func lamp(t *testing.T, change ...string) *Operation {
	t.Helper()
	text := lampPage
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			t.Fatalf("the page has no %q", change[i])
		}
		text = strings.Replace(text, change[i], change[i+1], 1)
	}
	page, err := graphdoc.Parse("lamp.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return operation(t, page)
}

// TestSuccessAlternatives reads the answers that pages allow beside the first.
func TestSuccessAlternatives(t *testing.T) {
	t.Parallel()
	const object = "an updated [lamp](lamp.md) object in the response body"
	for answer, want := range map[string]string{
		"If successful, returns `200 OK` and " + object + ".":               "200",
		"Returns either `200 OK` with " + object + ", or `204 No Content`.": "200 or 204",
		"Returns `204 No Content`. If the request specifies `Prefer` with `return=representation`, then returns a `200 OK` response code and " + object + ".": "204 or 200 with Prefer",
		"Returns `204 No Content`, or `200 OK` and " + object + " if the request has `Prefer: return=representation`.":                                        "204 or 200 with Prefer",
		"Returns `200 OK` and " + object + ", or `204 No Content` with `Prefer: return=minimal`.":                                                             "200 or 204 with Prefer",
		"Returns `200 OK` and " + object + ", or `202 Accepted` where the change comes later.":                                                                "200 or 202",
		"Returns `202 Accepted` or `200 OK`.": "202 or 200",
		"Returns `204 No Content`.":           "204 or 200 by contradiction",
	} {
		o := lamp(t, "ANSWER", answer)
		got := o.Success.Describe()
		for _, a := range o.Success.Alternatives {
			if a.Source.Line == 0 || a.Source == o.Success.Source && a.Contradicts {
				t.Errorf("%s: %v has no line of its own", answer, a)
			}
			if a.Contradicts {
				got += " by contradiction"
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", answer, diff)
		}
	}
	s := Success{Status: 204, Alternatives: []Alternative{{Status: 200, OnlyWithPrefer: true}}}
	if _, ok := s.Allows(200, false); ok {
		t.Error("200 is allowed without Prefer")
	}
	if _, ok := s.Allows(200, true); !ok {
		t.Error("200 is not allowed with Prefer")
	}
}

// TestNamelessPreference reads a condition on "the optional request header", which is Prefer where
// the table has no other.
func TestNamelessPreference(t *testing.T) {
	t.Parallel()
	const prefer = "|Prefer|return=representation. Optional.|\n"
	for rows, want := range map[string]string{
		"|Authorization|Bearer {token}. Required.|\n" + prefer:                         "204 or 200 with Prefer",
		"|Content-Type|application/json|\n|Prefer: return=representation|Optional.|\n": "204 or 200 with Prefer",
		"|Prefer|Names the time zone. Optional.|\n":                                    "200 or 204",
		prefer + "|Lamp-Session-Id|Names the session. Optional.|\n":                    "200 or 204",
		"|Prefer|return=representation. Required.|\n":                                  "200 or 204",
		"|Authorization|Bearer {token}. Required.|\n":                                  "200 or 204",
	} {
		page, err := graphdoc.Parse("lamp.md", []byte("# Update lamp\n\n## HTTP request\n\n```http\nPATCH /lamps/{id}\n```\n\n## Request headers\n\n|Name|Description|\n|:-|:-|\n"+rows+
			"\n## Request body\n\n|Property|Type|Description|\n|:-|:-|:-|\n|name|String|Its name.|\n\n## Response\n\nReturns `204 No Content`. "+
			"If the optional request header is included, returns `200 OK` and the updated [lamp](lamp.md) object in the response body.\n"))
		if err != nil {
			t.Fatal(err)
		}
		o := operation(t, page)
		if diff := cmp.Diff(want, o.Success.Describe()); diff != "" {
			t.Errorf("%s%s", rows, diff)
		}
	}
}

func TestPageFacts(t *testing.T) {
	t.Parallel()
	const answer, intro = "Returns `200 OK`.", "Supply what should change.\n"
	const header, sent = "Bearer {token}. Required.|\n", `{ "label": "a" }`
	typed := `{ "@odata.type": "#example.home.lamp", "label": "a" }`
	tests := []struct {
		name   string
		change []string
		want   string
	}{
		{"silent", nil, "if-match:0 type::0 open:0"},
		{"header row", []string{header, header + "|If-Match|The ETag. Required.|\n"}, "if-match:18 type::0 open:0"},
		{"header row without the word", []string{header, header + "|If-Match|The ETag.|\n"}, "if-match:0 type::0 open:0"},
		{"prose", []string{intro, intro + "\nThe `If-Match` header is required.\n"}, "if-match:23 type::0 open:0"},
		{"prose that says not", []string{intro, intro + "\nThe `If-Match` header is not required.\n"}, "if-match:0 type::0 open:0"},
		{"type in the example", []string{sent, typed}, "if-match:0 type:#example.home.lamp:37 open:0"},
		{"type demanded", []string{intro, intro + "\nYou must specify the **@odata.type**.\n"}, "if-match:0 type:#example.home.lamp!:23 open:0"},
		{"type demanded by name", []string{intro, intro + "\nThe **@odata.type** property with a value of `#example.home.bulb` must be included in the body.\n"},
			"if-match:0 type:#example.home.bulb!:23 open:0"},
		{"placeholder type", []string{sent, `{ "@odata.type": "String", "label": "a" }`}, "if-match:0 type::0 open:0"},
		{"open", []string{"Change one [lamp](lamp.md).", "Change one [lamp](lamp.md). A lamp is an open type."}, "if-match:0 type::0 open:5"},
		{"not open", []string{"Change one [lamp](lamp.md).", "Change one [lamp](lamp.md), which is not an open type."}, "if-match:0 type::0 open:0"},
	}
	for _, tt := range tests {
		o := lamp(t, append([]string{"ANSWER", answer}, tt.change...)...)
		required := ""
		if o.TypeAnnotation.Required {
			required = "!"
		}
		got := fmt.Sprintf("if-match:%d type:%s%s:%d open:%d", o.IfMatch.Source.Line, o.TypeAnnotation.Value, required,
			o.TypeAnnotation.Source.Line, o.OpenType.Source.Line)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		body := o.Body(map[string]any{"label": "a"})
		if sent, _ := body["@odata.type"].(string); sent != o.TypeAnnotation.Value {
			t.Errorf("%s: the body is %v", tt.name, body)
		}
		if len(o.Body(map[string]any{})) != 0 {
			t.Errorf("%s: an empty body is none any more", tt.name)
		}
	}
}

func TestAlternateKey(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/lamps/{lampId}": false, "/lamps/{id | name}": true, "/lamps(name='{name}')": true, "/rooms/{id | name}/lamps/{lampId}": false,
		"/lamps(name={name})/": true, "/lamps/{lampId}/settings": false, "/settings": false,
	} {
		o := lamp(t, "ANSWER", "Returns `200 OK`.", "/rooms/{roomId}/lamps/{lampId}", path)
		if got := o.Path.AlternateKey(); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}

// TestControlInformation: what is no property is in the contract all the same, and a link to
// entities is in the schema of the request.
func TestControlInformation(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	row(p, "owner@odata.bind")
	row(p, "parts@odata.bind").Collection = true
	p.Examples[0].JSON.Members = append(p.Examples[0].JSON.Members, mem("@odata.type", str(45, "#example.parts.gadget")))
	o := operation(t, p)
	var got []string
	for _, a := range o.Annotations {
		got = append(got, fmt.Sprintf("%s %t %d", a.Name, a.Listed, a.Source.Line))
	}
	if diff := cmp.Diff([]string{"owner@odata.bind true 29", "parts@odata.bind true 29", "@odata.type false 45"}, got); diff != "" {
		t.Error(diff)
	}
	s := compiled(t, o, requestPart)
	for body, legal := range map[string]bool{
		`{"owner@odata.bind": "https://x/owners/1"}`: true, `{"owner@odata.bind": 1}`: false,
		`{"parts@odata.bind": ["https://x/parts/1"]}`: true, `{"parts@odata.bind": "https://x/parts/1"}`: false,
	} {
		violations, err := s.Validate([]byte(body))
		if err != nil || (len(violations) == 0) != legal {
			t.Errorf("%s: %v %v", body, violations, err)
		}
	}
}

// TestStreamIsNotSent: a stream is no part of a JSON body, and a property of any JSON no value
// of our own.
func TestStreamIsNotSent(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	row(p, "photo").Type = text(29, "Stream")
	row(p, "extra").Type = text(29, "Json")
	o := operation(t, p)
	photo, _ := o.Property("photo")
	extra, _ := o.Property("extra")
	if photo.Settable() || !photo.Listed || !extra.Settable() {
		t.Errorf("photo %t %t, extra %t", photo.Settable(), photo.Listed, extra.Settable())
	}
	if _, ok := extra.Other(nil); ok {
		t.Error("a value for any JSON is made up")
	}
	schema, err := RequestSchema(o, conventions(t))
	if err != nil || strings.Contains(string(schema), "photo") || !strings.Contains(string(schema), `"extra": {}`) {
		t.Errorf("%v\n%s", err, schema)
	}
}

// TestNoTable: where no table says what can be set, the request examples do, with their values.
func TestNoTable(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*graphdoc.Page){
		"no table": func(p *graphdoc.Page) { p.Properties = nil },
		"the key alone": func(p *graphdoc.Page) {
			p.Properties = []graphdoc.Property{{Name: text(20, "id"), Type: text(20, "String")}}
		},
		"under a heading": func(p *graphdoc.Page) {
			p.Tables, p.Properties = []graphdoc.Table{{Line: 32, Properties: p.Properties}}, nil
		},
		"in the usual place": func(*graphdoc.Page) {},
	} {
		p := tidyPage()
		spoil(p)
		o := operation(t, p)
		mode, known := o.Property("mode")
		if !known || !mode.Settable() || len(mode.Named) != 1 || mode.Named[0].JSON != "on" {
			t.Errorf("%s: mode is %+v", name, mode)
		}
		label, known := o.Property("label")
		if elsewhere := strings.HasPrefix(name, "under") || strings.HasPrefix(name, "in"); known && label.Settable() != elsewhere {
			t.Errorf("%s: label, which an answer shows, can be set: %t", name, label.Settable())
		}
		missing := slices.ContainsFunc(o.Findings, func(f Finding) bool { return f.Class == ClassTableMissing })
		if missing != (name != "in the usual place") {
			t.Errorf("%s: findings %v", name, classLines(o))
		}
	}
}
