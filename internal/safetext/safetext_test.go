package safetext

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in, line, lines, ascii string
	}{
		{"plain", "a b~", "a b~", "a b~", "a b~"},
		{"letters", "é→日", "é→日", "é→日", `\u00e9\u2192\u65e5`},
		{"newline", "a\nb", `a\nb`, "a\nb", `a\nb`},
		{"CRLF", "a\r\nb", `a\r\nb`, "a\nb", `a\r\nb`},
		{"a carriage return that hides", "bad\rgood", `bad\rgood`, `bad\rgood`, `bad\rgood`},
		{"tab", "a\tb", `a\tb`, "a    b", `a\tb`},
		{"escape", "\x1b[2J", `\x1b[2J`, `\x1b[2J`, `\x1b[2J`},
		{"delete and C1", "\x7f\u009b", `\x7f\u009b`, `\x7f\u009b`, `\x7f\u009b`},
		{"no UTF-8", "a\xff\xc3(", `a\xff\xc3(`, `a\xff\xc3(`, `a\xff\xc3(`},
		{"replacement character", "\ufffd", "\ufffd", "\ufffd", `\ufffd`},
		{"direction", "\u202eabc\u2066", `\u202eabc\u2066`, `\u202eabc\u2066`, `\u202eabc\u2066`},
		{"no width", "a\u200bb\ufeff", `a\u200bb\ufeff`, `a\u200bb\ufeff`, `a\u200bb\ufeff`},
		{"other spaces", "a\u00a0b\u2028", `a\u00a0b\u2028`, `a\u00a0b\u2028`, `a\u00a0b\u2028`},
		{"forbidden in XML", "\x00\ufffe\uffff", `\x00\ufffe\uffff`, `\x00\ufffe\uffff`, `\x00\ufffe\uffff`},
		{"tag character", "\U000e0041", `\U000e0041`, `\U000e0041`, `\U000e0041`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, c := range []struct{ what, got, want string }{
				{"line", Line(tc.in), tc.line},
				{"lines", Escape(tc.in, Lines), tc.lines},
				{"ascii", Escape(tc.in, ASCII), tc.ascii},
			} {
				if c.got != c.want {
					t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
				}
			}
		})
	}
}

// What is escaped in JSON means the same as before, and invalid UTF-8 what it means there.
func TestEscapeInJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"a é→日"`:                         `"a é→日"`,
		"{\n  \"a\": \"\u009b\u202e\"\n}": "{\n  \"a\": \"\\u009b\\u202e\"\n}",
		"\"\x7f\U000e0041\"":              `"\u007f\udb40\udc41"`,
		"\"\xff\"":                        "\"\ufffd\"",
	} {
		got := Escape(in, Lines|JSON)
		if got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
		var before, after any
		if json.Unmarshal([]byte(in), &before) != nil || json.Unmarshal([]byte(got), &after) != nil {
			t.Errorf("%q or %q is not JSON", in, got)
			continue
		}
		b, _ := json.Marshal(before)
		if a, _ := json.Marshal(after); string(a) != string(b) {
			t.Errorf("%q became %q", b, a)
		}
	}
	if got := Escape("\x1b\n", JSON); got != `\u001b\u000a` {
		t.Errorf("one line: %q", got)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"äöü", 3, "äöü"}, {"äöüß", 3, "äöü…"}, {"", 3, ""}, {"ab", 1, "a…"}, {"abc", 0, "abc"},
	} {
		if got := Shorten(tc.in, tc.n); got != tc.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
	if got := Words(" a\tb\r\n c "); got != "a b c" {
		t.Errorf("Words gives %q", got)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":             {"", []string{""}},
		"as wide as the line": {"one two ab", []string{"one two ab"}},
		"one more":            {"one two abc", []string{"one two", "abc"}},
		"characters":          {"é… é… é… é…", []string{"é… é… é…", "é…"}},
		"spaces and lines":    {" one \n two ", []string{"one two"}},
		"a word of its own":   {"a incomprehensible b", []string{"a", "incomprehensible", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Wrap(c.in, 10); !slices.Equal(got, c.want) {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": -1, "é\ufffd": -1, "a\xff": 1, "é\xe2\x82": 2, "\xffa": 0} {
		if got := InvalidUTF8([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
