package contract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/graphdoc"
)

func TestPromises(t *testing.T) {
	t.Parallel()
	page := `# Update lamp

Namespace: example.home

## HTTP request

` + "```http\nPATCH /rooms/{roomId}/lamps/{lampId}\n```" + `

## Request headers

|Name|Description|
|:-|:-|
|Content-Type|application/json. Required.|

## Request body

|Property|Type|Description|
|:-|:-|:-|
|color|example.home.color|Possible values are: ` + "`red`, `blue`" + `. Optional.|
|level|Int32|Valid values 1 to 9.|
|lastModifiedDateTime|DateTimeOffset|The date.|

## Response

A successful update answers ` + "`200 OK`" + ` with the updated lamp in the body.

## Examples

### Response

` + "```http\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{\n  \"id\": \"a\",\n  \"color\": \"red\"\n}\n```\n"
	p, err := graphdoc.Parse("lamp.md", []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	o := operation(t, p)
	if o.Text != page {
		t.Errorf("the text of the page is %q", o.Text)
	}
	var got []string
	for _, p := range o.Promises() {
		kind := ""
		if p.Update {
			kind = " (update)"
		}
		if p.Schema {
			kind = " (schema)"
		}
		got = append(got, fmt.Sprintf("%d %s: %s%s", p.Source.Line, p.Property, p.Text, kind))
	}
	want := strings.Split(`8 : an update is sent as PATCH /rooms/{roomId}/lamps/{lampId} (update)
15 : the request is application/json (update)
21 color: a client may set color
21 color: color may be null (schema)
21 color: color may be red, blue
22 level: a client may set level
22 level: the values of level have a limit
23 lastModifiedDateTime: lastModifiedDateTime is for the server to set
27 : a successful update is answered with 200
35 : the answer is application/json
37 : the answer is 200 with the updated lamp
38 id: the answer shows id (schema)
39 color: the answer shows color (schema)`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	o.Narrow(nil, []string{"color"})
	for _, p := range o.Promises() {
		if p.Property == "color" {
			t.Errorf("a property that is left out promises: %s", p.Text)
		}
	}
}
