package scaffold

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/golden"
	"graphpact/internal/graphdoc"
	"graphpact/internal/scenario"
)

func conventions(t *testing.T) *convention.Set {
	t.Helper()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	return conv
}

// page reads a page of the tests of package contract.
func page(t *testing.T, name string) Page {
	t.Helper()
	data, err := os.ReadFile("../contract/testdata/" + name + ".md")
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, name, data)
}

func parsed(t *testing.T, name string, data []byte) Page {
	t.Helper()
	doc := "docs/" + name + ".md"
	p, err := graphdoc.Parse(doc, data)
	if err != nil {
		t.Fatal(err)
	}
	op, err := contract.FromRequestLine(p, conventions(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	return Page{Doc: doc, Name: "v1.0/" + name, Operation: op}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	lantern, widget := page(t, "lantern-update"), page(t, "widget-update")
	for name, tc := range map[string]struct {
		docs    []string
		pages   []Page
		version string
	}{
		"one page":                 {[]string{"docs/lantern-update.md"}, []Page{lantern}, "1.2.3"},
		"two pages, no version":    {[]string{"docs/*.md"}, []Page{lantern, widget}, ""},
		"a folder with a blank":    {[]string{"our docs"}, []Page{lantern}, "1.2.3"},
		"a folder with a quote":    {[]string{"it's/docs"}, []Page{widget}, "1.2.3"},
		"no page, as none is read": {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := Files(tc.docs, tc.pages, "schemas", tc.version)
			var paths []string
			for _, f := range files {
				paths = append(paths, f.Path)
				golden.Check(t, path.Join(strings.NewReplacer(" ", "-", ",", "").Replace(name), strings.ReplaceAll(f.Path, ".github", "github")), f.Data)
				if s := string(f.Data); strings.Contains(s, "_HERE") {
					t.Errorf("%s holds a mark of the template:\n%s", f.Path, s)
				}
			}
			if paths[0] != Settings || paths[len(paths)-1] != Workflow || len(paths) != len(tc.pages)+2 {
				t.Errorf("files: %v", paths)
			}
			var settings struct {
				Doc     []string         `yaml:"doc"`
				Schemas string           `yaml:"schemas"`
				Values  map[string][]any `yaml:"values"`
			}
			if err := yaml.Unmarshal(files[0].Data, &settings); err != nil {
				t.Fatalf("%v\n%s", err, files[0].Data)
			}
			if !slices.Equal(settings.Doc, tc.docs) || settings.Schemas != "schemas" {
				t.Errorf("settings: %+v", settings)
			}
			if len(tc.pages) > 1 && len(settings.Values) > 0 {
				t.Errorf("values of one page hold for the others: %v", settings.Values)
			}
			var steps map[string]any
			if err := yaml.Unmarshal(files[len(files)-1].Data, &steps); err != nil {
				t.Errorf("the workflow is no YAML: %v", err)
			}
		})
	}
}

// The features must be ones that graphpact itself reads, for the page that they are of.
func TestFeaturesAreRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lantern-update", "widget-update"} {
		p := page(t, name)
		suite, err := scenario.Load(fstest.MapFS{"own.feature": {Data: feature(p)}}, p.Operation, conventions(t))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(suite.Cases); n < 2 {
			t.Errorf("%s: %d scenarios", name, n)
		}
	}
}

// A page from outside must not get lines of its own into a file.
func TestHostilePage(t *testing.T) {
	t.Parallel()
	text := "# Update \u202elamp\n\n## HTTP request\n\n```http\nPATCH /lamps/{lampId}\n```\n\n## Request body\n\n|Property|Type|Description|\n|:---|:---|:---|\n" +
		"|label|String|The label, for example `a: b # c\u2028  evil: true`.|\n|say \"x\"|String|A name with quotes.|\n|mode|String|Possible values are: `on\"`, `off`.|\n"
	p := parsed(t, "lamp-update", []byte(text))
	for _, f := range Files([]string{p.Doc}, []Page{p}, "schemas", "1.0.0") {
		if strings.ContainsAny(string(f.Data), "\u202e\u2028") {
			t.Errorf("%s holds characters that do not print:\n%q", f.Path, f.Data)
		}
		if f.Path == Settings {
			var settings map[string]any
			if err := yaml.Unmarshal(f.Data, &settings); err != nil || settings["evil"] != nil {
				t.Errorf("%v, %v\n%s", settings, err, f.Data)
			}
		}
	}
	if _, err := scenario.Load(fstest.MapFS{"own.feature": {Data: feature(p)}}, p.Operation, conventions(t)); err != nil {
		t.Error(err)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	files := []File{{Settings, []byte("doc: [a]\n")}, {Workflow, []byte("x")}}
	if got := Settle(files, nil); string(got[0].Data) != "doc: [a]\n" {
		t.Errorf("nothing to add: %q", got[0].Data)
	}
	got := Settle(files, []string{"metadata: m.csdl"})
	if want := "doc: [a]\n\n# How the pages are read, and what is read beside them.\nmetadata: m.csdl\n"; string(got[0].Data) != want || string(got[1].Data) != "x" {
		t.Errorf("got %q, %q", got[0].Data, got[1].Data)
	}
}
