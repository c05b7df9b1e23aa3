package contract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/graphdoc"
)

// headersOf reads a page with the rows in its header table, and the lines in its request example.
func headersOf(t *testing.T, rows, sent string) *Operation {
	t.Helper()
	page, err := graphdoc.Parse("lamp.md", []byte("# Update lamp\n\n## HTTP request\n\n```http\nPATCH /lamps/{lampId}\n```\n\n## Request headers\n\n|Name|Description|\n|:-|:-|\n"+rows+
		"\n## Request body\n\n|Property|Type|Description|\n|:-|:-|:-|\n|name|String|Its name.|\n\n## Response\n\nThe answer is `204 No Content`. If the request specifies `Prefer` with `return=representation`, then returns a `200 OK` response code and an updated lamp object in the response body.\n\n"+
		"## Examples\n\n```http\nPATCH https://graph.microsoft.com/v1.0/lamps/1\n"+sent+"Content-Type: application/json\n\n{\"name\": \"a\"}\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	return operation(t, page)
}

// TestRequiredHeaders: an update carries what the page requires of each, where it names a value.
func TestRequiredHeaders(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		row, sent string
		want      string // name and value; "?" for a finding
	}{
		"back-ticks":                   {"|ConsistencyLevel|`eventual`. Required.|", "", "Consistencylevel: eventual"},
		"with its name":                {"|Prefer|`Prefer: include-unknown-enum-members`. Required.|", "", "Prefer: include-unknown-enum-members"},
		"the name alone":               {"|X-Mode|Set `X-Mode` to `fast`. Required.|", "", "X-Mode: fast"},
		"plain":                        {"|Prefer|return=representation. Required.|", "", "Prefer: return=representation"},
		"the example":                  {"|x-mode|How. Required.|", "X-Mode: slow\n", "X-Mode: slow"},
		"the example comes first":      {"|X-Mode|`fast`. Required.|", "x-mode: slow\n", "X-Mode: slow"},
		"a placeholder in the example": {"|X-Mode|`fast`. Required.|", "x-mode: {mode}\n", "X-Mode: fast"},
		"one word":                     {"|ConsistencyLevel|eventual. Required.|", "", "Consistencylevel: eventual"},
		"a word about it":              {"|X-Mode|How. Required.|", "", "? X-Mode"},
		"required first":               {"|X-Mode|Required. Use `fast` here.|", "", "X-Mode: fast"},
		"a type":                       {"|X-Mode|String. Required.|", "", "? X-Mode"},
		"a placeholder":                {"|X-Mode|`{mode}`. Required.|", "", "? X-Mode"},
		"an id":                        {"|X-Lamp-Id|The id of the lamp. Required.|", "", "? X-Lamp-Id"},
		"a key":                        {"|X-Api-Key|`abc`. Required.|", "X-Api-Key: abc\n", "? X-Api-Key"},
		"no name of a header":          {"|X Mode|`fast`. Required.|", "", "? X Mode"},
		"optional":                     {"|X-Mode|`fast`. Optional.|", "", ""},
		"not required":                 {"|X-Mode|`fast`. Not required.|", "", ""},
		"sometimes":                    {"|X-Mode|`fast`. Required if the lamp is on.|", "", ""},
		"sent anyway":                  {"|Authorization|Bearer {token}. Required.|\n|Content-Type|application/json. Required.|\n|If-Match|The ETag. Required.|\n|client-request-id|A GUID. Required.|", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := headersOf(t, tt.row+"\n", tt.sent)
			var got []string
			for name, value := range o.RequiredHeaders() {
				got = append(got, name+": "+value)
			}
			for _, h := range o.HeadersWithoutValue() {
				got = append(got, "? "+h.Name)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
			found := 0
			for _, f := range o.Findings {
				if f.Class == ClassHeaderValueUnknown {
					found++
					if f.Source.Line != 13 || !strings.Contains(f.Text, "requires the header") || !strings.Contains(f.Assumed, "--header") {
						t.Errorf("%+v", f)
					}
				}
			}
			if want := strings.Count(tt.want, "?"); found != want {
				t.Errorf("%d findings, want %d", found, want)
			}
		})
	}
}

// TestRequiredPreference: what the page ties to a preference may come where each update carries it.
func TestRequiredPreference(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]bool{"|Prefer|`return=representation`. Required.|\n": true, "|Prefer|`return=representation`. Optional.|\n": false} {
		o := headersOf(t, row, "")
		if _, ok := o.Success.Allows(200, false); ok != want {
			t.Errorf("%s: 200 is allowed: %v, of %s", strings.TrimSpace(row), ok, fmt.Sprint(o.Success))
		}
	}
}
