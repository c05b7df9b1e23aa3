package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"graphpact/internal/result"
	"graphpact/internal/verify"
)

// pactSource gives the pacts to verify: files, or those that a broker selects.
type pactSource func(ctx context.Context) ([]sourcedPact, error)

// sourcedPact is a pact with the way back to where it came from.
type sourcedPact struct {
	*verify.Pact
	// pending is set where a failure must not fail the provider's build: the broker says
	// so of whole pacts.
	pending bool
	// publish tells what came of the whole pact; nil where there is nobody to tell.
	publish func(ctx context.Context, v verification) error
}

// verification is what came of verifying a whole pact.
type verification struct {
	success                   bool
	version, branch, buildURL string
	// requirements are those of the pact, in its order.
	requirements []result.Requirement
}

// load reads the pacts and makes sure that they belong together.
func (o *verifyOptions) load(ctx context.Context) ([]sourcedPact, error) {
	source := o.source
	if source == nil {
		source = o.files
	}
	pacts, err := source(ctx)
	if err != nil {
		return nil, err
	}
	if len(pacts) == 0 {
		return nil, &exitError{exitNothingRan, verify.ErrNoPacts}
	}
	provider := o.provider
	if provider == "" {
		provider = pacts[0].Provider
	}
	for _, p := range pacts {
		switch {
		case o.consumer != "" && p.Consumer != o.consumer:
			return nil, fmt.Errorf("%s is a pact of the consumer %q, and --consumer is %q", p.Name, p.Consumer, o.consumer)
		case p.Provider != provider && o.provider != "":
			return nil, fmt.Errorf("%s is a pact with the provider %q, and --provider is %q", p.Name, p.Provider, o.provider)
		case p.Provider != provider:
			return nil, fmt.Errorf("%s is a pact with the provider %q, and %s one with %q: verify one provider at a time", p.Name, p.Provider, pacts[0].Name, provider)
		case o.publishResults && p.publish == nil:
			return nil, fmt.Errorf("--publish-results: %s does not come from a broker, so there is nobody to tell", p.Name)
		}
		for i := range p.Interactions {
			p.Interactions[i].Pending = p.Interactions[i].Pending || p.pending
		}
	}
	return pacts, nil
}

// files reads the pacts that --pact names.
func (o *verifyOptions) files(context.Context) ([]sourcedPact, error) {
	pacts, err := verify.Load(o.pacts)
	if errors.Is(err, verify.ErrNoPacts) {
		return nil, &exitError{exitNothingRan, err}
	}
	out := make([]sourcedPact, len(pacts))
	for i, p := range pacts {
		out[i] = sourcedPact{Pact: p}
	}
	return out, err
}

// publish tells what came of each pact and gives the problems. A run that was
// interrupted, could not judge something, or has problems tells nothing: half a truth
// about one pact would count for the whole.
func (o *verifyOptions) publish(ctx context.Context, pacts []sourcedPact, r *result.Run) []string {
	if r.Interrupted || r.Totals.Error > 0 || len(r.Problems) > 0 {
		return []string{"no results were published: not everything could be judged"}
	}
	var problems []string
	for _, p := range pacts {
		v := verification{success: true, version: o.providerVersion, branch: o.providerBranch, buildURL: o.buildURL}
		for _, req := range r.Requirements {
			if req.Feature.URI == p.Name {
				v.requirements = append(v.requirements, req)
			}
		}
		v.success = !slices.ContainsFunc(v.requirements, failed)
		if err := p.publish(ctx, v); err != nil {
			problems = append(problems, fmt.Sprintf("publishing the results of %s: %v", p.Name, err))
		}
	}
	return problems
}

// failed reports whether the provider did not do what was expected, also where that is
// pending and no more than a warning.
func failed(r result.Requirement) bool {
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
		case !failed(r):
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
