package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kballard/go-shellquote"

	"graphpact/internal/cli"
)

// documents are the texts that a user reads, by their path from the root, and the workflows
// that the documentation offers.
func documents(t *testing.T) map[string]string {
	t.Helper()
	root := projectRoot(t)
	out := map[string]string{}
	add := func(path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(rel)] = string(data)
	}
	for _, file := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "reports/README.md", "features/README.md", "action.yml", "Dockerfile"} {
		add(filepath.Join(root, file))
	}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && slices.Contains([]string{".md", ".yml", ".yaml"}, filepath.Ext(path)) {
			add(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLinks: each link of the documentation to a file, and to a heading of it, leads there.
func TestLinks(t *testing.T) {
	t.Parallel()
	root := projectRoot(t)
	docs := documents(t)
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	checked := 0
	for name, text := range docs {
		if filepath.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			checked++
			file := name
			if target != "" {
				file = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", name, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(docs[file]), anchor) {
				t.Errorf("%s: %s has no heading #%s", name, file, anchor)
			}
		}
	}
	if checked < 50 {
		t.Errorf("%d links are few: are they found?", checked)
	}
}

var fences = regexp.MustCompile("(?ms)^```.*?^```$")

// anchors are the names that a Markdown viewer gives to the headings.
func anchors(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(m[1], ""))
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}

// TestDocumentedCommands: each command line of graphpact in the documentation and in the
// workflows has a command and flags that there are.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	checked := 0
	for name, text := range documents(t) {
		for _, line := range commandLines(name, text) {
			checked++
			args, err := shellquote.Split(line)
			if err != nil {
				t.Errorf("%s: graphpact %s: %v", name, line, err)
				continue
			}
			var out bytes.Buffer
			if code := cli.Run(t.Context(), append(args, "--help"), nil, nil, &out, &out); code != cli.ExitConformant {
				t.Errorf("%s: graphpact %s: exit code %d, %s", name, line, code, firstLine(out.String()))
			}
		}
	}
	if checked < 100 {
		t.Errorf("%d command lines are few: are they found?", checked)
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// commandLines are the lines of graphpact in the code of a document, without what a shell
// would do with them.
func commandLines(name, text string) []string {
	if strings.HasPrefix(name, "docs/reference/") || name == "docs/matrix.md" {
		return nil // generated from the program
	}
	text = regexp.MustCompile(`(?m)>-\n +`).ReplaceAllString(text, "")       // folded in YAML
	text = regexp.MustCompile(`\\\n\s+`).ReplaceAllString(text, " ")         // continued in a shell
	text = regexp.MustCompile(`(?m)\n {10}--`).ReplaceAllString(text, " --") // the rest of what is folded
	start := regexp.MustCompile(`(?m)(?:^(?: {4}|\t)|^ *- run: |^ +|[(&|] *|` + "`" + `)(?:\./)?(?:bin/|unpacked/bin/)?graphpact ([a-z][a-z-]* ?[^\n` + "`" + `]*)`)
	var out []string
	for _, m := range start.FindAllStringSubmatch(text, -1) {
		line := m[1]
		for _, end := range []string{" #", " &&", " ||", " | ", " >", " <", ")", ";", " &"} { // of the shell
			line, _, _ = strings.Cut(line, end)
		}
		line = strings.NewReplacer(`"$`, "$", `"`, "", "…", "x", "[…]", "").Replace(line)
		line = regexp.MustCompile(`\$\{\{[^}]*\}\}`).ReplaceAllString(line, "x")
		out = append(out, strings.TrimRight(line, " .,:"))
	}
	return out
}

// TestReadmeIsShort: who meets graphpact reads it to the end.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := len(strings.Fields(documents(t)["README.md"])); n >= 900 {
		t.Errorf("README.md has %d words; move what is not for the first minutes to docs/", n)
	}
}
