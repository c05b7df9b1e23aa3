package providerstate

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/transport"
)

func newEndpoint(t *testing.T, url string) *Endpoint {
	t.Helper()
	e, err := New(url, "test", time.Minute, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestChange(t *testing.T) {
	t.Parallel()
	var got, auth string
	status, answer := 200, ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, auth = r.Method+" "+r.URL.String()+" "+string(body), r.Header.Get("Authorization")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	e := newEndpoint(t, srv.URL+"/states?key=hidden")
	for name, tt := range map[string]struct {
		status int
		answer string
		want   map[string]any
		err    string
	}{
		"values":     {200, `{"id":"made-here"}`, map[string]any{"id": "made-here"}, ""},
		"nothing":    {204, ``, nil, ""},
		"no object":  {200, `["a"]`, nil, ""},
		"no JSON":    {200, `done`, nil, ""},
		"a refusal":  {404, `no such state`, nil, `the setup of the provider state "a lamp exists": the state endpoint answers 404 Not Found: no such state`},
		"a redirect": {302, ``, nil, `the state endpoint answers 302 Found`},
		"endless":    {200, `{"id":"` + strings.Repeat("a", 5<<20), nil, "longer than the limit, and what it names is not known"},
		"a long one": {500, strings.Repeat("word ", 200), nil, "…"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer = tt.status, tt.answer
			values, ex, err := e.change(t.Context(), actionSetUp, "c", pact.State{Name: "a lamp exists"})
			if diff := cmp.Diff(tt.want, values); diff != "" || ex == nil {
				t.Error(diff)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v, want %q", err, tt.err)
			}
			if err != nil && len(err.Error()) > 400 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
	want := `POST /states?key=hidden {"consumer":"c","state":"a lamp exists","states":["a lamp exists"],"action":"setup","params":{}}`
	if got != want || auth != "" {
		t.Errorf("sent %s with %q, want %s", got, auth, want)
	}
}

// TestKeepsItsKey: a key in the query is in no error and no report, also where the
// endpoint repeats it; and its answer is shown as one line of plain characters.
func TestKeepsItsKey(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "wrong key "+r.URL.Query().Get("code")+" in "+r.URL.String()+" \x1b[31m{\"password\":\"hunter2\"}")
	}))
	for name, tt := range map[string]struct{ query, key string }{
		"a long key": {"?code=state+secret%2F9", "state secret/9"}, "a short key": {"?k=s3cr", "k=s3cr"},
	} {
		e := newEndpoint(t, srv.URL+"/states"+tt.query)
		_, ex, err := e.change(t.Context(), actionSetUp, "c", pact.State{Name: "s"})
		report, _ := json.Marshal(e.client.Report(ex))
		down := newEndpoint(t, "http://127.0.0.1:1/states"+tt.query)
		_, _, refused := down.change(t.Context(), actionSetUp, "c", pact.State{Name: "s"})
		for what, text := range map[string]string{"error": err.Error(), "report": string(report), "not there": refused.Error(), "check": down.Check(t.Context()).Error()} {
			if strings.Contains(text, tt.key) || strings.Contains(text, strings.TrimPrefix(tt.query, "?")) || strings.Contains(text, "hunter2") || strings.Contains(text, "\x1b") {
				t.Errorf("%s, %s: %s", name, what, text)
			}
		}
		if !strings.Contains(err.Error(), "wrong key") {
			t.Errorf("%v", err)
		}
	}
	srv.Close()
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, "http://127.0.0.1:1/states")
	var down *client.UnreachableError
	if err := e.Check(t.Context()); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
	if _, _, err := e.change(t.Context(), actionTearDown, "c", pact.State{Name: "s"}); err == nil || !strings.Contains(err.Error(), `the teardown of the provider state "s"`) {
		t.Errorf("%v", err)
	}
}

// handing gives a state endpoint that hands out the keys in order, the last one again and
// again, and what it was asked.
func handing(t *testing.T, keys ...string) (*entityEndpoint, *[]change) {
	t.Helper()
	var asked []change
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c change
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			t.Error(err)
		}
		asked = append(asked, c)
		if c.Action == actionSetUp {
			_ = json.NewEncoder(w).Encode(map[string]any{"provisioningFlowId": keys[0], "more": 1})
			keys = keys[min(1, len(keys)-1):]
		}
	}))
	t.Cleanup(srv.Close)
	e := newEndpoint(t, srv.URL)
	e.Consumer, e.Params = "somebody", map[string]string{"outboundProvisioningFlowSetId": "mine"}
	op, _ := operation(t)
	return &entityEndpoint{e, op}, &asked
}

// entityEndpoint asks an endpoint for entities of one Operation.
type entityEndpoint struct {
	*Endpoint
	op *contract.Operation
}

func (e *entityEndpoint) setUp(ctx context.Context) (map[string]string, func() error, error) {
	return e.SetUpEntity(ctx, e.op)
}

func setUp(t *testing.T, s *entityEndpoint) (map[string]string, func() error) {
	t.Helper()
	params, release, err := s.setUp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return params, release
}

// blocked reports that no entity can be had now.
func blocked(t *testing.T, s *entityEndpoint) bool {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := s.setUp(ctx)
	return err != nil
}

func TestSetUpEntityByEndpoint(t *testing.T) {
	t.Parallel()
	s, asked := handing(t, "one")
	params, release := setUp(t, s)
	if params["provisioningFlowId"] != "one" || params["outboundProvisioningFlowSetId"] != "mine" || len(params) != 2 {
		t.Errorf("params %v", params)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	up, down := (*asked)[0], (*asked)[1]
	if up.Consumer != "somebody" || up.State != "a provisioningFlow exists" || up.Params["outboundProvisioningFlowSetId"] != "mine" || up.Params["provisioningFlowId"] == "" {
		t.Errorf("asked for %+v", up)
	}
	if down.Action != actionTearDown || down.Params["provisioningFlowId"] != "one" {
		t.Errorf("took down %+v", down)
	}
}

// TestSetUpEntityByEndpointTakeTurns: with one entity for all, a set-up waits for the teardown.
func TestSetUpEntityByEndpointTakeTurns(t *testing.T) {
	t.Parallel()
	s, _ := handing(t, "one")
	for range 2 {
		_, release := setUp(t, s)
		if !blocked(t, s) {
			t.Error("set up anew under a scenario that is at work")
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSetUpEntityByEndpointAtOnce: once two different entities were handed out, nobody waits; an
// entity that is handed out twice at a time is an error.
func TestSetUpEntityByEndpointAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := handing(t, "one", "two", "three", "three")
	_, first := setUp(t, s)
	if !blocked(t, s) {
		t.Error("nobody knows yet that each set-up gives another entity")
	}
	if err := first(); err != nil {
		t.Fatal(err)
	}
	setUp(t, s)
	_, third := setUp(t, s)
	if _, _, err := s.setUp(t.Context()); err == nil || !strings.Contains(err.Error(), "another scenario is at work on it") || !strings.Contains(err.Error(), "--parallel 1") {
		t.Errorf("%v", err)
	}
	if err := third(); err != nil {
		t.Fatal(err)
	}
	setUp(t, s)
}

// TestSetUpEntityByEndpointInterrupted: after Ctrl-C the state is taken down all the same.
func TestSetUpEntityByEndpointInterrupted(t *testing.T) {
	t.Parallel()
	s, asked := handing(t, "one")
	ctx, cancel := context.WithCancel(t.Context())
	_, release, err := s.setUp(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if n := len(*asked); n != 2 || (*asked)[1].Action != actionTearDown {
		t.Errorf("asked %+v", *asked)
	}
}

// TestSetUpEntityByEndpointNotUsed: what is set up and not handed out is taken down: where an
// interrupt comes in between, and where its answer names no entity.
func TestSetUpEntityByEndpointNotUsed(t *testing.T) {
	t.Parallel()
	s, asked := handing(t, "..")
	if _, _, err := s.setUp(t.Context()); err == nil || !strings.Contains(err.Error(), "would change the path") {
		t.Errorf("%v", err)
	}
	s, again := handing(t, "one")
	ctx, cancel := context.WithCancel(t.Context())
	s.Endpoint = interrupting(t, s.Endpoint, cancel)
	if _, _, err := s.setUp(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, _, err := s.setUp(ctx); !errors.Is(err, context.Canceled) { // nothing is set up any more
		t.Errorf("%v", err)
	}
	for _, changes := range [][]change{*asked, *again} {
		if len(changes) != 2 || changes[1].Action != actionTearDown || changes[1].Params["provisioningFlowId"] == changes[0].Params["provisioningFlowId"] {
			t.Errorf("asked %+v", changes)
		}
	}
}

// interrupting is the state endpoint, which calls stop before it answers.
func interrupting(t *testing.T, e *Endpoint, stop func()) *Endpoint {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stop()
		var c change
		_ = json.NewDecoder(r.Body).Decode(&c)
		values, _, err := e.change(context.WithoutCancel(r.Context()), c.Action, c.Consumer, pact.State{Name: c.State, Params: c.Params})
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(values)
	}))
	t.Cleanup(srv.Close)
	between := newEndpoint(t, srv.URL)
	between.Consumer, between.Params = e.Consumer, e.Params
	return between
}
