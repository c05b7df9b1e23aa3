package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/credential"
	"graphpact/internal/entity"
	"graphpact/internal/journal"
	"graphpact/internal/mockgraph"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
	"graphpact/internal/target"
)

// endpoint is the target of a run: a foreign endpoint, or the embedded mock.
type endpoint struct {
	kind, base, token string
	// credential gets the token by the method auth, where token is empty; hint says how a
	// user gets one for the curl lines.
	credential  *credential.Credential
	auth, hint  string
	client      *target.Client
	retryBudget time.Duration
	// params, paths and keepers go with the selected operations, by index; there are no
	// keepers where nothing needs to be put back.
	params []map[string]string
	paths  []string
	// seen are the entities as the pre-flight check saw them, by path.
	seen    map[string]map[string]any
	keepers []*target.Keeper
	// journal keeps on disk what the keepers remember, and restore is the command that
	// puts it back; nil and empty where nothing needs to be put back.
	journal *journal.Journal
	restore string
	// stateEndpoint is the provider's own, nil where there is none, and stateOperations are
	// those whose entities it sets up.
	stateEndpoint   *providerstate.Endpoint
	stateOperations []*contract.Operation
	// noGet is set where the target has no GET of the entity.
	noGet bool
	// mock and stop are set for the embedded mock.
	mock *mockgraph.Server
	stop func() error
}

// connect makes the client for the target, starting the embedded mock where no
// endpoint is named. Nothing is sent yet.
func (a *app) connect(ctx context.Context, o *runOptions, selected []selection, conv *convention.Set) (*endpoint, error) {
	if o.url == "" {
		return a.startMock(ctx, &o.targetFlags, selected, conv)
	}
	t := &endpoint{kind: "endpoint", base: strings.TrimRight(o.url, "/"), retryBudget: o.retryBudget}
	t.noGet = o.noGet
	err := o.authenticate(a, t)
	if err != nil {
		return nil, err
	}
	if o.stateURL != "" {
		err = t.useStateEndpoint(o, selected)
	} else {
		err = t.useEntity(&o.targetFlags, selected)
	}
	if err != nil {
		return nil, err
	}
	if t.client, err = o.newClient(t, nil, nil); err != nil {
		return nil, err
	}
	for _, s := range selected {
		if o.putsBack(o) {
			t.keepers = append(t.keepers, target.NewKeeper(t.client, s.RestoreBody))
		}
	}
	return t, nil
}

// useEntity takes the entity that the flags name.
func (t *endpoint) useEntity(o *targetFlags, selected []selection) error {
	params, err := entityParams(o.params, selected, true)
	if err != nil {
		return err
	}
	t.params = params
	return t.findPaths(selected)
}

// useEntitiesOf takes the first entity of each operation of a mock.
func (t *endpoint) useEntitiesOf(srv *mockgraph.Server, selected []selection) error {
	for _, s := range selected {
		t.params = append(t.params, srv.Params(s.Operation))
	}
	return t.findPaths(selected)
}

func (t *endpoint) findPaths(selected []selection) error {
	for i, s := range selected {
		path, err := target.Expand(s.Path.Template, t.params[i])
		if err != nil {
			return err
		}
		t.paths = append(t.paths, path)
	}
	return nil
}

func (a *app) startMock(ctx context.Context, o *targetFlags, selected []selection, conv *convention.Set) (*endpoint, error) {
	if len(o.params) > 0 {
		return nil, errors.New("--param names an entity of --endpoint; the embedded mock has entities of its own")
	}
	if err := o.auth.withoutMock(o.urlFlag); err != nil {
		return nil, err
	}
	t := &endpoint{kind: result.EmbeddedMock, token: madeUpToken(), retryBudget: o.retryBudget}
	seeds, err := readSeeds()
	if err != nil {
		return nil, err
	}
	if t.mock, err = newMock(operations(selected), conv, t.token, seeds); err != nil {
		return nil, err
	}
	// The mock outlives an interrupt, so that scenarios under way end in order.
	l, err := mockgraph.StartServer(context.WithoutCancel(ctx), "127.0.0.1:0", t.mock)
	if err != nil {
		return nil, err
	}
	t.stop, t.base = l.Close, l.URL()+t.mock.BasePath()
	if err = t.useEntitiesOf(t.mock, selected); err == nil {
		t.client, err = o.newClient(t, nil, nil)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return t, nil
}

func operations(selected []selection) []operation {
	ops := make([]operation, len(selected))
	for i, s := range selected {
		ops[i] = s.operation
	}
	return ops
}

// entityParams gives each operation the path parameters that are named for it. One that
// no page knows is an error, and a missing one where all are needed.
func entityParams(flags []string, selected []selection, all bool) ([]map[string]string, error) {
	given, err := pairs("param", flags)
	if err != nil {
		return nil, err
	}
	var out []map[string]string
	var errs []error
	var templates []string
	for _, s := range selected {
		templates = append(templates, s.Path.Template)
		if missing := missingParams(s.Operation, given); all && len(missing) > 0 {
			errs = append(errs, fmt.Errorf("the entity under test is not named: add --param %s=… (%s, %s)",
				strings.Join(missing, "=… --param "), s.Path.Source.Short(), s.Path.Template))
		}
		own := map[string]string{}
		for _, p := range s.Path.Params {
			if v, ok := given[p.Name]; ok {
				own[p.Name] = v
			}
		}
		out = append(out, own)
	}
	if unknown := target.Unknown(given, templates...); len(unknown) > 0 {
		slices.Sort(unknown)
		errs = append(errs, fmt.Errorf("--param %s: no such path parameter in %s", strings.Join(unknown, ", "), strings.Join(templates, ", ")))
	}
	return out, errors.Join(errs...)
}

// states gives the way to set up provider states. The operations are those of params and
// keepers.
func (t *endpoint) states(ops []*contract.Operation) providerstate.States {
	switch {
	case t.stateEndpoint != nil:
		return t.stateEndpoint
	case t.mock != nil:
		return providerstate.NewMock(t.mock, ops...)
	}
	entities := make([]providerstate.Entity, len(ops))
	for i, op := range ops {
		entities[i] = providerstate.Entity{Operation: op, Params: t.params[i]}
		if len(t.keepers) > 0 {
			entities[i].Keeper = t.keepers[i]
		}
	}
	return providerstate.NewEntities(t.client, entities...)
}

// useStateEndpoint has the provider's own endpoint set up the entities.
func (t *endpoint) useStateEndpoint(o *runOptions, selected []selection) error {
	params, err := entityParams(o.params, selected, false)
	if err != nil {
		return err
	}
	t.params = params
	if t.stateEndpoint, err = providerstate.New(o.stateURL, "graphpact/"+toolVersion(), o.timeout, o.auth.tls); err != nil {
		return fmt.Errorf("--state-url: %w", err)
	}
	t.stateEndpoint.Consumer, t.stateEndpoint.Params = o.consumer, t.allParams()
	t.stateOperations = contracts(operations(selected))
	return nil
}

// preflightStates has each state set up once, looks at the entity, and has it taken
// down again.
func (t *endpoint) preflightStates(ctx context.Context) error {
	for _, op := range t.stateOperations {
		params, tearDown, err := t.stateEndpoint.SetUpEntity(ctx, op)
		if err != nil {
			return err
		}
		path, err := target.Expand(op.Path.Template, params)
		if err == nil {
			_, err = t.look(ctx, path)
		}
		if err = errors.Join(err, tearDown()); err != nil {
			return err
		}
	}
	return nil
}

// preflight finds a wrong URL, a bad token or a missing entity before any scenario runs.
func (t *endpoint) preflight(ctx context.Context) error {
	t.seen = map[string]map[string]any{}
	err := t.preflightStates(ctx)
	for _, path := range t.paths {
		if err == nil {
			_, err = t.look(ctx, path)
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	return &exitError{exitTarget, err}
}

// look makes sure that the entity is there and lets the caller in, as far as the target
// can tell.
func (t *endpoint) look(ctx context.Context, path string) (*target.Exchange, error) {
	if t.noGet {
		return t.client.Reach(ctx, path)
	}
	ex, err := t.client.Preflight(ctx, path)
	if err == nil && t.seen != nil {
		t.seen[path] = entity.Decode(ex).Object
	}
	return ex, err
}

// putBackRoom is how long putting back may take beyond the retry budget, which each
// keeper has for itself.
const putBackRoom = time.Minute

// putBack restores what the entities held before, also when the run was interrupted.
// The last keeper goes first: two pages may speak of one entity, and the first of them
// saw it untouched.
func (t *endpoint) putBack(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.retryBudget+putBackRoom)
	defer cancel()
	var problems []string
	for _, k := range slices.Backward(t.keepers) {
		for _, err := range k.PutBack(ctx) {
			problems = append(problems, err.Error())
		}
	}
	return append(problems, t.leftBehind()...)
}

// account writes down what the waiting for the endpoint came to, and whether it was
// given up.
func (t *endpoint) account(r *result.Run) {
	r.Target.Throttled, r.Target.Throttling = t.client.Throttled(), t.client.Throttling()
	if err := t.client.GivenUp(); err != nil {
		r.Problems = append(r.Problems, err.Error())
	}
}

func (t *endpoint) close() {
	t.client.Close()
	if t.stateEndpoint != nil {
		t.stateEndpoint.Close()
	}
	if t.stop != nil {
		_ = t.stop()
	}
}
