package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/restore"
	"graphpact/internal/transport"
	"graphpact/internal/verify"
)

// provider is the target of a verification, with the way to set up its states.
type provider struct {
	*endpoint
	states verify.States
	// operations go with the keepers, by index.
	operations []*contract.Operation
	// remote is the provider's own state endpoint, nil where graphpact sets states up.
	remote *verify.RemoteStates
}

// connectProvider makes the client and the states of the provider, starting the
// embedded mock where none is named. Nothing is sent yet.
func (a *app) connectProvider(ctx context.Context, o *verifyOptions, ops []operation, conv *convention.Set, interactions []verify.Interaction) (*provider, error) {
	flags := &o.targetFlags
	if o.url == "" {
		t, err := a.startMock(ctx, flags, all(ops), conv)
		if err != nil {
			return nil, err
		}
		t.params = nil // each state has an entity of its own
		return &provider{endpoint: t, states: &verify.MockStates{Server: t.mock, Operations: contracts(ops)}}, nil
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
		if p.remote, err = verify.NewRemoteStates(o.stateURL, "graphpact/"+toolVersion(), o.timeout, o.auth.tls); err != nil {
			return nil, fmt.Errorf("--state-url: %w", err)
		}
		p.states = p.remote
		return p, nil
	}
	// Only pages whose states are asked for need an entity.
	needed := slices.DeleteFunc(slices.Clone(ops), func(op operation) bool {
		return !slices.ContainsFunc(interactions, func(i verify.Interaction) bool { return isAbout(i, op.Operation) })
	})
	if err := t.useEntity(flags, all(needed)); err != nil {
		return nil, fmt.Errorf("%w; or name the provider's own state endpoint with --state-url", err)
	}
	states := &verify.EntityStates{Client: t.client}
	for i, op := range needed {
		k := restore.NewKeeper(t.client, op.RestoreBody)
		t.keepers = append(t.keepers, k)
		p.operations = append(p.operations, op.Operation)
		states.Entities = append(states.Entities, verify.Entity{Operation: op.Operation, Params: t.params[i], Keeper: k})
	}
	p.states = states
	return p, nil
}

// check finds a provider that is not there, a bad token, or a missing entity, before
// anything is judged.
func (p *provider) check(ctx context.Context) error {
	if p.mock == nil && len(p.paths) == 0 {
		ex := p.client.Do(ctx, client.Request{Purpose: "look for the provider", Method: http.MethodHead, Path: "/"})
		if ex.Err != nil && ex.Status == 0 && ctx.Err() == nil {
			return &exitError{exitTarget, &client.UnreachableError{URL: p.client.Mask(ex.URL), Err: ex.Err}}
		}
	}
	if p.remote != nil {
		if err := p.remote.Check(ctx); err != nil && ctx.Err() == nil {
			return &exitError{exitTarget, fmt.Errorf("the state endpoint: %w", err)}
		}
	}
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	return p.preflight(ctx)
}

func (p *provider) foreign() bool { return transport.Foreign(p.base) }

// writePlan says what a verification is going to do to the entities.
func (p *provider) writePlan(interactions []verify.Interaction) writePlan {
	plan := writePlan{sends: fmt.Sprintf("%d interactions as the pacts have them", len(interactions))}
	if p.remote != nil {
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

func (p *provider) close() {
	if p.remote != nil {
		p.remote.Close()
	}
	p.endpoint.close()
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

// newBook gathers what can be looked up about interactions.
func newBook(ops []operation, conv *convention.Set, t *provider) *verify.Book {
	b := &verify.Book{Operations: contracts(ops), Conventions: conv, TokenFrom: t.client.TokenFrom(), TokenMend: t.client.TokenHint()}
	for _, op := range ops {
		b.Cases = append(b.Cases, op.suite.Cases...)
	}
	return b
}
