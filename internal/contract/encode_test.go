package contract

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestAppendJSON holds the encoder to encoding/json, for texts and numbers that are written in
// another way than they are given.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "", "<", ">", "&", `"`, `\`, "\n", "\u2028", "é", "\x7f", "\xff"} {
		value := object{
			{text, []any{text, json.Number("1"), nil, true, 2.5, object{}, []any{}}},
			{"list", []any{text, "b"}}, {"inner", object{{"a", object{{"b", text}}}}},
		}
		got, err := appendJSON(nil, value, "\n")
		if err != nil {
			t.Fatal(err)
		}
		short, err := appendJSON(nil, value, "")
		if err != nil {
			t.Fatal(err)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, short, "", "  "); err != nil || indented.String() != string(got) {
			t.Errorf("%q: %v\n%s\nis not\n%s", text, err, got, indented.String())
		}
		word, err := json.Marshal(text)
		if err != nil || bytes.Count(short, word) != 4 && text != "" {
			t.Errorf("%q: %v, %s", text, err, short)
		}
	}
	if _, err := appendJSON(nil, []any{func() {}}, "\n"); err == nil {
		t.Error("a function is no JSON, and no error")
	}
}
