package contract

import (
	"slices"
	"testing"

	"graphpact/internal/schema"
)

// TestClearing: an update of an object merges, so that what was added has to be named.
func TestClearing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first, now, sent, want string
		adds                   bool
	}{
		{`{}`, `{"a":1}`, `null`, `{"a":null}`, true},
		{`{"a":null}`, `{"a":1}`, `null`, `{"a":null}`, true},
		{`{"a":1,"b":{"c":1}}`, `{"a":2,"b":{"c":2,"d":[1]},"e":{"f":1}}`, `null`, `{"a":1,"b":{"c":1,"d":null},"e":null}`, true},
		{`{"a":1}`, `{"a":2}`, `null`, `{"a":1}`, false},
		{`{"a":1}`, `{}`, `null`, `{"a":1}`, false},
		{`{}`, `{"a":null,"a@x":1,"@odata.type":"#t"}`, `null`, `{}`, false},
		{`{}`, `{"a":1,"b":2}`, `[{"b":3},{"c":4},"x"]`, `{"b":null}`, true},
		{`{"n":{}}`, `{"n":{"a":1,"b":2}}`, `[{"n":{"b":3}}]`, `{"n":{"b":null}}`, true},
		{`{}`, `{"a":1}`, `[]`, `{}`, false},
		{`[{}]`, `[{"a":1}]`, `null`, `[{}]`, false},
		{`null`, `{"a":1}`, `null`, `null`, false},
	} {
		var v [3]any
		for i, text := range []string{tt.first, tt.now, tt.sent} {
			var err error
			if v[i], err = schema.Decode([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		sent, _ := v[2].([]any)
		got, adds := Clearing(v[0], v[1], sent)
		if schema.Text(got) != tt.want || adds != tt.adds || schema.Text(v[0]) != tt.first {
			t.Errorf("%s at %s: %s, %v", tt.first, tt.now, schema.Text(got), adds)
		}
	}
}

// TestMembersThatAreNeverNull: a value that adds such a member is the last choice, and makes the
// property one that is left alone.
func TestMembersThatAreNeverNull(t *testing.T) {
	t.Parallel()
	member := func(name string, n Nullable) Property {
		return Property{Name: name, Listed: true, Type: Type{Edm: "Edm.Int32"}, Nullable: Fact[Nullable]{Value: n}}
	}
	size := Property{Name: "size", Listed: true, Type: Type{Shape: "object", Structure: &Structure{
		Properties: []Property{member("width", NullableNo), member("depth", NullableYes)},
	}}}
	o := &Operation{Properties: []Property{size}}
	for text, tt := range map[string]struct {
		first  string
		frozen bool
	}{
		`{}`:                    {`{"depth":1,"width":1}`, true},
		`{"depth":5}`:           {`{"depth":4}`, false},
		`{"width":5}`:           {`{"width":4}`, false},
		`{"width":5,"depth":5}`: {`{"depth":5,"width":4}`, false},
		`null`:                  {`{"depth":1,"width":1}`, false},
	} {
		now, err := schema.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		values := size.Values(now, 8)
		if len(values) == 0 || schema.Text(values[0].JSON) != tt.first {
			t.Errorf("%s: %v", text, values)
		}
		if !tt.frozen && slices.ContainsFunc(values, func(v Value) bool { return !size.canUndo(now, v.JSON) }) {
			t.Errorf("%s: a value of %v cannot be undone", text, values)
		}
		if got := slices.Contains(o.CannotRestore(map[string]any{"size": now}), "size"); got != tt.frozen {
			t.Errorf("%s: left alone %v", text, got)
		}
	}
}
