package graphdoc

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		// want holds "line code reason [empty] [-> type link]".
		want []string
	}{
		{"usual", "If successful, this method returns a `200 OK` response code and an updated [calendar](c.md) object in the response body.",
			[]string{"3 200 OK -> calendar c.md"}},
		{"no body", "Returns a `204 No Content` response code. It does not return anything in the response body.",
			[]string{"3 204 No Content empty"}},
		{"no body in the same sentence", "Returns `200 OK` and does not return anything in the response body.",
			[]string{"3 200 OK empty"}},
		{"no body said in the next sentence", "Returns `202 Accepted`. No response body is returned.",
			[]string{"3 202 Accepted empty"}},
		{"204 alone", "Returns `204 No Content`.", []string{"3 204 No Content empty"}},
		{"204 with a body claimed", "Returns a `204, Accepted` response code and a [program](p.md) object in the response body.",
			[]string{"3 204 Accepted -> program p.md"}},
		{"no back-ticks", "Returns a 200 OK response code and the calendar object.", []string{"3 200 OK -> calendar"}},
		{"bold", "Returns **204 No Content**.", []string{"3 204 No Content empty"}},
		{"code alone", "Returns status code 201 and a new [a](a.md) resource.", []string{"3 201 -> a a.md"}},
		{"code in back-ticks, reason outside", "Returns `200` OK.", []string{"3 200 OK"}},
		{"status line in back-ticks", "Returns `HTTP/1.1 200 OK`.", []string{"3 200 OK"}},
		{"wrong reason", "Returns a `204 OK` response code.", []string{"3 204 OK empty"}},
		{"two statuses by header", "Returns `204 No Content` response and empty content. If the request has `Prefer`, it returns a `200 OK` response code and an updated [b](b.md) object in the response body.",
			[]string{"3 204 No Content empty", "3 200 OK -> b b.md"}},
		{"two statuses in a sentence", "Returns a `204 No Content` response code—except a `200 OK` response code and a [b](b.md) object when asked.",
			[]string{"3 204 No Content empty", "3 200 OK -> b b.md"}},
		{"list of errors", "Common errors are the 400, 403, and 412 responses. See [status codes](/graph/errors).",
			[]string{"3 400", "3 403", "3 412"}},
		{"two lines", "Returns a `200 OK` response code and the updated\n[b](b.md) object.", []string{"3 200 OK -> b b.md"}},
		{"type on its own line", "Returns\na `200 OK` response code\nand the updated\n[b](b.md) object.", []string{"4 200 OK -> b b.md (6)"}},
		{"body in the next sentence", "Returns `200 OK`. The response body holds the updated [b](b.md) object.", []string{"3 200 OK -> b b.md"}},
		{"reference link", "Returns `200 OK` and a [columnDefinition][] object.\n\n[columnDefinition]: ../c.md", []string{"3 200 OK -> columnDefinition ../c.md"}},
		{"list items and notes", "- `200 OK`\n- `204 No Content`\n\n> Or `202 Accepted`.", []string{"3 200 OK", "4 204 No Content empty", "6 202 Accepted"}},
		{"the link explains the code", "Returns `200 OK` and the [error codes](e.md) of the object.", []string{"3 200 OK"}},
		{"no type named", "Returns `200 OK` and the requested object.", []string{"3 200 OK"}},
		// What is no status.
		{"comment", "Fine. <!-- 200 OK -->\n<!-- `200 OK` -->", nil},
		{"code block", "```http\nHTTP/1.1 200 OK\n```", nil},
		{"range", "A `4xx` error, or one of 400-499.", nil},
		{"count", "Returns up to 100 events and 200 items of version 2.200.", nil},
		{"class of another thing", "Uses `MAPI-200` and `item 200`.", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, "# Update x\n## Response\n"+tt.data+"\n## Example\nReturns `500 Internal Server Error`.\n")
			var got []string
			for _, s := range p.Statuses {
				text := fmt.Sprintf("%d %d", s.Line, s.Code)
				if s.Reason != "" {
					text += " " + s.Reason
				}
				if s.Empty {
					text += " empty"
				}
				if s.Returns.Present() {
					text += " -> " + s.Returns.Value
					if s.ReturnsLink != "" {
						text += " " + s.ReturnsLink
					}
					if s.Returns.Line > s.Line+1 {
						text += fmt.Sprintf(" (%d)", s.Returns.Line)
					}
				}
				if s.Sentence == "" {
					t.Errorf("%s has no sentence", text)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestResponseParagraphs(t *testing.T) {
	t.Parallel()
	p := parse(t, "# Update x\n## Response\nOne [a](a.md)\n[!INCLUDE [i](i.md)]\ntwo.\n\n[!INCLUDE [j](j.md)]\n\n- three\n\n|a|\n|-|\n|b|\n")
	want := []Paragraph{
		{Text: Text{"One a two.", 3}, Links: []Link{{Text: Text{"a", 3}, Target: "a.md"}}},
		{Text: Text{"three", 9}},
	}
	if diff := cmp.Diff(want, p.Response); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
