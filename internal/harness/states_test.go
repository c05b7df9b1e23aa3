package harness

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"graphpact/internal/providerstate"
	"graphpact/internal/transport"
)

// leases gives a state endpoint that hands out the keys in order, the last one for
// ever, and what it was asked.
func leases(t *testing.T, keys ...string) (*stateEntities, *[]providerstate.Change) {
	t.Helper()
	var asked []providerstate.Change
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c providerstate.Change
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			t.Error(err)
		}
		asked = append(asked, c)
		if c.Action == providerstate.SetUp {
			_ = json.NewEncoder(w).Encode(map[string]any{"provisioningFlowId": keys[0], "more": 1})
			keys = keys[min(1, len(keys)-1):]
		}
	}))
	t.Cleanup(srv.Close)
	e, err := providerstate.New(srv.URL, "test", time.Second, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return newStateEntities(e, testPages(t).Operations[0].Operation, "somebody", map[string]string{"outboundProvisioningFlowSetId": "mine"}), &asked
}

func lease(t *testing.T, s *stateEntities) (map[string]string, func() error) {
	t.Helper()
	params, release, err := s.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return params, release
}

// blocked reports that no entity can be had now.
func blocked(t *testing.T, s *stateEntities) bool {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := s.Lease(ctx)
	return err != nil
}

func TestStateEntities(t *testing.T) {
	s, asked := leases(t, "one")
	params, release := lease(t, s)
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
	if down.Action != providerstate.TearDown || down.Params["provisioningFlowId"] != "one" {
		t.Errorf("took down %+v", down)
	}
}

// TestStateEntitiesTakeTurns: with one entity for all, a set-up waits for the teardown.
func TestStateEntitiesTakeTurns(t *testing.T) {
	s, _ := leases(t, "one")
	for range 2 {
		_, release := lease(t, s)
		if !blocked(t, s) {
			t.Error("set up anew under a scenario that is at work")
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStateEntitiesAtOnce: once two different entities were handed out, nobody waits; an
// entity that is handed out twice at a time is an error.
func TestStateEntitiesAtOnce(t *testing.T) {
	s, _ := leases(t, "one", "two", "three", "three")
	_, first := lease(t, s)
	if !blocked(t, s) {
		t.Error("nobody knows yet that each set-up gives another entity")
	}
	if err := first(); err != nil {
		t.Fatal(err)
	}
	lease(t, s)
	_, third := lease(t, s)
	if _, _, err := s.Lease(t.Context()); err == nil || !strings.Contains(err.Error(), "another scenario is at work on it") || !strings.Contains(err.Error(), "--parallel 1") {
		t.Errorf("%v", err)
	}
	if err := third(); err != nil {
		t.Fatal(err)
	}
	lease(t, s)
}

// TestStateEntitiesInterrupted: after Ctrl-C the state is taken down all the same.
func TestStateEntitiesInterrupted(t *testing.T) {
	s, asked := leases(t, "one")
	ctx, cancel := context.WithCancel(t.Context())
	_, release, err := s.Lease(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if n := len(*asked); n != 2 || (*asked)[1].Action != providerstate.TearDown {
		t.Errorf("asked %+v", *asked)
	}
}

// TestStateEntitiesNotUsed: what is set up and not handed out is taken down: where an
// interrupt comes in between, and where its answer names no entity.
func TestStateEntitiesNotUsed(t *testing.T) {
	s, asked := leases(t, "..")
	if _, _, err := s.Lease(t.Context()); err == nil || !strings.Contains(err.Error(), "would change the path") {
		t.Errorf("%v", err)
	}
	s, again := leases(t, "one")
	ctx, cancel := context.WithCancel(t.Context())
	s.endpoint = interrupting(t, s.endpoint, cancel)
	if _, _, err := s.Lease(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, _, err := s.Lease(ctx); !errors.Is(err, context.Canceled) { // nothing is set up any more
		t.Errorf("%v", err)
	}
	for _, changes := range [][]providerstate.Change{*asked, *again} {
		if len(changes) != 2 || changes[1].Action != providerstate.TearDown || changes[1].Params["provisioningFlowId"] == changes[0].Params["provisioningFlowId"] {
			t.Errorf("asked %+v", changes)
		}
	}
}

// interrupting is the state endpoint, which calls stop before it answers.
func interrupting(t *testing.T, e *providerstate.Endpoint, stop func()) *providerstate.Endpoint {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stop()
		var c providerstate.Change
		_ = json.NewDecoder(r.Body).Decode(&c)
		values, _, err := e.Do(context.WithoutCancel(r.Context()), c)
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(values)
	}))
	t.Cleanup(srv.Close)
	between, err := providerstate.New(srv.URL, "test", time.Second, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(between.Close)
	return between
}
