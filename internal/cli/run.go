package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/client"
	"graphpact/internal/harness"
	"graphpact/internal/pact"
	"graphpact/internal/report"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/shell"
	"graphpact/internal/tracing"
	"graphpact/internal/transport"
	"graphpact/internal/waiver"
)

type runOptions struct {
	targetOptions
	write  writeOptions
	states stateOptions
	pages  pageOptions
	play   playOptions
	output outputOptions

	selection             scenario.Selection
	parallel, repetitions int
	// shard is the part of the scenarios to run, and earlier the run of which only what had not
	// held is run again, nil for none.
	shard   shardOptions
	earlier *result.Run
	// settle is how long reads may be late, where settles says so.
	settle  time.Duration
	settles func() bool
	// watch runs again when a file changes.
	noPact, dryRun, watch bool
	// har is the file for a recording, empty for none.
	har string
	// requestIDHeader is what the target calls the header with its id of a request.
	requestIDHeader string
	pact            harness.PactConfig
}

// outputOptions say where the reports go, and how the terminal shows a run.
type outputOptions struct {
	dir            string
	formats        []string
	verbose, ascii bool
}

func (o *outputOptions) declare(fs *pflag.FlagSet, dir, verboseHelp string) {
	fs.StringVar(&o.dir, "out", dir, "`DIR` for the reports")
	fs.StringSliceVar(&o.formats, "report", nil, "write only the report `FORMAT`, as html or html,junit (repeatable): "+formatNames()+" (default all)")
	fs.BoolVarP(&o.verbose, "verbose", "v", false, verboseHelp)
	fs.BoolVar(&o.ascii, "ascii", false, "print no characters beyond ASCII")
	mark(fs, alwaysShown, "out")
	mark(fs, notRepeated, "out", "report", "verbose", "ascii")
	mark(fs, notShown, "verbose", "ascii")
}

func formatNames() string {
	var names []string
	for _, f := range report.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// reports are the formats to write, none for all; an unknown name is an error.
func (o *outputOptions) reports() ([]report.Format, error) {
	formats, err := report.ParseFormats(o.formats)
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}
	return formats, nil
}

func (o *outputOptions) check() error {
	_, err := o.reports()
	return err
}

func (o *outputOptions) terminal(a *app) *report.Terminal {
	return report.NewTerminal(a.stdout, report.TerminalOptions{ASCII: o.ascii, Verbose: o.verbose, Color: a.color(), Width: terminalWidth(a.stdout)})
}

// playOptions are alike for the commands that play a suite to its end.
type playOptions struct {
	maxTime, wait time.Duration
	waivers       waiverOptions
}

func (o *playOptions) declare(cmd *cobra.Command) {
	o.waivers.declare(cmd)
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.DurationVar(&o.maxTime, "max-time", 30*time.Minute, "end after `DURATION`, in order and with the state restored; 0 for no limit")
		mark(fs, notRepeated, "max-time")
	})
	declare(cmd, endpointFlags, func(fs *pflag.FlagSet) {
		fs.DurationVar(&o.wait, "wait", 0, "wait up to `DURATION` until the port takes connections, as 60s: for a server that was started just before")
		mark(fs, notRepeated, "wait")
	})
}

func (o *playOptions) check() error {
	switch {
	case o.maxTime < 0:
		return fmt.Errorf("--max-time %s: at least 0, which means no limit", o.maxTime)
	case o.wait < 0:
		return fmt.Errorf("--wait %s: at least 0, which means not to wait", o.wait)
	}
	return nil
}

func (a *app) newRunCommand(run func(context.Context, *runOptions) error) *cobra.Command {
	o := &runOptions{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the scenarios against an endpoint, or against the embedded mock",
		Long: `run plays every scenario against the target, prints a line for each and the evidence
of each failure, and writes the reports: report.html to look at, report.json,
junit.xml, ctrf.json, report.sarif, cucumber.json, summary.md, or those that --report
names, and the Pact. In a job of GitHub what did not pass is annotated, too.

Without --endpoint the target is the embedded mock Graph on a free loopback port.
With it, only the entity that --param names is touched; what it held before is
restored at the end, also after a failure and on Ctrl-C. The token is read from the
variable that --token-env names, and goes to the endpoint and nowhere else.
--read-only runs what sends nothing but GET, where nobody may write. Another machine
than this one is written to only where --allow-host names it.

A server with other conventions than Graph's is configured, not patched: a path prefix is a
part of --endpoint; --auth-header, --header, --query and the two --…request-id-header flags
say what it calls things; --state-url names an endpoint that sets up the entity of each
scenario (its answer may name another one each time); --no-get says that the entity has
no GET.

Failures that are known and accepted for a time are listed in graphpact.waivers.yaml; see
` + "`graphpact waivers --help`" + `. --repeat N finds what holds only sometimes (flaky).

` + exitCodesHelp,
		Example: `  graphpact run
  graphpact run --only UPD-06
  graphpact run --repeat 5
  graphpact run --tags '@must and not @source:convention' --no-pact
  export GRAPH_TOKEN=…
  graphpact run --endpoint https://graph.microsoft.com/beta \
    --allow-host graph.microsoft.com \
    --doc lamp-update.md --param roomId=… --param lampId=… --dry-run`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("endpoint") && o.url == "" {
				return errors.New("--endpoint is empty; leave it out to run against the embedded mock")
			}
			if o.watch {
				return a.watchRun(cmd, o)
			}
			return run(cmd.Context(), o)
		},
	}
	o.declare(cmd)
	o.play.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.selection.Tags, "tags", "", "run only what the Cucumber tag expression `EXPR` selects, as '@must and not @pact'")
		fs.StringArrayVar(&o.selection.Only, "only", nil, "run only this `REQUIREMENT`, as UPD-01, 'UPD-01[color=blue]', UPD-01,UPD-02 or, of several pages, 'lamp-update#UPD-01' (repeatable)")
		fs.IntVar(&o.parallel, "parallel", 4, "scenarios at a time, `N`; an endpoint's one entity takes one at a time")
		fs.BoolVar(&o.watch, "watch", false, "run again what a change of a page, a feature, the settings or the waivers touches, until Ctrl-C")
		mark(fs, notRepeated, "watch")
		mark(fs, notShown, "watch")
		o.shard.declare(fs)
		fs.StringVar(&o.har, "har", "", "`FILE` for a recording of all exchanges in HAR 1.2, secrets masked")
		mark(fs, notRepeated, "har")
		o.output.declare(fs, "reports", "show the evidence of every scenario")
		fs.StringVar(&o.pact.Consumer, "consumer", "graphpact", "consumer `NAME` in the Pact")
		fs.StringVar(&o.pact.Provider, "provider", "microsoft-graph", "provider `NAME` in the Pact")
		mark(fs, alwaysShown, "parallel")
		mark(fs, notRepeated, "tags", "only", "parallel", "consumer", "provider")
	})
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.dryRun, "dry-run", false, "print every request that would be sent, and send nothing")
		mark(fs, notRepeated, "dry-run")
		mark(fs, notShown, "dry-run")
	})
	return cmd
}

// declare declares the flags that doctor has too.
func (o *runOptions) declare(cmd *cobra.Command) {
	o.declareURL(cmd, "endpoint", "base `URL` with the version segment, as https://graph.microsoft.com/beta (default: the embedded mock)",
		"path parameter `NAME=VALUE` of the entity under test; 'PAGE#NAME=VALUE' for one of several pages (repeatable)")
	o.declareReach(cmd)
	o.write.declare(cmd)
	o.states.declare(cmd)
	o.pages.declare(cmd)
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.DurationVar(&o.settle, "settle", 0, "wait up to `DURATION` for a read to show an update (default: as late as the endpoint's reads are found to be, with a margin, at most 10s)")
		o.settles = func() bool { return fs.Changed("settle") }
		fs.BoolVar(&o.selection.ReadOnly, "read-only", false, "run only the scenarios that send nothing but GET, and write no Pact")
	})
	declare(cmd, endpointFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.requestIDHeader, "request-id-header", harness.GraphRequestID, "header `NAME` in which each answer carries its request id")
	})
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.IntVar(&o.repetitions, "repeat", 1, "play each scenario `N` times in a row; one that holds only sometimes is flaky")
		fs.BoolVar(&o.noPact, "no-pact", false, "write no Pact")
		mark(fs, notRepeated, "no-pact")
		mark(fs, notShown, "no-pact")
	})
}

// The most scenarios at a time, and plays of each.
const (
	maxParallel    = 256
	maxRepetitions = 1000
)

// fromOne checks a flag that takes a number from 1 to the most that there may be.
func fromOne(flag string, n, most int) error {
	switch {
	case n < 1:
		return fmt.Errorf("--%s %d: at least 1", flag, n)
	case n > most:
		return fmt.Errorf("--%s %d: at most %d", flag, n, most)
	}
	return nil
}

// check finds flags that cannot be, or do not go together.
func (o *runOptions) check(a *app) error {
	if err := errors.Join(fromOne("parallel", o.parallel, maxParallel), fromOne("repeat", o.repetitions, maxRepetitions)); err != nil {
		return err
	}
	if o.settle < 0 {
		return fmt.Errorf("--settle %s: at least 0, which means not to wait", o.settle)
	}
	for _, name := range o.selection.Only {
		if strings.Trim(name, ", ") == "" {
			return fmt.Errorf("--only %q names no requirement; `graphpact list` shows them all", name)
		}
	}
	if err := client.CheckHeaderName(o.requestIDHeader); err != nil {
		return fmt.Errorf("--request-id-header: %w", err)
	}
	return errors.Join(o.targetOptions.check(a), o.write.check(), o.play.check(), o.output.check(), o.checkMock(),
		pact.CheckName("consumer", o.pact.Consumer), pact.CheckName("provider", o.pact.Provider))
}

// checkStates finds flags that say of the state what a run cannot do.
func (o *runOptions) checkStates() error {
	return o.states.check(&o.targetOptions, o.selection.ReadOnly)
}

// config turns checked flags into a configuration, and reads the files that they name.
func (o *runOptions) config(a *app) (*harness.RunConfig, error) {
	t, err := o.target(a)
	if err != nil {
		return nil, err
	}
	t.Client.ReadOnly, t.RequestIDHeader = o.selection.ReadOnly, o.requestIDHeader
	t.StateURL, t.NoGet, t.KeepChanges, t.Consumer = o.states.stateURL, o.states.noGet, o.states.keepChanges, o.pact.Consumer
	c := &harness.RunConfig{Selection: o.selection, Parallel: o.parallel, Repetitions: o.repetitions, Repeat: o.repeat}
	if o.earlier != nil {
		c.Settled = harness.SettledBy(o.earlier)
	}
	if c.Shard, err = o.shard.shard(a.env); err != nil {
		return nil, err
	}
	if c.Config, err = o.play.config(a, t, &o.targetOptions, &o.output); err != nil {
		return nil, err
	}
	c.HAR = o.har
	c.Command = commandRun(o.flags)
	if c.Shard.Count > 0 { // as another machine must write it
		c.Command.Arguments = append(c.Command.Arguments, fmt.Sprintf("--shard=%d/%d", c.Shard.Index, c.Shard.Count))
	}
	if o.settles() {
		c.Settle = &o.settle
	}
	if !o.noPact && !o.filtered() {
		c.Pact = &o.pact
	}
	if c.Pages, err = o.pages.load(); err != nil {
		return nil, err
	}
	c.Touch(a.touched)
	if o.earlier != nil {
		a.warnOfChanges(o.earlier, c.Pages)
	}
	return c, c.Select()
}

// config is what run and verify have in common.
func (o *playOptions) config(a *app, t harness.Target, to *targetOptions, out *outputOptions) (harness.Config, error) {
	formats, err := out.reports()
	if err != nil {
		return harness.Config{}, err
	}
	c := harness.Config{
		ID: t.Client.RunID, Tool: tool(), Target: t, Out: out.dir, Formats: formats, MaxTime: o.maxTime, Wait: o.wait, StateDir: a.stateDir(),
		RestoreCommand: to.restoreCommand, PactHelper: pact.Installation{Env: a.env},
	}
	if err := o.waivers.load(); err != nil {
		return c, err
	}
	c.Waivers, c.Settings = o.waivers.list, settingsShown(to.flags)
	if o.waivers.used != "" {
		c.Settings[waiver.Setting] = o.waivers.used
	}
	return c, nil
}

// restoreCommand restores what the journal file holds.
func (o *targetOptions) restoreCommand(file string) string {
	line := newCommandLine("graphpact restore")
	var host *transport.HostError
	if errors.As(transport.Hosts{}.Check(o.url), &host) {
		line.add("allow-host", host.Host)
	}
	line.repeat(o.flags, reaches)
	return line.String() + " " + shell.Quote(file)
}

// repeat is the command that runs one requirement again on the same target.
func (o *runOptions) repeat(key string) string {
	line := newCommandLine("graphpact run")
	line.repeat(o.flags, always)
	line.add("only", key)
	return line.String()
}

// notRun are the flags of run that say how one run goes, and not what is tested.
var notRun = []string{"shard", "watch", "out", "report", "har", "verbose", "ascii", "yes", "dry-run", "wait", "allow-host"}

// commandRun is how the run was started. Whether another machine may be written to is for
// whoever starts it again.
func commandRun(fs *pflag.FlagSet) *result.Command {
	c := &result.Command{Name: "run"}
	visitSet(fs, func(f *pflag.Flag, values []string) {
		if slices.Contains(notRun, f.Name) {
			return
		}
		if !slices.Equal(valuesOf(f), values) {
			c.Withheld = append(c.Withheld, f.Name)
			return
		}
		for _, v := range values {
			c.Arguments = append(c.Arguments, "--"+f.Name+"="+v)
		}
	})
	return c
}

// filtered reports whether only a part of the scenarios was asked for.
func (o *runOptions) filtered() bool {
	return o.selection.Tags != "" || len(o.selection.Only) > 0 || o.selection.ReadOnly || o.earlier != nil
}

func (a *app) run(ctx context.Context, o *runOptions) error {
	if err := errors.Join(o.check(a), o.checkStates()); err != nil {
		return err
	}
	c, err := o.config(a)
	if err != nil {
		return err
	}
	refused := a.tellRefused(c.Pages)
	if o.dryRun {
		return cmp.Or(a.dryRun(ctx, o, c), refused)
	}
	if o.url != "" && !o.selection.ReadOnly {
		if err := a.mayWrite(&o.write, o.url, "--endpoint"); err != nil {
			return err
		}
	}
	if err := o.write.allowStates(o.states.stateURL); err != nil {
		return err
	}
	term := o.output.terminal(a)
	total := 0
	for _, sel := range c.Selected {
		total += len(sel.Cases)
	}
	bar := a.newProgress(total, "scenarios")
	c.Observer = harness.Observer{
		Consent: func(ctx context.Context, plan *harness.WritePlan) error { return a.consent(ctx, &o.write, o.url, plan) },
		Start: func(r *result.Run) {
			term.Start(r)
			bar.begin()
			if o.selection.ReadOnly {
				fmt.Fprintln(a.stdout, "read-only: nothing but GET is sent; the scenarios that update are left out")
			}
			if o.filtered() && !o.noPact {
				fmt.Fprintln(a.stdout, "no Pact: a filtered run would leave a partial contract")
			}
		},
		Requirement: func(q result.Requirement) { bar.around(func() { term.Requirement(q) }) },
	}
	if c.Tracer, err = a.tracer(); err != nil {
		return err
	}
	r, err := harness.Run(ctx, c)
	bar.end()
	if c.Tracer != nil { // a span that is not exported changes no verdict
		if err := c.Tracer.Flush(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintf(a.stderr, "graphpact: %v\n", err)
		}
	}
	return cmp.Or(a.finish(term, r, err), refused)
}

// tracer makes spans where the standard variables ask for them, nil where they do not.
func (a *app) tracer() (*tracing.Tracer, error) {
	cfg, err := tracing.FromEnv(a.env)
	if err != nil || cfg == nil {
		return nil, err
	}
	return tracing.New(cfg, toolVersion(), rand.Reader)
}

// finish shows the end of a run and gives its verdict. In a job of GitHub what did not pass is
// annotated too.
func (a *app) finish(term *report.Terminal, r *harness.Result, err error) error {
	if r == nil {
		return err
	}
	term.NotWritten(err)
	term.Finish(r.Run, r.Files)
	if on, _ := a.env("GITHUB_ACTIONS"); on == "true" {
		err = errors.Join(err, report.Annotations(a.stdout, r.Run))
	}
	return r.Verdict(errors.Join(err, term.Err()))
}
