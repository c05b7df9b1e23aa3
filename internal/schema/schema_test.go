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

// one has each keyword.
const one = `{"$schema":"http://json-schema.org/draft-07/schema#","$id":"one.schema.json","title":"t","description":"d",
"type":"object","required":["id","a/b"],
"properties":{
  "id":{"type":"string","minLength":2,"x-graphpact-source":{"type":"p.md:1","minLength":"key-immutable"}},
  "when":{"type":["string","null"],"format":"date-time","x-graphpact-source":{"format":"p.md:2"}},
  "state":{"enum":["on","off",null],"x-graphpact-source":{"enum":"p.md:3"}},
  "code":{"pattern":"^[a-z]+$"},
  "short":{"maxLength":9},
  "n":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807},
  "list":{"type":"array","items":{"type":"boolean","x-graphpact-source":{"type":"p.md:4"}}},
  "open":{"properties":{"~/":{"type":"string","x-graphpact-source":{"type":"p.md:5"}}},"additionalProperties":true},
  "inner":{"type":"object","required":["x"],"x-graphpact-source":{"required":"p.md:6"}}
},
"x-graphpact-source":{"type":"p.md:10","required":{"id":"p.md:11","a/b":"p.md:12"}}}`

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		doc  string
		want []Violation
	}{
		{`{"id":"xy","a/b":0,"more":{"x":1}}`, nil},
		{`{"id":"ÄÖ","a/b":0,"when":null,"state":null,"code":"abc","n":9223372036854775807,
		   "list":[true],"open":{"k":1,"~/":""},"inner":{"x":null}}`, nil},
		{`[]`, []Violation{{"", "type", "object", "array []", "p.md:10"}}},
		{`{}`, []Violation{
			{"/a~1b", "required", "present", "absent", "p.md:12"},
			{"/id", "required", "present", "absent", "p.md:11"},
		}},
		{with(`"id":1`), []Violation{{"/id", "type", "string", "integer 1", "p.md:1"}}},
		{with(`"id":""`), []Violation{{"/id", "minLength", "at least 2 characters", `""`, "key-immutable"}}},
		{with(`"id":"Ä"`), []Violation{{"/id", "minLength", "at least 2 characters", `"Ä"`, "key-immutable"}}},
		{with(`"when":"12:00:00"`), []Violation{{"/when", "format", "a DateTimeOffset, as 2024-03-22T21:28:02.7164229Z", `"12:00:00"`, "p.md:2"}}},
		{with(`"when":1.5`), []Violation{{"/when", "type", "string or null", "number 1.5", ""}}},
		{with(`"state":"On"`), []Violation{{"/state", "enum", `one of "on", "off", null`, `"On"`, "p.md:3"}}},
		{with(`"state":1`), []Violation{{"/state", "enum", `one of "on", "off", null`, `1`, "p.md:3"}}},
		{with(`"code":"A"`), []Violation{{"/code", "pattern", "a match of ^[a-z]+$", `"A"`, ""}}},
		{with(`"short":"abcdefghij"`), []Violation{{"/short", "maxLength", "at most 9 characters", `"abcdefghij"`, ""}}},
		{with(`"n":9223372036854775808`), []Violation{{"/n", "maximum", "at most 9223372036854775807", "9223372036854775808", ""}}},
		{with(`"n":-9223372036854775809`), []Violation{{"/n", "minimum", "at least -9223372036854775808", "-9223372036854775809", ""}}},
		{with(`"n":1.0`), nil},
		{with(`"n":1.5`), []Violation{{"/n", "type", "integer", "number 1.5", ""}}},
		{with(`"list":[true,1,null]`), []Violation{
			{"/list/1", "type", "boolean", "integer 1", "p.md:4"},
			{"/list/2", "type", "boolean", "null", "p.md:4"},
		}},
		{with(`"open":{"a":"","b":"","~/":1}`), []Violation{{"/open/~0~1", "type", "string", "integer 1", "p.md:5"}}},
		{with(`"inner":{"y":1}`), []Violation{{"/inner/x", "required", "present", "absent", "p.md:6"}}},
	}
	s := compile(t, one)
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, validate(t, s, tt.doc)); diff != "" {
			t.Errorf("%s:\n%s", tt.doc, diff)
		}
	}
}

// with gives a document that is valid but for one more member.
func with(member string) string {
	if strings.HasPrefix(member, `"id"`) {
		return `{"a/b":0,` + member + `}`
	}
	return `{"id":"xy","a/b":0,` + member + `}`
}

func TestValidateShortensAndEscapes(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	_, err := compile(t, one).Validate([]byte("<html>"))
	var bad *SyntaxError
	if !errors.As(err, &bad) {
		t.Errorf("error is %v, want a *SyntaxError", err)
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	s := compile(t, one)
	for _, tt := range []struct{ pointer, keyword, want string }{
		{"", "type", "p.md:10"}, {"/id", "required", "p.md:11"}, {"/a~1b", "required", "p.md:12"},
		{"/none", "required", ""}, {"", "required", ""}, {"/list/17", "type", "p.md:4"},
		{"/open/~0~1", "type", "p.md:5"}, {"/inner/x", "required", "p.md:6"}, {"/no/such/place", "type", ""}, {"/list/x", "type", ""},
	} {
		if got := s.source(tt.pointer, tt.keyword); got != tt.want {
			t.Errorf("source(%q, %q) = %q, want %q", tt.pointer, tt.keyword, got, tt.want)
		}
	}
}

// TestConcurrent is for the race detector: one schema, many users, while others compile.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	s := compile(t, one)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if _, err := s.Validate([]byte(with(`"n":1.5,"inner":{}`))); err != nil {
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
	doc := with(`"when":"2024-03-22T21:28:02.7164229Z","state":"on","n":4,"list":[true,false],"open":{"~/":"r"}`)
	for b.Loop() {
		if v := validate(b, s, doc); v != nil {
			b.Fatal(v)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	doc := []byte(with(`"when":"2024-03-22T21:28:02.7164229Z","state":"on","n":4,"list":[true,false],"open":{"~/":"r"}`))
	for b.Loop() {
		if _, err := Decode(doc); err != nil {
			b.Fatal(err)
		}
	}
}
