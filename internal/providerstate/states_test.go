package providerstate

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"graphpact/fixtures"
	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/mockgraph"
	"graphpact/internal/pact"
	"graphpact/internal/restore"
	"graphpact/internal/transport"
)

// ids of the example entity in a pact.
const (
	exampleSet  = "4219b1b4-e9b2-8e3d-b6c8-09201c63da7c"
	exampleFlow = "beb163a6-d435-82a9-a7b9-9156f43c9679"
)

// operation is that of the project's own page.
func operation(t *testing.T) (*contract.Operation, *convention.Set) {
	t.Helper()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	const file = "docs/provisioningflow-update.md"
	data, err := fixtures.FS.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page, err := graphdoc.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	op, err := contract.FromRequestLine(page, conv, 0)
	if err != nil {
		t.Fatal(err)
	}
	return op, conv
}

func newClient(t *testing.T, base string) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{BaseURL: base, Token: "token", RetryBudget: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// newMock serves one entity, and gives the base URL.
func newMock(t *testing.T) (*mockgraph.Server, *contract.Operation, string) {
	t.Helper()
	op, conv := operation(t)
	srv, err := mockgraph.New(mockgraph.Config{
		Operations: []*contract.Operation{op}, Conventions: conv, Token: "token", Seeds: []mockgraph.Seed{mockgraph.SeedFor(op, conv, time.Now())},
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := mockgraph.Start(t.Context(), "", srv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return srv, op, l.URL() + srv.BasePath()
}

func TestEntitiesRefuse(t *testing.T) {
	t.Parallel()
	op, _ := operation(t)
	entity := `{"id":"r","readinessStatus":"ready","createdDateTime":"2024-01-01T00:00:00Z","lastModifiedDateTime":"2024-01-01T00:00:00Z"}`
	status, patched := 200, 200
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			w.WriteHeader(patched)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(entity))
	}))
	defer srv.Close()
	client := newClient(t, srv.URL)
	own := map[string]string{"outboundProvisioningFlowSetId": "s", "provisioningFlowId": "r"}
	states := NewEntities(client, Entity{op, own, restore.NewKeeper(client, op)})
	ids := func(more string) string {
		return `{"outboundProvisioningFlowSetId":"` + exampleSet + `","provisioningFlowId":"` + exampleFlow + `"` + more + `}`
	}
	tests := []struct {
		name, state, params string
		status, patched     int
		want                string
	}{
		{"as it is", "a provisioningFlow exists", ids(`,"readinessStatus":"ready"`), 200, 500, ""},
		{"refused", "a provisioningFlow exists", ids(`,"readinessStatus":"failed"`), 200, 409, "PATCH answers 409"},
		{"no effect", "a provisioningFlow exists", ids(`,"readinessStatus":"failed"`), 200, 200, "still has another [readinessStatus]"},
		{"server-set", "a provisioningFlow exists", ids(`,"createdDateTime":"2020-01-01T00:00:00Z"`), 200, 200, "the page lets no client set it"},
		{"not there", "a provisioningFlow exists", ids(""), 404, 200, "answers 404"},
		{"unknown parameter", "a provisioningFlow exists", ids(`,"colour":"red"`), 200, 200, "the parameter colour, which is no path parameter"},
		{"missing parameter", "a provisioningFlow exists", `{"provisioningFlowId":"x"}`, 200, 200, "has no parameter outboundProvisioningFlowSetId"},
		{"not absent", "no provisioningFlow exists", ids(""), 200, 200, "answers 200 instead of 404"},
		{"absent", "no provisioningFlow exists", ids(""), 404, 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, patched = tt.status, tt.patched
			var params map[string]any
			if err := json.Unmarshal([]byte(tt.params), &params); err != nil {
				t.Fatal(err)
			}
			setup, err := states.SetUp(t.Context(), "c", []pact.State{{Name: tt.state, Params: params}})
			if tt.want == "" {
				if err != nil || len(setup.Paths) != 1 {
					t.Errorf("%v, %v", err, setup.Paths)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	var unknown *UnknownStateError
	if _, err := states.SetUp(t.Context(), "c", []pact.State{{Name: "x"}}); !errors.As(err, &unknown) || len(unknown.Known) != 2 {
		t.Errorf("%v", err)
	}
}

func TestAbsent(t *testing.T) {
	t.Parallel()
	op, _ := operation(t)
	shortSet, shortFlow := op.PathID("outboundProvisioningFlowSetId"), op.PathID("provisioningFlowId")
	if shortSet == shortFlow || len(shortSet) != 4 || len(shortFlow) != 4 {
		t.Errorf("%s, %s", shortSet, shortFlow)
	}
	own := map[string]string{"outboundProvisioningFlowSetId": "s", "provisioningFlowId": "f"}
	for name, tt := range map[string]struct{ set, flow, wantSet, wantFlow string }{
		"another set":  {contract.Absent(exampleSet), exampleFlow, "s-absent", "f"},
		"another flow": {exampleSet, contract.Absent(exampleFlow), "s", "f-absent"},
		"the example":  {exampleSet, exampleFlow, "s", "f-absent"},
		// In newer pacts ids are short.
		"another short set":  {contract.Absent(shortSet), shortFlow, "s-absent", "f"},
		"another short flow": {shortSet, contract.Absent(shortFlow), "s", "f-absent"},
	} {
		state := &entityState{op: op, params: map[string]string{"outboundProvisioningFlowSetId": tt.set, "provisioningFlowId": tt.flow}}
		got := absent(state, own)
		if got["outboundProvisioningFlowSetId"] != tt.wantSet || got["provisioningFlowId"] != tt.wantFlow {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestEndpointURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "states", "ftp://h/x", "http://user:pw@h/x", "http://h/x#y", "://"} {
		if _, err := New(bad, "test", time.Second, transport.TLSFiles{}); err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	r, err := New("http://127.0.0.1:1/states", "test", time.Second, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	var down *client.UnreachableError
	if err := r.Check(t.Context()); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
}

// TestEntitiesOnlyUpdate: a pact is not free to write to what nobody restores.
func TestEntitiesOnlyUpdate(t *testing.T) {
	t.Parallel()
	srv, op, base := newMock(t)
	c := newClient(t, base)
	own := srv.Params(op)
	states := NewEntities(c, Entity{op, own, restore.NewKeeper(c, op)})
	path, err := client.Expand(op.Path.Template, own)
	if err != nil {
		t.Fatal(err)
	}
	with, err := states.SetUp(t.Context(), "c", []pact.State{existing(op, ExampleParams(op, nil))})
	if err != nil {
		t.Fatal(err)
	}
	without, err := states.SetUp(t.Context(), "c", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, method, path string
		setup              *Setup
		sent               bool
	}{
		{"the update", "PATCH", path, with, true},
		{"the update with a query", "PATCH", path + "?a=b", with, true},
		{"a reading", "GET", "/me", without, true},
		{"another method", "DELETE", path, with, false},
		{"below it", "PATCH", path + "/more", with, false},
		{"its path with a slash", "PATCH", path + "/", with, false},
		{"another entity", "PATCH", "/me", with, false},
		{"no state", "PATCH", path, without, false},
		{"a new one", "POST", "/me", without, false},
	} {
		var refused error
		for _, before := range tt.setup.Before {
			refused = errors.Join(refused, before(client.Request{Method: tt.method, Path: tt.path, Body: []byte(`{}`)}))
		}
		if (refused == nil) != tt.sent {
			t.Errorf("%s: %v", tt.name, refused)
		}
	}
}

// TestSetUpEntity: an entity of an endpoint is for one caller at a time, unless it is
// shared, and one without path parameters is too in the mock; other entities of the mock
// are fresh ones.
func TestSetUpEntity(t *testing.T) {
	t.Parallel()
	srv, op, _ := newMock(t)
	own := map[string]string{"provisioningFlowId": "mine"}
	one := NewEntities(nil, Entity{Operation: op, Params: own})
	shared := NewEntities(nil, Entity{Operation: op, Params: own})
	shared.Shared = true
	single := *op
	single.Path.Params = nil
	for name, tt := range map[string]struct {
		states States
		op     *contract.Operation
		turns  bool
	}{"one": {one, op, true}, "shared": {shared, op, false}, "mock": {NewMock(srv, op), op, false}, "mock without parameters": {NewMock(srv, op), &single, true}} {
		first, tearDown, err := tt.states.SetUpEntity(t.Context(), tt.op)
		if err != nil {
			t.Fatal(err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := tt.states.SetUpEntity(ended, tt.op); tt.turns != errors.Is(err, context.Canceled) {
			t.Errorf("%s, beside another caller: %v", name, err)
		}
		if err := tearDown(); err != nil {
			t.Error(err)
		}
		second, _, err := tt.states.SetUpEntity(t.Context(), tt.op)
		if err != nil {
			t.Fatal(err)
		}
		if fresh := !maps.Equal(first, second); fresh != (name == "mock") {
			t.Errorf("%s: %v, then %v", name, first, second)
		}
	}
}
