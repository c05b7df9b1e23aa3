package contract

import (
	"fmt"
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
