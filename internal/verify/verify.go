// Package verify verifies pact files against a provider and gives a requirement for each
// interaction, as a run of the suite does.
//
// The Pact library decides whether an answer is the one that a pact expects. All else is
// here: a pact is split into one file for each interaction, so that each has a verdict;
// provider states are set up before the library is called; and requests go through a
// forwarder on 127.0.0.1, which alone knows the token.
package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/pact"
	"graphpact/internal/providerstate"
	"graphpact/internal/readlimit"
	"graphpact/internal/result"
)

// ErrNoPacts is in the error of Load when there is no pact file where it looked.
var ErrNoPacts = errors.New("there is no pact to verify")

// Load reads pact files; a folder stands for the *.json files in it. The pacts are in
// the order of the paths, those of a folder by name.
func Load(paths []string) ([]*pact.File, error) {
	files, err := pact.Files(paths)
	if err != nil {
		return nil, fmt.Errorf("--pact: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: no *.json file in %s", ErrNoPacts, strings.Join(paths, ", "))
	}
	var pacts []*pact.File
	var errs []error
	for _, f := range files {
		data, err := readlimit.File(f, readlimit.Pact)
		if err != nil {
			errs = append(errs, fmt.Errorf("reading a pact: %w", err))
			continue
		}
		p, err := Parse(f, data)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		pacts = append(pacts, p)
	}
	return pacts, errors.Join(errs...)
}

// Parse reads a pact file whose interactions can be verified, of specification 1.0 to 4.0.
// Errors name the file, and the line where they can.
func Parse(name string, data []byte) (*pact.File, error) {
	f, err := pact.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: not a pact file: %w", name, err)
	}
	major, _, _ := strings.Cut(f.Specification, ".")
	switch {
	case !slices.Contains([]string{"", "1", "2", "3", "4"}, major):
		return nil, fmt.Errorf("%s: a pact of specification %q; 1 to 4 are known", name, f.Specification)
	case slices.Contains(f.Other, "messages"):
		return nil, unsupported(f, name, name, "a pact of messages; only HTTP can be verified")
	case f.Plugins > 0:
		return nil, unsupported(f, name, name, "a pact that needs a plugin; graphpact runs none")
	case len(f.Interactions) == 0:
		return nil, fmt.Errorf("%s: a pact without an interaction", name)
	}
	f.Name = name
	for n := range f.Interactions {
		i := &f.Interactions[n]
		if !i.IsHTTP() {
			return nil, unsupported(f, name, fmt.Sprintf("%s:%d: interaction %d", name, i.Line, n+1),
				fmt.Sprintf("%q is of type %s; only HTTP can be verified", i.Description, i.Type))
		}
		if err := verifiable(i); err != nil {
			return nil, fmt.Errorf("%s:%d: interaction %d: %w", name, i.Line, n+1, err)
		}
		i.Pact = name
	}
	return f, nil
}

// UnsupportedError says that a pact is a good one, of a kind that graphpact does not verify.
type UnsupportedError struct {
	// File is the pact without its interactions.
	File *pact.File
	// Where is its name, with the line where one interaction is the reason.
	Where, Reason string
}

// Error names the pact and the reason.
func (e *UnsupportedError) Error() string { return e.Where + ": " + e.Reason }

func unsupported(f *pact.File, name, where, reason string) error {
	f.Name, f.Interactions = name, nil
	return &UnsupportedError{File: f, Where: where, Reason: reason}
}

func verifiable(i *pact.Interaction) error {
	switch {
	case i.Request.Path == "" || i.Response.Status == 0:
		return fmt.Errorf("%q has no request and response", i.Description)
	case !strings.HasPrefix(i.Request.Path, "/"):
		return fmt.Errorf("%q: the path %q does not start with a slash", i.Description, i.Request.Path)
	}
	return nil
}

// Library decides whether an answer is the one that a pact expects. A *pact.Verifier is one.
type Library interface {
	Verify(ctx context.Context, what pact.Verification) (pact.Verified, error)
}

// Runner verifies interactions against a provider.
type Runner struct {
	Library Library
	// Client sends to the provider, and knows the token.
	Client *client.Client
	// States sets up provider states.
	States providerstate.States
	// Catalog has the pages and conventions behind the pacts.
	Catalog *Catalog
	// Repeat gives the command that verifies one interaction again; nil for none.
	Repeat func(pact.Interaction) string
	// Output, if not nil, gets the library's output for each interaction, secrets masked.
	Output func(text string)
}

// Run verifies the interactions one after the other and gives a requirement for each, in
// their order. onDone, if not nil, is called with each as soon as it is there. When ctx
// ends, the rest could not be judged. The error is about the run itself.
func (r *Runner) Run(ctx context.Context, interactions []pact.Interaction, onDone func(result.Requirement)) ([]result.Requirement, error) {
	f, err := startForwarder(context.WithoutCancel(ctx), r.Client)
	if err != nil {
		return nil, err
	}
	defer f.close()
	reqs := r.Catalog.Requirements(interactions)
	var gone error
	for n, i := range interactions {
		req := &reqs[n]
		if gone == nil {
			gone = r.verify(ctx, f, i, req)
		}
		if gone != nil {
			unverified(req, "not verified: the provider gave no good answer any more (see the problems of the run)")
			setSteps(req, i)
		}
		if r.Repeat != nil {
			req.Repeat = r.Repeat(i)
		}
		if onDone != nil {
			onDone(*req)
		}
	}
	return reqs, gone
}

// verified is the result of one interaction.
type verified struct {
	sent []providerstate.Sent
	// answer is the 1-based number of the provider's answer among sent, 0 for none.
	answer int
	checks []result.Check
	// err is why the interaction could not be judged.
	err error
}

// unverified makes the requirement one of which nothing is a verdict.
func unverified(req *result.Requirement, reason string) {
	req.Verdict, req.NotPlayed, req.Checks, req.Reason = result.Skip, true, []result.Check{}, reason
}

// verify gives an error where the provider is gone, which ends the run.
func (r *Runner) verify(ctx context.Context, f *forwarder, i pact.Interaction, req *result.Requirement) error {
	started := time.Now()
	var v verified
	if v.err = ctx.Err(); v.err == nil {
		v = r.judge(ctx, f, i)
	}
	req.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	for _, s := range v.sent {
		req.Exchanges = append(req.Exchanges, s.Client.Report(s.Exchange))
	}
	req.Checks = append(req.Checks, v.checks...)
	req.Verdict = result.Worst(req.Level, req.Checks)
	switch {
	case ctx.Err() != nil:
		unverified(req, "not verified to its end: the run was stopped (see its problems)")
	case v.err != nil:
		req.Verdict, req.Reason = result.Error, v.err.Error()
	}
	r.excerpt(req)
	setSteps(req, i)
	silent := func(s providerstate.Sent) bool { return s.Client == r.Client && s.Unanswered() }
	if req.Verdict == result.Pass || req.NotPlayed || !slices.ContainsFunc(v.sent, silent) || r.Client.Answered() == 0 {
		return nil //nolint:nilerr // the requirement has the error
	}
	look := client.Request{Purpose: "see whether the provider is there", Method: http.MethodHead, Path: "/"}
	if gone := r.Client.Gone(ctx, look); gone != nil && gone.Cause != client.GoneLockedOut {
		return gone
	}
	return nil
}

// excerpt masks and shortens all texts: whatever a provider sent may stand in them.
func (r *Runner) excerpt(req *result.Requirement) {
	req.Reason = r.Client.Excerpt(req.Reason, client.MessageShown)
	for n := range req.Checks {
		c := &req.Checks[n]
		for _, text := range []*string{&c.Name, &c.Pointer, &c.Expected, &c.Actual} {
			*text = r.Client.Excerpt(*text, client.TextShown)
		}
		c.Message = r.Client.Excerpt(c.Message, client.MessageShown)
	}
}

// teardownTime bounds the teardown of states after an interrupt.
const teardownTime = 30 * time.Second

// judge sets the states up, has the library verify the interaction, and takes the states down.
func (r *Runner) judge(ctx context.Context, f *forwarder, i pact.Interaction) (v verified) {
	setup, err := r.States.SetUp(ctx, i.Consumer, i.States)
	v.sent = setup.Exchanges
	defer func() {
		down, cancel := context.WithTimeout(context.WithoutCancel(ctx), teardownTime)
		defer cancel()
		sent, err := setup.TearDown(down)
		v.sent = append(v.sent, sent...)
		if err != nil {
			v.checks = append(v.checks, result.Check{
				Name: "the provider states are taken down", Verdict: result.Warn, Message: err.Error(), Exchange: len(v.sent),
			})
		}
	}()
	if err != nil {
		v.err = err
		return v
	}
	do := func(req client.Request) *client.Exchange { return r.Client.Do(ctx, req) }
	body := func(sent []byte) ([]byte, []string) { return r.Catalog.withValues(i, sent) }
	j := &job{do: do, interaction: i, setup: setup, body: body}
	f.begin(j)
	judged, err := r.Library.Verify(ctx, pact.Verification{
		Pact: i.Single, Provider: i.Provider, ProviderURL: f.providerURL(), StateURL: f.stateURL(),
	})
	exchanges := f.end()
	for _, ex := range exchanges {
		v.sent = append(v.sent, providerstate.Sent{Exchange: ex, Client: r.Client})
		v.answer = len(v.sent)
	}
	if r.Output != nil && judged.Output != "" {
		r.Output(r.Client.Mask(judged.Output))
	}
	switch {
	case err != nil:
		v.err = err
	case len(exchanges) == 0:
		v.err = errors.New(strings.TrimSuffix("the Pact library sent no request: "+judged.Error, ": "))
	case exchanges[len(exchanges)-1].Err != nil:
		v.err = exchanges[len(exchanges)-1].Err
	case judged.OK != (len(judged.Mismatches) == 0 && judged.Error == ""):
		v.err = errors.New("the Pact library contradicts itself")
	case judged.Error != "":
		v.err = errors.New(judged.Error)
	default:
		v.checks = r.Catalog.checks(i, exchanges[len(exchanges)-1], judged.Mismatches)
		if len(j.replaced) > 0 {
			v.checks = append(v.checks, replacedCheck(j.replaced))
		}
		for n := range v.checks {
			v.checks[n].Exchange = v.answer
		}
	}
	return v
}
