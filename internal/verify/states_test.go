package verify

import (
	"strings"
	"testing"
	"time"

	"graphpact/internal/mockgraph"
	"graphpact/internal/pact"
	"graphpact/internal/providerstate"
	"graphpact/internal/restore"
	"graphpact/internal/result"
)

// ids of the example entity in testdata/v4.json.
const (
	exampleSet  = "4219b1b4-e9b2-8e3d-b6c8-09201c63da7c"
	exampleFlow = "beb163a6-d435-82a9-a7b9-9156f43c9679"
)

func mock(t testing.TB, catalog *Catalog) (*mockgraph.Server, string) {
	t.Helper()
	seed := mockgraph.SeedFor(catalog.Operations[0], catalog.Conventions, time.Now())
	srv, err := mockgraph.New(mockgraph.Config{
		Operations: catalog.Operations, Conventions: catalog.Conventions, Token: plantedToken, Seeds: []mockgraph.Seed{seed},
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
	t.Parallel()
	catalog := newCatalog(t)
	srv, base := mock(t, catalog)
	r := &Runner{Library: library(t), Client: newClient(t, base, nil), States: providerstate.NewMock(srv, catalog.Operations...), Catalog: catalog}
	reqs, err := r.Run(t.Context(), load(t, "v4.json").Interactions, nil)
	if err != nil || result.Count(reqs).Pass != 10 {
		t.Errorf("%v\n%s", err, verdicts(reqs))
	}
	// The entity has the values of the state, where the state says.
	set := pact.State{Name: "a provisioningFlow exists", Params: map[string]any{"outboundProvisioningFlowSetId": "s", "provisioningFlowId": "f", "readinessStatus": "failed"}}
	if _, err := r.States.SetUp(t.Context(), "c", []pact.State{set}); err != nil {
		t.Fatal(err)
	}
	all := srv.Entities(catalog.Operations[0])
	last := all[len(all)-1]
	if value, _ := last.Body.Get("readinessStatus"); last.Params["provisioningFlowId"] != "f" || string(value) != `"failed"` {
		t.Errorf("%v %s", last.Params, value)
	}
	// A value that the page does not have is an error, and so is one of the wrong shape.
	set.Params["readinessStatus"] = "asleep"
	if _, err := r.States.SetUp(t.Context(), "c", []pact.State{set}); err == nil || !strings.Contains(err.Error(), "not a member") {
		t.Errorf("%v", err)
	}
	// A state of another consumer is an error that names those that there are.
	reqs, err = r.Run(t.Context(), load(t, "v2.json").Interactions, nil)
	if err != nil || reqs[0].Verdict != result.Error || len(reqs[0].Exchanges) != 0 ||
		!strings.Contains(reqs[0].Reason, `the provider state "a lamp is there" is not known; known: a provisioningFlow exists; no provisioningFlow exists`) {
		t.Errorf("%v\n%s", err, verdicts(reqs))
	}
}

// An endpoint with one entity of its own: ids are led there, values set, and restored.
func TestEntityStates(t *testing.T) {
	t.Parallel()
	catalog := newCatalog(t)
	op := catalog.Operations[0]
	srv, base := mock(t, catalog)
	before := srv.Entities(op)
	client := newClient(t, base, nil)
	keeper := restore.NewKeeper(client, op)
	r := &Runner{
		Library: library(t), Client: client, Catalog: catalog,
		States: providerstate.NewEntities(client, providerstate.Entity{Operation: op, Params: srv.Params(op), Keeper: keeper}),
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
