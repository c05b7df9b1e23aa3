package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/broker"
	"graphpact/internal/harness"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/verify"
)

type verifyOptions struct {
	targetOptions
	write  writeOptions
	pages  pageOptions
	play   playOptions
	output outputOptions
	broker brokerSource

	pacts          []string
	stateURL       string
	filter         harness.Filter
	consumers      []string
	provider       string
	publication    harness.Publication
	publishResults bool
}

func (a *app) newVerifyCommand(run func(context.Context, *verifyOptions) error) *cobra.Command {
	o := &verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Play the pacts of consumers against a provider",
		Long: `verify plays each interaction of the pact files against a provider, gives each a verdict
with its evidence, and writes the reports of a run.

The pacts are files (--pact), or what a Pact Broker selects (--broker; its credentials
come from PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD). --pact
also takes the URL of one pact, as a broker's webhook hands it over. Whether results were
published is said of each pact.

Without --provider-url the provider is the embedded mock Graph. With it, provider
states are set up in one of two ways:

  --state-url URL   the provider's own endpoint does it (Pact's convention: a
                    POST of {consumer, state, states, action, params} for each
                    state)
  --param NAME=…    graphpact does it on the entity that is named: the ids in a
                    pact are replaced by its own, values are set by the
                    documented update, and what it held before is restored at
                    the end

` + "`graphpact states`" + ` lists the states. The token is read from the variable that
--token-env names. It takes the place of "Bearer <token>" in a request at the moment
of sending; a request without Authorization stays without.

Failures that are known and accepted for a time are listed in graphpact.waivers.yaml; see
` + "`graphpact waivers --help`" + `. A broker gets them as failures.

` + exitCodesHelp,
		Example: `  graphpact verify
  graphpact verify --pact reports/pacts/ours-graph.json \
    --provider-url http://127.0.0.1:8080/beta \
    --state-url http://127.0.0.1:8080/_pact/states
  export GRAPH_TOKEN=…
  graphpact verify --provider-url https://graph.microsoft.com/beta \
    --allow-host graph.microsoft.com --param roomId=… --param lampId=…
  graphpact verify --broker https://broker.example.org --provider lamps \
    --main-branch --deployed-to production \
    --provider-version 1.2.3 --provider-branch main --publish-results`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.pacts, "pact", []string{filepath.Join("reports", "pacts")}, "pact `FILE`, folder of them, or URL of one in a broker (repeatable)")
		mark(fs, notRepeated, "pact")
	})
	o.broker.declare(cmd)
	o.declareURL(cmd, "provider-url", "base `URL` of the provider, under which the paths of the pacts lie (default: the embedded mock)",
		"path parameter `NAME=VALUE` of the entity to set states up on (repeatable)")
	o.declareReach(cmd)
	o.write.declare(cmd)
	declare(cmd, endpointFlags, func(fs *pflag.FlagSet) {
		declareStateURL(fs, &o.stateURL, "`URL` of the provider's own state endpoint")
	})
	o.pages.declare(cmd)
	o.play.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.filter.Description, "filter-description", "", "verify only interactions whose description this `REGEXP` matches")
		fs.StringVar(&o.filter.State, "filter-state", "", "verify only interactions with a provider state that this `REGEXP` matches")
		fs.StringArrayVar(&o.consumers, "consumer", nil, "verify only the pacts of the consumer `NAME` (repeatable; default: all)")
		fs.StringVar(&o.provider, "provider", "", "the provider's `NAME` in the pacts (default: the one that they name)")
		o.output.declare(fs, filepath.Join("reports", "verify"), "show the evidence of every interaction, and what the Pact library says")
		mark(fs, notRepeated, "filter-description", "filter-state")
	})
	declare(cmd, brokerFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.publication.Version, "provider-version", "", "`VERSION` of the provider that is verified, for the results")
		fs.StringVar(&o.publication.Branch, "provider-branch", "", "`BRANCH` of the provider that is verified, for the results")
		fs.BoolVar(&o.publishResults, "publish-results", false, "publish the results to the broker that the pacts come from")
		fs.StringVar(&o.publication.BuildURL, "build-url", "", "`URL` of the build, for the results")
		mark(fs, notRepeated, "publish-results", "provider-version", "build-url")
	})
	return cmd
}

// fromBroker reports whether the pacts come from a broker. It may be named by a variable
// that a user has set for good, so files that are named win.
func (o *verifyOptions) fromBroker() bool {
	return o.broker.url != "" && !o.flags.Changed("pact")
}

// selectsBeside gives the first flag on the command line that chooses among the pacts of
// a broker, where another names the pacts. Both in variables and files are no contradiction:
// they may be set for good.
func (o *verifyOptions) selectsBeside() string {
	named, selects := false, ""
	o.flags.Visit(func(f *pflag.Flag) {
		named = named || f.Name == "pact"
		if has(f, selector) && selects == "" {
			selects = f.Name
		}
	})
	if !named {
		return ""
	}
	return selects
}

func (o *verifyOptions) check(a *app) error {
	var err error
	beside := o.selectsBeside()
	switch {
	case beside != "":
		err = fmt.Errorf("--%s chooses among the pacts of a broker, and --pact names them; leave one out", beside)
	case o.url == "" && o.stateURL != "":
		err = errors.New("--state-url is for a provider of your own: name it with --provider-url")
	case o.stateURL != "" && len(o.params) > 0:
		err = errors.New("--state-url and --param: the states are set up by the provider or by graphpact; leave one out")
	case o.publishResults && o.filter != harness.Filter{}:
		err = errors.New("--publish-results with a filter would publish a part as if it were the whole; leave one out")
	case o.publishResults && o.publication.Version == "":
		err = errors.New("--publish-results needs --provider-version")
	case o.fromBroker() && o.provider == "":
		err = errors.New("--broker needs --provider, the provider's name in the broker; or name pact files with --pact")
	}
	return errors.Join(o.targetOptions.check(a), o.write.check(), o.play.check(), o.output.check(), o.checkMock(), err)
}

// config checks the flags and reads the files that they name, the pacts from a broker too.
func (o *verifyOptions) config(ctx context.Context, a *app) (*harness.VerifyConfig, error) {
	if err := o.check(a); err != nil {
		return nil, err
	}
	t, err := o.target(a)
	if err != nil {
		return nil, err
	}
	t.StateURL = o.stateURL
	c := &harness.VerifyConfig{Filter: o.filter, Repeat: o.repeat}
	if c.Config, err = o.play.config(a, t, &o.targetOptions, &o.output); err != nil {
		return nil, err
	}
	if o.publishResults {
		c.Publish = &o.publication
	}
	if c.Pages, err = o.pages.load(); err != nil {
		return nil, err
	}
	if c.Pacts, err = o.load(ctx, a); err != nil {
		return nil, err
	}
	if c.Pacts, err = harness.SelectPacts(c.Pacts, o.consumers, o.provider, o.publishResults); err != nil {
		return nil, err
	}
	names := make([]string, len(c.Pacts))
	for i, p := range c.Pacts {
		names[i] = p.Name
		if p.Announce != nil {
			p.Announce()
		}
	}
	c.Settings["command"], c.Settings["pact"] = "verify", strings.Join(names, ", ")
	_, err = c.Select()
	return c, err
}

func (o *verifyOptions) load(ctx context.Context, a *app) ([]harness.SourcedPact, error) {
	if o.fromBroker() {
		return o.broker.pacts(ctx, a, o.provider, o.publication.Branch)
	}
	var files []string
	var out []harness.SourcedPact
	for _, name := range o.pacts {
		if !isURL(name) {
			files = append(files, name)
			continue
		}
		found, err := o.broker.pactAt(ctx, a, name)
		if err != nil {
			return nil, err
		}
		out = append(out, found)
	}
	if len(files) == 0 {
		return out, nil
	}
	found, err := verify.Load(files)
	if errors.Is(err, verify.ErrNoPacts) {
		err = failed(harness.NothingRan, err)
	}
	for _, p := range found {
		out = append(out, harness.SourcedPact{File: p})
	}
	return out, err
}

// isURL reports whether --pact names a pact of a broker.
func isURL(name string) bool {
	return strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://")
}

func (a *app) verify(ctx context.Context, o *verifyOptions) error {
	c, err := o.config(ctx, a)
	if err != nil {
		return err
	}
	refused := a.tellRefused(c.Pages)
	if o.url != "" {
		if err := errors.Join(a.mayWrite(&o.write, o.url, "--provider-url"), o.write.allowStates(o.stateURL)); err != nil {
			return err
		}
	}
	term := o.output.terminal(a)
	c.Observer = harness.Observer{
		Consent:     func(ctx context.Context, plan *harness.WritePlan) error { return a.consent(ctx, &o.write, o.url, plan) },
		Start:       term.Start,
		Requirement: term.Requirement,
	}
	if o.output.verbose {
		c.Output = func(text string) { fmt.Fprintf(a.stderr, "%s\n", text) }
	}
	c.OnPublished = func(p harness.SourcedPact, reason string) { fmt.Fprintln(a.stdout, o.outcome(p, reason)) }
	r, err := harness.Verify(ctx, c)
	var param *harness.ParamError
	if errors.As(err, &param) && !param.Unknown {
		err = fmt.Errorf("%w; or name the provider's own state endpoint with --state-url", err)
	}
	return cmp.Or(a.finish(term, r, err), refused)
}

func (o *verifyOptions) outcome(p harness.SourcedPact, reason string) string {
	what := p.Name
	if p.Version != "" {
		what = fmt.Sprintf("the pact of %s %s with %s", p.Consumer, p.Version, p.Provider)
	}
	if reason != "" {
		return fmt.Sprintf("results   not published: %s: %s", what, reason)
	}
	by := o.publication.Version
	if o.publication.Branch != "" {
		by += " (" + o.publication.Branch + ")"
	}
	return fmt.Sprintf("results   published: %s, as verified by %s", what, by)
}

// repeat is the command that verifies one interaction again.
func (o *verifyOptions) repeat(i pact.Interaction) string {
	line := newCommandLine("graphpact verify")
	fromBroker := o.fromBroker()
	if !fromBroker {
		line.add("pact", i.Pact)
	}
	line.repeat(o.flags, func(f *pflag.Flag) bool {
		return fromBroker || first(f, groupOf) != brokerFlags || isURL(i.Pact) && !has(f, selector)
	})
	line.add("filter-description", "^"+regexp.QuoteMeta(i.Description)+"$")
	return line.String()
}

// brokerSource are the flags of verify that choose the pacts of a broker.
type brokerSource struct {
	brokerOptions
	mainBranch, matchingBranch, latest bool
	branches, tags                     []string
	deployedTo, releasedTo             []string
	pending                            bool
	wipSince                           string
}

func (s *brokerSource) declare(cmd *cobra.Command) {
	s.brokerOptions.declare(cmd)
	declare(cmd, brokerFlags, func(fs *pflag.FlagSet) {
		fs.BoolVar(&s.mainBranch, "main-branch", false, "the broker's pacts of the consumers' main branches")
		fs.BoolVar(&s.matchingBranch, "matching-branch", false, "the broker's pacts of consumer branches named as --provider-branch")
		fs.BoolVar(&s.latest, "latest", false, "the broker's latest pact of each consumer")
		fs.StringArrayVar(&s.branches, "consumer-branch", nil, "the broker's latest pacts of this consumer `BRANCH` (repeatable)")
		fs.StringArrayVar(&s.tags, "tag", nil, "the broker's latest pacts with this `TAG` (repeatable)")
		fs.StringArrayVar(&s.deployedTo, "deployed-to", nil, "the broker's pacts of what is deployed in this `ENVIRONMENT` (repeatable)")
		fs.StringArrayVar(&s.releasedTo, "released-to", nil, "the broker's pacts of what is released in this `ENVIRONMENT` (repeatable)")
		fs.BoolVar(&s.pending, "include-pending", false, "a pact that no version of --provider-branch has verified yet may fail")
		fs.StringVar(&s.wipSince, "include-wip-since", "", "also the pacts in work since this `DATE`, as 2026-11-01")
		fs.VisitAll(func(f *pflag.Flag) { annotate(f, selector) })
	})
}

// query is what the flags ask of the broker; no selector at all leaves the choice
// to it.
func (s *brokerSource) query(providerBranch string) (broker.PactQuery, error) {
	query := broker.PactQuery{ProviderVersionBranch: providerBranch, IncludePending: s.pending || s.wipSince != ""}
	add := func(on bool, x broker.Selector) {
		if on {
			query.Selectors = append(query.Selectors, x)
		}
	}
	add(s.mainBranch, broker.Selector{MainBranch: true})
	add(s.matchingBranch, broker.Selector{MatchingBranch: true})
	add(s.latest, broker.Selector{Latest: true})
	for _, b := range s.branches {
		add(true, broker.Selector{Branch: b})
	}
	for _, t := range s.tags {
		add(true, broker.Selector{Tag: t, Latest: true})
	}
	for _, e := range s.deployedTo {
		add(true, broker.Selector{Deployed: true, Environment: e})
	}
	for _, e := range s.releasedTo {
		add(true, broker.Selector{Released: true, Environment: e})
	}
	if providerBranch == "" && (s.matchingBranch || query.IncludePending) {
		return query, errors.New("--matching-branch, --include-pending and --include-wip-since need --provider-branch")
	}
	if s.wipSince != "" {
		day, err := time.Parse(time.DateOnly, s.wipSince)
		if err != nil {
			return query, fmt.Errorf("--include-wip-since %q: write a day as 2026-11-01", s.wipSince)
		}
		query.WIPSince = day
	}
	return query, nil
}

func (s *brokerSource) pacts(ctx context.Context, a *app, provider, providerBranch string) ([]harness.SourcedPact, error) {
	query, err := s.query(providerBranch)
	if err != nil {
		return nil, err
	}
	client, err := s.client(a)
	if err != nil {
		return nil, err
	}
	found, err := client.PactsForVerification(ctx, provider, query)
	if broker.KindOf(err) == broker.NotFound {
		return nil, failed(harness.NothingRan, err) // nobody has a pact with the provider
	}
	if err != nil {
		return nil, brokerExit(err)
	}
	versions := map[string]int{}
	var out []harness.SourcedPact
	for _, p := range found {
		one, err := a.sourced(client, p)
		if other, ok := errors.AsType[*verify.UnsupportedError](err); ok {
			// It is no reason to leave those of other consumers unverified.
			one, err = harness.SourcedPact{File: other.File, Unsupported: other, Version: p.ConsumerVersion}, nil
		}
		if err != nil {
			return nil, err
		}
		versions[one.Consumer]++
		out = append(out, one)
	}
	for i, p := range found {
		if versions[out[i].Consumer] > 1 {
			addBranches(ctx, client, p, &out[i])
		}
	}
	return out, nil
}

// pactAt gets the pact at the address that a broker's webhook hands over. The credentials
// are those of the broker that is named, or else of the address.
func (s *brokerSource) pactAt(ctx context.Context, a *app, address string) (harness.SourcedPact, error) {
	o := s.brokerOptions
	if o.url == "" {
		var err error
		if o.url, err = broker.AddressOf(address); err != nil {
			return harness.SourcedPact{}, fmt.Errorf("--pact: %w", err)
		}
	}
	client, err := o.client(a)
	if err != nil {
		return harness.SourcedPact{}, err
	}
	p, err := client.PactAt(ctx, address)
	if err != nil {
		return harness.SourcedPact{}, brokerExit(err)
	}
	out, err := a.sourced(client, p)
	if err == nil {
		addBranches(ctx, client, p, &out)
	}
	return out, err
}

// addBranches adds the branches to the consumer's version. A broker that does not say them
// is no reason not to verify.
func addBranches(ctx context.Context, client *broker.Client, p broker.Pact, to *harness.SourcedPact) {
	if branches, err := client.Branches(ctx, p); err == nil && len(branches) > 0 {
		to.Version += " (" + strings.Join(branches, ", ") + ")"
	}
}

// sourced is a pact of the broker with the way back to it.
func (a *app) sourced(client *broker.Client, p broker.Pact) (harness.SourcedPact, error) {
	parsed, err := verify.Parse(p.URL, p.Content)
	if err != nil {
		return harness.SourcedPact{}, err
	}
	publish := func(ctx context.Context, v harness.Verification) error {
		err := client.PublishResults(ctx, p, broker.Results{
			Success: v.Success, ProviderVersion: v.Version, ProviderBranch: v.Branch, BuildURL: v.BuildURL,
			TestResults: testResults(v.Requirements, parsed.Interactions, p.InteractionIDs),
			VerifiedBy:  broker.VerifiedBy{Implementation: "graphpact", Version: toolVersion()},
		})
		if err == nil {
			a.printVerificationNotices(p, fmt.Sprintf("after_verification:success_%t_published_true", v.Success))
		}
		return err
	}
	return harness.SourcedPact{
		File: parsed, Pending: p.Pending || p.WIP, Version: p.ConsumerVersion, Publish: publish,
		Announce: func() { a.printVerificationNotices(p, "before_verification") },
	}, nil
}

// printVerificationNotices prints what the broker says of a pact at that moment.
func (a *app) printVerificationNotices(p broker.Pact, when string) {
	for _, n := range p.Notices {
		if n.When == when || strings.HasPrefix(when, n.When+":") {
			fmt.Fprintf(a.stdout, "broker    %s\n", n.Text)
		}
	}
}

// testResults is what the broker keeps of each interaction for its users to read.
// Requirements are in the order of the interactions, and ids are the broker's for them.
func testResults(requirements []result.Requirement, interactions []pact.Interaction, ids []string) []broker.TestResult {
	out := make([]broker.TestResult, len(requirements))
	for i, r := range requirements {
		out[i] = broker.TestResult{Description: r.Scenario, Requirement: r.Key(), Success: !harness.Failed(r)}
		if len(interactions) == len(out) {
			out[i].Description = interactions[i].Description // a scenario may name the version
		}
		if len(ids) == len(out) { // the whole pact was verified
			out[i].InteractionID = ids[i]
		}
		for _, c := range r.Checks {
			if c.Verdict != result.Fail {
				continue
			}
			m := broker.Mismatch{Description: c.Name}
			m.Attribute, m.Identifier = verify.MismatchAttribute(c)
			if c.Message != "" {
				m.Description += ": " + c.Message
			} else if c.Expected != "" || c.Actual != "" {
				m.Description += fmt.Sprintf(": expected %s, got %s", c.Expected, c.Actual)
			}
			out[i].Mismatches = append(out[i].Mismatches, m)
		}
	}
	return out
}
