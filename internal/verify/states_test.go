package verify

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
	"graphpact/internal/restore"
	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// ids of the example entity in testdata/v4.json.
const (
	exampleSet  = "4219b1b4-e9b2-8e3d-b6c8-09201c63da7c"
	exampleFlow = "beb163a6-d435-82a9-a7b9-9156f43c9679"
)

func mock(t testing.TB, book *Book) (*mockgraph.Server, string) {
	t.Helper()
	seed := mockgraph.SeedFor(book.Operations[0], book.Conventions, time.Now())
	srv, err := mockgraph.New(mockgraph.Config{
		Operations: book.Operations, Conventions: book.Conventions, Token: plantedToken, Seeds: []mockgraph.Seed{seed},
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := mockgraph.Start(t.Context(), "", srv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return srv, l.URL() + srv.BasePath()
}

func verdicts(reqs []result.Requirement) string {
	var b strings.Builder
	for _, r := range reqs {
		b.WriteString(r.Key() + " " + string(r.Verdict) + " " + r.Reason + "\n")
	}
	return b.String()
}

func TestMockStates(t *testing.T) {
	book := newBook(t)
	srv, base := mock(t, book)
	r := &Runner{Library: library(t), Client: newClient(t, base, nil), States: &MockStates{srv, book.Operations}, Book: book}
	reqs, err := r.Run(t.Context(), load(t, "v4.json").Interactions, nil)
	if err != nil || result.Count(reqs).Pass != 10 {
		t.Errorf("%v\n%s", err, verdicts(reqs))
	}
	// The entity has the values of the state, where the state says.
	set := State{"a provisioningFlow exists", map[string]any{"outboundProvisioningFlowSetId": "s", "provisioningFlowId": "f", "readinessStatus": "failed"}}
	if _, err := r.States.SetUp(t.Context(), Interaction{States: []State{set}}); err != nil {
		t.Fatal(err)
	}
	all := srv.Entities(book.Operations[0])
	last := all[len(all)-1]
	if value, _ := last.Body.Get("readinessStatus"); last.Params["provisioningFlowId"] != "f" || string(value) != `"failed"` {
		t.Errorf("%v %s", last.Params, value)
	}
	// A value that the page does not have is an error, and so is one of the wrong shape.
	set.Params["readinessStatus"] = "asleep"
	if _, err := r.States.SetUp(t.Context(), Interaction{States: []State{set}}); err == nil || !strings.Contains(err.Error(), "not a member") {
		t.Errorf("%v", err)
	}
	// A state of another consumer is an error that names those that there are.
	reqs, err = r.Run(t.Context(), load(t, "v2.json").Interactions, nil)
	if err != nil || reqs[0].Verdict != result.Error || len(reqs[0].Exchanges) != 0 ||
		!strings.Contains(reqs[0].Reason, `the provider state "a lamp is there" is not known; known: a provisioningFlow exists; no provisioningFlow exists`) {
		t.Errorf("%v\n%s", err, verdicts(reqs))
	}
}

// An endpoint with one entity of its own: ids are led there, values set, and put back.
func TestEntityStates(t *testing.T) {
	book := newBook(t)
	op := book.Operations[0]
	srv, base := mock(t, book)
	before := srv.Entities(op)
	client := newClient(t, base, nil)
	keeper := restore.NewKeeper(client, op.RestoreBody)
	r := &Runner{
		Library: library(t), Client: client, Book: book,
		States: &EntityStates{Client: client, Entities: []Entity{{op, srv.Params(op), keeper}}},
	}
	reqs, err := r.Run(t.Context(), load(t, "v4.json").Interactions, nil)
	if err != nil || result.Count(reqs).Pass != 10 {
		t.Errorf("%v\n%s", err, verdicts(reqs))
	}
	for _, q := range reqs {
		for _, x := range q.Exchanges {
			if strings.Contains(x.Request.Line, exampleSet) || strings.Contains(x.Request.Line, exampleFlow) {
				t.Errorf("%s: a made-up id went to the endpoint: %s", q.Key(), x.Request.Line)
			}
		}
	}
	if errs := keeper.Restore(t.Context()); len(errs) > 0 {
		t.Error(errs)
	}
	after := srv.Entities(op)
	if len(after) != 1 {
		t.Errorf("%d entities", len(after))
	}
	for _, name := range []string{"id", "readinessStatus"} {
		was, _ := before[0].Body.Get(name)
		is, _ := after[0].Body.Get(name)
		if string(was) != string(is) {
			t.Errorf("%s was %s and is %s", name, was, is)
		}
	}
}

func TestEntityStatesRefuse(t *testing.T) {
	book := newBook(t)
	op := book.Operations[0]
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
	client := newClient(t, srv.URL, nil)
	own := map[string]string{"outboundProvisioningFlowSetId": "s", "provisioningFlowId": "r"}
	states := &EntityStates{Client: client, Entities: []Entity{{op, own, restore.NewKeeper(client, op.RestoreBody)}}}
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
			sit, err := states.SetUp(t.Context(), Interaction{States: []State{{tt.state, params}}})
			if tt.want == "" {
				if err != nil || len(sit.Paths) != 1 {
					t.Errorf("%v, %v", err, sit.Paths)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	var unknown *UnknownStateError
	if _, err := states.SetUp(t.Context(), Interaction{States: []State{{Name: "x"}}}); !errors.As(err, &unknown) || len(unknown.Known) != 2 {
		t.Errorf("%v", err)
	}
}

func TestAbsent(t *testing.T) {
	op := newBook(t).Operations[0]
	own := map[string]string{"outboundProvisioningFlowSetId": "s", "provisioningFlowId": "f"}
	for name, tt := range map[string]struct{ set, flow, wantSet, wantFlow string }{
		"another set":  {contract.Absent(exampleSet), exampleFlow, "s-absent", "f"},
		"another flow": {exampleSet, contract.Absent(exampleFlow), "s", "f-absent"},
		"the example":  {exampleSet, exampleFlow, "s", "f-absent"},
	} {
		what := &meaning{op: op, params: map[string]string{"outboundProvisioningFlowSetId": tt.set, "provisioningFlowId": tt.flow}}
		got := absent(what, own)
		if got["outboundProvisioningFlowSetId"] != tt.wantSet || got["provisioningFlowId"] != tt.wantFlow {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRemoteStatesURL(t *testing.T) {
	for _, bad := range []string{"", "states", "ftp://h/x", "http://user:pw@h/x", "http://h/x#y", "://"} {
		if _, err := NewRemoteStates(bad, "test", time.Second, transport.TLSFiles{}); err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	r, err := NewRemoteStates("http://127.0.0.1:1/states", "test", time.Second, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	var down *client.UnreachableError
	if err := r.Check(t.Context()); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
}

// TestEntityStatesOnlyUpdate: a pact is not free to write to what nobody puts back.
func TestEntityStatesOnlyUpdate(t *testing.T) {
	book := newBook(t)
	op := book.Operations[0]
	srv, base := mock(t, book)
	c := newClient(t, base, nil)
	own := srv.Params(op)
	states := &EntityStates{Client: c, Entities: []Entity{{op, own, restore.NewKeeper(c, op.RestoreBody)}}}
	path, err := client.Expand(op.Path.Template, own)
	if err != nil {
		t.Fatal(err)
	}
	with, err := states.SetUp(t.Context(), load(t, "v4.json").Interactions[0])
	if err != nil {
		t.Fatal(err)
	}
	without, err := states.SetUp(t.Context(), Interaction{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, method, path string
		sit                *Situation
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
		for _, before := range tt.sit.Before {
			refused = errors.Join(refused, before(client.Request{Method: tt.method, Path: tt.path, Body: []byte(`{}`)}))
		}
		if (refused == nil) != tt.sent {
			t.Errorf("%s: %v", tt.name, refused)
		}
	}
}
