package report

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestIndentedLikeEncodingJSON(t *testing.T) {
	deep := any("x")
	for range 20 {
		deep = []any{map[string]any{"a": deep}}
	}
	for _, v := range []any{
		nil, true, 1.5, "", `quotes " and \ and \"`, `ends in \`, "{[,:]}", []int{}, map[string]int{}, []int{1, 2},
		map[string]any{"a": []any{}, "b": map[string]any{"c": "d", "e": nil}}, hostile, deep,
	} {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		got, err := encodeJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, spellOut(want.Bytes())) {
			t.Errorf("got\n%s\nwant\n%s", got, want.Bytes())
		}
	}
}

func TestEncodeJSONGivesTheError(t *testing.T) {
	if _, err := encodeJSON(func() {}); err == nil {
		t.Error("a function was encoded")
	}
}

func TestEncodeJSONSpellsOutWhatDoesNotPrint(t *testing.T) {
	const s = "é 世 😀 \u007f \u009b31m \u202e \U000e0001 \ufffd"
	got, err := encodeJSON(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"é 世 😀 \u007f \u009b31m \u202e \udb40\udc01 ` + "\ufffd\"\n"; string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var back string
	if err := json.Unmarshal(got, &back); err != nil || back != s {
		t.Errorf("%q, %v", back, err)
	}
}
