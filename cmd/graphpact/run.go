package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/pact"
	"graphpact/internal/report"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
	"graphpact/internal/target"
	"graphpact/steps"
)

// runOptions are the flags of `graphpact run`.
type runOptions struct {
	targetFlags
	write  writeFlags
	ending endingFlags
	stateFlags
	waivers  waiverFlags
	pages    pageFlags
	tags     string
	only     []string
	out      string
	parallel int
	plays    int
	noPact   bool
	dryRun   bool
	// requestIDHeader is what the target calls the header with its id of a request.
	requestIDHeader string
	consumer        string
	provider        string
	verbose         bool
	ascii           bool
}

// defaultRequestIDHeader is Graph's name for it.
const defaultRequestIDHeader = "request-id"

func (a *app) runCommand() *cobra.Command {
	o := &runOptions{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the scenarios against an endpoint, or against the embedded mock",
		Long: `run plays every scenario against the target, prints a line for each and the evidence
of each failure, and writes the reports: report.json, junit.xml, cucumber.json,
summary.md and the Pact.

Without --endpoint the target is the embedded mock Graph on a free loopback port.
With it, only the entity that --param names is touched; what it held before is put
back at the end, also after a failure and on Ctrl-C. The token is read from the
variable that --token-env names, and goes to the endpoint and nowhere else.
--read-only runs what sends nothing but GET, where nobody may write. Another machine
than this one is written to only where --allow-host names it.

A server with other habits than Graph's is told of, not patched: a path prefix is a part
of --endpoint; --auth-header, --header, --query and the two --…request-id-header flags say
what it calls things; --state-url names an endpoint that sets up the entity of each
scenario (its answer may name another one each time); --no-get says that the entity has
no GET.

Failures that are known and accepted for a time stand in graphpact.waivers.yaml; see
` + "`graphpact waivers --help`" + `. --repeat N tells what holds now and then (flaky) from what
holds.

` + exitCodesHelp,
		Example: `  graphpact run
  graphpact run --only UPD-06
  graphpact run --repeat 5
  graphpact run --tags '@must and not @source:convention' --no-pact
  export GRAPH_TOKEN=…
  graphpact run --endpoint https://graph.microsoft.com/beta \
    --allow-host graph.microsoft.com \
    --doc lamp-update.md --param roomId=… --param lampId=… --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("endpoint") && o.url == "" {
				return errors.New("--endpoint is empty; leave it out to run against the embedded mock")
			}
			o.notices = a.stderr
			return a.run(cmd.Context(), o)
		},
	}
	o.targetFlags.add(cmd, "endpoint", "base `URL` with the version segment, as https://graph.microsoft.com/beta (default: the embedded mock)",
		"path parameter `NAME=VALUE` of the entity under test (repeatable)")
	o.write.add(cmd)
	o.stateFlags.add(cmd)
	o.pages.add(cmd)
	o.waivers.add(cmd)
	f := cmd.Flags()
	o.ending.add(f)
	f.StringVar(&o.tags, "tags", "", "run only what the Cucumber tag expression `EXPR` selects, as '@must and not @pact'")
	f.StringArrayVar(&o.only, "only", nil, "run only this `REQUIREMENT`, as UPD-01 or 'UPD-01[color=blue]' (repeatable)")
	f.StringVar(&o.out, "out", "reports", "`DIR` for the reports")
	f.IntVar(&o.parallel, "parallel", 4, "scenarios at a time, `N`; an endpoint's one entity takes one at a time")
	f.IntVar(&o.plays, "repeat", 1, "play each scenario `N` times in a row; one that holds now and then is flaky")
	f.BoolVar(&o.noPact, "no-pact", false, "write no Pact")
	f.BoolVar(&o.dryRun, "dry-run", false, "print every request that would be sent, and send nothing")
	f.BoolVar(&o.readOnly, "read-only", false, "run only the scenarios that send nothing but GET, and write no Pact")
	f.StringVar(&o.requestIDHeader, "request-id-header", defaultRequestIDHeader, "header `NAME` in which each answer carries its request id")
	f.StringVar(&o.consumer, "consumer", "graphpact", "consumer `NAME` in the Pact")
	f.StringVar(&o.provider, "provider", "microsoft-graph", "provider `NAME` in the Pact")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show the evidence of every scenario")
	f.BoolVar(&o.ascii, "ascii", false, "print no characters beyond ASCII")
	return cmd
}

// selection is what one operation contributes to a run.
type selection struct {
	operation
	cases    []scenario.Case
	response *schema.Schema
}

func (a *app) run(ctx context.Context, o *runOptions) error {
	if o.parallel < 1 {
		return fmt.Errorf("--parallel %d: at least 1", o.parallel)
	}
	if o.plays < 1 {
		return fmt.Errorf("--repeat %d: at least 1", o.plays)
	}
	if err := target.CheckHeaderName(o.requestIDHeader); err != nil {
		return fmt.Errorf("--request-id-header: %w", err)
	}
	if err := errors.Join(o.targetFlags.check(a), o.stateFlags.check(o), o.write.check(), o.ending.check(), pact.CheckName("consumer", o.consumer), pact.CheckName("provider", o.provider)); err != nil {
		return err
	}
	if err := o.waivers.load(); err != nil {
		return err
	}
	if err := a.beginRun(&o.targetFlags); err != nil {
		return err
	}
	ops, conv, err := o.pages.load()
	if err != nil {
		return err
	}
	selected, err := o.choose(ops, conv)
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.plan(ctx, o, selected, conv)
	}
	if o.url != "" && !o.readOnly {
		if err := a.mayWrite(&o.write, o.url, "--"+o.urlFlag); err != nil {
			return err
		}
	}
	if err := o.write.allowStates(o.stateURL); err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	t, err := a.connect(ctx, o, selected, conv)
	if err != nil {
		return err
	}
	defer t.close()
	end := newEnding(ctx)
	defer end.stop(nil)
	if len(t.keepers) > 0 {
		if err := t.openJournal(&o.targetFlags, contracts(operations(selected)), o.out, end.stop); err != nil {
			return err
		}
	}
	r := o.newRun(t, selected)
	ask := func() error { return a.consentToRun(ctx, o, t, selected, conv) }
	// To look at an entity of the state endpoint is to have it set up first.
	if t.states != nil {
		if err := ask(); err != nil {
			return err
		}
	}
	if err := t.preflight(ctx); err != nil {
		// The reports of an earlier run must not pass for this one's.
		r.Problems = append(r.Problems, err.Error())
		r.Interrupted = ctx.Err() != nil
		_, werr := report.Write(o.out, r)
		return errors.Join(err, werr)
	}
	if t.states == nil {
		if err := ask(); err != nil {
			return err
		}
	}

	term := report.NewTerminal(a.stdout, report.TerminalOptions{ASCII: o.ascii, Verbose: o.verbose, Color: a.color()})
	term.Start(r)
	if o.readOnly {
		fmt.Fprintln(a.stdout, "read-only: nothing but GET is sent; the scenarios that update are left out")
	}
	inTime := end.limit(&o.ending)
	contractDone := a.startPact(end.ctx, o, selected, conv, t.secrets())
	started := time.Now()
	waivers := o.waivers.onRun(t.base)
	r.Requirements, err = t.play(end.ctx, o, selected, conv, func(q result.Requirement) { term.Requirement(waivers.Cover(q)) })
	r.Requirements = covered(r.Requirements, waivers)
	if err != nil {
		r.Problems = append(r.Problems, err.Error())
	}
	inTime()
	r.Problems = append(r.Problems, end.problems()...)
	r.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	r.Problems = append(r.Problems, t.putBack(ctx)...)
	r.Target.State = o.whatBecame()
	r.Problems = append(r.Problems, waivers.Problems(r.Requirements, subjects(ops), nearest)...)
	r.Pact = <-contractDone
	r.Interrupted = ctx.Err() != nil
	t.account(r)
	r.Totals = result.Count(r.Requirements)

	files, werr := report.Write(o.out, r)
	if r.Pact != nil && r.Pact.File != "" {
		files = append(files, r.Pact.File)
	}
	term.Finish(r, files)
	return verdict(r, errors.Join(werr, term.Err()))
}

// verdict turns the run into the exit code; what is worst wins.
func verdict(r *result.Run, werr error) error {
	switch {
	case r.Interrupted:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case r.Totals.Fail > 0 || r.Totals.Flaky > 0 || r.Totals.Error > 0 || len(r.Problems) > 0:
		return &exitError{exitNotConformant, werr}
	case werr != nil:
		return werr
	case r.Pact != nil && r.Pact.Error != "":
		return &exitError{exitUsage, nil} // the terminal has said why
	case r.Totals.Pass+r.Totals.Warn+r.Totals.Waived == 0:
		return &exitError{exitNothingRan, errors.New("nothing could be tested on this target; every requirement was skipped")}
	}
	return nil
}

// choose selects the cases of each operation; none at all is an error.
func (o *runOptions) choose(ops []operation, conv *convention.Set) ([]selection, error) {
	sel := scenario.Selection{Tags: o.tags, Only: o.only, ReadOnly: o.readOnly}
	var out []selection
	missing := slices.Clone(o.only)
	for _, op := range ops {
		cases, unknown, err := op.suite.Select(sel)
		if err != nil {
			return nil, err
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return !slices.Contains(unknown, m) })
		if len(cases) == 0 {
			continue
		}
		data, err := contract.ResponseSchema(op.Operation, conv)
		if err != nil {
			return nil, err
		}
		compiled, err := schema.Compile("the response schema of "+op.Page, data)
		if err != nil {
			return nil, err
		}
		out = append(out, selection{op, cases, compiled})
	}
	if len(missing) > 0 {
		err := unknownRequirements(missing)
		if len(out) > 0 {
			return nil, err // a typo must not shrink a run in silence
		}
		return nil, &exitError{exitNothingRan, err}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case o.readOnly:
		return nil, &exitError{exitNothingRan, errors.New("--read-only: no scenario of those asked for is tagged @read-only; `graphpact list --tags @read-only` shows them all")}
	}
	return nil, nothingMatches(o.tags)
}

func unknownRequirements(names []string) error {
	return fmt.Errorf("no requirement %s; `graphpact list` shows them all", strings.Join(names, ", "))
}

// filtered reports whether only a part of the scenarios was asked for.
func (o *runOptions) filtered() bool { return o.tags != "" || len(o.only) > 0 || o.readOnly }

func (o *runOptions) newRun(t *endpoint, selected []selection) *result.Run {
	r := &result.Run{
		Version:   result.Version,
		ID:        o.runID,
		Tool:      result.Tool{Name: "graphpact", Version: toolVersion(), GoVersion: runtime.Version()},
		StartedAt: time.Now().UTC().Truncate(time.Millisecond),
		Target:    t.described(),
		Settings:  o.settings(),
		Findings:  []result.Finding{}, Requirements: []result.Requirement{},
	}
	for _, s := range selected {
		r.Pages = append(r.Pages, s.page())
		for _, f := range s.Findings {
			r.Findings = append(r.Findings, result.Finding{
				Class: f.Class, Text: f.Text, Assumed: f.Assumed,
				Source: result.Source{Kind: "doc", Ref: f.Source.Short(), File: f.Source.File, Line: f.Source.Line},
			})
		}
	}
	return r
}

// requestIDName is what the target calls the header; the embedded mock keeps to Graph's
// name.
func (o *runOptions) requestIDName() string {
	if o.url == "" {
		return defaultRequestIDHeader
	}
	return o.requestIDHeader
}

// settings echoes what shaped the run.
func (o *runOptions) settings() map[string]string {
	s := o.targetFlags.settings()
	s["parallel"], s["out"] = fmt.Sprint(o.parallel), o.out
	if o.plays > 1 {
		s["repeat"] = strconv.Itoa(o.plays)
	}
	for name, v := range map[string]string{
		"allow-host": strings.Join(o.write.allowHosts, ", "), "tags": o.tags, "only": strings.Join(o.only, ", "), "features": o.pages.features,
		"doc": strings.Join(o.pages.docs, ", "),
	} {
		if v != "" {
			s[name] = v
		}
	}
	o.stateFlags.settings(s)
	if o.readOnly {
		s["read-only"] = "true"
	}
	if name := o.requestIDName(); name != defaultRequestIDHeader {
		s["request-id-header"] = name
	}
	o.waivers.settings(s)
	return s
}

// repeat is the command that runs one requirement again on the same target.
func (o *runOptions) repeat(key string) string {
	line := newCommandLine("graphpact run")
	o.targetFlags.repeat(line)
	o.write.repeat(line)
	o.stateFlags.repeat(line)
	line.add("doc", o.pages.docs...)
	line.add("features", o.pages.features)
	line.flag("read-only", o.readOnly)
	if name := o.requestIDName(); name != defaultRequestIDHeader {
		line.add("request-id-header", name)
	}
	o.waivers.repeat(line)
	line.add("only", key)
	if o.plays > 1 {
		line.add("repeat", strconv.Itoa(o.plays))
	}
	return line.String()
}

// play runs the scenarios of each operation and gives the requirements in order.
func (t *endpoint) play(ctx context.Context, o *runOptions, selected []selection, conv *convention.Set, onDone func(result.Requirement)) ([]result.Requirement, error) {
	errorSchema, err := compileErrorSchema(conv)
	if err != nil {
		return nil, err
	}
	reqs := []result.Requirement{}
	var errs []error
	for i, s := range selected {
		live := &steps.Live{
			Operation: s.Operation, Conventions: conv, Client: t.client, Entities: t.entities(i, s.Operation),
			NoGet: o.noGet, RequestIDHeader: o.requestIDName(), Response: s.response, Error: errorSchema, Authenticated: t.authenticated(), Parallel: o.parallel, Plays: o.plays, Repeat: o.repeat,
		}
		if t.keepers != nil {
			live.Keeper = t.keepers[i]
		}
		rs, err := live.Run(ctx, s.cases, onDone)
		reqs = append(reqs, rs...)
		errs = append(errs, err)
	}
	return reqs, errors.Join(errs...)
}

func compileErrorSchema(conv *convention.Set) (*schema.Schema, error) {
	data, err := contract.ErrorSchema(conv)
	if err != nil {
		return nil, err
	}
	return schema.Compile("the Graph error body", data)
}

// color reports whether the output is a terminal that wants colour (https://no-color.org).
func (a *app) color() bool {
	if v, ok := a.env("NO_COLOR"); ok && v != "" {
		return false
	}
	f, ok := a.stdout.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// pairs reads NAME=VALUE flags.
func pairs(flag string, values []string) (map[string]string, error) {
	out := map[string]string{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" || value == "" {
			return nil, fmt.Errorf("--%s %q: write it as NAME=VALUE", flag, redactValue(flag, v))
		}
		if _, dup := out[name]; dup {
			return nil, fmt.Errorf("--%s: %s stands twice", flag, name)
		}
		out[name] = value
	}
	return out, nil
}

// redactValue keeps a header's value out of an error: it may be a secret.
func redactValue(flag, v string) string {
	if flag != "header" {
		return v
	}
	if i := strings.IndexAny(v, ":= "); i >= 0 {
		return v[:i] + "…"
	}
	return "…"
}

func (t *endpoint) allParams() map[string]string {
	all := map[string]string{}
	for _, p := range t.params {
		maps.Copy(all, p)
	}
	return all
}

func missingParams(op *contract.Operation, given map[string]string) []string {
	var missing []string
	for _, p := range op.Path.Params {
		if _, ok := given[p.Name]; !ok && !slices.Contains(missing, p.Name) {
			missing = append(missing, p.Name)
		}
	}
	return missing
}
