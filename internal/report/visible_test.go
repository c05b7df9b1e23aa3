package report

import (
	"slices"
	"testing"
)

func TestVisible(t *testing.T) {
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
				{"line", visibleLine(tc.in), tc.line},
				{"lines", visible(tc.in, true, false), tc.lines},
				{"ascii", visible(tc.in, false, true), tc.ascii},
			} {
				if c.got != c.want {
					t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
				}
			}
		})
	}
}

func TestWrapAndClip(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  []string
	}{
		{"a b c", 0, []string{"a b c"}},
		{"", 5, []string{""}},
		{"aaa bbb ccc", 7, []string{"aaa bbb", "ccc"}},
		{"aaaaaaaaaa b", 4, []string{"aaaa", "aaaa", "aa b"}},
		{"x aaaaaaaaaa", 4, []string{"x", "aaaa", "aaaa", "aa"}},
		{"äöü äöü", 3, []string{"äöü", "äöü"}},
	} {
		if got := wrap(tc.in, tc.width); !slices.Equal(got, tc.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tc.in, tc.width, got, tc.want)
		}
	}
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"äöü", 3, "äöü"},
		{"äöüß", 3, "äöü [1 more characters]"},
	} {
		if got := clip(tc.in, tc.n); got != tc.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
}
