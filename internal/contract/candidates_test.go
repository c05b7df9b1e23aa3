package contract

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// described gives the property of a page whose row has the type and the description, and
// whose request example sends the value.
func described(t *testing.T, kind, description, example string) Property {
	t.Helper()
	text := "# Update lamp\n\nNamespace: example.home\n\n## HTTP request\n\n```http\nPATCH /lamps/{id}\n```\n\n## Request body\n\n" +
		"|Property|Type|Description|\n|:-|:-|:-|\n|p|" + kind + "|" + description + "|\n\n## Response\n\nReturns `200 OK`.\n\n## Example\n\n" +
		"```http\nPATCH https://example.com/lamps/1\nContent-Type: application/json\n\n{" + example + "}\n```\n"
	page, err := graphdoc.Parse("lamp.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := operation(t, page)
	p, ok := o.At(noon).Property("p")
	if !ok {
		t.Fatal("no property p")
	}
	return p
}

// TestValuesComeFromThePage looks at the first two values beside the current one, and that
// an update after the other goes to and fro between two.
func TestValuesComeFromThePage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind, description, example string
		current                    any
		want                       string
	}{
		{"String", "A name.", `"p": "North"`, "Old", `"North" example:27, "Old-2" altered`},
		{"String", "A name.", `"p": "North"`, "North", `"North-2" altered, "North-2x" altered`},
		{"String", "A name.", `"p": "String"`, "Old", `"Old-2" altered, "Old-2x" altered`},
		{"String", "A name.", `"p": "{name}"`, nil, `"graphpact" made up, "graphpactx" made up`},
		{"String", "Such as `A` and `B`.", `"p": "C"`, "B", `"C" example:27, "A" listed:15`},
		{"String", "At most 5 characters.", "", "abcde", `"abcda" altered, "abcdb" altered`},
		{"String", "At most 5 characters.", `"p": "too long"`, nil, `"grapa" made up, "grapb" made up`},
		{"String", "A two-letter country code (ISO 3166).", "", "GB", `"US" bounds:15, "AA" altered`},
		{"String", "A code, as of ISO 639-1; for example, `en-US`.", "", "de", `"en-US" listed:15, "de-2" altered`},
		{"Int32", "Between 0 and 100.", "", json.Number("100"), `50 bounds:15, 51 bounds:15`},
		{"Int32", "Between 0 and 100.", `"p": 7`, json.Number("50"), `7 example:27, 51 bounds:15`},
		{"Int32", "Between 0 and 100.", `"p": 700`, json.Number("51"), `50 bounds:15, 100 bounds:15`},
		{"Int32", "Valid values 4 to 14", "", nil, `9 bounds:15, 10 bounds:15`},
		{"Int32", "Greater than 4.", "", nil, `6 bounds:15, 7 bounds:15`},
		{"Int32", "At most 4.", "", json.Number("3"), `2 bounds:15, 1 bounds:15`},
		{"Int32", "A number.", "", json.Number("100"), `101 altered, 102 altered`},
		{"Int32", "Supported values are `5`, `10`.", "", json.Number("5"), `10 listed:15, 4 altered`},
		{"Boolean", "On.", "", true, `false bounds:15`},
		{"DateTimeOffset", "It must lie in the future, and no more than 30 days ahead.", `"p": "2020-01-01T00:00:00Z"`, "2026-05-06T00:00:00Z",
			`"2026-05-14T00:00:00Z" bounds:15, "2026-05-24T00:00:00Z" bounds:15`},
		{"DateTimeOffset", "It must lie in the future, and no more than 3 hours ahead.", "", nil,
			`"2026-05-04T13:00:00Z" bounds:15, "2026-05-04T14:00:00Z" bounds:15`},
		{"Date", "It must be in the past.", "", nil, `"2024-02-03" bounds:15, "2024-02-04" bounds:15`},
		{"String collection", "Words.", `"p": ["a", "b"]`, []any{"c"}, `["a","b"] example:27, ["c-2"] altered`},
		{"String collection", "Such as `a`.", "", []any{"c"}, `["a"] listed:15, ["c-2"] altered`},
		{"String collection", "Examples: `[\"a\", \"b\"]`", "", []any{"c"}, `["a","b"] listed:15, ["c-2"] altered`},
		{"lampMode", "The possible values are: `on`, `off`, `dim`.", `"p": "dim"`, "on", `"dim" example:27, "off" listed:15`},
		{"lampMode", "A flags enum. The possible values are: `on`, `off`, `dim`.", `"p": "on,dim"`, "dim, on", `"on" listed:15, "off" listed:15`},
		{"lampShade", "A structure.", `"p": {"a": 1}`, nil, ``},
	}
	for _, tt := range tests {
		t.Run(tt.kind+" "+tt.description+tt.example, func(t *testing.T) {
			p := described(t, tt.kind, tt.description, tt.example)
			var got []string
			for _, v := range p.Values(tt.current, 2) {
				s := schema.Show(decoded(t, v.JSON)) + " " + string(v.Origin)
				if v.Source.Line > 0 {
					s += fmt.Sprintf(":%d", v.Source.Line)
				}
				if v.Vouched() != (v.Source.Line > 0) {
					t.Errorf("%s: vouched for is %t", s, v.Vouched())
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
			seen, current := map[string]bool{}, tt.current
			for range 12 {
				v, ok := p.Other(current)
				if !ok {
					break
				}
				if !p.Within(v) {
					t.Errorf("%v is outside of what the page states", v)
				}
				current = decoded(t, v)
				seen[schema.Show(current)] = true
			}
			if len(seen) > 3 {
				t.Errorf("updates one after the other wander: %v", seen)
			}
		})
	}
}

// TestBoundsInSchemas holds the schema of the request, and not that of the response, to
// what the rows state.
func TestBoundsInSchemas(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, description, in, out string }{
		{"Int32", "Between 4 and 14.", "5", "15"},
		{"Double", "At most 3.", "2.5", "3.5"},
		{"String", "At most 3 characters.", `"abc"`, `"abcd"`},
		{"String", "Between 2 and 3 characters.", `"abc"`, `"a"`},
		{"String", "A two-letter country code.", `"GB"`, `"GBR"`},
	}
	for _, tt := range tests {
		p := described(t, tt.kind, tt.description, "")
		o := operation(t, tidyPage())
		o.Properties = append(o.Properties, p)
		for part, derive := range map[string]func() ([]byte, error){
			"request":  func() ([]byte, error) { return RequestSchema(o, conventions(t)) },
			"response": func() ([]byte, error) { return ResponseSchema(o, conventions(t)) },
		} {
			data, err := derive()
			if err != nil {
				t.Fatal(err)
			}
			compiled, err := schema.Compile(part, data)
			if err != nil {
				t.Fatal(err)
			}
			for value, want := range map[string]bool{tt.in: true, tt.out: part == "response"} {
				violations, err := compiled.Validate([]byte(`{"mode":"on","label":"a","p":` + value + `}`))
				if err != nil {
					t.Fatal(err)
				}
				if legal := len(violations) == 0; legal != want {
					t.Errorf("%s %q: %s in the %s: %v", tt.kind, tt.description, value, part, violations)
				}
				for _, v := range violations {
					if v.Source != "lamp.md:15" {
						t.Errorf("%s is sourced %q", v.Keyword, v.Source)
					}
				}
			}
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	p := described(t, "lampMode", "A flags enum. The possible values are: `on`, `off`, `unknownFutureValue`, `late`.", "")
	if !p.Same("on,off", "off, on") || p.Same("on", "on,off") {
		t.Error("comma lists are not compared as sets")
	}
	if !p.canSet("on,off") || p.canSet("on,late") || p.canSet("on,other") {
		t.Error("what can be set of a comma list is wrong")
	}
	plain := described(t, "lampMode", "The possible values are: `on`, `off`.", "")
	if plain.canSet("on,off") || plain.Same("on,off", "off,on") {
		t.Error("an enum without flags takes a comma list")
	}
	o := operation(t, tidyPage())
	o.Properties = append(o.Properties, p)
	data, err := ResponseSchema(o, conventions(t))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schema.Compile("response", data)
	if err != nil {
		t.Fatal(err)
	}
	for value, legal := range map[string]bool{`"on,off"`: true, `"on, late"`: true, `"on"`: true, `null`: true, `"on,"`: false, `"other"`: false, `""`: false} {
		violations, err := compiled.Validate([]byte(`{"mode":"on","label":"a","p":` + value + `}`))
		if err != nil || (len(violations) == 0) != legal {
			t.Errorf("%s: %v, %v", value, violations, err)
		}
	}
}

// TestFutureWithoutAClock keeps what is recorded the same on every day.
func TestFutureWithoutAClock(t *testing.T) {
	t.Parallel()
	p := Property{Listed: true, Type: Type{Edm: edm.DateTimeOffset}, Bounds: Bounds{Future: Fact[bool]{true, Source{File: "p.md", Line: 1}}}}
	if diff := cmp.Diff([]any{"2099-02-03T04:05:06Z", "2099-02-04T05:06:07Z"}, others(p, nil, 2)); diff != "" {
		t.Error(diff)
	}
}
