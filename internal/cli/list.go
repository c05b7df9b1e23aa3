package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/convention"
	"graphpact/internal/harness"
	"graphpact/internal/scenario"
)

func (a *app) newListCommand() *cobra.Command {
	var (
		pages  pageOptions
		tags   string
		format string
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the requirements with level, source and scenario",
		Long: `list shows every requirement that the pages give: its id and level, what it asks
for, and the line of the page or the clause of the convention behind it.

Exit codes:
  0    the requirements are listed
  2    wrong usage or configuration, or a page that cannot be read
  4    --tags matches nothing, or there is no scenario`,
		Example: `  graphpact list
  graphpact list --tags '@must and @source:doc'
  graphpact list --doc conditionalaccesspolicy-update.md --format json
  graphpact list --doc api-reference --tags @must`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := pages.load()
			if err != nil {
				return err
			}
			var cases []listed
			refused := a.tellRefused(loaded)
			for _, op := range loaded.Operations {
				selected, _, err := op.Select(scenario.Selection{Tags: tags})
				if err != nil {
					return err
				}
				for _, c := range selected {
					l := newListed(op, c)
					if len(loaded.Operations) > 1 {
						l.Page = op.PageID()
					}
					cases = append(cases, l)
				}
			}
			if len(cases) == 0 {
				return loaded.NothingMatches(tags)
			}
			show := a.printTable
			if format == "json" {
				show = func(cases []listed) error { return a.printJSON(cases) }
			}
			if err := show(cases); err != nil {
				return err
			}
			return refused
		},
	}
	pages.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&tags, "tags", "", "list only what the Cucumber tag expression `EXPR` selects")
		declareFormat(fs, &format, "table", "json")
	})
	return cmd
}

// listed is a requirement as `list --format json` prints it.
type listed struct {
	outline   string
	ID        string `json:"id"`
	Case      string `json:"case,omitempty"`
	Level     string `json:"level"`
	Source    string `json:"source"` // doc or convention
	Ref       string `json:"ref"`    // page.md:72, or the id of the convention
	Clause    string `json:"clause,omitempty"`
	Pact      bool   `json:"pact"`
	Scenario  string `json:"scenario"`
	Feature   string `json:"feature"` // file:line
	Operation string `json:"operation"`
	Page      string `json:"page,omitempty"` // in front of the id it chooses among pages
	Absent    string `json:"notTested,omitempty"`
}

func newListed(op harness.Operation, c scenario.Case) listed {
	return listed{
		outline: c.Outline, ID: c.ID, Case: c.Row, Level: string(c.Level), Source: c.Source.Kind, Ref: c.Source.Ref, Clause: c.Source.Clause,
		Pact: c.Pact, Scenario: c.Name, Feature: fmt.Sprintf("%s:%d", c.Feature.URI, c.Feature.Line),
		Operation: op.ID(), Absent: c.Absent,
	}
}

// printTable prints each requirement once, with its rows below.
func (a *app) printTable(cases []listed) error {
	const idWidth, levelWidth = 8, 8
	var b strings.Builder
	operation := ""
	for i := 0; i < len(cases); {
		c := cases[i]
		rows := 1
		for i+rows < len(cases) && cases[i+rows].ID == c.ID && cases[i+rows].Operation == c.Operation {
			rows++
		}
		if c.Operation != operation {
			if operation != "" {
				b.WriteByte('\n')
			}
			operation = c.Operation
			title := operation
			if c.Page != "" {
				title += "  (" + c.Page + ")"
			}
			fmt.Fprintf(&b, "%s\n", a.beside("", title))
		}
		below := strings.Repeat(" ", idWidth+levelWidth)
		fmt.Fprintf(&b, "%s\n", hang(fmt.Sprintf("%-*s%-*s", idWidth, c.ID, levelWidth, c.Level), c.outline, a.columns(), 0))
		fmt.Fprintf(&b, "%s\n", hang(below, sources(cases[i:i+rows]), a.columns(), 0))
		if c.Absent != "" {
			fmt.Fprintf(&b, "%s\n", hang(below+"not tested: ", c.Absent, a.columns(), 0))
		}
		if c.Case != "" {
			var names []string
			for _, row := range cases[i : i+rows] {
				names = append(names, row.Case)
			}
			fmt.Fprintf(&b, "%s\n", hang(below+"rows: ", strings.Join(names, ", "), a.columns(), 0))
		}
		i += rows
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// sources says who asks for a requirement with its rows, and whether it is in the Pact.
func sources(rows []listed) string {
	var out []string
	for _, c := range rows {
		if source := cmp.Or(c.Clause, c.Ref); !slices.Contains(out, source) {
			out = append(out, source)
		}
	}
	text := strings.Join(out, "; ")
	if rows[0].Pact {
		text += "; in the Pact"
	}
	return text
}

func (a *app) newExplainCommand() *cobra.Command {
	var pages pageOptions
	cmd := &cobra.Command{
		Use:   "explain REQUIREMENT",
		Short: "Say what a requirement means, and how it is tested",
		Long: `explain says what a requirement means, who asks for it, how it is tested, which
rows the page gives it, and how to run it alone.

Exit codes:
  0    the requirement is explained
  2    wrong usage or configuration, a page that cannot be read, or no
       requirement of that name`,
		Example: `  graphpact explain UPD-06
  graphpact explain 'UPD-01[color=blue]'
  graphpact explain --doc api-reference 'beta/lamp-update#UPD-06'`,
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return completeRequirements(cmd), cobra.ShellCompDirectiveNoFileComp
		},
		Args: wantsArgs(1, 1, "a REQUIREMENT, as graphpact explain UPD-06"),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := pages.load()
			if err != nil {
				return err
			}
			refused := a.tellRefused(loaded)
			found := false
			for _, op := range loaded.Operations {
				cases, _, err := op.Select(scenario.Selection{Only: args})
				if err != nil {
					return err
				}
				if len(cases) > 0 {
					found = true
					page := ""
					if len(loaded.Operations) > 1 {
						page = op.PageID()
					}
					a.explain(op, cases, loaded.Conventions, alone(cmd, page, args[0], cases))
				}
			}
			if !found {
				return loaded.UnknownRequirements(args)
			}
			return refused
		},
	}
	pages.declare(cmd)
	return cmd
}

// alone is the command that runs what the name means, on the same pages: a row where the
// name names one. page is that of the cases where there are several, else empty.
func alone(cmd *cobra.Command, page, name string, cases []scenario.Case) string {
	line := newCommandLine("graphpact run")
	line.repeat(cmd.Flags(), always)
	meant := cases[0].ID
	if key := cases[0].Key(); strings.HasSuffix(strings.ToLower(name), strings.ToLower(key)) {
		meant = key
	}
	line.add("only", harness.OfPage(page, meant))
	return line.String()
}

func (a *app) explain(op harness.Operation, cases []scenario.Case, conv *convention.Set, alone string) {
	c := cases[0]
	p := func(format string, args ...any) { fmt.Fprintf(a.stdout, format+"\n", args...) }
	name := c.Name
	if len(cases) > 1 {
		name = c.Outline
	}
	p("%s", a.beside(c.ID+"  ", name))
	p("")
	p("%s", a.beside("Operation  ", op.ID()))
	p("Level      %s", levels[string(c.Level)])
	if c.Source.Kind == "doc" {
		p("%s", a.beside("Source     ", "the page, "+c.Source.Ref))
	} else {
		p("%s", a.beside("Source     ", fmt.Sprintf("a convention, %s (%s)", c.Source.Clause, c.Source.Ref)))
	}
	p("%s", a.beside("           ", c.Source.Summary))
	if rule, ok := conv.Rule(c.Source.Ref); ok && c.Source.Kind == "convention" {
		p("           %s", rule.URL)
	}
	if c.Pact {
		p("Pact       an interaction of the contract")
	}
	p("%s", a.beside("Feature    ", fmt.Sprintf("%s:%d, %s", c.Feature.URI, c.Feature.Line, c.Feature.Feature)))
	if c.Absent != "" {
		p("\nNot tested: %s.", c.Absent)
		return
	}
	p("\nHow it is tested:")
	for _, s := range c.Steps {
		p("%s", a.beside(fmt.Sprintf("  %5s ", s.Keyword), s.Text))
	}
	if c.Row != "" {
		rows := make([]string, len(cases))
		for i, c := range cases {
			rows[i] = c.Key()
		}
		p("\nRows, from the page:\n  %s", strings.Join(rows, "\n  "))
	}
	p("\nRun it alone:\n  %s", alone)
}

var levels = map[string]string{
	"must":   "must: a failure fails the run",
	"should": "should: a failure is a warning",
	"may":    "may: optional; a failure is a warning",
}
