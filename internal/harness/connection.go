package harness

import (
	"context"

	"graphpact/internal/client"
	"graphpact/internal/providerstate"
)

// Connection is a target that graphpact has connected to, for a look at it before a run.
type Connection struct{ *session }

// Connect connects to the target of a run. Nothing is sent yet.
func Connect(ctx context.Context, c *RunConfig) (*Connection, error) {
	s, err := connect(ctx, &c.Target, operations(c.Selected), c.Pages.Conventions)
	if err != nil {
		return nil, err
	}
	return &Connection{s}, nil
}

// Client sends to the target.
func (c *Connection) Client() *client.Client { return c.client }

// Paths are those of the entities, below the base URL; none where a state endpoint says
// which they are.
func (c *Connection) Paths() []string { return c.paths }

// Token gets the token that requests carry, "" where there is none.
func (c *Connection) Token(ctx context.Context) (string, error) {
	if c.credential == nil {
		return c.token, nil
	}
	got, err := c.credential.Get(ctx)
	return got.Value, err
}

// StateEndpoint is the provider's own, nil where there is none.
func (c *Connection) StateEndpoint() *providerstate.Endpoint { return c.stateEndpoint }

// Close ends the connection.
func (c *Connection) Close() { closeQuietly(c.session) }

// Dial makes a client of the target alone: no entity is looked for, and nothing is restored.
func Dial(t *Target) (*client.Client, error) {
	s := newSession(t, nil)
	if err := s.authenticate(); err != nil {
		return nil, err
	}
	err := s.dial(nil, nil)
	return s.client, err
}
