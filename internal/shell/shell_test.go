package shell

import (
	"os/exec"
	"testing"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"":                    "''",
		"a.b/c:d=e@f%g+h,-_":  "a.b/c:d=e@f%g+h,-_",
		"it's":                `'it'\''s'`,
		"$HOME `id` \"x\" \\": "'$HOME `id` \"x\" \\'",
		"a\nb":                "'a\nb'",
		"é~*":                 "'é~*'",
	} {
		got := Quote(word)
		if got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
		for _, quoted := range []string{got, SingleQuote(word)} {
			out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quoted).Output()
			if err != nil || string(out) != word {
				t.Errorf("the shell reads %s as %q, %v", quoted, out, err)
			}
		}
	}
}
