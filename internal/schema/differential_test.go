package schema

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"graphpact/internal/jsonpointer"
)

// secondOpinion compiles a schema with a validator that passes the whole draft-07
// suite.
func secondOpinion(t testing.TB, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	for _, name := range slices.Sorted(maps.Keys(formats())) {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, isString := v.(string); isString {
				if ok, _ := IsFormat(name, s); !ok {
					return fmt.Errorf("no %s", name)
				}
			}
			return nil
		}})
	}
	if err := c.AddResource("test.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("test.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// agree checks that both validators say the same of a document, and that ours is
// deterministic and sorted.
func agree(t testing.TB, ours *Schema, theirs *jsonschema.Schema, doc []byte) {
	t.Helper()
	got, err := ours.Validate(doc)
	if err != nil {
		var bad *SyntaxError
		if !errors.As(err, &bad) {
			t.Fatalf("%s: %v", doc, err)
		}
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("%s: ours reads it, theirs does not: %v", doc, err)
	}
	second := theirs.Validate(value)
	if (len(got) == 0) != (second == nil) {
		t.Fatalf("%s:\nours: %+v\ntheirs: %v", doc, got, second)
	}
	if !slices.IsSortedFunc(got, func(a, b Violation) int {
		return strings.Compare(a.Pointer+"\x00"+a.Keyword, b.Pointer+"\x00"+b.Keyword)
	}) {
		t.Fatalf("%s: not sorted: %+v", doc, got)
	}
	again, _ := ours.Validate(doc)
	if !slices.Equal(got, again) {
		t.Fatalf("%s: %+v, then %+v", doc, got, again)
	}
}

func TestAgreesWithSecondOpinion(t *testing.T) {
	t.Parallel()
	ours, theirs := compile(t, one), secondOpinion(t, one)
	random := rand.New(rand.NewPCG(1, 2))
	values := []string{
		`null`, `true`, `0`, `1`, `-0.0`, `10`, `9.99`, `1e2`, `1.5`, `9223372036854775807`, `9223372036854775808`, `-1e300`,
		`""`, `"a"`, `"x"`, `"on"`, `"On"`, `"ab"`, `"abcd"`, `"2024-02-29T00:00Z"`, `"2023-02-29T00:00:00Z"`, `"\u0000"`,
		`[]`, `[true]`, `[true,1]`, `[1,2,3]`, `{}`, `{"x":1}`, `{"~/":"x"}`, `{"~/":1,"c":1}`, `{"$ref":"x"}`, `[[[]]]`,
	}
	names := []string{"id", "when", "state", "code", "n", "list", "open", "inner", "a/b", "other", "$ref", "~"}
	invalid := 0
	for range 3000 {
		var members []string
		for _, name := range names {
			if random.IntN(4) == 0 || name == "id" && random.IntN(8) > 0 {
				members = append(members, fmt.Sprintf("%q:%s", name, values[random.IntN(len(values))]))
			}
		}
		doc := []byte("{" + strings.Join(members, ",") + "}")
		agree(t, ours, theirs, doc)
		if v, _ := ours.Validate(doc); len(v) > 0 {
			invalid++
		}
	}
	for _, name := range names {
		for _, v := range values {
			agree(t, ours, theirs, []byte(fmt.Sprintf(`{"id":"xy","a/b":1,%q:%s}`, "x"+name, v)))
			if name != "id" && name != "a/b" {
				doc := []byte(fmt.Sprintf(`{"id":"xy","a/b":1,%q:%s}`, name, v))
				agree(t, ours, theirs, doc)
				if v, _ := ours.Validate(doc); len(v) > 0 {
					invalid++
				}
			}
		}
	}
	if invalid < 500 {
		t.Errorf("only %d documents were invalid; the generator is too tame", invalid)
	}
}

// TestDerivedSchemasAgree runs the schemas that package contract derives (its
// golden files) against the second opinion.
func TestDerivedSchemasAgree(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../contract/testdata/*.schema.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden schemas: %v", err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := compile(t, string(data)), secondOpinion(t, string(data))
		values := append([]string{
			`null`, `true`, `0`, `255.0`, `256`, `-2147483649`, `1e18`, `1.5`, `""`, `"a"`, `"INF"`, `"2024-02-29"`, `"2024-02-29T00:00Z"`,
			`"23:59"`, `"P1D"`, `"8f14e45f-ceea-467f-a8d1-1234567890AB"`, `"#example.parts.x"`, `"#microsoft.graph.industryData.x"`,
			`"#example.pottery.x"`, `{"title":"a","ramp":1,"then":{"mode":"smoke"}}`, `{"title":null}`, `{"hold":{"minutes":1,"program":{"ramp":301}}}`,
			`[{"height":1,"broken":false},null]`, `[{"seen":"2024-02-29"}]`, `{"degrees":5,"more":[]}`, `{"degrees":null}`, `{"width":"1"}`,
			`[]`, `[null]`, `["light"]`, `["Dark",1]`, `{}`, `{"code":"a","message":"b"}`, `{"code":""}`, `{"code":"a","message":"b","details":[{"code":1}]}`,
		}, quoted(data)...)
		legal := legalValues(t, ours, values)
		invalid := 0
		for range 1500 {
			var members []string
			for _, name := range slices.Sorted(maps.Keys(legal)) {
				choice := values
				if random.IntN(20) > 0 {
					choice = legal[name]
				}
				if random.IntN(20) > 0 {
					members = append(members, fmt.Sprintf("%q:%s", name, choice[random.IntN(len(choice))]))
				}
			}
			doc := []byte("{" + strings.Join(members, ",") + "}")
			agree(t, ours, theirs, doc)
			if v, _ := ours.Validate(doc); len(v) > 0 {
				invalid++
			}
		}
		if invalid < 100 || invalid > 1400 {
			t.Errorf("%s: %d of 1500 documents were invalid; the generator is too tame", file, invalid)
		}
	}
}

// legalValues sorts out the values that each property may have.
func legalValues(t *testing.T, s *Schema, values []string) map[string][]string {
	t.Helper()
	legal := map[string][]string{}
	for name := range s.root["properties"].(map[string]any) {
		for _, value := range values {
			v := validate(t, s, fmt.Sprintf("{%q:%s}", name, value))
			if !slices.ContainsFunc(v, func(v Violation) bool {
				return v.Keyword != "required" && strings.HasPrefix(v.Pointer+"/", "/"+jsonpointer.Escape(name)+"/")
			}) {
				legal[name] = append(legal[name], value)
			}
		}
		if len(legal[name]) == 0 {
			t.Errorf("no legal value for %q", name)
		}
	}
	return legal
}

// quoted are the strings of a schema, members of its enums among them.
func quoted(data []byte) []string {
	return regexp.MustCompile(`"[A-Za-z]+"`).FindAllString(string(data), -1)
}

func FuzzValidate(f *testing.F) {
	for _, s := range []string{with(`"n":1e999`), with(`"list":[1,2]`), with(`"inner":{}`), `{`, `{"id":1}`, `[]`, `0`} {
		f.Add([]byte(s))
	}
	ours, theirs := compile(f, one), secondOpinion(f, one)
	f.Fuzz(func(t *testing.T, doc []byte) { agree(t, ours, theirs, doc) })
}

func FuzzCompile(f *testing.F) {
	f.Add(one)
	f.Add(draft(`"properties":{"$ref":{"$ref":"#"}}`))
	f.Add(draft(`"properties":{"a":{"items":{"enum":[null]}}}`))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Compile("x", []byte(text))
		if err != nil {
			return
		}
		if _, err := s.Validate([]byte(`{"a":[1,"x",null]}`)); err != nil {
			t.Fatal(err)
		}
	})
}
