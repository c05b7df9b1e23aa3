package harness

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// writeTree writes files below a folder.
func writeTree(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// resourceText is a resource page of a type.
func resourceText(name string) string {
	return "# " + name + " resource type\n\nNamespace: example\n\n|Property|Type|Description|\n|-|-|-|\n|a|String|A.|\n"
}

func TestResourcePages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	checkout := filepath.Join(dir, "docs", "api-reference", "v1.0")
	writeTree(t, dir, map[string]string{
		"docs/api-reference/v1.0/api/lamp-update.md":       "# Update lamp\n",
		"docs/api-reference/v1.0/resources/lamp.md":        resourceText("lamp"),
		"docs/api-reference/v1.0/resources/CamelCase.md":   resourceText("camelCase"),
		"docs/api-reference/v1.0/resources/rooms-shade.md": resourceText("shade"),
		"docs/api-reference/v1.0/resources/broken.md":      "\xff",
		"docs/api-reference/v1.0/resources/long.md":        strings.Repeat("#", maxResourcePage+1),
		"docs/api-reference/beta/resources/lamp.md":        resourceText("betaLamp"),
		"docs/secret.md":            resourceText("outside"),
		"own/deep/er/bulb.md":       resourceText("bulb"),
		"own/lamp.md":               resourceText("otherLamp"),
		"plain/pages/fan-update.md": "# Update fan\n",
		"plain/pages/fan.md":        resourceText("fan"),
		"plain/resources/blade.md":  resourceText("blade"),
		"secret.md":                 resourceText("outside"),
	})
	if err := os.Symlink(filepath.Join(dir, "secret.md"), filepath.Join(checkout, "resources", "escape.md")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(checkout, "resources", "pipe.md"), 0o600); err != nil {
		t.Fatal(err)
	}
	page, plain := filepath.Join(checkout, "api", "lamp-update.md"), filepath.Join(dir, "plain", "pages", "fan-update.md")
	for _, tt := range []struct {
		name, dir, file, target string
		want, refused           string
	}{
		{"within the checkout", "", page, "../resources/lamp.md", "lamp", ""},
		{"another version of the checkout", "", page, "../../beta/resources/lamp.md", "betaLamp", ""},
		{"another letter case", "", page, "../resources/camelcase.MD", "camelCase", ""},
		{"beside the page", "", plain, "fan.md", "fan", ""},
		{"a sibling of the page's folder", "", plain, "../resources/blade.md", "blade", ""},
		{"absent", "", page, "../resources/none.md", "", ""},
		{"outside of the checkout", "", page, "../../../secret.md", "", ""},
		{"outside of the page's tree", "", plain, "../../secret.md", "", ""},
		{"absolute", "", page, filepath.Join(dir, "secret.md"), "", ""},
		{"an address", "", page, "https://example.com/resources/lamp.md", "", ""},
		{"a protocol of Windows", "", page, `C:\resources\lamp.md`, "", ""},
		{"no Markdown", "", page, "../resources/lamp.yml", "", ""},
		{"a link that leads outside", "", page, "../resources/escape.md", "", "escape"},
		{"a pipe", "", page, "../resources/pipe.md", "", "not a regular file"},
		{"broken", "", page, "../resources/broken.md", "", "not UTF-8"},
		{"too long", "", page, "../resources/long.md", "", "longer than 1 MB"},
		{"from the folder of the user", "own", page, "../resources/bulb.md", "bulb", ""},
		{"the checkout goes first", "own", page, "../resources/lamp.md", "lamp", ""},
		{"within the folder of the user", "own", filepath.Join(dir, "own", "lamp.md"), "deep/er/bulb.md", "bulb", ""},
		{"out of the folder of the user", "own", filepath.Join(dir, "own", "lamp.md"), "../secret.md", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			own := ""
			if tt.dir != "" {
				own = filepath.Join(dir, tt.dir)
			}
			r, err := newResourcePages(treePlace{}, treePlace{}, own)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for range 2 { // the second time from memory
				res, err := r.Linked(tt.file, tt.target)
				if tt.refused != "" {
					if err == nil || !strings.Contains(err.Error(), tt.refused) {
						t.Errorf("%v, want %s", err, tt.refused)
					}
					continue
				}
				got := ""
				if res != nil {
					got = res.Name.Value
				}
				if got != tt.want || err != nil {
					t.Errorf("%q, %v; want %q", got, err, tt.want)
				}
			}
		})
	}
	r, err := newResourcePages(treePlace{}, treePlace{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for name, want := range map[string]bool{
		"lamp": true, "example.lamp": true, "other.LAMP": true, "example.rooms.shade": true, "example.shade": false, "none": false, "../secret": false, "": false,
	} {
		if got := r.Named(page, name); (got != nil) != want {
			t.Errorf("Named(%q) is %+v", name, got)
		}
	}
	for _, bad := range []string{filepath.Join(dir, "none"), page} {
		if _, err := newResourcePages(treePlace{}, treePlace{}, bad); err == nil || !strings.HasPrefix(err.Error(), "--resources: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][2]string{
		"/a/api-reference/v1.0/api/x.md":  {"/a/api-reference", "v1.0/api/x.md"},
		"api-reference/v1.0/api/x.md":     {"api-reference", "v1.0/api/x.md"},
		"../d/api-reference/beta/a/x.md":  {"../d/api-reference", "beta/a/x.md"},
		"docs/pages/x.md":                 {"docs", "pages/x.md"},
		"/docs/pages/x.md":                {"/docs", "pages/x.md"},
		"/pages/x.md":                     {"/", "pages/x.md"},
		"/x.md":                           {"/", "x.md"},
		"./a/../docs/pages/../pages/x.md": {"docs", "pages/x.md"},
	} {
		dir, rel := place(filepath.FromSlash(file))
		if filepath.ToSlash(dir) != want[0] || rel != want[1] {
			t.Errorf("%s: %s, %s; want %s", file, dir, rel, want)
		}
	}
}
