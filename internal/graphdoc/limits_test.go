package graphdoc

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLimits: a page that would take minutes is refused at its line, by the name of the limit.
func TestLimits(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../fixtures/docs/provisioningflow-update.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	before := func(more string) string {
		return strings.Replace(page, "## HTTP request", more+"\n\n## HTTP request", 1)
	}
	var deep strings.Builder
	for i := range 1500 {
		deep.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	values := make([]string, 100_000)
	for i := range values {
		values[i] = fmt.Sprintf("`v%d`", i)
	}
	for name, tc := range map[string]struct{ page, want string }{
		"emphasis":           {before(strings.Repeat("*a_ ", 5_000)), "the paragraph has 10000 of the characters * _ ~ [, more than the limit of 4000"},
		"emphasis in lines":  {before(strings.Repeat("*a_ \n", 40_000)), "more than the limit of 4000"},
		"links":              {before(strings.Repeat("[a](", 5_000)), "more than the limit of 4000"},
		"rows":               {before("|a|b|\n|-|-|\n" + strings.Repeat("|a|b|\n", 100_000)), "3001 table rows, more than the limit of 3000"},
		"rows without pipes": {before("a|b\n-|-\n" + strings.Repeat("a|b\n", 100_000)), "3001 table rows, more than the limit of 3000"},
		"values":             {strings.Replace(page, "`notReady`", strings.Join(values, ", "), 1), "bytes, more than the limit of 32768"},
		"members": {page + "\n```http\nPATCH /a\n\n{" + strings.Repeat("\"a\": 1,\n", 100_000) + "\"b\": 1}\n```\n",
			"100008 members of JSON objects up to the end of this example, more than the limit of 10000"},
		"examples": {page + strings.Repeat("\n```http\nPATCH /a\n```\n", 3_000), "more than the limit of 1000 for a page"},
		"request lines": {strings.Replace(page, "\nPATCH /", strings.Repeat("\nPATCH /a", 30_000)+"\nPATCH /", 1),
			"501 request lines, more than the limit of 500 for a page"},
		"cells":         {before("|" + strings.Repeat("a|", 201) + "\n|" + strings.Repeat("-|", 201) + "\n"), "201 cells in a row, more than the limit of 200"},
		"deep lists":    {before(deep.String()), "the line begins with 402 spaces, more than the limit of 400"},
		"quotes":        {before(strings.Repeat(">", 10_000) + " a"), "quotations nested 10000 deep, more than the limit of 100"},
		"after a fence": {before("```\ncode\n```\n" + strings.Repeat("*a_ ", 5_000)), "more than the limit of 4000"},
	} {
		_, err := Parse("page.md", []byte(tc.page))
		if err == nil || !strings.HasPrefix(err.Error(), "page.md:") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, err := Parse("page.md", []byte(strings.Replace(page, "\nPATCH /", "\nPATCH "+strings.Repeat("/{a}", 50_000)+"\nPATCH /", 1)))
	if err != nil || len(p.Requests) != 1 || len(p.Oddities) == 0 || !strings.Contains(p.Oddities[0].Text, "200006 bytes, more than the limit of 4096 for a request line") {
		t.Errorf("a long request line: %v %v", err, p)
	}
	for name, legal := range map[string]string{
		"an example in a code block": "```json\n{\"a\":\"" + strings.Repeat("_*[", 50_000) + "\"}\n```",
		"many paragraphs":            strings.Repeat("a *b* _c_ [d](e)\n\n", 3_000),
	} {
		if _, err := Parse("page.md", []byte(before(legal))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
