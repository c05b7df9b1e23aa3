// Package providerstate speaks to the endpoint of a provider that sets up its states,
// by Pact's convention: a POST of {consumer, state, states, action, params}, with the
// action "setup" before and "teardown" after.
package providerstate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
)

// The actions of a Change.
const (
	SetUp    = "setup"
	TearDown = "teardown"
)

// Endpoint is a state endpoint. It gets no credential of the provider's API. It is safe
// for concurrent use.
type Endpoint struct {
	client *client.Client
	path   string
}

// New makes the client of the state endpoint at the URL. The error says what is wrong
// with the URL, and shows nothing of it that may be secret.
func New(stateURL, userAgent string, timeout time.Duration, files transport.TLSFiles) (*Endpoint, error) {
	u, err := url.Parse(stateURL)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("the state URL must be an absolute http or https URL without a user name, as http://127.0.0.1:8080/_pact/states")
	}
	path := u.RequestURI()
	c, err := client.New(client.Config{
		BaseURL: u.Scheme + "://" + u.Host, Timeout: timeout, UserAgent: userAgent, RetryBudget: -1, TLS: files, Secrets: secrets(u),
	})
	if err != nil {
		return nil, fmt.Errorf("the state URL: %w", err)
	}
	return &Endpoint{client: c, path: path}, nil
}

// minSecret is the least length, in bytes, of a value of the query that is masked by
// itself: a shorter one would hit innocent words.
const minSecret = 8

// secrets gives what a query may hold of a key: all of it as it stands in the URL, and
// each value, which the endpoint may say again.
func secrets(u *url.URL) []string {
	out := []string{u.RawQuery}
	for _, values := range u.Query() {
		out = append(out, values...)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s != u.RawQuery && len(s) < minSecret })
}

// Client is what the endpoint is asked through; it knows what to mask of it.
func (e *Endpoint) Client() *client.Client { return e.client }

// Close ends the connections.
func (e *Endpoint) Close() { e.client.Close() }

// Check makes sure that something answers at the state URL, with a HEAD, which changes
// nothing. The error is a *client.UnreachableError, or that of the context.
func (e *Endpoint) Check(ctx context.Context) error {
	ex := e.client.Do(ctx, client.Request{Purpose: "look for the state endpoint", Method: http.MethodHead, Path: e.path})
	if ex.Err == nil || ctx.Err() != nil || ex.Status != 0 {
		return ctx.Err()
	}
	return &client.UnreachableError{URL: e.client.Mask(ex.URL), Err: ex.Err}
}

// Change is one change of a state.
type Change struct {
	// Consumer is the name of the consumer in the pact.
	Consumer string
	// State is the name of the provider state, and Params its parameters.
	State  string
	Params map[string]any
	// Action is SetUp or TearDown.
	Action string
}

// wire is a Change as it is sent.
type wire struct {
	Consumer string         `json:"consumer"`
	State    string         `json:"state"`
	States   []string       `json:"states"`
	Action   string         `json:"action"`
	Params   map[string]any `json:"params"`
}

// Do asks for the change. What the endpoint answers as a JSON object are values for
// whoever asked; another body means nothing. Any answer but 2xx is an error, which
// names the state and the action. The exchange is nil where nothing could be sent.
func (e *Endpoint) Do(ctx context.Context, c Change) (map[string]any, *client.Exchange, error) {
	if c.Params == nil {
		c.Params = map[string]any{}
	}
	body, err := json.Marshal(wire{Consumer: c.Consumer, State: c.State, States: []string{c.State}, Action: c.Action, Params: c.Params})
	if err != nil {
		return nil, nil, fmt.Errorf("the provider state %q: %w", c.State, err)
	}
	ex := e.client.Do(ctx, client.Request{
		Purpose: c.Action + " of the provider state " + c.State, Method: http.MethodPost, Path: e.path,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
	})
	switch {
	case ex.Err != nil:
		return nil, ex, fmt.Errorf("the %s of the provider state %q: %w", c.Action, c.State, ex.Err)
	case ex.Status/100 != 2:
		return nil, ex, fmt.Errorf("the %s of the provider state %q: the state endpoint answers %d %s%s",
			c.Action, c.State, ex.Status, http.StatusText(ex.Status), e.said(ex.Body))
	}
	var values map[string]any
	if v, err := schema.Decode(ex.Body); err == nil { // most answer nothing
		values, _ = v.(map[string]any)
	}
	return values, ex, nil
}

// said quotes the beginning of what the endpoint answered.
func (e *Endpoint) said(body []byte) string {
	const read, most = 8 << 10, 200
	text := e.client.Line(strings.Join(strings.Fields(string(body[:min(len(body), read)])), " "), most)
	if text == "" {
		return ""
	}
	return ": " + text
}
