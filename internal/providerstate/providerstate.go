// Package providerstate brings a provider to provider states (Pact), in one of three
// ways: Mock changes the embedded mock Graph, Entities brings an endpoint's own entity to
// the state by the documented update, and Endpoint asks the provider's state endpoint.
package providerstate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/schema"
)

// States brings a provider to provider states.
type States interface {
	// SetUp brings the provider to all the states, which are in a pact of the consumer.
	// The Setup is never nil: also beside an error it holds what was sent, and is to be
	// torn down. SetUp is called for one interaction at a time.
	SetUp(ctx context.Context, consumer string, states []pact.State) (*Setup, error)
	// SetUpEntity waits for an entity of the Operation that no other caller uses, in the
	// state in which it exists, and gives its path parameters. tearDown ends the state; it
	// does not depend on ctx. It is safe for concurrent use.
	SetUpEntity(ctx context.Context, op *contract.Operation) (params map[string]string, tearDown func() error, err error)
}

// Setup is what SetUp did.
type Setup struct {
	// Paths has the paths of the provider's own entities by the paths that the pact has for
	// them, all escaped.
	Paths map[string]string
	// Values are what the provider's state endpoint answered.
	Values map[string]any
	// Before are called before a request of the interaction is sent, which an error keeps
	// from being sent.
	Before []func(client.Request) error
	// Exchanges are what was sent for the states.
	Exchanges []Sent

	tearDown func(ctx context.Context) ([]Sent, error)
}

// Sent is an exchange with the client that sent it, which knows what to mask.
type Sent struct {
	*client.Exchange
	Client *client.Client
}

// TearDown ends the states, and gives what was sent for that.
func (s *Setup) TearDown(ctx context.Context) ([]Sent, error) {
	if s.tearDown == nil {
		return nil, nil
	}
	return s.tearDown(ctx)
}

func (s *Setup) add(client *client.Client, ex *client.Exchange) *client.Exchange {
	s.Exchanges = append(s.Exchanges, Sent{ex, client})
	return ex
}

// turn lets one caller at a time go on.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn; done ends it.
func (t turn) take(ctx context.Context) (done func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// UnknownStateError is the error of a state that graphpact cannot set up itself.
type UnknownStateError struct {
	Name string
	// Known are the states that can be set up.
	Known []string
}

func (e *UnknownStateError) Error() string {
	known := "none, without a page"
	if len(e.Known) > 0 {
		known = strings.Join(e.Known, "; ")
	}
	return fmt.Sprintf("the provider state %q is not known; known: %s. Name the page behind the pact with --doc, or the provider's own state endpoint with --state-url", e.Name, known)
}

// entityState is a provider state of graphpact's own: what it says of an entity.
type entityState struct {
	op     *contract.Operation
	exists bool
	// params are the values of all path parameters, and values those of properties.
	params map[string]string
	values map[string]any
}

// parse finds the Operation of a state, and takes its parameters apart.
func parse(s pact.State, ops []*contract.Operation) (*entityState, error) {
	var known []string
	for _, op := range ops {
		for _, name := range []string{op.StateExists(), op.StateAbsent()} {
			if !slices.Contains(known, name) {
				known = append(known, name)
			}
		}
	}
	if !slices.Contains(known, s.Name) {
		return nil, &UnknownStateError{Name: s.Name, Known: known}
	}
	var err error
	for _, op := range ops {
		if s.Name != op.StateExists() && s.Name != op.StateAbsent() {
			continue
		}
		var p *entityState
		if p, err = parseParams(s, op); err == nil {
			p.exists = s.Name == op.StateExists()
			return p, nil
		}
	}
	return nil, err
}

// parseParams separates path parameters from values of properties.
func parseParams(s pact.State, op *contract.Operation) (*entityState, error) {
	out := &entityState{op: op, params: map[string]string{}, values: map[string]any{}}
	for _, p := range op.Path.Params {
		v, ok := s.Params[p.Name]
		if !ok {
			return nil, fmt.Errorf("the provider state %q has no parameter %s, which %s needs", s.Name, p.Name, op.Path.Template)
		}
		out.params[p.Name] = pathText(v)
	}
	for name, v := range s.Params {
		if _, taken := out.params[name]; taken {
			continue
		}
		if _, ok := op.Property(name); !ok {
			return nil, fmt.Errorf("the provider state %q has the parameter %s, which is no path parameter of %s and no property of the page", s.Name, name, op.Path.Template)
		}
		out.values[name] = v
	}
	return out, nil
}

// pathText is a value as it is in a path.
func pathText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return schema.Show(v)
}
