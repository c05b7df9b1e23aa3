package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"graphpact/internal/scenario"
)

func (a *app) listCommand() *cobra.Command {
	var (
		pages  pageFlags
		tags   string
		format string
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the requirements with level, source and scenario",
		Example: `  graphpact list
  graphpact list --tags '@must and @source:doc'
  graphpact list --doc conditionalaccesspolicy-update.md --format json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if format != "table" && format != "json" {
				return fmt.Errorf("--format %q: choose table or json", format)
			}
			ops, _, err := pages.load()
			if err != nil {
				return err
			}
			var cases []listed
			for _, op := range ops {
				selected, _, err := op.suite.Select(scenario.Selection{Tags: tags})
				if err != nil {
					return err
				}
				for _, c := range selected {
					cases = append(cases, newListed(op, c))
				}
			}
			if len(cases) == 0 {
				return nothingMatches(tags)
			}
			if format == "json" {
				enc := json.NewEncoder(a.stdout)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				return enc.Encode(cases)
			}
			return a.printTable(cases)
		},
	}
	pages.add(cmd)
	cmd.Flags().StringVar(&tags, "tags", "", "list only what the Cucumber tag expression `EXPR` selects")
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	return cmd
}

// listed is a requirement as `list --format json` prints it.
type listed struct {
	key       string
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
	Absent    string `json:"notTested,omitempty"`
}

func newListed(op operation, c scenario.Case) listed {
	return listed{
		key: c.Key(), ID: c.ID, Case: c.Row, Level: string(c.Level), Source: c.Source.Kind, Ref: c.Source.Ref, Clause: c.Source.Clause,
		Pact: c.Pact, Scenario: c.Name, Feature: fmt.Sprintf("%s:%d", c.Feature.URI, c.Feature.Line),
		Operation: op.Method.Value + " " + op.Path.Template, Absent: c.Absent,
	}
}

func (a *app) printTable(cases []listed) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	operation := ""
	for _, c := range cases {
		if c.Operation != operation {
			operation = c.Operation
			fmt.Fprintf(w, "%s\n", operation)
			fmt.Fprintln(w, "ID\tLEVEL\tSOURCE\tPACT\tSCENARIO")
		}
		source := c.Ref
		if c.Clause != "" {
			source = c.Clause
		}
		pact, name := "", c.Scenario
		if c.Pact {
			pact = "pact"
		}
		if c.Absent != "" {
			name += " (not tested: " + c.Absent + ")"
		}
		fmt.Fprintln(w, strings.Join([]string{c.key, c.Level, source, pact, name}, "\t"))
	}
	return w.Flush()
}

// nothingMatches is the error of a selection without a case.
func nothingMatches(tags string) error {
	if tags == "" {
		return &exitError{exitNothingRan, fmt.Errorf("there is no scenario")}
	}
	return &exitError{exitNothingRan, fmt.Errorf("no scenario matches %q; `graphpact list` shows all with their tags", tags)}
}
