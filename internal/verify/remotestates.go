package verify

import (
	"context"
	"maps"
	"time"

	"graphpact/internal/providerstate"
	"graphpact/internal/transport"
)

// RemoteStates has the provider's own endpoint set up the states.
type RemoteStates struct{ *providerstate.Endpoint }

// NewRemoteStates makes the client of a state endpoint.
func NewRemoteStates(stateURL, userAgent string, timeout time.Duration, files transport.TLSFiles) (*RemoteStates, error) {
	e, err := providerstate.New(stateURL, userAgent, timeout, files)
	if err != nil {
		return nil, err
	}
	return &RemoteStates{e}, nil
}

// SetUp asks for each state. What the endpoint answers for a state as a JSON object are
// values for the pact.
func (r *RemoteStates) SetUp(ctx context.Context, i Interaction) (*Situation, error) {
	return r.change(ctx, i, providerstate.SetUp)
}

// TearDown takes each state away again.
func (r *RemoteStates) TearDown(ctx context.Context, i Interaction) (*Situation, error) {
	return r.change(ctx, i, providerstate.TearDown)
}

func (r *RemoteStates) change(ctx context.Context, i Interaction, action string) (*Situation, error) {
	sit := &Situation{Values: map[string]any{}}
	for _, s := range i.States {
		values, ex, err := r.Do(ctx, providerstate.Change{Consumer: i.Consumer, State: s.Name, Params: s.Params, Action: action})
		if ex != nil {
			sit.add(r.Client(), ex)
		}
		if err != nil {
			return sit, err
		}
		maps.Copy(sit.Values, values)
	}
	return sit, nil
}
