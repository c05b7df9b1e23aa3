package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/mask"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/verify"
	"graphpact/internal/waiver"
)

// VerifyConfig configures the verification of pacts against a provider, which is the
// Target.
type VerifyConfig struct {
	Config
	Pages *Pages
	Pacts []SourcedPact
	// Filter chooses among the interactions.
	Filter Filter
	// Publish is what the results are published as, nil where they are not. OnPublished, if
	// not nil, is called for each pact with whether they were: an empty reason means yes.
	Publish     *Publication
	OnPublished func(p SourcedPact, reason string)
	// Repeat is the command that verifies one interaction again.
	Repeat func(pact.Interaction) string
	// Output, if not nil, is given what the Pact library prints, secrets masked.
	Output func(text string)
}

// SourcedPact is a pact with the way back to where it came from.
type SourcedPact struct {
	*pact.File
	// Pending is set where a failure must not fail the provider's build: a broker says so of
	// whole pacts.
	Pending bool
	// Version is the consumer's version with its branches, as "1.4.2 (main)"; empty for a
	// file.
	Version string
	// Unsupported is set where graphpact does not verify pacts of this kind: it is left out, and said.
	Unsupported *verify.UnsupportedError
	// Announce says what the broker has to say before the verification; nil for nothing.
	Announce func()
	// Publish publishes the result of the whole pact; nil where there is no broker.
	Publish func(ctx context.Context, v Verification) error
}

// Publication says what the results are published as.
type Publication struct{ Version, Branch, BuildURL string }

// Verification is the result of verifying a whole pact.
type Verification struct {
	Publication
	Success bool
	// Requirements are those of the pact, in its order.
	Requirements []result.Requirement
}

// Filter chooses interactions by regular expressions on the description and on a provider
// state; empty ones match all.
type Filter struct{ Description, State string }

func (f Filter) compile() (func(pact.Interaction) bool, error) {
	description, err := regexp.Compile(f.Description)
	if err != nil {
		return nil, fmt.Errorf("--filter-description: %w", err)
	}
	state, err := regexp.Compile(f.State)
	if err != nil {
		return nil, fmt.Errorf("--filter-state: %w", err)
	}
	return func(i pact.Interaction) bool {
		return description.MatchString(i.Description) && (f.State == "" ||
			slices.ContainsFunc(i.States, func(s pact.State) bool { return state.MatchString(s.Name) }))
	}, nil
}

// Select gives the interactions that the filter chooses, pending ones marked. None at all
// is an error.
func (c *VerifyConfig) Select() ([]pact.Interaction, error) {
	chosen, err := c.Filter.compile()
	if err != nil {
		return nil, err
	}
	var out []pact.Interaction
	for _, i := range c.interactions() {
		if chosen(i) {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return nil, &Error{NothingRan, errors.New("no interaction matches the filter; `graphpact states` lists the states")}
	}
	return out, nil
}

func (c *VerifyConfig) interactions() []pact.Interaction {
	versions := map[string]int{}
	for _, p := range c.Pacts {
		versions[p.Consumer]++
	}
	var all []pact.Interaction
	for _, p := range c.Pacts {
		for _, i := range p.Interactions {
			i.Pending = i.Pending || p.Pending
			if versions[p.Consumer] > 1 {
				i.ConsumerVersion = p.Version
			}
			all = append(all, i)
		}
	}
	return all
}

// SelectPacts gives the pacts of the consumers that are named, of all where none is, and
// makes sure that they belong together: provider is empty for any, and publishing needs a
// broker behind each pact. A consumer without a pact is an error, and so is nothing but pacts
// that graphpact does not verify.
func SelectPacts(pacts []SourcedPact, consumers []string, provider string, publish bool) ([]SourcedPact, error) {
	if len(pacts) == 0 {
		return nil, &Error{NothingRan, verify.ErrNoPacts}
	}
	var selected []SourcedPact
	var there []string
	for _, p := range pacts {
		there = append(there, p.Consumer)
		if len(consumers) == 0 || slices.Contains(consumers, p.Consumer) {
			selected = append(selected, p)
		}
	}
	slices.Sort(there)
	for _, name := range consumers {
		if !slices.Contains(there, name) {
			return nil, &Error{NothingRan, fmt.Errorf("--consumer %q: there is no pact of this consumer; there are pacts of %s", name, strings.Join(slices.Compact(there), ", "))}
		}
	}
	wanted := cmp.Or(provider, selected[0].Provider)
	for _, p := range selected {
		switch {
		case p.Provider != wanted && provider != "":
			return nil, fmt.Errorf("%s is a pact with the provider %q, and --provider is %q", p.Name, p.Provider, provider)
		case p.Provider != wanted:
			return nil, fmt.Errorf("%s is a pact with the provider %q, and %s one with %q: verify one provider at a time", p.Name, p.Provider, selected[0].Name, wanted)
		case publish && p.Publish == nil && p.Unsupported == nil:
			return nil, fmt.Errorf("--publish-results: %s does not come from a broker, so there is nobody to tell", p.Name)
		}
	}
	if !slices.ContainsFunc(selected, func(p SourcedPact) bool { return p.Unsupported == nil }) {
		return nil, selected[0].Unsupported
	}
	return selected, nil
}

// libraryTime is how much longer the Pact library waits than one answer and the retry
// budget: the forwarder may wait out a 429 or 503 in between, and is the one to report
// that a provider hangs.
const libraryTime = time.Minute

// Verify plays the interactions against the provider and writes the reports; see Run for
// what it gives.
func Verify(ctx context.Context, c *VerifyConfig) (*Result, error) {
	interactions, err := c.Select()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	send := c.Target.Client
	library, err := pact.OpenVerifier(ctx, pact.VerifierOptions{Installation: c.PactHelper, RequestTimeout: send.Timeout + max(send.RetryBudget, 0) + libraryTime})
	if err != nil {
		if ctx.Err() != nil {
			return nil, errInterrupted()
		}
		return nil, err
	}
	defer library.Close()
	p, err := c.connectProvider(ctx, interactions)
	if err != nil {
		return nil, err
	}
	defer closeQuietly(p.session)
	runner := &verify.Runner{Library: library, Client: p.client, States: p.states, Catalog: c.catalog(p.session), Repeat: c.Repeat, Output: c.Output}
	waivers := c.Waivers.On(p.base, time.Now())
	return c.execute(ctx, p.session, &job{
		report: c.newReport(p.session, interactions), waivers: waivers,
		check: p.check,
		plan:  func(context.Context) (*WritePlan, error) { return p.writePlan(interactions), nil },
		play: func(ctx context.Context, onDone func(result.Requirement)) ([]result.Requirement, error) {
			return runner.Run(ctx, interactions, onDone)
		},
		conclude: func(ctx context.Context, r *result.Run) []string {
			r.Problems = append(r.Problems, c.publish(ctx, r)...)
			if p := noneVerified(r.Requirements); p != "" {
				r.Problems = append(r.Problems, p)
			}
			// After the results were published: a waiver is no business of the consumers.
			r.Problems = append(r.Problems, c.waiverProblems(waivers, r.Requirements, runner.Catalog.Requirements(c.interactions()))...)
			return nil
		},
	})
}

func (c *VerifyConfig) newReport(s *session, interactions []pact.Interaction) *result.Run {
	r := c.Config.newReport(s)
	if c.Filter.Description != "" {
		r.Partial = append(r.Partial, "only interactions whose description matches "+c.Filter.Description)
	}
	if c.Filter.State != "" {
		r.Partial = append(r.Partial, "only interactions with a provider state that matches "+c.Filter.State)
	}
	for _, p := range c.Pacts {
		if p.Unsupported != nil {
			r.Partial = append(r.Partial, fmt.Sprintf("without the pact of %s (%s)", p.Consumer, p.Unsupported.Reason))
		}
	}
	for _, op := range c.Pages.Operations {
		if slices.ContainsFunc(interactions, func(i pact.Interaction) bool { return isAbout(i, op.Operation) }) {
			r.Pages = append(r.Pages, op.ReportPage())
		}
	}
	if len(c.Pacts) == 1 {
		p := c.Pacts[0]
		r.Pact = &result.Pact{Consumer: p.Consumer, Provider: p.Provider, File: p.Name, Digest: p.Digest, Interactions: len(interactions)}
	}
	r.Partial = append(r.Partial, c.Pages.Narrowed...)
	return r
}

// isAbout reports whether the page is behind the interaction.
func isAbout(i pact.Interaction, op *contract.Operation) bool {
	return slices.ContainsFunc(i.States, func(s pact.State) bool { return s.Name == op.StateExists() || s.Name == op.StateAbsent() })
}

func (c *VerifyConfig) catalog(s *session) *verify.Catalog {
	b := &verify.Catalog{Operations: c.Pages.Contracts(), Conventions: c.Pages.Conventions, TokenFrom: s.client.TokenFrom(), TokenHint: s.client.TokenHint()}
	for _, op := range c.Pages.Operations {
		b.Cases = append(b.Cases, op.Suite.Cases...)
	}
	return b
}

// pactSecrets are the credentials in the requests of pacts, which a provider may send
// back. The placeholder of a token is none.
func pactSecrets(interactions []pact.Interaction) []string {
	var out []string
	for _, i := range interactions {
		for name, value := range i.Request.Header {
			text, _ := value.(string) // as Parse gives it
			if !strings.Contains(text, pact.PlaceholderToken) {
				out = append(out, mask.HeaderSecrets(http.Header{name: {text}})...)
			}
		}
	}
	return out
}

// provider is a session whose states are set up for each interaction.
type provider struct{ *session }

// connectProvider connects to the provider, starting the embedded mock where none is
// named. Nothing is sent yet.
func (c *VerifyConfig) connectProvider(ctx context.Context, interactions []pact.Interaction) (*provider, error) {
	if err := c.Target.serves(c.Pages); err != nil {
		return nil, err
	}
	ops := c.Pages.Contracts()
	if c.Target.URL != "" {
		// Only pages whose states are asked for need an entity, and none where the provider
		// sets up its states itself.
		ops = slices.DeleteFunc(ops, func(op *contract.Operation) bool {
			return c.Target.StateURL != "" || !slices.ContainsFunc(interactions, func(i pact.Interaction) bool { return isAbout(i, op) })
		})
		c.Target.Params = usedBy(ops, c.Target.Params, c.Pages.Contracts())
	}
	c.Target.Client.Secrets = slices.Concat(c.Target.Client.Secrets, pactSecrets(interactions))
	s, err := connect(ctx, &c.Target, ops, c.Pages.Conventions)
	if err != nil {
		return nil, err
	}
	if s.mock != nil {
		s.params, s.paths = nil, nil // each state has an entity of its own
	}
	return &provider{s}, nil
}

// usedBy leaves out the parameters that belong to pages of which no interaction speaks: the
// same settings serve one pact and another. One that no page has stays, for its error.
func usedBy(ops []*contract.Operation, params map[string]string, all []*contract.Operation) map[string]string {
	has := func(ops []*contract.Operation, name string) bool {
		return slices.ContainsFunc(ops, func(op *contract.Operation) bool {
			return slices.ContainsFunc(op.Path.Params, func(p contract.Param) bool { return p.Name == name })
		})
	}
	out := maps.Clone(params)
	maps.DeleteFunc(out, func(name, _ string) bool { return has(all, name) && !has(ops, name) })
	return out
}

// check finds a provider that is not there, a bad token, or a missing entity, before
// anything is judged.
func (p *provider) check(ctx context.Context) error {
	if p.mock == nil && len(p.paths) == 0 {
		ex := p.client.Do(ctx, client.Request{Purpose: "look for the provider", Method: http.MethodHead, Path: "/"})
		if ex.Err != nil && ex.Status == 0 && ctx.Err() == nil {
			return &Error{TargetFailed, &client.UnreachableError{URL: p.client.Mask(ex.URL), Err: ex.Err}}
		}
	}
	if p.stateEndpoint != nil {
		if err := p.stateEndpoint.Check(ctx); err != nil && ctx.Err() == nil {
			return &Error{TargetFailed, fmt.Errorf("the state endpoint: %w", err)}
		}
	}
	if ctx.Err() != nil {
		return errInterrupted()
	}
	return p.session.check(ctx)
}

func (p *provider) writePlan(interactions []pact.Interaction) *WritePlan {
	plan := p.newWritePlan()
	plan.after = ""
	plan.sends = fmt.Sprintf("%d interactions as the pacts have them", len(interactions))
	if p.stateEndpoint != nil {
		plan.sends += "; the state endpoint sets up what each needs, and takes it down"
	}
	if p.journal == nil {
		return plan
	}
	for i, op := range p.operations {
		var settable []string
		for _, prop := range op.Settable() {
			settable = append(settable, prop.Name)
		}
		plan.entities = append(plan.entities, p.client.Mask(p.base+p.paths[i]))
		plan.add(op, p.seen[p.paths[i]], settable)
	}
	plan.sends = fmt.Sprintf("%d interactions, and updates that bring the entity to the state that each needs", len(interactions))
	return plan
}

// publish publishes the result of each pact, says of each whether that was done, and gives
// the problems. A run that was interrupted, could not judge something, or has problems
// publishes nothing: half the result of a pact would count for the whole.
func (c *VerifyConfig) publish(ctx context.Context, r *result.Run) []string {
	said := func(p SourcedPact, reason string) {
		if c.OnPublished != nil {
			c.OnPublished(p, reason)
		}
	}
	complete := !r.Interrupted && r.Totals.Error == 0 && len(r.Problems) == 0
	var problems []string
	if c.Publish != nil && !complete {
		problems = append(problems, "no results were published: not everything could be judged")
	}
	for _, p := range c.Pacts {
		switch {
		case p.Unsupported != nil:
			said(p, p.Unsupported.Reason)
			continue
		case p.Publish == nil:
			said(p, "it is a file, not a broker's")
			continue
		case c.Publish == nil:
			said(p, "--publish-results was not given")
			continue
		case !complete:
			said(p, "not everything could be judged")
			continue
		}
		v := Verification{Publication: *c.Publish, Success: true}
		for _, req := range r.Requirements {
			if req.Feature.URI == p.Name {
				v.Requirements = append(v.Requirements, req)
			}
		}
		v.Success = !slices.ContainsFunc(v.Requirements, Failed)
		if err := p.Publish(ctx, v); err != nil {
			problems = append(problems, fmt.Sprintf("publishing the results of %s: %v", p.Name, err))
			said(p, "the broker did not take them")
			continue
		}
		said(p, "")
	}
	return problems
}

// Failed reports whether the provider did not do what was expected, also where that is
// pending and no more than a warning.
func Failed(r result.Requirement) bool {
	return slices.ContainsFunc(r.Checks, func(c result.Check) bool { return c.Verdict == result.Fail })
}

// noneVerified is the problem of a run in which pending interactions failed and none
// succeeded, "" where there is no such problem. Pending failures are warnings, and such
// a run would be called conformant. A waived failure was accepted by somebody.
func noneVerified(rs []result.Requirement) string {
	pending := false
	for _, r := range rs {
		switch {
		case r.Verdict == result.Skip || r.Verdict == result.Waived:
		case !Failed(r):
			return ""
		default:
			pending = pending || r.Verdict == result.Warn
		}
	}
	if !pending {
		return ""
	}
	return "no interaction was verified successfully; failures of pending pacts are warnings, and warnings alone do not make a provider conformant"
}

// waiverProblems are those of a verification. What a pact expects is a part of what a
// scenario checks: that the interaction of a scenario holds does not make the scenario's
// waiver a needless one, which only a run can tell.
func (c *VerifyConfig) waiverProblems(by *waiver.Register, played, all []result.Requirement) []string {
	scenarios := Subjects(c.Pages.Operations)
	suite := slices.Clone(scenarios)
	for _, r := range all {
		suite = append(suite, r.Subject())
	}
	alone := slices.DeleteFunc(slices.Clone(played), func(r result.Requirement) bool {
		return slices.Contains(scenarios, r.Subject())
	})
	return by.Problems(alone, suite)
}
