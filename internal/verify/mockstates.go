package verify

import (
	"context"
	"fmt"

	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
)

// MockStates sets up graphpact's own states in the embedded mock: the entity of a
// state is made where the state says, and has the values that it asks for.
type MockStates struct {
	Server     *mockgraph.Server
	Operations []*contract.Operation
}

// SetUp puts entities in, or takes them out.
func (m *MockStates) SetUp(_ context.Context, i Interaction) (*Situation, error) {
	for _, s := range i.States {
		what, err := read(s, m.Operations)
		if err != nil {
			return &Situation{}, err
		}
		if what.exists {
			err = m.Server.Put(what.op, what.params, what.values)
		} else {
			err = m.Server.Remove(what.op, what.params)
		}
		if err != nil {
			return &Situation{}, fmt.Errorf("the provider state %q: %w", s.Name, err)
		}
	}
	return &Situation{}, nil
}

// TearDown leaves everything: the next SetUp makes its entity anew.
func (m *MockStates) TearDown(context.Context, Interaction) (*Situation, error) {
	return &Situation{}, nil
}
