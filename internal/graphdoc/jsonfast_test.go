package graphdoc

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzReadJSON holds the fast reader to encoding/json: it takes the same texts, and gives the
// same values on the same lines.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, -2.5e+3, true, false, null, "x\u00e9\n"], "a": {}}`, "[\n1,\n2\n]\n", `01`, `1.`, `-`, `1e`, `"a`, "\"a\nb\"", `{"a" 1}`, `{"a":1,}`, `[1 2]`, `tru`,
		`nulls`, `{}{}`, ` `, `"\x"`, `"\ud800"`, `{"a":`, `[`, "\u00a01", `{1:2}`, `[[[[[[[[]]]]]]]]`, `-0`, `0.0`, "{\"\":\t\"\"}\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // no page has such a text
		}
		got, ok := readJSON(text, 7)
		want, _, err := slowJSON(text, 7)
		if ok != (err == nil) {
			t.Fatalf("%q: read %t, encoding/json says %v", text, ok, err)
		}
		if ok {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%q (-want +got):\n%s", text, diff)
			}
		}
	})
}
