package graphdoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// showValue writes a value with its lines, as {a@1: [2@1]}@1.
func showValue(v *Value) string {
	if v == nil {
		return "nothing"
	}
	var parts []string
	switch v.Kind {
	case "object":
		for _, m := range v.Members {
			parts = append(parts, fmt.Sprintf("%s@%d: %s", m.Name, m.Line, showValue(m.Value)))
		}
		return fmt.Sprintf("{%s}@%d", strings.Join(parts, ", "), v.Line)
	case "array":
		for _, item := range v.Items {
			parts = append(parts, showValue(item))
		}
		return fmt.Sprintf("[%s]@%d", strings.Join(parts, ", "), v.Line)
	}
	return fmt.Sprintf("%v@%d", v.Data, v.Line)
}

func TestRepairs(t *testing.T) {
	t.Parallel()
	const (
		comma, control, curly = "a comma stands in front of a closing bracket", "a string holds a raw control character, as a line break", "curly quotes stand in the place of straight ones"
		comment, dots         = "it holds a comment", "it holds an ellipsis"
		single, missing       = "single quotes stand in the place of double ones", "a comma is missing between two values"
	)
	tests := []struct {
		name, body, want string
		repaired         []Text
	}{
		{"trailing commas", "{\n\"a\": [1,\n],\n}", "{a@2: [1@2]@2}@1", []Text{{comma, 2}, {comma, 3}}},
		{"a line break in a string", "{\"a\": \"x\ny\",\n\"b\": 1}", "{a@1: x\ny@1, b@3: 1@3}@1", []Text{{control, 1}}},
		{"a tab in a string", "{\"a\": \"x\ty\"}", "{a@1: x\ty@1}@1", []Text{{control, 1}}},
		{"curly quotes", "{“a”: “x”,\n\"b\": \"y”}", "{a@1: x@1, b@2: y@2}@1", []Text{{curly, 1}, {curly, 2}}},
		{"curly quotes within a string stay", "{\"a\": \"x “y” z\",}", "{a@1: x “y” z@1}@1", []Text{{comma, 1}}},
		{"comments", "{ // one\n/* two\nlines */ \"a\": \"http://x\", # \n\"b\": 1 }", "nothing", nil},
		{"comments of two forms", "{ // one\n/* two\nlines */ \"a\": \"http://x\"\n}", "{a@3: http://x@3}@1", []Text{{comment, 1}, {comment, 2}}},
		{"a comment behind a comma", "{\"a\": 1, // last\n}", "{a@1: 1@1}@1", []Text{{comment, 1}, {comma, 1}}},
		{"an ellipsis as a member", "{\"a\": 1,\n...\n}", "{a@1: 1@1}@1", []Text{{dots, 1}}},
		{"an ellipsis between members", "{\"a\": 1, …, \"b\": 2}", "{a@1: 1@1, b@1: 2@1}@1", []Text{{dots, 1}}},
		{"an ellipsis as a value", "{\"a\": ...,\n\"b\": 2}", "{b@2: 2@2}@1", []Text{{dots, 1}}},
		{"an ellipsis alone", "{\"a\": {...}, \"b\": [...]}", "{a@1: {}@1, b@1: []@1}@1", []Text{{dots, 1}}},
		{"an ellipsis behind an item", "[1, 2...]", "[1@1, 2@1]@1", []Text{{dots, 1}}},
		{"single quotes", "{'a': 'it \"is\"'}", "{a@1: it \"is\"@1}@1", []Text{{single, 1}}},
		{"a missing comma", "{\"a\": 1\n\"b\": [{}\n{}]}", "{a@1: 1@1, b@2: [{}@2, {}@3]@2}@1", []Text{{missing, 1}, {missing, 2}}},
		{"cut off", "{\"a\": [1,", "nothing", nil},
		{"two values", "{}\n{}", "nothing", nil},
		{"prose", "{the entity}", "nothing", nil},
		{"a string without end", "{\"a\": \"x,\n\"b\": 1}", "nothing", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			value, repaired := repairJSON(tt.body, 1)
			if got := showValue(value); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if diff := cmp.Diff(tt.repaired, repaired); diff != "" {
				t.Errorf("repaired (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRepairsGrowInLine: no text makes the repairs search the same part again and again.
func TestRepairsGrowInLine(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"'", "“", "\"“ ", "/*", "<!--", "{", "[1 ", "..., ", "\"a\n", "“x' "} {
		work := func(n int) int {
			steps := 0
			c := cutter{text: []byte(strings.Repeat(part, n)), dead: map[string]int{}}
			for i := 0; i < len(c.text); {
				before := len(c.dead)
				_, end := c.next(i)
				// A search that fails is remembered; only a new one costs a pass.
				steps += 1 + (len(c.dead)-before)*len(c.text)
				i = end
			}
			return steps
		}
		if small, large := work(2_000), work(4_000); large > 3*small {
			t.Errorf("%q: %d steps for one size, %d for twice of it", part, small, large)
		}
		repairJSON("{"+strings.Repeat(part, 10_000), 1)
	}
}
