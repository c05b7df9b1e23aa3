// Package scaffold writes what a team owns from then on that tests an operation: settings,
// scenarios of its own, and a CI workflow. What is written is text for people to read and
// change; it holds nothing that the pages do not say.
package scaffold

import (
	"cmp"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/safetext"
	"graphpact/internal/schema"
)

// File is a file to write, by its path below the folder, with slashes.
type File struct {
	Path string
	Data []byte
}

// Page is a page with its contract.
type Page struct {
	// Doc is the file as the settings name it, and Name a short name for the folder of its
	// scenarios.
	Doc, Name string
	Operation *contract.Operation
}

// The files beside the schemas.
const (
	Settings = "graphpact.yaml"
	Workflow = ".github/workflows/graphpact.yml"
	Features = "features"
	Baseline = "lint-baseline.json"
)

//go:embed workflow.yml
var workflow string

// Files gives the settings, a feature for each page, and the workflow, which installs the
// version of graphpact; "" leaves the version to a variable of the repository. docs are the
// files, folders and patterns that give the pages.
func Files(docs []string, pages []Page, schemas, version string) []File {
	files := []File{{Settings, settings(docs, pages, schemas)}}
	var named, own []string
	for _, d := range docs {
		named = append(named, quote(d))
	}
	for _, p := range pages {
		files = append(files, File{FeatureFolder(p) + "/" + lastName(p.Name) + ".feature", feature(p)})
		own = append(own, fmt.Sprintf("          graphpact run --doc %s --features %s --no-pact --out reports/own/%s", quote(p.Doc), FeatureFolder(p), p.Name))
	}
	text := strings.NewReplacer("VERSION_HERE", cmp.Or(version, "${{ vars.GRAPHPACT_VERSION }}"), "PAGES_HERE", strings.Join(named, " "), "SCHEMAS_HERE", schemas,
		"BASELINE_HERE", Baseline, "          OWN_HERE", strings.Join(own, "\n")).Replace(workflow)
	return append(files, File{Workflow, []byte(text)})
}

// Settle adds lines to the settings file that is among the files.
func Settle(files []File, lines []string) []File {
	for i, f := range files {
		if f.Path == Settings && len(lines) > 0 {
			files[i].Data = slices.Concat(f.Data, []byte("\n# How the pages are read, and what is read beside them.\n"+strings.Join(lines, "\n")+"\n"))
		}
	}
	return files
}

// FeatureFolder is the folder of the scenarios of a page.
func FeatureFolder(p Page) string { return Features + "/" + p.Name }

func lastName(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// plain is what a POSIX shell and YAML take as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func settings(docs []string, pages []Page, schemas string) []byte {
	var b strings.Builder
	b.WriteString(`# Settings of graphpact; each flag is a key (graphpact run --help).
# A flag beats a variable GRAPHPACT_…, and a variable beats this file.

# The pages that are tested: files, folders or patterns.
doc:
`)
	for _, d := range docs {
		fmt.Fprintf(&b, "  - %s\n", schema.Text(d))
	}
	fmt.Fprintf(&b, `
# Where derive writes the schemas, and compares them with --check.
schemas: %s

# The endpoint. Without one, a run is against the embedded mock.
# endpoint: https://graph.microsoft.com/beta
# allow-host: [graph.microsoft.com]
# token-env: GRAPH_TOKEN
`, schema.Text(schemas))
	if names := params(pages); len(names) > 0 {
		b.WriteString("# param:\n")
		for _, name := range names {
			fmt.Fprintf(&b, "#   %s: …\n", name)
		}
	}
	b.WriteString(`
# What is sent for a property, those first that stand first. Here is what the pages name;
# where they name nothing the line is commented out: put in a value that the endpoint takes.
# Members of enums come from the pages.
values:
`)
	active := values(&b, pages)
	text := b.String()
	if !active {
		text = strings.Replace(text, "\nvalues:\n", "\n# values:\n", 1)
	}
	return []byte(text)
}

func params(pages []Page) []string {
	var names []string
	for _, p := range pages {
		for _, param := range p.Operation.Path.Params {
			if !slices.Contains(names, param.Name) {
				names = append(names, param.Name)
			}
		}
	}
	return names
}

// values writes a line for each property that a client may set, and reports whether one of
// them is no comment. Of several pages all are comments: what one page takes another may not
// have.
func values(b *strings.Builder, pages []Page) (active bool) {
	for _, p := range pages {
		for _, prop := range p.Operation.Settable() {
			if prop.Type.IsEnum() {
				continue
			}
			n := 2
			if prop.Type.Collection { // a list is one value
				n = 1
			}
			found := prop.Values(nil, n)
			vouched := len(found) > 0 && !slices.ContainsFunc(found, func(v contract.Value) bool { return !v.Vouched() })
			// A date that lies ahead today does not one day.
			passes := prop.Bounds.Future.Value || prop.Bounds.Past.Value
			mark := "  "
			if !vouched || passes || len(pages) > 1 {
				mark = "#  "
			} else {
				active = true
			}
			fmt.Fprintf(b, "%s%s: %s  # %s\n", mark, key(prop.Name), list(prop, found), safetext.Line(reason(prop, found)))
		}
	}
	return active
}

func list(p contract.Property, found []contract.Value) string {
	if p.Type.Collection && len(found) == 1 {
		return safetext.Line(schema.Text(found[0].JSON))
	}
	texts := make([]string, len(found))
	for i, v := range found {
		texts[i] = schema.Text(v.JSON)
	}
	return safetext.Line("[" + strings.Join(texts, ", ") + "]")
}

func reason(p contract.Property, found []contract.Value) string {
	if len(found) == 0 {
		return fmt.Sprintf("%s: the page does not say enough to make a value", p.Source.Short())
	}
	return found[0].From()
}

func key(name string) string {
	if plain.MatchString(name) {
		return name
	}
	return schema.Text(name)
}

// feature is a file of scenarios in the words of the suite, with the values of the page.
func feature(p Page) []byte {
	op := p.Operation
	var b strings.Builder
	fmt.Fprintf(&b, `# Scenarios of your own for %s
# (%s). They run beside the suite of graphpact, which `+"`graphpact list`"+` shows:
#   graphpact run --doc %s --features %s --no-pact
# Each needs an id of its own, a strength, and what asks for it. The sentences are those of
# the suite; `+"`graphpact explain UPD-02`"+` shows them at work.
Feature: %s, as we use it

`, op.Name(), safetext.Line(p.Doc), quote(p.Doc), FeatureFolder(p), safetext.Line(op.Title.Value))
	n := 0
	scenario := func(tags, name string, steps ...string) {
		n++
		fmt.Fprintf(&b, "  @req:OWN-%02d @must @source:doc %s\n  Scenario: %s\n", n, tags, safetext.Line(name))
		for _, s := range steps {
			fmt.Fprintf(&b, "    %s\n", safetext.Line(s))
		}
		b.WriteByte('\n')
	}
	scenario("@fact:status @proves:update", fmt.Sprintf("an update is answered with %d", op.Success.Status),
		"Given the entity", "When the client makes a documented update", "Then the response has the documented status")
	for _, prop := range op.Settable() {
		if strings.ContainsAny(prop.Name, " \"") || len(prop.Values(nil, 1)) == 0 {
			continue
		}
		if members := prop.Type.SettableMembers(); prop.Type.IsEnum() && !prop.Type.Collection && len(members) > 1 && !strings.Contains(members[0].Value, `"`) {
			m := members[0].Value
			scenario("@fact:enum", fmt.Sprintf("%s can be set to %s", prop.Name, m), fmt.Sprintf("Given the entity with %s other than %q", prop.Name, m),
				fmt.Sprintf("When the client sets %s to %q", prop.Name, m), "Then the response has the documented status",
				fmt.Sprintf("And a following GET shows %s as %q", prop.Name, m))
			continue
		}
		scenario("@fact:properties", prop.Name+" can be set, and is shown", "Given the entity", "When the client sets only "+prop.Name,
			"Then the update succeeds", fmt.Sprintf("And a following GET shows %s as sent", prop.Name))
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
