package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/report"
	"graphpact/internal/result"
	"graphpact/internal/verify"
)

// verifyOptions are the flags of `graphpact verify`.
type verifyOptions struct {
	targetFlags
	write             writeFlags
	ending            endingFlags
	pages             pageFlags
	waivers           waiverFlags
	pacts             []string
	stateURL          string
	filterDescription string
	filterState       string
	consumer          string
	provider          string
	providerVersion   string
	providerBranch    string
	publishResults    bool
	buildURL          string
	out               string
	verbose           bool
	ascii             bool

	broker brokerSource
	// source gives the pacts; nil means the files that --pact names.
	source pactSource
}

func (a *app) verifyCommand() *cobra.Command {
	o := &verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify that a provider answers as the pacts of its consumers expect",
		Long: `verify plays each interaction of the pact files against a provider, gives each a verdict
with its evidence, and writes the reports of a run.

The pacts are files (--pact), or what a Pact Broker selects (--broker; its credentials
come from PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD).

Without --provider-url the provider is the embedded mock Graph. With it, provider
states are set up in one of two ways:

  --state-url URL   the provider's own endpoint does it (Pact's convention: a POST of
                    {consumer, state, states, action, params} for each state)
  --param NAME=…    graphpact does it on the entity that is named: the ids in a pact are
                    replaced by its own, values are set by the documented update, and
                    what it held before is put back at the end

` + "`graphpact states`" + ` lists the states. The token is read from the variable that
--token-env names. It takes the place of "Bearer <token>" in a request at the moment
of sending; a request without Authorization stays without.

Failures that are known and accepted for a time stand in graphpact.waivers.yaml; see
` + "`graphpact waivers --help`" + `. A broker is told of them as failures.

` + exitCodesHelp,
		Example: `  graphpact verify
  graphpact verify --pact reports/pacts/ours-graph.json \
    --provider-url http://127.0.0.1:8080/beta --state-url http://127.0.0.1:8080/_pact/states
  export GRAPH_TOKEN=…
  graphpact verify --provider-url https://graph.microsoft.com/beta \
    --allow-host graph.microsoft.com --param roomId=… --param lampId=…
  graphpact verify --broker https://broker.example.org --provider lamps --main-branch \
    --deployed-to production --provider-version 1.2.3 --provider-branch main --publish-results`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// The broker may be named by a variable that a user has set for good, so files
			// that are named win.
			if o.broker.url != "" && !cmd.Flags().Changed("pact") {
				if err := a.useBroker(o); err != nil {
					return err
				}
			}
			return a.verify(cmd.Context(), o)
		},
	}
	o.add(cmd, "provider-url", "base `URL` of the provider, under which the paths of the pacts lie (default: the embedded mock)",
		"path parameter `NAME=VALUE` of the entity to set states up on (repeatable)")
	o.write.add(cmd)
	o.pages.add(cmd)
	o.waivers.add(cmd)
	o.broker.add(cmd)
	f := cmd.Flags()
	o.ending.add(f)
	f.StringArrayVar(&o.pacts, "pact", []string{filepath.Join("reports", "pacts")}, "pact `FILE`, or folder of them (repeatable)")
	f.StringVar(&o.stateURL, "state-url", "", "`URL` of the provider's own state endpoint")
	f.StringVar(&o.filterDescription, "filter-description", "", "verify only interactions whose description this `REGEXP` matches")
	f.StringVar(&o.filterState, "filter-state", "", "verify only interactions with a provider state that this `REGEXP` matches")
	f.StringVar(&o.consumer, "consumer", "", "the only consumer `NAME` whose pacts may be verified (default: any)")
	f.StringVar(&o.provider, "provider", "", "the provider's `NAME` in the pacts (default: the one that they name)")
	f.StringVar(&o.providerVersion, "provider-version", "", "`VERSION` of the provider that is verified, for the results")
	f.StringVar(&o.providerBranch, "provider-branch", "", "`BRANCH` of the provider that is verified, for the results")
	f.BoolVar(&o.publishResults, "publish-results", false, "tell the broker that the pacts came from what came of them")
	f.StringVar(&o.buildURL, "build-url", "", "`URL` of the build, for the results")
	f.StringVar(&o.out, "out", filepath.Join("reports", "verify"), "`DIR` for the reports")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show the evidence of every interaction, and what the Pact library says")
	f.BoolVar(&o.ascii, "ascii", false, "print no characters beyond ASCII")
	return cmd
}

func (o *verifyOptions) filtered() bool { return o.filterDescription != "" || o.filterState != "" }

// check finds flags that do not go together.
func (o *verifyOptions) check() error {
	switch {
	case o.url == "" && o.stateURL != "":
		return errors.New("--state-url is for a provider of your own: name it with --provider-url")
	case o.url == "" && len(o.params) > 0:
		return errors.New("--param names an entity of --provider-url; the embedded mock has entities of its own")
	case o.stateURL != "" && len(o.params) > 0:
		return errors.New("--state-url and --param: the states are set up by the provider or by graphpact; leave one out")
	case o.publishResults && o.filtered():
		return errors.New("--publish-results with a filter would tell the broker of a part as if it were the whole; leave one out")
	case o.publishResults && o.providerVersion == "":
		return errors.New("--publish-results needs --provider-version")
	}
	return nil
}

func (a *app) verify(ctx context.Context, o *verifyOptions) error {
	if err := errors.Join(o.targetFlags.check(a), o.write.check(), o.ending.check(), o.check()); err != nil {
		return err
	}
	if err := o.waivers.load(); err != nil {
		return err
	}
	if err := a.beginRun(&o.targetFlags); err != nil {
		return err
	}
	choose, err := o.filter()
	if err != nil {
		return err
	}
	ops, conv, err := o.pages.load()
	if err != nil {
		return err
	}
	pacts, err := o.load(ctx)
	if err != nil {
		return err
	}
	var interactions, all []verify.Interaction
	for _, p := range pacts {
		all = append(all, p.Interactions...)
		interactions = append(interactions, slices.DeleteFunc(slices.Clone(p.Interactions), func(i verify.Interaction) bool { return !choose(i) })...)
	}
	if len(interactions) == 0 {
		return &exitError{exitNothingRan, errors.New("no interaction matches the filter; `graphpact states` lists the states")}
	}
	if o.url != "" {
		err := a.mayWrite(&o.write, o.url, "--"+o.urlFlag)
		if err == nil {
			err = o.write.allowStates(o.stateURL)
		}
		if err != nil {
			return err
		}
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	library, err := pact.OpenVerifier(ctx, pact.VerifierOptions{RequestTimeout: o.timeout + o.retryBudget + forwarderRoom})
	if err != nil {
		return unlessInterrupted(ctx, err)
	}
	defer library.Close()
	t, err := a.connectProvider(ctx, o, ops, conv, interactions)
	if err != nil {
		return err
	}
	defer t.close()
	end := newEnding(ctx)
	defer end.stop(nil)
	if len(t.keepers) > 0 {
		if err := t.openJournal(&o.targetFlags, t.operations, o.out, end.stop); err != nil {
			return err
		}
	}
	if err := t.check(ctx); err != nil {
		return err
	}
	if t.mock == nil && t.foreign() {
		if err := a.consent(ctx, &o.write, t.base, t.writePlan(interactions)); err != nil {
			return err
		}
	}

	term := report.NewTerminal(a.stdout, report.TerminalOptions{ASCII: o.ascii, Verbose: o.verbose, Color: a.color()})
	r := o.newVerification(t, pacts, ops, interactions)
	term.Start(r)
	runner := &verify.Runner{Library: library, Client: t.client, States: t.states, Book: newBook(ops, conv, t), Repeat: o.repeat}
	if o.verbose {
		runner.Output = func(text string) { fmt.Fprintf(a.stderr, "%s\n", text) }
	}
	started := time.Now()
	waivers := o.waivers.list.On(t.base, time.Now())
	inTime := end.limit(&o.ending)
	r.Requirements, err = runner.Run(end.ctx, interactions, func(q result.Requirement) { term.Requirement(waivers.Cover(q)) })
	r.Requirements = covered(r.Requirements, waivers)
	if err != nil {
		r.Problems = append(r.Problems, err.Error())
	}
	inTime()
	r.Problems = append(r.Problems, end.problems()...)
	r.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	r.Problems = append(r.Problems, t.putBack(ctx)...)
	r.Interrupted = ctx.Err() != nil
	t.account(r)
	r.Totals = result.Count(r.Requirements)
	if o.publishResults {
		r.Problems = append(r.Problems, o.publish(ctx, pacts, r)...)
	}

	if p := noneVerified(r.Requirements); p != "" {
		r.Problems = append(r.Problems, p)
	}

	// After the results were published: a waiver is no business of the consumers.
	r.Problems = append(r.Problems, waiverProblems(waivers, ops, r.Requirements, runner.Book.Requirements(all))...)

	files, werr := report.Write(o.out, r)
	term.Finish(r, files)
	return verdict(r, errors.Join(werr, term.Err()))
}

// forwarderRoom is how much longer the library waits than one answer and the retry
// budget: the forwarder may wait out a 429 or 503 in between, and is the one to say that
// a provider hangs.
const forwarderRoom = time.Minute

func unlessInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	return err
}

// filter gives the choice of interactions that the flags make.
func (o *verifyOptions) filter() (func(verify.Interaction) bool, error) {
	description, err := regexp.Compile(o.filterDescription)
	if err != nil {
		return nil, fmt.Errorf("--filter-description: %w", err)
	}
	state, err := regexp.Compile(o.filterState)
	if err != nil {
		return nil, fmt.Errorf("--filter-state: %w", err)
	}
	return func(i verify.Interaction) bool {
		return description.MatchString(i.Description) && (o.filterState == "" ||
			slices.ContainsFunc(i.States, func(s verify.State) bool { return state.MatchString(s.Name) }))
	}, nil
}

// newVerification is the report before anything has run.
func (o *verifyOptions) newVerification(t *provider, pacts []sourcedPact, ops []operation, interactions []verify.Interaction) *result.Run {
	r := &result.Run{
		Version:   result.Version,
		ID:        o.runID,
		Tool:      result.Tool{Name: "graphpact", Version: toolVersion(), GoVersion: runtime.Version()},
		StartedAt: time.Now().UTC().Truncate(time.Millisecond),
		Target:    t.described(),
		Settings:  o.settings(pacts), Findings: []result.Finding{}, Pages: []result.Page{},
	}
	for _, op := range ops {
		if slices.ContainsFunc(interactions, func(i verify.Interaction) bool { return isAbout(i, op.Operation) }) {
			r.Pages = append(r.Pages, op.page())
		}
	}
	if len(pacts) == 1 {
		p := pacts[0]
		r.Pact = &result.Pact{Consumer: p.Consumer, Provider: p.Provider, File: p.Name, Digest: p.Digest, Interactions: len(interactions)}
	}
	return r
}

// isAbout reports whether the page is behind the interaction.
func isAbout(i verify.Interaction, op *contract.Operation) bool {
	return slices.ContainsFunc(i.States, func(s verify.State) bool { return s.Name == op.StateExists() || s.Name == op.StateAbsent() })
}

// settings echoes what shaped the run; header values may be secret and stay out.
func (o *verifyOptions) settings(pacts []sourcedPact) map[string]string {
	s := o.targetFlags.settings()
	s["out"] = o.out
	names := make([]string, len(pacts))
	for i, p := range pacts {
		names[i] = p.Name
	}
	for name, v := range map[string]string{
		"allow-host": strings.Join(o.write.allowHosts, ", "), "command": "verify", "pact": strings.Join(names, ", "), "doc": strings.Join(o.pages.docs, ", "), "features": o.pages.features,
		"filter-description": o.filterDescription, "filter-state": o.filterState, "provider-version": o.providerVersion,
		"provider-branch": o.providerBranch, "build-url": o.buildURL, "consumer": o.consumer, "provider": o.provider,
	} {
		if v != "" {
			s[name] = v
		}
	}
	if o.stateURL != "" {
		s["state-url"], _, _ = strings.Cut(o.stateURL, "?") // a query may hold a key
	}
	o.waivers.settings(s)
	return s
}

// repeat is the command that verifies one interaction again.
func (o *verifyOptions) repeat(i verify.Interaction) string {
	line := newCommandLine("graphpact verify")
	if o.source == nil {
		line.add("pact", i.Pact)
	} else {
		line.add("broker", o.broker.url)
		line.add("provider", o.provider)
		line.add("provider-branch", o.providerBranch)
	}
	o.targetFlags.repeat(line)
	o.write.repeat(line)
	line.add("state-url", plainURL(o.stateURL))
	line.add("doc", o.pages.docs...)
	line.add("features", o.pages.features)
	o.waivers.repeat(line)
	line.add("filter-description", "^"+regexp.QuoteMeta(i.Description)+"$")
	return line.String()
}
