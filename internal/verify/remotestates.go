package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"graphpact/internal/schema"
	"graphpact/internal/target"
)

// RemoteStates has the provider's own endpoint set up the states, by Pact's convention:
// a POST of {consumer, state, states, action, params} for each state, with the action
// "setup" before and "teardown" after. It gets no credential of the provider's API.
type RemoteStates struct {
	client *target.Client
	path   string
}

// NewRemoteStates makes the client of a state endpoint.
func NewRemoteStates(stateURL, userAgent string, timeout time.Duration) (*RemoteStates, error) {
	u, err := url.Parse(stateURL)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("the state URL must be an absolute http or https URL without a user name, as http://127.0.0.1:8080/_pact/states")
	}
	path := u.RequestURI()
	client, err := target.New(target.Config{
		BaseURL: u.Scheme + "://" + u.Host, Timeout: timeout, UserAgent: userAgent, RetryBudget: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("the state URL: %w", err)
	}
	return &RemoteStates{client: client, path: path}, nil
}

// Check makes sure that something answers at the state URL, with a HEAD, which changes
// nothing. The error is a *target.UnreachableError, or that of the context.
func (r *RemoteStates) Check(ctx context.Context) error {
	ex := r.client.Do(ctx, target.Request{Purpose: "look for the state endpoint", Method: http.MethodHead, Path: r.path})
	if ex.Err == nil || ctx.Err() != nil || ex.Status != 0 {
		return ctx.Err()
	}
	return &target.UnreachableError{URL: r.client.Mask(ex.URL), Err: ex.Err}
}

// Close ends the connections.
func (r *RemoteStates) Close() { r.client.Close() }

// SetUp asks for each state. What the endpoint answers for a state as a JSON object are
// values for the pact.
func (r *RemoteStates) SetUp(ctx context.Context, i Interaction) (*Situation, error) {
	return r.change(ctx, i, "setup")
}

// TearDown takes each state away again.
func (r *RemoteStates) TearDown(ctx context.Context, i Interaction) (*Situation, error) {
	return r.change(ctx, i, "teardown")
}

// stateChange is what goes to the endpoint.
type stateChange struct {
	Consumer string         `json:"consumer"`
	State    string         `json:"state"`
	States   []string       `json:"states"`
	Action   string         `json:"action"`
	Params   map[string]any `json:"params"`
}

func (r *RemoteStates) change(ctx context.Context, i Interaction, action string) (*Situation, error) {
	sit := &Situation{Values: map[string]any{}}
	for _, s := range i.States {
		params := s.Params
		if params == nil {
			params = map[string]any{}
		}
		body, err := json.Marshal(stateChange{Consumer: i.Consumer, State: s.Name, States: []string{s.Name}, Action: action, Params: params})
		if err != nil {
			return sit, fmt.Errorf("the provider state %q: %w", s.Name, err)
		}
		ex := sit.add(r.client, r.client.Do(ctx, target.Request{
			Purpose: action + " of the provider state " + s.Name, Method: http.MethodPost, Path: r.path,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
		}))
		switch {
		case ex.Err != nil:
			return sit, fmt.Errorf("the %s of the provider state %q: %w", action, s.Name, ex.Err)
		case ex.Status/100 != 2:
			return sit, fmt.Errorf("the %s of the provider state %q: the state endpoint answers %d %s%s",
				action, s.Name, ex.Status, http.StatusText(ex.Status), said(ex.Body))
		}
		if v, err := schema.Decode(ex.Body); err == nil {
			if values, ok := v.(map[string]any); ok {
				for name, value := range values {
					sit.Values[name] = value
				}
			}
		}
	}
	return sit, nil
}

// said quotes the beginning of what an endpoint answered.
func said(body []byte) string {
	const most = 200
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(body), "?")), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	if text == "" {
		return ""
	}
	return ": " + text
}
