package pact

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"graphpact/internal/edm"
	"graphpact/internal/golden"
	"graphpact/internal/schema"

	"github.com/google/go-cmp/cmp"
)

// TestFromSchemaGolden derives the body of whole schemas: testdata/<name>.schema.json,
// with the example beside it where there is one.
func TestFromSchemaGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lamp", "error"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schema, err := os.ReadFile(filepath.Join("testdata", name+".schema.json"))
			if err != nil {
				t.Fatal(err)
			}
			var example map[string]any
			if data, err := os.ReadFile(filepath.Join("testdata", name+".example.json")); err == nil {
				if err := json.Unmarshal(data, &example); err != nil {
					t.Fatal(err)
				}
			}
			body, err := FromSchema(schema, example, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkBody(body); err != nil {
				t.Error(err)
			}
			got, err := json.MarshalIndent(body, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, name+".body.json", append(got, '\n'))
		})
	}
}

// checkBody checks a body as that of a response.
func checkBody(body any) error {
	i := setColour(1)
	i.Response.Body = body
	return Check([]Interaction{i})
}

func TestFromSchemaOfOneProperty(t *testing.T) {
	t.Parallel()
	nothing := Type(map[string]any{})
	tests := []struct {
		name, schema string
		example      any
		want         any
	}{
		{"string", `{"type":"string"}`, "mine", Type("mine")},
		{"string without example", `{"type":"string"}`, nil, Type("text")},
		{"string with an example that is no string", `{"type":"string"}`, 3, Type("text")},
		{"string with a token for an example", `{"type":"string"}`, "Bearer 0123456789abcdef", Type("text")},
		{"not empty", `{"type":"string","minLength":1}`, "a", NotEmpty("a")},
		{"not empty or null", `{"type":["string","null"],"minLength":1}`, "a", Nullable(Type("a"))},
		{"null comes first", `{"type":["null","string"]}`, nil, Nullable(Type("text"))},
		{"enum", `{"type":"string","enum":["a","b.c"]}`, "b.c", Regex(`^(a|b\.c)$`, "b.c")},
		{"enum with an example outside", `{"type":"string","enum":["a","b"]}`, "String", Regex(`^(a|b)$`, "a")},
		{"enum that may be null", `{"type":["string","null"],"enum":["a","b",null]}`, nil, Nullable(Regex(`^(a|b)$`, "a"))},
		{"sentinel is no example", `{"type":"string","enum":["unknownFutureValue","a"]}`, "unknownFutureValue", Regex(`^(unknownFutureValue|a)$`, "a")},
		{"enum of numbers", `{"type":"integer","enum":[1,2]}`, 2, Integer(2)},
		{"date-time", `{"type":"string","format":"date-time"}`, "2020-01-02T03:04:05Z", Regex(edm.DateTimeOffsetPattern, "2020-01-02T03:04:05Z")},
		{"date-time with a placeholder", `{"type":"string","format":"date-time"}`, "String (timestamp)", Regex(edm.DateTimeOffsetPattern, "2024-03-22T21:28:02.7164229Z")},
		{"date", `{"type":"string","format":"date"}`, nil, Regex(edm.DatePattern, "2024-03-22")},
		{"uuid", `{"type":"string","format":"uuid"}`, nil, Regex(edm.GUIDPattern, "8f14e45f-ceea-467f-a8d1-1234567890ab")},
		{"unknown format", `{"type":"string","format":"colour"}`, "red", Type("red")},
		{"pattern", `{"type":"string","pattern":"^a+$"}`, "aa", Regex("^a+$", "aa")},
		{"pattern of a part", `{"type":"string","pattern":"^#ns\\."}`, "#ns.lamp", Regex(`^(?s:.*)(?:^#ns\.)(?s:.*)$`, "#ns.lamp")},
		{"pattern without example", `{"type":"string","pattern":"^a+$"}`, "b", Type("b")},
		{"pattern that is none", `{"type":"string","pattern":"^(?=a)"}`, "b", Type("b")},
		{"integer", `{"type":"integer"}`, 7, Integer(7)},
		{"integer with a fraction for an example", `{"type":"integer"}`, 7.5, Integer(1)},
		{"integer or null", `{"type":["integer","null"]}`, nil, Nullable(Integer(1))},
		{"number", `{"type":"number"}`, 7.5, Number(7.5)},
		{"boolean", `{"type":"boolean"}`, false, Type(false)},
		{"boolean without example", `{"type":"boolean"}`, nil, Type(true)},
		{"number or text", `{"type":["number","string"],"pattern":"^(-?INF|NaN)$"}`, 2.5, AnyOf(Number(2.5), Regex("^(-?INF|NaN)$", ""))},
		{"number or any text", `{"type":["string","integer","null"]}`, "x", AnyOf(Integer(1), Regex(anyText, ""), map[string]any{keyType: typeNull})},
		{"array", `{"type":"array","items":{"type":"integer"}}`, []any{5, 6}, EachLike(Integer(5))},
		{"array of anything", `{"type":"array"}`, nil, map[string]any{keyType: typeType, keyMin: 0, keyValue: []any{}}},
		{"object", `{"type":"object","required":["p","q"],"properties":{"p":{"type":"integer"},"q":true,"r":{"type":"string"}}}`, map[string]any{"p": 9}, map[string]any{"p": Integer(9)}},
		{"object of anything", `{"type":"object"}`, nil, nothing},
		{"anything", `true`, 1, nil},
		{"anything, too", `{}`, 1, nil},
		{"only null", `{"type":"null"}`, nil, nil},
		{"object or null", `{"type":["object","null"]}`, nil, nil},
		{"array or null", `{"type":["array","null"],"items":{"type":"string"}}`, nil, nil},
		{"boolean or text", `{"type":["boolean","string"]}`, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			schema := fmt.Sprintf(`{"type":"object","required":["a"],"properties":{"a":%s}}`, tt.schema)
			body, err := FromSchema([]byte(schema), map[string]any{"a": tt.example}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkBody(body); err != nil {
				t.Error(err)
			}
			want := any(map[string]any{"a": tt.want})
			if tt.want == nil {
				want = nothing
			}
			wantNormal, err := normal(want)
			if err != nil {
				t.Fatal(err)
			}
			gotNormal, err := normal(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantNormal, gotNormal); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFromSchemaErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, schema, want string }{
		{"no JSON", `{`, "reading the schema"},
		{"more after the end", `{"type":"object"} {}`, "more after its end"},
		{"no object", `{"type":"string","enum":["a"]}`, ""},
		{"null", `{"type":["object","null"]}`, "neither an object nor an array"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := FromSchema([]byte(tt.schema), nil, nil)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestAfterUpdate: what an update has set is not null in the answer, and has the members that were
// set, each of the type that the schema gives it; no value of it is a literal.
func TestAfterUpdate(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object","required":["box","boxes","words","seen"],"properties":{
		"box":{"type":["object","null"],"allOf":[{"$ref":"#/definitions/box"}]},
		"boxes":{"type":["array","null"],"items":{"type":["object","null"],"allOf":[{"$ref":"#/definitions/box"}]}},
		"words":{"type":["array","null"],"items":{"type":["string","null"]}},
		"seen":{"type":["string","null"]},
		"hidden":{"type":["object","null"],"allOf":[{"$ref":"#/definitions/box"}]}},
		"definitions":{"box":{"properties":{
			"lid":{"type":["string","null"],"enum":["red","blue",null]},
			"made":{"type":["string","null"],"format":"date-time"},
			"size":{"type":["number","string","null"],"pattern":"^(-?INF|NaN)$"},
			"count":{"type":["integer","null"]},
			"inner":{"type":["object","null"],"allOf":[{"$ref":"#/definitions/box"}]}}}}}`
	type m = map[string]any
	enum, made := Regex(`^(red|blue)$`, "blue"), Regex(edm.DateTimeOffsetPattern, "2020-01-02T03:04:05Z")
	seen := Nullable(Type("text"))
	for name, tt := range map[string]struct {
		kept m
		want m
	}{
		"nothing":      {nil, m{"seen": seen}},
		"object":       {m{"box": m{"lid": "blue", "made": "2020-01-02T03:04:05Z", "count": 3}}, m{"seen": seen, "box": m{"lid": enum, "made": made, "count": Integer(3)}}},
		"nested":       {m{"box": m{"inner": m{"inner": m{"lid": "blue"}}}}, m{"seen": seen, "box": m{"inner": m{"inner": m{"lid": enum}}}}},
		"unknown":      {m{"box": m{"note": "n", "depth": 1.5, "open": false, "parts": []any{}}}, m{"seen": seen, "box": m{"note": Type("n"), "depth": Number(1.5), "open": Type(false)}}},
		"two types":    {m{"box": m{"size": 2.5}}, m{"seen": seen, "box": m{"size": AnyOf(Number(2.5), Regex("^(-?INF|NaN)$", ""))}}},
		"no member":    {m{"box": m{}}, m{"seen": seen, "box": Type(m{})}},
		"list":         {m{"boxes": []any{m{"lid": "blue", "count": 1}, m{"lid": "red"}}}, m{"seen": seen, "boxes": EachLike(m{"lid": enum})}},
		"texts":        {m{"words": []any{"a", "b"}}, m{"seen": seen, "words": EachLike(Type("a"))}},
		"empty":        {m{"words": []any{}}, m{"seen": seen}},
		"not required": {m{"hidden": m{"lid": "blue"}}, m{"seen": seen}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := FromSchema([]byte(schema), nil, tt.kept)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkBody(body); err != nil {
				t.Error(err)
			}
			got, _ := json.MarshalIndent(body, "", " ")
			want, _ := json.MarshalIndent(tt.want, "", " ")
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// FuzzFromSchema: whatever the schema, no panic, and what comes out passes Check.
func FuzzFromSchema(f *testing.F) {
	f.Add(`{"type":"object","required":["a"],"properties":{"a":{"type":["string","null"],"enum":["x",null]}}}`, "x")
	f.Add(`{"type":"object","required":["a","b"],"properties":{"a":{"type":"array","items":{"format":"date-time","type":"string"}},"b":{"type":["number","string"],"pattern":"^N"}}}`, "N")
	f.Add(`{"type":["object","array"],"required":[1]}`, "")
	f.Add(`{"type":"object","required":["a","b"],"properties":{"a":{"$ref":"#/definitions/x"},"b":{"items":{"allOf":[{"$ref":"#/definitions/x"}]}}},"definitions":{"x":{"$ref":"#/definitions/x","properties":{"b":{"type":["string","null"],"pattern":"^N"}}}}}`, "N")
	f.Fuzz(func(t *testing.T, schema, example string) {
		body, err := FromSchema([]byte(schema), map[string]any{"a": example, "b": example}, nil)
		if err != nil {
			return
		}
		if err := checkBody(body); err != nil {
			t.Errorf("%s\ngives a body that Check refuses: %v", schema, err)
		}
		set := map[string]any{"b": example, "c": 1.5, "d": []any{example}}
		if body, err = FromSchema([]byte(schema), nil, map[string]any{"a": set, "b": []any{set, set}}); err != nil {
			return
		}
		if err := checkBody(body); err != nil {
			t.Errorf("%s\nafter an update gives a body that Check refuses: %v", schema, err)
		}
	})
}

func BenchmarkFromSchema(b *testing.B) {
	schema, err := os.ReadFile(filepath.Join("testdata", "lamp.schema.json"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := FromSchema(schema, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDatesAsTheSchemaTakesThem: what satisfies the schema of a date satisfies the pact.
func TestDatesAsTheSchemaTakesThem(t *testing.T) {
	t.Parallel()
	source := `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","required":["a"],"properties":{"a":{"type":"string","format":"date-time"}}}`
	body, err := FromSchema([]byte(source), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schema.Compile("dates", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	matcher := body.(map[string]any)["a"].(map[string]any)
	re := regexp.MustCompile(matcher[keyRegex].(string))
	for text, want := range map[string]bool{
		"2024-03-22T21:28:02Z": true, "2024-03-22T21:28:02.7164229Z": true, "2024-03-22T21:28:02.123456789Z": true,
		"2024-03-22T21:28:02.123456789012Z": true, "2024-03-22T21:28:02.1234567890123Z": false, "2024-03-22T21:28:02+02:00": true,
		"2024-03-22": false, "2024-03-22T21:28:02": false, "31.12.2031": false,
	} {
		violations, err := compiled.Validate([]byte(`{"a":"` + text + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		if re.MatchString(text) != want || (len(violations) == 0) != want {
			t.Errorf("%s: pact %t, schema %v, want %t", text, re.MatchString(text), violations, want)
		}
	}
}
