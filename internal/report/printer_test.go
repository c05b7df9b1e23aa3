package report

import (
	"slices"
	"testing"
)

func TestWrapAndClip(t *testing.T) {
	t.Parallel()
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
