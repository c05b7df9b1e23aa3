package pageset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree writes files and gives their folder.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		name, text, _ := strings.Cut(f, "=")
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := tree(t, "ref/v1.0/api/lamp-update.md", "ref/beta/api/lamp-update.md", "ref/beta/api/Room-Update.MD", "ref/beta/api/note.txt",
		"ref/.hidden/x.md", "other/one.md", "empty/note.txt", "odd/[x].md")
	at := func(rel string) string { return filepath.Join(dir, filepath.FromSlash(rel)) }
	for _, c := range []struct {
		name string
		args []string
		want string // Rel of each file, ! after one that was named
	}{
		{"a file", []string{"ref/beta/api/lamp-update.md"}, "lamp-update.md!"},
		{"a folder", []string{"ref"}, "beta/api/Room-Update.MD beta/api/lamp-update.md v1.0/api/lamp-update.md"},
		{"two folders", []string{"ref/v1.0", "ref/beta"}, "v1.0/api/lamp-update.md beta/api/Room-Update.MD beta/api/lamp-update.md"},
		{"a pattern", []string{"ref/*/api/lamp-*.md"}, "beta/api/lamp-update.md v1.0/api/lamp-update.md"},
		{"any depth", []string{"ref/**/*.md"}, ".hidden/x.md beta/api/lamp-update.md v1.0/api/lamp-update.md"},
		{"files of two folders", []string{"ref/v1.0/api/lamp-update.md", "ref/beta/api/lamp-update.md"}, "v1.0/api/lamp-update.md! beta/api/lamp-update.md!"},
		{"each once", []string{"ref", "ref/v1.0/api/lamp-update.md", "ref/v1.0/./api/lamp-update.md"},
			"beta/api/Room-Update.MD beta/api/lamp-update.md v1.0/api/lamp-update.md!"},
		{"a named file has any ending", []string{"ref/beta/api/note.txt"}, "note.txt!"},
		{"a file whose name is a pattern", []string{"odd/[x].md"}, "[x].md!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := make([]string, len(c.args))
			for i, a := range c.args {
				args[i] = dir + string(filepath.Separator) + filepath.FromSlash(a)
			}
			files, err := Find(args)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range files {
				if f.Named {
					f.Rel += "!"
				}
				got = append(got, f.Rel)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
	for arg, want := range map[string]string{
		at("none.md"): "no such file", at("empty"): "no *.md file is in the folder", at("other/x*.md"): "no *.md file matches", at("other/[.md"): "not a valid pattern", "": "empty name",
	} {
		if _, err := Find([]string{at("other"), arg}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", arg, err, want)
		}
	}
}

// What is written for a page stays below the folder that it is written to.
func TestBelow(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"a", "a/b/c.md", "b/c.md"}, {"", "../x/c.md", "x/c.md"}, {"/", "/etc/c.md", "etc/c.md"}, {"", "c.md", "c.md"}, {"", "/a/../../c.md", "c.md"},
	} {
		if got := below(c[0], c[1]); got != c[2] {
			t.Errorf("%s below %q is %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

func TestVersionAndID(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"/ref/v1.0/api/lamp-update.md", "v1.0", "v1.0/lamp-update"},
		{"/beta/ref/v1.0/lamp-update.md", "v1.0", "v1.0/lamp-update"},
		{"/ref/docs/beta.md", "", "beta"},
	} {
		if v, id := Version(c[0]), ID(c[0]); v != c[1] || id != c[2] {
			t.Errorf("%s is %q, %q; want %q, %q", c[0], v, id, c[1], c[2])
		}
	}
}

func TestContents(t *testing.T) {
	t.Parallel()
	dir := tree(t,
		"ref/beta/api/lamp-update.md=", "ref/beta/api/lost-update.md=", "ref/beta/toc/lights/toc.yml=items:\n- name: Lamp\n  href: ../../resources/lamp.md\n  items:\n  - name: Update\n    href: ../../api/LAMP-update.md?toc=x\n",
		"ref/v1.0/toc.yml=- name: Other\n  topicHref: api/other-update.md\n  href: https://example.com/api/lamp-update.md\n", "ref/v1.0/api/lamp-update.md=", "ref/v1.0/api/other-update.md=",
		"bad/toc.yml=- {", "bad/api/x.md=", "none/api/x.md=", "none/.git/config=", "toc.yml=- href: none/api/x.md\n")
	c := NewContents()
	for file, want := range map[string]string{
		"ref/beta/api/lamp-update.md": "listed", "ref/beta/api/lost-update.md": "missing",
		"ref/v1.0/api/other-update.md": "listed", "ref/v1.0/api/lamp-update.md": "missing", "none/api/x.md": "unknown", "bad/api/x.md": "error",
	} {
		got := "unknown"
		listed, known, err := c.Lists(filepath.Join(dir, filepath.FromSlash(file)))
		switch {
		case err != nil:
			got = "error"
		case known && listed:
			got = "listed"
		case known:
			got = "missing"
		}
		if got != want {
			t.Errorf("%s is %s, want %s (%v)", file, got, want, err)
		}
	}
}
