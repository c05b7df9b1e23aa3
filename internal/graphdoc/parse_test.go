package graphdoc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data, want string
	}{
		{"empty", "", "a/b.md: the page is empty"},
		{"blank", "\n \r\n\t", "a/b.md: the page is empty"},
		{"only a byte order mark", "\xef\xbb\xbf", "a/b.md: the page is empty"},
		{"Latin-1", "# Update x\n\nCaf\xe9\n", "a/b.md:3: the page is not UTF-8 text; save it as UTF-8"},
		{"UTF-16", "\xff\xfe#\x00", "a/b.md:1: the page is not UTF-8 text; save it as UTF-8"},
		{"no title", "## Request body\n", `a/b.md: the page has no level-1 heading ("# Update …"), so it is no reference page`},
		{"title in code only", "```\n# Update x\n```\n", `a/b.md: the page has no level-1 heading ("# Update …"), so it is no reference page`},
		{"tab in place of a title", "# [HTTP](#tab/http)\n", `a/b.md: the page has no level-1 heading ("# Update …"), so it is no reference page`},
		{"too large", "# Update x\n" + strings.Repeat("x", 4<<20), "a/b.md: the page has 4194315 bytes, more than the limit of 4194304"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse("a/b.md", []byte(tt.data))
			if err == nil {
				t.Fatalf("no error; title %q", p.Title.Value)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

// Line ends and byte order mark change nothing but the digest.
func TestParseIsBlindToLineEnds(t *testing.T) {
	t.Parallel()
	unix := string(read(t, ownPage))
	want := dump(parse(t, unix))
	for name, data := range map[string]string{
		"CRLF":            strings.ReplaceAll(unix, "\n", "\r\n"),
		"CR":              strings.ReplaceAll(unix, "\n", "\r"),
		"byte order mark": "\xef\xbb\xbf" + unix,
	} {
		p := parse(t, data)
		if diff := cmp.Diff(want, dump(p)); diff != "" {
			t.Errorf("%s (-LF +%s):\n%s", name, name, diff)
		}
		if p.Digest == parse(t, unix).Digest {
			t.Errorf("%s: the digest is not that of the bytes", name)
		}
	}
	if got, want := parse(t, "# x").Digest, "sha256:44647510631c98185d84603cb34a79e028914924a4a03db8ce04f7b49504486f"; got != want {
		t.Errorf("digest %q, want %q", got, want)
	}
}

func TestFrontMatter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		fields     []Field
		oddities   []Oddity
	}{
		{
			name: "scalars with their lines",
			data: "---\n# remark\ntitle: &t \"Update x\"\nn: 3\nlist: [a]\nempty:\nsame: *t\n...\n# Update x\n",
			fields: []Field{
				{"title", Text{"Update x", 3}},
				{"n", Text{"3", 4}},
				{"empty", Text{"", 6}},
				{"same", Text{"Update x", 3}},
			},
		},
		{
			name:     "not YAML",
			data:     "---\ntitle: \"x\"\nauthor: a: b\n---\n# Update x\n",
			oddities: []Oddity{{3, OddityFrontMatter, "The front matter is not valid YAML: mapping values are not allowed in this context."}},
		},
		{
			name:     "not closed",
			data:     "---\ntitle: x\n\n# Update x\n",
			oddities: []Oddity{{1, OddityFrontMatter, `The front matter has no closing line "---".`}},
		},
		{
			name:     "a list",
			data:     "---\n- a\n---\n# Update x\n",
			oddities: []Oddity{{2, OddityFrontMatter, "The front matter is not a list of keys and values."}},
		},
		{name: "none", data: "# Update x\n\n---\n\nk: v\n\n---\n"},
		{name: "empty", data: "---\n---\n# Update x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.data)
			if diff := cmp.Diff(tt.fields, p.FrontMatter); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.oddities, p.Oddities); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
			if p.Title.Value != "Update x" {
				t.Errorf("title %q", p.Title.Value)
			}
		})
	}
}

func TestTop(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data       string
		title, namespace Text
		intro            Text
	}{
		{
			name:  "title with markup",
			data:  "# Update **[calendar](x.md)** `id`\n\n**Namespace:** `microsoft.graph.a`\n\nChanges a thing.\n",
			title: Text{"Update calendar id", 1}, namespace: Text{"microsoft.graph.a", 3}, intro: Text{"Changes a thing.", 5},
		},
		{
			name:  "namespace, include and prose in one paragraph",
			data:  "# Update x\nNamespace: microsoft.graph\n[!INCLUDE [beta](../b.md)]\nChanges a thing\nor two.\n",
			title: Text{"Update x", 1}, namespace: Text{"microsoft.graph", 2}, intro: Text{"Changes a thing or two.", 4},
		},
		{
			name:  "notes are no intro",
			data:  "# Update x\n\n> **Important:** Beta.\n\nChanges a thing.\n",
			title: Text{"Update x", 1}, intro: Text{"Changes a thing.", 5},
		},
		{
			name:  "nothing but sections",
			data:  "# Update x\n## HTTP request\nNamespace: no.such\n",
			title: Text{"Update x", 1},
		},
		{
			name:  "underlined title",
			data:  "Update x\n===\n\nChanges a thing.\n",
			title: Text{"Update x", 1}, intro: Text{"Changes a thing.", 4},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.data)
			got := []Text{p.Title, p.Namespace, p.Intro.Text}
			if diff := cmp.Diff([]Text{tt.title, tt.namespace, tt.intro}, got); diff != "" {
				t.Errorf("title, namespace, intro (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIncludes(t *testing.T) {
	t.Parallel()
	p := parse(t, "# Update x\n\n[!INCLUDE [a](a.md)]\n[!include [b](b.md \"t\")]\n\n```\n[!INCLUDE [c](c.md)]\n```\n"+
		"<!-- [!INCLUDE [d](d.md)] -->\n\n## Request body\n|Property|Type|Description|\n|-|-|-|\n|id|String|[!INCLUDE [e](e.md)] Read-only.|\n|p|String|[!INCLUDE [f](f.md)]|\n")
	want := []Text{{"a.md", 3}, {"b.md", 4}, {"e.md", 14}, {"f.md", 15}}
	if diff := cmp.Diff(want, p.Includes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.Properties) != 2 || !p.Properties[0].ReadOnly {
		t.Errorf("the rows with an include were not read: %+v", p.Properties)
	}
}

func TestTodos(t *testing.T) {
	t.Parallel()
	p := parse(t, "---\nauthor: \"TODO: who\"\n---\n# Update x\n\nPATCH /me/todo/lists, TODOS.\n\n```\n// TODO\n```\n")
	want := []Text{{`author: "TODO: who"`, 2}, {"// TODO", 9}}
	if diff := cmp.Diff(want, p.Todos); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Oddities stand in the order of the page, whatever the order of its sections.
func TestOdditiesAreSorted(t *testing.T) {
	t.Parallel()
	p := parse(t, "# Update x\n## Request body\nText\n|Property|Type|Description|\n|-|-|-|\n|a|T|d|\n## HTTP request\n```\nPATCH **\n```\n")
	if diff := cmp.Diff([]string{"4 table-glued", "9 request-line"}, oddities(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Headings of the hand-written pages: other words, other levels, tabs, and a line
// of dashes that makes a heading by accident.
func TestSections(t *testing.T) {
	t.Parallel()
	const (
		request = "\n```http\nPATCH /a\n```\n"
		headers = "\n|Name|Description|\n|-|-|\n|If-Match|Required.|\n"
		body    = "\n|Property|Type|Description|\n|-|-|-|\n|p|String|x|\n"
		answer  = "\nReturns `200 OK`.\n"
		example = "\n```http\nPATCH /a\n```\n\n```\nHTTP/1.1 200 OK\n```\n"
	)
	type counts struct{ Requests, Headers, Properties, Statuses, Examples int }
	all := counts{1, 1, 1, 1, 2}
	tests := []struct {
		name, data string
		want       counts
	}{
		{"usual", "## HTTP request" + request + "## Request headers" + headers + "## Request body" + body + "## Response" + answer + "## Example" + example, all},
		{"other words and letter case", "## HTTP Requests" + request + "## Optional Request Headers" + headers + "## REQUEST BODY" + body + "## Responses" + answer + "## EXAMPLES" + example, all},
		{"other levels", "#### HTTP request" + request + "### Request header" + headers + "##### Request body" + body + "### Response" + answer + "### Example" + example, all},
		{"closing number signs and markup", "## HTTP request ##" + request + "## **Request headers**" + headers + "## Request&nbsp;body" + body + "## Response" + answer + "## Example 1: a" + example, all},
		{"sub-headings", "## HTTP request\n### For users" + request + "## Request headers\n### Note" + headers + "## Request body\n### A object" + body + "## Response\n### Delegated" + answer + "## Examples\n### Example 1\n#### Request" + example, all},
		{"tabs", "## Response" + answer + "## Example\n### Request\n# [HTTP](#tab/http)" + example + "# [C#](#tab/csharp)\ncode\n\n---\n### Response" + example, counts{0, 0, 0, 1, 4}},
		{"request and response on the level of the example", "## Response" + answer + "## Example\n## Request" + example + "## Response" + answer + example, counts{0, 0, 0, 1, 4}},
		{"example before the response", "## Example" + example + "## Response" + answer, counts{0, 0, 0, 1, 2}},
		{"a second example section", "## Example 1" + example + "## Example 2" + example, counts{Examples: 4}},
		{"unknown section ends the known one", "## Request body\n## See also" + body + "## Example\n## See also" + example, counts{}},
		{"dashes below a line", "## Request body\nSome text\n---\n" + body, counts{Properties: 1}},
		{"underlined section", "Request body\n---\n" + body, counts{Properties: 1}},
		{"headings in comments and code", "<!--\n## Request body\n" + body + "-->\n```\n## Request body\n```\n" + body, counts{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, "# Update x\n\n"+tt.data)
			got := counts{len(p.Requests), len(p.Headers), len(p.Properties), len(p.Statuses), len(p.Examples)}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
