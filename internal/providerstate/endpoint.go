package providerstate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
)

// The actions of a change.
const (
	actionSetUp    = "setup"
	actionTearDown = "teardown"
)

// Endpoint is the endpoint of a provider that sets up its states, by Pact's convention: a
// POST of {consumer, state, states, action, params}, with the action "setup" before and
// "teardown" after. It gets no credential of the provider's API.
type Endpoint struct {
	// Consumer and Params are for SetUpEntity: the consumer in whose name it asks, and the
	// path parameters that the user has named.
	Consumer string
	Params   map[string]string

	client *client.Client
	path   string

	mu    sync.Mutex
	turns map[*contract.Operation]*turns
}

// New makes the client of the state endpoint at the URL. The error says what is wrong
// with the URL, and shows nothing of it that may be secret.
func New(stateURL, userAgent string, timeout time.Duration, files transport.TLSFiles) (*Endpoint, error) {
	u, err := url.Parse(stateURL)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("the state URL must be an absolute http or https URL without a user name, as http://127.0.0.1:8080/_pact/states")
	}
	path := u.RequestURI()
	client, err := client.New(client.Config{
		BaseURL: u.Scheme + "://" + u.Host, Timeout: timeout, UserAgent: userAgent, RetryBudget: -1, TLS: files, Secrets: secrets(u),
	})
	if err != nil {
		return nil, fmt.Errorf("the state URL: %w", err)
	}
	return &Endpoint{client: client, path: path, turns: map[*contract.Operation]*turns{}}, nil
}

// minSecret is the least length, in bytes, of a value of the query that is masked by
// itself: a shorter one would hit innocent words.
const minSecret = 8

// secrets gives what a query may hold of a key: all of it as it is in the URL, and
// each value, which the endpoint may repeat.
func secrets(u *url.URL) []string {
	out := []string{u.RawQuery}
	for _, values := range u.Query() {
		out = append(out, values...)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s != u.RawQuery && len(s) < minSecret })
}

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

type change struct {
	Consumer string         `json:"consumer"`
	State    string         `json:"state"`
	States   []string       `json:"states"`
	Action   string         `json:"action"`
	Params   map[string]any `json:"params"`
}

// change asks for a change of a state. What the endpoint answers as a JSON object are
// values for the caller; another body means nothing. Any answer but 2xx is an error, which
// names the state and the action. The exchange is nil where nothing could be sent.
func (e *Endpoint) change(ctx context.Context, action, consumer string, s pact.State) (map[string]any, *client.Exchange, error) {
	params := s.Params
	if params == nil {
		params = map[string]any{}
	}
	body, err := json.Marshal(change{Consumer: consumer, State: s.Name, States: []string{s.Name}, Action: action, Params: params})
	if err != nil {
		return nil, nil, fmt.Errorf("the provider state %q: %w", s.Name, err)
	}
	ex := e.client.Do(ctx, client.Request{
		Purpose: action + " of the provider state " + s.Name, Method: http.MethodPost, Path: e.path,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
	})
	switch {
	case ex.Err != nil:
		return nil, ex, fmt.Errorf("the %s of the provider state %q: %w", action, s.Name, ex.Err)
	case ex.Status/100 != 2:
		return nil, ex, fmt.Errorf("the %s of the provider state %q: the state endpoint answers %s%s",
			action, s.Name, transport.Status(ex.Status), e.excerpt(ex.Body))
	}
	if ex.Truncated {
		return nil, ex, fmt.Errorf("the %s of the provider state %q: the answer of the state endpoint is longer than the limit, and what it names is not known", action, s.Name)
	}
	var values map[string]any
	if v, err := schema.Decode(ex.Body); err == nil { // most answer nothing
		values, _ = v.(map[string]any)
	}
	return values, ex, nil
}

func (e *Endpoint) excerpt(body []byte) string {
	const read, most = 8 << 10, 200
	text := e.client.Line(strings.Join(strings.Fields(string(body[:min(len(body), read)])), " "), most)
	if text == "" {
		return ""
	}
	return ": " + text
}

// SetUp asks for each state; the Values are all that was answered.
func (e *Endpoint) SetUp(ctx context.Context, consumer string, states []pact.State) (*Setup, error) {
	setup, err := e.changeAll(ctx, actionSetUp, consumer, states)
	setup.tearDown = func(ctx context.Context) ([]Sent, error) {
		down, err := e.changeAll(ctx, actionTearDown, consumer, states)
		return down.Exchanges, err
	}
	return setup, err
}

func (e *Endpoint) changeAll(ctx context.Context, action, consumer string, states []pact.State) (*Setup, error) {
	setup := &Setup{Values: map[string]any{}}
	for _, s := range states {
		values, ex, err := e.change(ctx, action, consumer, s)
		if ex != nil {
			setup.add(e.client, ex)
		}
		if err != nil {
			return setup, err
		}
		maps.Copy(setup.Values, values)
	}
	return setup, nil
}

// ExampleParams are the path parameters to ask a state endpoint for: those that the user
// has named, and else those that a pact of the Operation has.
func ExampleParams(op *contract.Operation, named map[string]string) map[string]string {
	params := map[string]string{}
	for _, p := range op.Path.Params {
		params[p.Name] = op.PathID(p.Name)
		if v, ok := named[p.Name]; ok {
			params[p.Name] = v
		}
	}
	return params
}

// SetUpEntity asks for the state that the Pact has too. What the endpoint answers names
// the entity. Callers take turns until it has given two different ones: an endpoint with
// one entity would set it up anew under a caller that uses it.
func (e *Endpoint) SetUpEntity(ctx context.Context, op *contract.Operation) (map[string]string, func() error, error) {
	turns := e.turnsOf(op)
	done, err := turns.wait(ctx)
	if err != nil {
		return nil, nil, err
	}
	asked := ExampleParams(op, e.Params)
	// An interrupt in the middle would leave a state of which nobody knows what to take
	// down; the client bounds the time of each.
	whole := context.WithoutCancel(ctx)
	params, path, err := e.setUpEntity(whole, op, asked)
	if err == nil {
		err = ctx.Err()
	}
	tearDown := func() error {
		maps.Copy(asked, params) // the entity that was given is the one to take down
		_, _, err := e.change(whole, actionTearDown, e.Consumer, existing(op, asked))
		return err
	}
	switch {
	case err == nil:
		err = turns.use(path)
	case params != nil: // it is set up, and nobody will use it
		err = errors.Join(err, tearDown())
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	if turns.isFresh() {
		done()
		done = func() {}
	}
	return params, func() error {
		defer done()
		defer turns.free(path)
		return tearDown()
	}, nil
}

// setUpEntity asks for the state, and gives the path parameters and the path of the entity
// that is there then; the parameters also beside an error where they make no path.
func (e *Endpoint) setUpEntity(ctx context.Context, op *contract.Operation, asked map[string]string) (params map[string]string, path string, err error) {
	values, _, err := e.change(ctx, actionSetUp, e.Consumer, existing(op, asked))
	if err != nil {
		return nil, "", err
	}
	params = maps.Clone(asked)
	for name := range params {
		if v, ok := values[name]; ok {
			params[name] = pathText(v)
		}
	}
	path, err = client.Expand(op.Path.Template, params)
	return params, path, err
}

// existing is the state in which the entity exists.
func existing(op *contract.Operation, params map[string]string) pact.State {
	s := pact.State{Name: op.StateExists(), Params: map[string]any{}}
	for name, v := range params {
		s.Params[name] = v
	}
	return s
}

// turns are the turns of the callers of SetUpEntity for one Operation.
type turns struct {
	turn turn

	mu   sync.Mutex
	last string // the path that was given last
	// fresh is set once each set-up is known to give another entity.
	fresh bool
	// busy has the paths of the entities in use.
	busy map[string]bool
}

func (e *Endpoint) turnsOf(op *contract.Operation) *turns {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turns[op] == nil {
		e.turns[op] = &turns{turn: newTurn(), busy: map[string]bool{}}
	}
	return e.turns[op]
}

// wait takes the turn, where callers have to take turns.
func (t *turns) wait(ctx context.Context) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.isFresh() {
		return func() {}, nil
	}
	return t.turn.take(ctx)
}

func (t *turns) isFresh() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fresh
}

func (t *turns) use(path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[path] {
		return fmt.Errorf("the state endpoint handed out %s while another scenario is at work on it; have it give each set-up an entity of its own, or run with --parallel 1", path)
	}
	t.fresh = t.fresh || t.last != "" && t.last != path
	t.last, t.busy[path] = path, true
	return nil
}

func (t *turns) free(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, path)
}
