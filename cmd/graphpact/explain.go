package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"graphpact/internal/convention"
	"graphpact/internal/scenario"
)

func (a *app) explainCommand() *cobra.Command {
	var pages pageFlags
	cmd := &cobra.Command{
		Use:   "explain REQUIREMENT",
		Short: "Say what a requirement means, who asks for it, and how it is tested",
		Example: `  graphpact explain UPD-06
  graphpact explain 'UPD-01[color=blue]'`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			ops, conv, err := pages.load()
			if err != nil {
				return err
			}
			found := false
			for _, op := range ops {
				cases, _, err := op.suite.Select(scenario.Selection{Only: args})
				if err != nil {
					return err
				}
				if len(cases) > 0 {
					found = true
					a.explain(op, cases, conv)
				}
			}
			if !found {
				return unknownRequirements(args)
			}
			return nil
		},
	}
	pages.add(cmd)
	return cmd
}

func (a *app) explain(op operation, cases []scenario.Case, conv *convention.Set) {
	c := cases[0]
	p := func(format string, args ...any) { fmt.Fprintf(a.stdout, format+"\n", args...) }
	name := c.Name
	if len(cases) > 1 {
		name = c.Outline
	}
	p("%s  %s", c.ID, name)
	p("")
	p("Operation  %s %s", op.Method.Value, op.Path.Template)
	p("Level      %s", levelMeaning[string(c.Level)])
	if c.Source.Kind == "doc" {
		p("Source     the page, %s", c.Source.Ref)
	} else {
		p("Source     a convention, %s (%s)", c.Source.Clause, c.Source.Ref)
	}
	p("           %s", c.Source.Summary)
	if rule, ok := conv.Rule(c.Source.Ref); ok && c.Source.Kind == "convention" {
		p("           %s", rule.URL)
	}
	if c.Pact {
		p("Pact       an interaction of the contract")
	}
	p("Feature    %s:%d, %s", c.Feature.URI, c.Feature.Line, c.Feature.Feature)
	if c.Absent != "" {
		p("\nNot tested: %s.", c.Absent)
		return
	}
	p("\nHow it is tested:")
	for _, s := range c.Steps {
		p("  %5s %s", s.Keyword, s.Text)
	}
	if c.Row != "" {
		rows := make([]string, len(cases))
		for i, c := range cases {
			rows[i] = c.Key()
		}
		p("\nRows, from the page:\n  %s", strings.Join(rows, "\n  "))
	}
	p("\nRun it alone:\n  graphpact run --only %s", shellQuote(c.ID))
}

var levelMeaning = map[string]string{
	"must":   "must: a failure fails the run",
	"should": "should: a failure is a warning",
	"may":    "may: optional; a failure is a warning",
}
