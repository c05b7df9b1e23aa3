package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]any{
		`null`:                     nil,
		"[\t\r\n true ]":           []any{true},
		`"aé\n"`:                   "aé\n",
		`1.50`:                     json.Number("1.50"),
		`-0`:                       json.Number("-0"),
		`12345678901234567890`:     json.Number("12345678901234567890"),
		`[]`:                       []any{},
		`{}`:                       map[string]any{},
		`[1,[2],{"a":null}]`:       []any{json.Number("1"), []any{json.Number("2")}, map[string]any{"a": nil}},
		`{"a":{"b":[]},"A":false}`: map[string]any{"a": map[string]any{"b": []any{}}, "A": false},
		`1e308`:                    json.Number("1e308"),
	} {
		got, err := Decode([]byte(doc))
		if err != nil {
			t.Errorf("%.40s: %v", doc, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.40s: %s", doc, diff)
		}
	}
}

// TestDecodeDeep compares by reflect: go-cmp takes time exponential in the depth.
func TestDecodeDeep(t *testing.T) {
	t.Parallel()
	got, err := Decode([]byte(strings.Repeat("[", MaxDepth) + "1" + strings.Repeat("]", MaxDepth)))
	if err != nil || !reflect.DeepEqual(got, nest(MaxDepth)) {
		t.Errorf("got %v, %v", got, err)
	}
}

func nest(depth int) any {
	var v any = json.Number("1")
	for range depth {
		v = []any{v}
	}
	return v
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, doc, message string
		offset             int64
		line               int
	}{
		{"empty", "", "unexpected end", 0, 1},
		{"trailing text", "{}\n x", "after top-level value", 4, 2},
		{"second document", "{} {}", "after top-level value", 3, 1},
		{"trailing comma", "{\n\"a\": 1,\n}", "invalid character '}'", 10, 3},
		{"duplicate", `{"a":1,"b":2,"a":1}`, `duplicate member "a"`, 13, 1},
		{"duplicate by escape", `{"a":1,"\u0061":1}`, `duplicate member "a"`, 7, 1},
		{"duplicate below", "[{\"x\":{\"y\":1,\n\"y\":2}}]", `duplicate member "y"`, 14, 2},
		{"invalid UTF-8", "\"a\xffb\"", "invalid UTF-8", 2, 1},
		{"byte order mark", "\ufeff{}", "byte order mark", 0, 1},
		{"too deep", strings.Repeat("[", 513) + strings.Repeat("]", 513), "deeper than 512", 512, 1},
		{"far too deep", strings.Repeat("[", 100_000), "depth", 10000, 1},
		{"too large a number", `[1e999]`, "range of a double", 1, 1},
		{"too small an exponent", `1e-99999999`, "range of a double", 0, 1},
		{"too long a number", "1." + strings.Repeat("0", 2000), "range of a double", 0, 1},
		{"control character", "\"a\nb\"", "invalid character", 2, 1},
		{"smart quote", "{“a”:1}", "invalid character", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode([]byte(tt.doc))
			var bad *SyntaxError
			if !errors.As(err, &bad) {
				t.Fatalf("error is %v, want a *SyntaxError", err)
			}
			if !strings.Contains(bad.Error(), tt.message) {
				t.Errorf("message %q does not contain %q", bad.Error(), tt.message)
			}
			if bad.Offset != tt.offset || bad.Line != tt.line {
				t.Errorf("at byte %d, line %d; want %d, %d", bad.Offset, bad.Line, tt.offset, tt.line)
			}
		})
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	equal := []struct{ a, b any }{
		{nil, nil}, {true, true}, {"a", "a"},
		{json.Number("1"), json.Number("1.0")},
		{json.Number("1e2"), 100.0},
		{json.Number("3"), 3}, {int64(3), 3.0},
		{[]any{json.Number("1")}, []any{json.Number("1e0")}},
		{map[string]any{"a": nil, "b": "x"}, map[string]any{"b": "x", "a": nil}},
	}
	for _, tt := range equal {
		if !Equal(tt.a, tt.b) || !Equal(tt.b, tt.a) {
			t.Errorf("%v and %v should be equal", tt.a, tt.b)
		}
	}
	different := []struct{ a, b any }{
		{nil, false}, {nil, ""}, {true, false}, {"1", json.Number("1")}, {"a", "A"},
		{json.Number("9007199254740993"), json.Number("9007199254740992")},
		{json.Number("0.1"), json.Number("0.10000000000000001")},
		{[]any{}, nil}, {[]any{"a", "b"}, []any{"b", "a"}}, {[]any{"a"}, []any{"a", "a"}},
		{map[string]any{"a": nil}, map[string]any{"b": nil}},
		{map[string]any{"a": nil}, map[string]any{}},
		{struct{}{}, struct{}{}},
	}
	for _, tt := range different {
		if Equal(tt.a, tt.b) || Equal(tt.b, tt.a) {
			t.Errorf("%v and %v should differ", tt.a, tt.b)
		}
	}
}

// FuzzDecode holds Decode against encoding/json: what Decode accepts, the standard
// library reads as the same value, and what it refuses carries a place.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,null,"\u00e9"]}`, `{"a":1,"a":2}`, `[1e999]`, "\xff", `{} x`, `"\ud800"`, "\ufeff1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := Decode(doc)
		if err != nil {
			var bad *SyntaxError
			if !errors.As(err, &bad) || bad.Line < 1 || bad.Offset < 0 || bad.Offset > int64(len(doc)) {
				t.Fatalf("%q: error %#v has no place", doc, err)
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(doc))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%q: accepted; encoding/json says %v", doc, err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%q: got %v, want %v", doc, got, want)
		}
		if !Equal(want, got) {
			t.Fatalf("%q: not equal to itself", doc)
		}
	})
}
