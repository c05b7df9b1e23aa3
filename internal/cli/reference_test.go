package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/golden"
	"graphpact/internal/harness"
	"graphpact/internal/lint"
)

// TestReference: docs/reference is what the program says. -update writes it anew.
func TestReference(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(t *testing.T, b *bytes.Buffer){
		"commands.md":     writeCommandReference,
		"settings.md":     writeSettingsReference,
		"requirements.md": writeRequirementsReference,
		"findings.md":     writeFindingsReference,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			write(t, &b)
			golden.Check(t, "../../../docs/reference/"+name, b.Bytes())
		})
	}
}

// visible calls fn with each command that is offered, the root first.
func visible(cmd *cobra.Command, fn func(cmd *cobra.Command)) {
	fn(cmd)
	for _, c := range cmd.Commands() {
		if !c.Hidden && c.Name() != "help" {
			visible(c, fn)
		}
	}
}

func writeCommandReference(t *testing.T, b *bytes.Buffer) {
	t.Helper()
	fmt.Fprint(b, "# Commands\n\nThe help of each command, as `graphpact COMMAND --help` prints it. `make docs` writes this page.\n")
	visible((&app{}).newRootCommand(), func(cmd *cobra.Command) {
		var help bytes.Buffer
		cmd.SetOut(&help)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(b, "\n## %s\n\n```\n%s```\n", cmd.CommandPath(), help.String())
	})
}

func writeSettingsReference(_ *testing.T, b *bytes.Buffer) {
	type setting struct {
		flag     *pflag.Flag
		commands []string
	}
	settings := map[string]*setting{}
	visible((&app{}).newRootCommand(), func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if slices.Contains([]string{"help", "version", "config"}, f.Name) {
				return
			}
			s := settings[settingName(f)]
			if s == nil {
				s = &setting{flag: f}
				settings[settingName(f)] = s
			}
			s.commands = append(s.commands, strings.TrimPrefix(cmd.CommandPath(), "graphpact "))
		})
	})
	fmt.Fprint(b, `# Settings

Every flag is also a variable and a key of `+"`graphpact.yaml`"+` (`+"`--config`"+` or `+"`GRAPHPACT_CONFIG`"+` names another
file). A flag beats the variable, and the variable beats the file. A list is separated by commas in
a variable, and by lines where its values may hold a comma (header, query, values). A misspelt key is
an error that names its line. `+"`make docs`"+` writes this page.

| key | variable | flag of | meaning |
|---|---|---|---|
`)
	var names []string
	for name := range settings {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s := settings[name]
		_, usage := pflag.UnquoteUsage(s.flag)
		variables := append([]string{envName(name)}, s.flag.Annotations[variablesOf]...)
		key := "`" + name + "`"
		if name != s.flag.Name {
			key += " (`--" + s.flag.Name + "`)"
		}
		fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", key, strings.Join(variables, "`, `"), strings.Join(s.commands, ", "), strings.ReplaceAll(usage, "|", "\\|"))
	}
}

func writeRequirementsReference(t *testing.T, b *bytes.Buffer) {
	t.Helper()
	pages, err := harness.LoadPages(harness.PageConfig{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(b, `# Requirements

What is tested, by the id that reports, waivers and `+"`--only`"+` use. The levels are those of RFC 2119: a *must* that
fails fails the run, a *should* or *may* is a warning. A source that is the page means its own line, which each
report names. Rows come from the page under test. `+"`graphpact list --doc PAGE`"+` lists the requirements of a page,
and `+"`graphpact explain UPD-06`"+` tells how one is tested. `+"`make docs`"+` writes this page.

| id | level | what is required | who asks for it | Pact |
|---|---|---|---|---|
`)
	last := ""
	for _, c := range pages.Operations[0].Suite.Cases {
		if c.ID == last {
			continue
		}
		last = c.ID
		source := "the page"
		if c.Source.Kind != "doc" {
			rule, _ := pages.Conventions.Rule(c.Source.Ref)
			source = fmt.Sprintf("[%s](%s)", c.Source.Clause, rule.URL)
		}
		pact := ""
		if c.Pact {
			pact = "yes"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", c.ID, c.Level, strings.ReplaceAll(cmp.Or(c.Outline, c.Name), "<", "&lt;"), source, pact)
	}
}

func writeFindingsReference(_ *testing.T, b *bytes.Buffer) {
	fmt.Fprint(b, `# Findings

What graphpact says about a page, by the id that `+"`graphpact lint`"+`, its baselines and SARIF files use. A *defect* is a
fault of the page; an *assumption* is what was taken where the page is silent. Neither changes a verdict on an
endpoint. `+"`make docs`"+` writes this page.

| id | level | kind | what is so | what to do |
|---|---|---|---|---|
`)
	for _, r := range lint.Rules() {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", r.ID, r.Level, r.Kind, strings.ReplaceAll(r.Summary, "|", "\\|"), strings.ReplaceAll(r.Fix, "|", "\\|"))
	}
}
