package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/pact"
	"graphpact/internal/providerstate"
	"graphpact/internal/target"
	"graphpact/internal/verify"
)

// provider is the target of a verification, with the way to set up its states.
type provider struct {
	*endpoint
	states providerstate.States
	// operations go with the keepers, by index.
	operations []*contract.Operation
}

// connectProvider makes the client and the states of the provider, starting the
// embedded mock where none is named. Nothing is sent yet.
func (a *app) connectProvider(ctx context.Context, o *verifyOptions, ops []operation, conv *convention.Set, interactions []pact.Interaction) (*provider, error) {
	flags := &o.targetFlags
	if o.url == "" {
		t, err := a.startMock(ctx, flags, all(ops), conv)
		if err != nil {
			return nil, err
		}
		t.params = nil // each state has an entity of its own
		return &provider{endpoint: t, states: t.states(contracts(ops))}, nil
	}
	t := &endpoint{kind: "endpoint", base: strings.TrimRight(o.url, "/"), retryBudget: o.retryBudget}
	if err := o.authenticate(a, t); err != nil {
		return nil, err
	}
	var err error
	if t.client, err = flags.newClient(t, nil, nil); err != nil {
		return nil, fmt.Errorf("--provider-url: %w", err)
	}
	p := &provider{endpoint: t}
	if o.stateURL != "" {
		if t.stateEndpoint, err = providerstate.New(o.stateURL, "graphpact/"+toolVersion(), o.timeout, o.auth.tls); err != nil {
			return nil, fmt.Errorf("--state-url: %w", err)
		}
		p.states = t.stateEndpoint
		return p, nil
	}
	// Only pages whose states are asked for need an entity.
	needed := slices.DeleteFunc(slices.Clone(ops), func(op operation) bool {
		return !slices.ContainsFunc(interactions, func(i pact.Interaction) bool { return isAbout(i, op.Operation) })
	})
	if err := t.useEntity(flags, all(needed)); err != nil {
		return nil, fmt.Errorf("%w; or name the provider's own state endpoint with --state-url", err)
	}
	p.operations = contracts(needed)
	for _, op := range needed {
		t.keepers = append(t.keepers, target.NewKeeper(t.client, op.RestoreBody))
	}
	p.states = t.states(p.operations)
	return p, nil
}

// check finds a provider that is not there, a bad token, or a missing entity, before
// anything is judged.
func (p *provider) check(ctx context.Context) error {
	if p.mock == nil && len(p.paths) == 0 {
		ex := p.client.Do(ctx, target.Request{Purpose: "look for the provider", Method: http.MethodHead, Path: "/"})
		if ex.Err != nil && ex.Status == 0 && ctx.Err() == nil {
			return &exitError{exitTarget, &target.UnreachableError{URL: p.client.Mask(ex.URL), Err: ex.Err}}
		}
	}
	if p.stateEndpoint != nil {
		if err := p.stateEndpoint.Check(ctx); err != nil && ctx.Err() == nil {
			return &exitError{exitTarget, fmt.Errorf("the state endpoint: %w", err)}
		}
	}
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	return p.preflight(ctx)
}

func (p *provider) foreign() bool { return target.Foreign(p.base) }

// writePlan says what a verification is going to do to the entities.
func (p *provider) writePlan(interactions []pact.Interaction) writePlan {
	plan := writePlan{sends: fmt.Sprintf("%d interactions as the pacts have them", len(interactions))}
	if p.stateEndpoint != nil {
		plan.sends += "; the state endpoint sets up what each needs, and takes it down"
	}
	if p.journal == nil {
		return plan
	}
	plan.journal = p.journal.Path() + ", until the first state is back"
	for i, op := range p.operations {
		var settable []string
		for _, prop := range op.Settable() {
			settable = append(settable, prop.Name)
		}
		plan.entities = append(plan.entities, p.client.Mask(p.base+p.paths[i]))
		plan.addOperation(op, p.seen[p.paths[i]], settable)
	}
	plan.sends = fmt.Sprintf("%d interactions, and updates that bring the entity to the state that each needs", len(interactions))
	return plan
}

func all(ops []operation) []selection {
	out := make([]selection, len(ops))
	for i, op := range ops {
		out[i].operation = op
	}
	return out
}

func contracts(ops []operation) []*contract.Operation {
	out := make([]*contract.Operation, len(ops))
	for i, op := range ops {
		out[i] = op.Operation
	}
	return out
}

// newCatalog gathers what can be looked up about interactions.
func newCatalog(ops []operation, conv *convention.Set, t *provider) *verify.Catalog {
	c := &verify.Catalog{Operations: contracts(ops), Conventions: conv, TokenFrom: t.client.TokenFrom(), TokenMend: t.client.TokenMend()}
	for _, op := range ops {
		c.Cases = append(c.Cases, op.suite.Cases...)
	}
	return c
}
