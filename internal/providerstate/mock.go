package providerstate

import (
	"context"
	"fmt"

	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
	"graphpact/internal/pact"
)

// Mock sets up graphpact's own states in the embedded mock.
type Mock struct {
	server *mockgraph.Server
	ops    []*contract.Operation
	turn   turn
}

// NewMock makes the States of a mock that serves the Operations.
func NewMock(server *mockgraph.Server, ops ...*contract.Operation) *Mock {
	return &Mock{server: server, ops: ops, turn: newTurn()}
}

// SetUp puts entities where the states say, with the values that they ask for, or takes
// them out. Nothing is torn down: the next SetUp makes its entity anew.
func (m *Mock) SetUp(_ context.Context, _ string, states []pact.State) (*Setup, error) {
	for _, s := range states {
		state, err := parse(s, m.ops)
		if err != nil {
			return &Setup{}, err
		}
		if state.exists {
			err = m.server.Put(state.op, state.params, state.values)
		} else {
			err = m.server.Remove(state.op, state.params)
		}
		if err != nil {
			return &Setup{}, fmt.Errorf("the provider state %q: %w", s.Name, err)
		}
	}
	return &Setup{}, nil
}

// SetUpEntity makes a fresh entity. A path without parameters leads to one entity, in the
// mock too: its callers take turns.
func (m *Mock) SetUpEntity(ctx context.Context, op *contract.Operation) (map[string]string, func() error, error) {
	if len(op.Path.Params) == 0 {
		return inTurn(ctx, m.turn, m.server.Params(op))
	}
	params, err := m.server.Clone(op)
	return params, nothing, err
}

// inTurn gives the parameters when it is the caller's turn.
func inTurn(ctx context.Context, t turn, params map[string]string) (map[string]string, func() error, error) {
	done, err := t.take(ctx)
	if err != nil {
		return nil, nil, err
	}
	return params, func() error { done(); return nil }, nil
}

func nothing() error { return nil }
