package graphdoc

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// messages reads the messages of an example section that starts on line 3.
func messages(t *testing.T, data string) ([]Message, *Page) {
	t.Helper()
	p := parse(t, "# Update x\n## Example\n"+data)
	return p.Examples, p
}

func TestMessage(t *testing.T) {
	t.Parallel()
	got, p := messages(t, "### Request\n<!-- {\n  \"blockType\": \"request\"\n}-->\n<!-- markdownlint-disable MD024 -->\n\n"+
		"``` http\nPATCH https://graph.microsoft.com/beta/a/{id | name}?x=1 HTTP/1.1\nContent-type: application/json; charset=utf-8\nIf-Match:  W/\"1\"\n\n{\n  \"a\": 1\n}\n\n```\n"+
		"```\nHTTP/1.1 204 No Content\n```\n")
	want := []Message{
		{
			Kind: KindRequest, Line: 10, Method: "PATCH", URL: "https://graph.microsoft.com/beta/a/{id | name}?x=1",
			Headers:  []Field{{"Content-type", Text{"application/json; charset=utf-8", 11}}, {"If-Match", Text{`W/"1"`, 12}}},
			Body:     "{\n  \"a\": 1\n}",
			BodyLine: 14,
			JSON: &Value{Line: 14, Kind: "object", Members: []Member{
				{Name: "a", Line: 15, Value: &Value{Line: 15, Kind: "number", Data: json.Number("1")}},
			}},
			Annotation: &Annotation{Line: 4, BlockType: "request", Fields: []Field{{"blockType", Text{"request", 5}}}},
		},
		{Kind: KindResponse, Line: 20, Code: 204, Reason: "No Content"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.Oddities) != 0 {
		t.Errorf("oddities %v", p.Oddities)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		// want holds "line method url" or "line code", and the length of the body.
		want     []string
		oddities []string
	}{
		{"no info string", "```\nPATCH /a\n```\n\n    HTTP/1.1 200 OK\n", []string{"4 PATCH /a 0", "7 200 0"}, nil},
		{"other code", "```csharp\nvar x = 1;\n```\n```json\n{\"a\": 1}\n```\n```http\n{\"a\": 1}\n```\n```\nGET started\n```\n", nil, nil},
		{"blank first line", "```http\n\nPATCH /a\n```\n", []string{"5 PATCH /a 0"}, nil},
		{"relative URL", "```http\nPATCH me/drive\n```\n", []string{"4 PATCH me/drive 0"}, nil},
		{"in a list", "1. One\n\n   ```http\n   PATCH /a\n\n   {}\n   ```\n", []string{"6 PATCH /a 2"}, nil},
		{"in a note", "> ```http\n> HTTP/1.1 200 OK\n>\n> {}\n> ```\n", []string{"4 200 2"}, nil},
		{"below a tab", "# [HTTP](#tab/http)\n```http\nPATCH /a\n```\n# [C#](#tab/csharp)\n---\n```http\nHTTP/1.1 200 OK\n```\n", []string{"5 PATCH /a 0", "10 200 0"}, nil},
		{"two in a block", "```http\nPATCH /a\n\n{}\n\nHTTP/1.1 200 OK\n\n[]\n```\n", []string{"4 PATCH /a 2", "8 200 2"}, nil},
		{"a start line in the body", "```http\nPATCH /a\nContent-Type: text/plain\n\ntext\nPATCH /b\n```\n", []string{"4 PATCH /a 13"}, nil},
		{"multipart", "```http\nPOST /$batch\nContent-Type: multipart/mixed\n\n--b\n\nPATCH /a\n```\n", []string{"4 POST /$batch 13"}, nil},
		{"no blank line before the body", "```http\nHTTP/1.1 200 OK\nContent-Type: application/json\n{\n}\n```\n", []string{"4 200 3"}, []string{"6 body-glued"}},
		{"annotated and not readable", "<!-- {\"blockType\": \"response\"} -->\n```json\n{}\n```\n", nil, []string{"5 example-unreadable"}},
		{"annotated as ignored", "<!-- {\"blockType\": \"ignored\"} -->\n```json\n{}\n```\n", nil, nil},
		{"outside of the examples, annotated", "## See also\n<!-- {\"blockType\": \"request\"} -->\n```http\nPATCH /a\n```\n", []string{"6 PATCH /a 0"}, nil},
		{"outside of the examples", "## See also\n```http\nPATCH /a\n```\n", nil, nil},
		{"the request section", "## HTTP request\n<!-- {\"blockType\": \"request\"} -->\n```http\nPATCH /a\n```\n", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ms, p := messages(t, tt.data)
			var got []string
			for _, m := range ms {
				start := strings.TrimSpace(fmt.Sprintf("%s %s", m.Method, m.URL))
				if m.Kind == KindResponse {
					start = fmt.Sprint(m.Code)
				}
				got = append(got, fmt.Sprintf("%d %s %d", m.Line, start, len(m.Body)))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.oddities, oddities(p)); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
		})
	}
}

// The annotation belongs to the block below it and to no other.
func TestAnnotationBelongsToTheBlockBelow(t *testing.T) {
	t.Parallel()
	ms, _ := messages(t, "<!-- {\"name\": \"one\"} -->\n\n```\nPATCH /a\n\nHTTP/1.1 200 OK\n```\n```\nHTTP/1.1 200 OK\n```\n"+
		"<!-- {\"name\": \"two\"} -->\nText.\n\n```\nPATCH /b\n```\n<!-- {\"name\": \"x\"} --><!-- {\"name\": \"three\"} -->\n```\nPATCH /c\n```\n")
	var got []string
	for _, m := range ms {
		name := "none"
		if m.Annotation != nil {
			name = m.Annotation.Fields[0].Value.Value
		}
		got = append(got, name)
	}
	if diff := cmp.Diff([]string{"one", "none", "none", "none", "three"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, headers, body string
		kind                string
		err                 Text
	}{
		{name: "object", body: "{}", kind: "object"},
		{name: "array", body: "[]", kind: "array"},
		{name: "JSON by its media type", headers: "Content-Type: application/problem+json\n", body: "null", kind: "null"},
		{name: "no JSON by its media type", headers: "content-type: image/jpeg\n", body: "[picture]"},
		{name: "plain text", body: "Binary data"},
		{name: "trailing comma", kind: "object", body: "{\n  \"a\": 1,\n}", err: Text{"invalid character '}' looking for beginning of object key string", 8}},
		{name: "trailing comma in an array", kind: "array", body: "[\n1,\n]", err: Text{"invalid character ']' looking for beginning of value", 8}},
		{name: "remark", kind: "object", body: "{\n  // a remark\n  \"a\": 1\n}", err: Text{"invalid character '/'", 7}},
		{name: "line break in a string", kind: "object", body: "{\n  \"a\": \"x\n  y\"\n}", err: Text{"invalid character '\\n' in string literal", 7}},
		{name: "smart quotes", kind: "object", body: "{\n  “a”: 1\n}", err: Text{"invalid character '“'", 7}},
		{name: "cut off", body: "{\n  \"a\": [1,\n", err: Text{"the JSON text ends too early", 7}},
		{name: "ellipsis", kind: "object", body: "{\n  \"a\": 1\n  ...\n}", err: Text{"invalid character '.' after object key:value pair", 8}},
		{name: "text behind", body: "{}\n{}", err: Text{"text follows the JSON value", 7}},
		{name: "too deep", body: strings.Repeat("[", 1000) + strings.Repeat("]", 1000), err: Text{"the JSON text nests deeper than 200 levels", 6}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line := "```\nPATCH /a\n"
			if tt.headers == "" {
				tt.headers = "Accept: */*\n"
			}
			ms, _ := messages(t, line+tt.headers+"\n"+tt.body+"\n```\n")
			if len(ms) != 1 {
				t.Fatalf("%d messages", len(ms))
			}
			// The fence is on line 3, so the body starts on line 7.
			if tt.err.Line > 0 {
				tt.err.Line++
			}
			if diff := cmp.Diff(tt.err, ms[0].JSONError); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			got := ""
			if ms[0].JSON != nil {
				got = ms[0].JSON.Kind
			}
			if got != tt.kind {
				t.Errorf("JSON kind %q, want %q", got, tt.kind)
			}
		})
	}
}

func TestDecodeJSONKeepsLinesAndDoubles(t *testing.T) {
	t.Parallel()
	got, _, err := decodeJSON("{\n \"a\": [\n  1.50,\n  true],\n \"b\":\n  {\"c\": null}, \"a\": \"x\\ny\"\n}", 10)
	if err != nil {
		t.Fatal(err)
	}
	want := &Value{Line: 10, Kind: "object", Members: []Member{
		{"a", 11, &Value{Line: 11, Kind: "array", Items: []*Value{
			{Line: 12, Kind: "number", Data: json.Number("1.50")},
			{Line: 13, Kind: "boolean", Data: true},
		}}},
		{"b", 14, &Value{Line: 15, Kind: "object", Members: []Member{{"c", 15, &Value{Line: 15, Kind: "null"}}}}},
		{"a", 15, &Value{Line: 15, Kind: "string", Data: "x\ny"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		want       []Annotation
	}{
		{"on one line", "<!-- { \"blockType\": \"ignored\" } -->",
			[]Annotation{{Line: 3, BlockType: "ignored", Fields: []Field{{"blockType", Text{"ignored", 3}}}}}},
		{"over lines, with values of other kinds", "<!--\n{\n\"@odata.type\": \"a.b\",\n\"truncated\": true, \"n\": 2,\n\"keys\": [\"x\"], \"o\": {\"blockType\": \"x\"}, \"z\": null\n}\n-->",
			[]Annotation{{Line: 3, Type: Text{"a.b", 5}, Fields: []Field{
				{"@odata.type", Text{"a.b", 5}}, {"truncated", Text{"true", 6}}, {"n", Text{"2", 6}},
			}}}},
		{"within text", "Text <!-- {\"name\": \"a\"} --> and\nmore <!--{\"name\":\n\"b\"}-->.",
			[]Annotation{
				{Line: 3, Fields: []Field{{"name", Text{"a", 3}}}},
				{Line: 4, Fields: []Field{{"name", Text{"b", 4}}}},
			}},
		{"trailing comma", "<!-- {\n\"blockType\": \"response\",\n\"truncated\": true,\n} -->",
			[]Annotation{{Line: 3, BlockType: "response", Error: "line 6: invalid character '}' looking for beginning of object key string",
				Fields: []Field{{"blockType", Text{"response", 4}}, {"truncated", Text{"true", 5}}}}}},
		{"text behind the object", "<!--\n{}\n```\n-->", []Annotation{{Line: 3, Error: "line 5: text follows the JSON value"}}},
		{"two in a row", "<!-- {\n\"name\": \"a\"\n} --><!-- {\"name\": \"b\"} -->",
			[]Annotation{
				{Line: 3, Fields: []Field{{"name", Text{"a", 4}}}},
				{Line: 5, Fields: []Field{{"name", Text{"b", 5}}}},
			}},
		{"within other HTML", "<div>\n<!-- {\"name\": \"a\"} -->\n</div>", []Annotation{{Line: 4, Fields: []Field{{"name", Text{"a", 4}}}}}},
		{"not closed", "<!-- {\"name\": \"a\"}\n\nText",
			[]Annotation{{Line: 3, Error: "the comment is not closed", Fields: []Field{{"name", Text{"a", 3}}}}}},
		{"in a quote", "> <!-- {\n> \"name\": \"a\"}\n> -->", []Annotation{{Line: 3, Fields: []Field{{"name", Text{"a", 4}}}}}},
		{"other comments", "<!-- uuid: 1\n{} -->\n\n<!-- markdownlint-disable -->\n\n```\n<!-- {} -->\n```\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, "# Update x\n\n"+tt.data)
			if diff := cmp.Diff(tt.want, p.Annotations); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
