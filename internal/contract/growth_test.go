package contract

import (
	"fmt"
	"strings"
	"testing"

	"graphpact/internal/graphdoc"
)

// TestWorkGrowsWithThePage counts the allocations of reading a page, and one of twice the size:
// no part of the work grows with the square.
func TestWorkGrowsWithThePage(t *testing.T) {
	conv := conventions(t)
	const start = "# Update x\n## HTTP request\n```\nPATCH /x/{id}\nLINES```\n## Request body\n|Property|Type|Description|\n|-|-|-|\n|a|String|Text.|\nROWS\n\n" +
		"## Response\n`200 OK`\n\nSTATUSES\n\n## Examples\n```\nPATCH /x/1\n\n{MEMBERS\"a\": \"b\"}\n```\n\nEXAMPLES"
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for place, format := range map[string]string{
		"LINES": "PATCH /x%d/{id}\n", "ROWS": "|p%d|Int32|Valid values 1 to 9. Cannot be changed.|\n", "STATUSES": "`404 Not Found` number %d.\n\n",
		"MEMBERS": "\"m%d\": [{\"a\": 1}],\n", "EXAMPLES": "```\nPATCH /x/%d\n\n{\"a\": 'x',}\n```\n",
	} {
		work := func(n int) float64 {
			page := strings.Replace(start, place, many(n, format), 1)
			for _, other := range []string{"LINES", "ROWS", "STATUSES", "MEMBERS", "EXAMPLES"} {
				page = strings.Replace(page, other, "", 1)
			}
			return testing.AllocsPerRun(1, func() {
				p, err := graphdoc.Parse("x.md", []byte(page))
				if err != nil {
					t.Fatal(err)
				}
				o, err := FromRequestLine(p, conv, 0)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := Schemas(o, conv); err != nil {
					t.Fatal(err)
				}
			})
		}
		if small, large := work(200), work(400); large > 2.4*small {
			t.Errorf("%s: %.0f allocations for one size, %.0f for twice of it", place, small, large)
		}
	}
}
