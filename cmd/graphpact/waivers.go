package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/result"
	"graphpact/internal/verify"
	"graphpact/internal/waiver"
	"graphpact/schemas"
)

// noWaivers switches waivers off.
const noWaivers = "none"

// waiverFlags say which failures are known and accepted.
type waiverFlags struct {
	file string
	flag *pflag.Flag
	// list is what the file holds, and used its name, empty where there is none; load
	// sets them.
	list waiver.List
	used string
}

func (f *waiverFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, waiver.Setting, "", "`FILE` with failures that are known and accepted for a time, or none (default: "+waiver.DefaultFile+" where there is one)")
	f.flag = cmd.Flags().Lookup(waiver.Setting)
}

// load reads the file. One that is named must be there.
func (f *waiverFlags) load() error {
	name := f.file
	switch {
	case name == noWaivers:
		return nil
	case name == "" && f.flag.Changed:
		return fmt.Errorf("--%s is empty; leave it out to use %s where there is one, or write %s", waiver.Setting, waiver.DefaultFile, noWaivers)
	case name == "":
		name = waiver.DefaultFile
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.file == "":
		return nil
	case err != nil:
		return fmt.Errorf("reading the waivers: %w", err)
	}
	list, err := waiver.Parse(name, data)
	if err != nil {
		return err
	}
	f.list, f.used = *list, name
	return nil
}

// settings echoes the file in force.
func (f *waiverFlags) settings(s map[string]string) {
	if f.used != "" {
		s[waiver.Setting] = f.used
	}
}

// repeat adds the flag that was given.
func (f *waiverFlags) repeat(line *commandLine) { line.add(waiver.Setting, f.file) }

// onRun are the waivers in play on an endpoint. Interactions of other tools are played
// by verify alone.
func (f *waiverFlags) onRun(endpoint string) *waiver.Register {
	return ofScenarios(f.list).On(endpoint, time.Now())
}

func ofScenarios(l waiver.List) *waiver.List {
	return &waiver.List{Entries: slices.DeleteFunc(slices.Clone(l.Entries), func(e waiver.Entry) bool {
		return strings.HasPrefix(e.Requirement, verify.IDPrefix)
	})}
}

// covered gives the requirements with the waivers applied.
func covered(reqs []result.Requirement, by *waiver.Register) []result.Requirement {
	for i := range reqs {
		reqs[i] = by.Cover(reqs[i])
	}
	return reqs
}

// subjects are all requirements of the pages, whatever a filter leaves of them.
func subjects(ops []operation) []waiver.Subject {
	var out []waiver.Subject
	for _, op := range ops {
		for _, c := range op.suite.Cases {
			out = append(out, waiver.Subject{Operation: op.Method.Value + " " + op.Path.Template, Key: c.Key()})
		}
	}
	return out
}

// waiverProblems are those of a verification. What a pact expects is a part of what a
// scenario checks: that the interaction of a scenario holds does not make the scenario's
// waiver a needless one, which only a run can tell.
func waiverProblems(by *waiver.Register, ops []operation, played, all []result.Requirement) []string {
	scenarios := subjects(ops)
	suite := slices.Clone(scenarios)
	for _, r := range all {
		suite = append(suite, waiver.SubjectOf(r))
	}
	alone := slices.DeleteFunc(slices.Clone(played), func(r result.Requirement) bool {
		return slices.Contains(scenarios, waiver.SubjectOf(r))
	})
	return by.Problems(alone, suite)
}

func (a *app) waiversCommand() *cobra.Command {
	var (
		pages  pageFlags
		file   waiverFlags
		schema bool
	)
	cmd := &cobra.Command{
		Use:   "waivers",
		Short: "List the failures that are known and accepted, and check the file that names them",
		Long: `waivers lists the entries of ` + waiver.DefaultFile + ` with the days that they have left, and
checks the file without a run: its form, requirements that do not exist, and entries
that have expired (exit code 1). Whether an entry is still needed only a run can tell.

An entry names a requirement, why its failure is accepted, who sees to it, and the last
day on which it covers anything; endpoint and operation narrow it:

  waivers:
    - requirement: UPD-02          # or one row: UPD-01[color=blue]
      reason: the 204 is being rolled out
      owner: team-x@example.org
      expires: 2026-12-31
      endpoint: https://graph.microsoft.com/beta`,
		Example: `  graphpact waivers
  graphpact waivers --schema > waivers.schema.json    # for an editor`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if schema {
				data, err := schemas.FS.ReadFile(schemas.Waivers)
				if err != nil {
					return err
				}
				_, err = a.stdout.Write(data)
				return err
			}
			return a.listWaivers(&pages, &file)
		},
	}
	pages.add(cmd)
	file.add(cmd)
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the file")
	return cmd
}

func (a *app) listWaivers(pages *pageFlags, file *waiverFlags) error {
	if err := file.load(); err != nil {
		return err
	}
	if file.used == "" {
		fmt.Fprintf(a.stdout, "no waivers: there is no %s\n", waiver.DefaultFile)
		return nil
	}
	ops, _, err := pages.load()
	if err != nil {
		return err
	}
	now := time.Now()
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REQUIREMENT\tEXPIRES\tDAYS\tOWNER\tENDPOINT\tREASON")
	var problems []error
	for _, e := range file.list.Entries {
		endpoint := e.Endpoint
		if endpoint == "" {
			endpoint = "any"
		}
		days := "expired"
		if left := e.DaysLeft(now); left > 0 {
			days = strconv.Itoa(left)
		}
		// A line of the table is one line, whatever the reason looks like.
		fmt.Fprintln(w, strings.Join([]string{e.Requirement, e.Expires, days, e.Owner, endpoint, strings.Join(strings.Fields(e.Reason), " ")}, "\t"))
		one := ofScenarios(waiver.List{Entries: []waiver.Entry{e}}).On(e.Endpoint, now)
		for _, p := range one.Problems(nil, subjects(ops)) {
			problems = append(problems, errors.New(p))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(problems) > 0 {
		return &exitError{exitNotConformant, errors.Join(problems...)}
	}
	return nil
}
