package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
	"graphpact/internal/providerstate"
	"graphpact/internal/schema"
)

// stateEntities has the provider's own state endpoint set up the entity of each
// scenario, in the state that the Pact has too. What the endpoint answers names the
// entity. Scenarios take turns until it has handed out two different ones: an endpoint
// with one entity would set it up anew under a scenario that is at work on it.
type stateEntities struct {
	endpoint *providerstate.Endpoint
	op       *contract.Operation
	consumer string
	// given are the path parameters that the user has named.
	given map[string]string
	turn  chan struct{}

	mu    sync.Mutex
	last  string // the path that was handed out last
	fresh bool   // each set-up gives another entity
	busy  map[string]bool
}

func newStateEntities(e *providerstate.Endpoint, op *contract.Operation, consumer string, given map[string]string) *stateEntities {
	return &stateEntities{endpoint: e, op: op, consumer: consumer, given: given, turn: make(chan struct{}, 1), busy: map[string]bool{}}
}

// checkStates has each state set up once, looks at the entity, and has it taken down
// again.
func (s *session) checkStates(ctx context.Context) error {
	for _, leased := range s.entities {
		e, ok := leased.(*stateEntities)
		if !ok {
			continue
		}
		params, release, err := e.Lease(ctx)
		if err != nil {
			return err
		}
		path, err := client.Expand(e.op.Path.Template, params)
		if err == nil {
			_, err = s.look(ctx, path)
		}
		if err = errors.Join(err, release()); err != nil {
			return err
		}
	}
	return nil
}

// Lease sets the state up; release takes it down.
func (s *stateEntities) Lease(ctx context.Context) (map[string]string, func() error, error) {
	turn, err := s.wait(ctx)
	if err != nil {
		return nil, nil, err
	}
	asked := s.asked()
	// An interrupt in the middle would leave a state of which nobody knows what to take
	// down; the client bounds the time of each.
	whole := context.WithoutCancel(ctx)
	params, path, err := s.setUp(whole, asked)
	if err == nil {
		err = ctx.Err()
	}
	switch {
	case err == nil:
		err = s.take(path)
	case params != nil: // it is set up, and nobody will use it
		err = errors.Join(err, s.tearDown(whole, asked, params))
	}
	if err != nil {
		turn()
		return nil, nil, err
	}
	if s.isFresh() {
		turn()
		turn = func() {}
	}
	return params, func() error {
		defer turn()
		defer s.give(path)
		return s.tearDown(whole, asked, params)
	}, nil
}

// wait takes the turn, where scenarios have to take turns.
func (s *stateEntities) wait(ctx context.Context) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.isFresh() {
		return func() {}, nil
	}
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *stateEntities) isFresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh
}

// take notes that a scenario is at work on the entity.
func (s *stateEntities) take(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[path] {
		return fmt.Errorf("the state endpoint handed out %s while another scenario is at work on it; have it give each set-up an entity of its own, or run with --parallel 1", path)
	}
	s.fresh = s.fresh || s.last != "" && s.last != path
	s.last, s.busy[path] = path, true
	return nil
}

func (s *stateEntities) give(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, path)
}

// asked are the path parameters to ask for: those that the user has named, else those
// that the Pact has.
func (s *stateEntities) asked() map[string]string {
	params := map[string]string{}
	for _, p := range s.op.Path.Params {
		params[p.Name] = contract.ExampleID(p.Name)
		if v, ok := s.given[p.Name]; ok {
			params[p.Name] = v
		}
	}
	return params
}

// setUp asks for the state, and gives the path parameters of the entity that is there
// then, also beside an error where no path can be made of them.
func (s *stateEntities) setUp(ctx context.Context, asked map[string]string) (params map[string]string, path string, err error) {
	values, _, err := s.endpoint.Do(ctx, s.change(providerstate.SetUp, asked))
	if err != nil {
		return nil, "", err
	}
	params = maps.Clone(asked)
	for name := range params {
		if v, ok := values[name]; ok {
			params[name] = pathText(v)
		}
	}
	path, err = client.Expand(s.op.Path.Template, params)
	return params, path, err
}

func (s *stateEntities) tearDown(ctx context.Context, asked, params map[string]string) error {
	maps.Copy(asked, params) // what was handed out is what is to be taken down
	_, _, err := s.endpoint.Do(ctx, s.change(providerstate.TearDown, asked))
	return err
}

func (s *stateEntities) change(action string, params map[string]string) providerstate.Change {
	c := providerstate.Change{Consumer: s.consumer, State: s.op.StateExists(), Action: action, Params: map[string]any{}}
	for name, v := range params {
		c.Params[name] = v
	}
	return c
}

// pathText is a value as it stands in a path.
func pathText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return schema.Show(v)
}

// entityPool gives each scenario an entity of its own in the embedded mock.
type entityPool struct {
	srv *mockgraph.Server
	op  *contract.Operation
}

// Lease makes a fresh entity.
func (p entityPool) Lease(context.Context) (map[string]string, func() error, error) {
	params, err := p.srv.Clone(p.op)
	return params, func() error { return nil }, err
}

// singleEntity is the one entity of a foreign endpoint; scenarios take turns.
type singleEntity struct {
	params map[string]string
	turn   chan struct{}
}

func newSingleEntity(params map[string]string) *singleEntity {
	return &singleEntity{params: params, turn: make(chan struct{}, 1)}
}

// Lease waits for its turn.
func (s *singleEntity) Lease(ctx context.Context) (map[string]string, func() error, error) {
	select {
	case s.turn <- struct{}{}:
		return s.params, func() error { <-s.turn; return nil }, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}
