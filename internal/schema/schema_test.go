package schema

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func compile(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile("test.schema.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t testing.TB, s *Schema, doc string) []Violation {
	t.Helper()
	v, err := s.Validate([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// one has a keyword of each kind.
const one = `{"$schema":"http://json-schema.org/draft-07/schema#",
"type":"object","required":["id","a/b"],
"properties":{
  "id":{"type":"string","minLength":1,"maxLength":3,"x-graphpact-source":{"type":"p.md:1","minLength":"key-immutable"}},
  "when":{"type":["string","null"],"format":"date-time","x-graphpact-source":{"format":"p.md:2"}},
  "state":{"enum":["on","off",null],"x-graphpact-source":{"enum":"p.md:3"}},
  "kind":{"const":"a"},
  "code":{"pattern":"^[a-z]+$"},
  "n":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807},
  "m":{"exclusiveMinimum":0,"exclusiveMaximum":10},
  "list":{"type":"array","items":{"type":"boolean","x-graphpact-source":{"type":"p.md:4"}},"minItems":1,"maxItems":2},
  "map":{"minProperties":1,"maxProperties":2,"additionalProperties":{"type":"string","x-graphpact-source":{"type":"p.md:5"}}},
  "shut":{"properties":{"a":{}},"additionalProperties":false,"x-graphpact-source":{"additionalProperties":"p.md:6"}},
  "either":{"anyOf":[{"type":"string"},{"type":"null"}],"x-graphpact-source":{"anyOf":"p.md:7"}},
  "both":{"allOf":[{"type":"string","x-graphpact-source":{"type":"p.md:8"}},{"minLength":2}]},
  "ref":{"$ref":"#/definitions/ref"}
},
"definitions":{"ref":{"type":"string","x-graphpact-source":{"type":"p.md:9"}}},
"x-graphpact-source":{"type":"p.md:10","required":{"id":"p.md:11","a/b":"p.md:12"}}}`

func TestValidate(t *testing.T) {
	tests := []struct {
		doc  string
		want []Violation
	}{
		{`{"id":"x","a/b":0,"more":{"x":1}}`, nil},
		{`{"id":"ÄÖÜ","a/b":0,"when":null,"state":null,"kind":"a","code":"abc","n":9223372036854775807,"m":9.5,
		   "list":[true],"map":{"k":"v"},"shut":{"a":1},"either":null,"both":"xy","ref":"r"}`, nil},
		{`[]`, []Violation{{"", "type", "object", "array []", "p.md:10"}}},
		{`{}`, []Violation{
			{"/a~1b", "required", "present", "absent", "p.md:12"},
			{"/id", "required", "present", "absent", "p.md:11"},
		}},
		{with(`"id":1`), []Violation{{"/id", "type", "string", "integer 1", "p.md:1"}}},
		{with(`"id":""`), []Violation{{"/id", "minLength", "at least 1 characters", `""`, "key-immutable"}}},
		{with(`"id":"abcd"`), []Violation{{"/id", "maxLength", "at most 3 characters", `"abcd"`, ""}}},
		{with(`"when":"12:00:00"`), []Violation{{"/when", "format", "a DateTimeOffset, as 2024-03-22T21:28:02.7164229Z", `"12:00:00"`, "p.md:2"}}},
		{with(`"when":1.5`), []Violation{{"/when", "type", "string or null", "number 1.5", ""}}},
		{with(`"state":"On"`), []Violation{{"/state", "enum", `one of "on", "off", null`, `"On"`, "p.md:3"}}},
		{with(`"state":1`), []Violation{{"/state", "enum", `one of "on", "off", null`, `1`, "p.md:3"}}},
		{with(`"kind":"b"`), []Violation{{"/kind", "const", `"a"`, `"b"`, ""}}},
		{with(`"code":"A"`), []Violation{{"/code", "pattern", "a match of ^[a-z]+$", `"A"`, ""}}},
		{with(`"n":9223372036854775808`), []Violation{{"/n", "maximum", "at most 9223372036854775807", "9223372036854775808", ""}}},
		{with(`"n":-9223372036854775809`), []Violation{{"/n", "minimum", "at least -9223372036854775808", "-9223372036854775809", ""}}},
		{with(`"n":1.0`), nil},
		{with(`"n":1.5`), []Violation{{"/n", "type", "integer", "number 1.5", ""}}},
		{with(`"m":0`), []Violation{{"/m", "exclusiveMinimum", "more than 0", "0", ""}}},
		{with(`"m":10`), []Violation{{"/m", "exclusiveMaximum", "less than 10", "10", ""}}},
		{with(`"list":[]`), []Violation{{"/list", "minItems", "at least 1 items", "[]", ""}}},
		{with(`"list":[true,1,null]`), []Violation{
			{"/list", "maxItems", "at most 2 items", "[true,1,null]", ""},
			{"/list/1", "type", "boolean", "integer 1", "p.md:4"},
			{"/list/2", "type", "boolean", "null", "p.md:4"},
		}},
		{with(`"map":{}`), []Violation{{"/map", "minProperties", "at least 1 members", "{}", ""}}},
		{with(`"map":{"a":"","b":"","~/":1}`), []Violation{
			{"/map", "maxProperties", "at most 2 members", `{"a":"","b":"","~/":1}`, ""},
			{"/map/~0~1", "type", "string", "integer 1", "p.md:5"},
		}},
		{with(`"shut":{"b":1}`), []Violation{{"/shut/b", "additionalProperties", "absent", "present", "p.md:6"}}},
		{with(`"both":5`), []Violation{{"/both", "type", "string", "integer 5", "p.md:8"}}},
		{with(`"ref":5`), []Violation{{"/ref", "type", "string", "integer 5", "p.md:9"}}},
	}
	s := compile(t, one)
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, validate(t, s, tt.doc)); diff != "" {
			t.Errorf("%s:\n%s", tt.doc, diff)
		}
	}
	var keywords []string
	for _, v := range validate(t, s, with(`"either":5`)) {
		keywords = append(keywords, v.Pointer+" "+v.Keyword+" "+v.Source)
	}
	if !strings.Contains(strings.Join(keywords, ";"), "/either anyOf p.md:7") {
		t.Errorf("anyOf: %v", keywords)
	}
}

// with gives a document that is valid but for one more member.
func with(member string) string {
	if strings.HasPrefix(member, `"id"`) {
		return `{"a/b":0,` + member + `}`
	}
	return `{"id":"x","a/b":0,` + member + `}`
}

func TestValidateShortensAndEscapes(t *testing.T) {
	s := compile(t, one)
	v := validate(t, s, with(`"code":"`+strings.Repeat("Ä", 500)+`"`))
	if len(v) != 1 || len([]rune(v[0].Actual)) != maxShown+1 || !strings.HasSuffix(v[0].Actual, "…") {
		t.Errorf("not shortened: %v", v)
	}
	v = validate(t, s, with(`"code":"<\u001b[31m\u009b\u202e>"`))
	if want := `"<\u001b[31m\u009b\u202e>"`; len(v) != 1 || v[0].Actual != want {
		t.Errorf("actual is %v, want %s", v, want)
	}
}

func TestValidateRefusesWhatIsNotJSON(t *testing.T) {
	_, err := compile(t, one).Validate([]byte("<html>"))
	var bad *SyntaxError
	if !errors.As(err, &bad) {
		t.Errorf("error is %v, want a *SyntaxError", err)
	}
}

func TestSource(t *testing.T) {
	s := compile(t, one)
	for _, tt := range []struct{ pointer, keyword, want string }{
		{"", "type", "p.md:10"}, {"/id", "required", "p.md:11"}, {"/a~1b", "required", "p.md:12"},
		{"/none", "required", ""}, {"", "required", ""}, {"/list/17", "type", "p.md:4"},
		{"/ref", "type", "p.md:9"}, {"/both", "type", "p.md:8"}, {"/map/x", "type", "p.md:5"},
		{"/shut/x", "additionalProperties", "p.md:6"}, {"/no/such/place", "type", ""}, {"/list/x", "type", ""},
	} {
		if got := s.Source(tt.pointer, tt.keyword); got != tt.want {
			t.Errorf("Source(%q, %q) = %q, want %q", tt.pointer, tt.keyword, got, tt.want)
		}
	}
}

// TestConcurrent is for the race detector: one schema, many users, while others compile.
func TestConcurrent(t *testing.T) {
	s := compile(t, one)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if _, err := s.Validate([]byte(with(`"n":1.5,"shut":{"x":1}`))); err != nil {
					t.Error(err)
				}
				if _, err := Compile("x", []byte(one)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile(b, one)
	}
}

func BenchmarkValidate(b *testing.B) {
	s := compile(b, one)
	doc := with(`"when":"2024-03-22T21:28:02.7164229Z","state":"on","n":4,"list":[true,false],"ref":"r"`)
	for b.Loop() {
		if v := validate(b, s, doc); v != nil {
			b.Fatal(v)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	doc := []byte(with(`"when":"2024-03-22T21:28:02.7164229Z","state":"on","n":4,"list":[true,false],"ref":"r"`))
	for b.Loop() {
		if _, err := Decode(doc); err != nil {
			b.Fatal(err)
		}
	}
}
