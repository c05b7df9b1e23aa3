package harness

import (
	"context"

	"graphpact/internal/client"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
)

// Connection is a target that graphpact has connected to, for a look at it before a run.
type Connection struct{ s *session }

// Connect connects to the target of a run. Nothing is sent yet.
func Connect(ctx context.Context, c *RunConfig) (*Connection, error) {
	s, err := connect(ctx, &c.Target, operations(c.Selected), c.Pages.Conventions)
	if err != nil {
		return nil, err
	}
	return &Connection{s}, nil
}

// Client sends to the target.
func (c *Connection) Client() *client.Client { return c.s.client }

// Target is the target as a report names it.
func (c *Connection) Target() result.Target { return c.s.describe() }

// Paths are those of the entities, below the base URL; none where a state endpoint says
// which they are.
func (c *Connection) Paths() []string { return c.s.paths }

// Token gets the token that requests carry, "" where there is none.
func (c *Connection) Token(ctx context.Context) (string, error) {
	if c.s.credential == nil {
		return c.s.token, nil
	}
	got, err := c.s.credential.Get(ctx)
	return got.Value, err
}

// Look makes sure that the entity at the path is there and that the caller may see it.
func (c *Connection) Look(ctx context.Context, path string) (*client.Exchange, error) {
	return c.s.look(ctx, path)
}

// StateEndpoint is the provider's own, nil where there is none.
func (c *Connection) StateEndpoint() *providerstate.Endpoint { return c.s.stateEndpoint }

// Close ends the connection.
func (c *Connection) Close() { closeQuietly(c.s) }

// Dial makes a client of the target alone: no entity is looked for, and nothing is restored.
func Dial(t *Target) (*client.Client, error) {
	s := newSession(t, nil)
	if err := s.authenticate(); err != nil {
		return nil, err
	}
	err := s.dial(nil, nil)
	return s.client, err
}
