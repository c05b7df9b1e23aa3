package main

import (
	"context"

	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
)

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
