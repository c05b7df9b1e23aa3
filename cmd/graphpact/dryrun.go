package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"graphpact/internal/convention"
	"graphpact/internal/mockgraph"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
	"graphpact/internal/target"
)

// plan prints every request that a run would send. Nothing is sent: the scenarios
// play against a mock in memory, so the requests hold what they would hold if the
// entity were in the state of the mock's.
func (a *app) plan(ctx context.Context, o *runOptions, selected []selection, conv *convention.Set) error {
	return a.planTo(ctx, o, selected, conv, &planner{out: a.stdout})
}

func (a *app) planTo(ctx context.Context, o *runOptions, selected []selection, conv *convention.Set, p *planner) error {
	named := &endpoint{kind: "endpoint", base: strings.TrimRight(o.url, "/")}
	if err := o.authenticate(a, named); err != nil {
		return err
	}
	if o.url != "" && !named.authenticated() {
		fmt.Fprintf(a.stdout, "%s: a run would send no token, and skip what needs one\n", o.withoutToken())
	}
	// Nothing is sent, so nobody is asked for a token; the requests show where it goes.
	token := named.token
	if token == "" && !target.InClear(o.url) {
		token = madeUpToken() // so that the requests show where the token goes
	}
	t, err := o.rehearsal(token, selected, conv, p.announce)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "dry run: nothing is sent; the answers are those of a mock in memory\n")
	if o.stateURL != "" {
		fmt.Fprintf(a.stdout, "a run would ask %s for an entity before each scenario, and tell it after each; the ids below stand in for it\n", plainURL(o.stateURL))
	}
	fmt.Fprintln(a.stdout)
	if err := t.preflight(ctx); err != nil {
		return err
	}
	p.flush("before the first scenario")
	one := *o
	if o.plays > 1 {
		fmt.Fprintf(a.stdout, "a run would play each scenario %d times; its requests stand here once\n\n", o.plays)
	}
	one.plays = 1
	one.parallel = 1 // the requests of a scenario stay together
	reqs, err := t.play(ctx, &one, selected, conv, p.scenario)
	if err != nil {
		return err
	}
	if o.url != "" && len(t.keepers) > 0 {
		t.putBack(ctx)
		p.flush("at the end, to put the first state back")
	}
	fmt.Fprintf(a.stdout, "\n%d requests, none sent\n", p.count)
	for _, r := range reqs {
		if r.Verdict == result.Error && ctx.Err() == nil {
			return &exitError{exitNotConformant, fmt.Errorf("%s cannot be planned: %s", r.Key(), r.Reason)}
		}
	}
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	return nil
}

// rehearsal is the target of a run as a mock in memory, which holds the entity that the
// flags name. onSend is told of each request. Without a token the mock asks for none.
func (o *runOptions) rehearsal(token string, selected []selection, conv *convention.Set, onSend func(target.PlannedRequest)) (*endpoint, error) {
	t := &endpoint{kind: "endpoint", noGet: o.noGet, base: strings.TrimRight(o.url, "/"), token: token}
	expected := token
	if expected == "" {
		expected = madeUpToken()
	}
	srv, prefix, err := o.twin(t, expected, selected, conv)
	if err != nil {
		return nil, err
	}
	h := open(rebase(srv, prefix), expected)
	if token != "" {
		h = o.asGraph(rebase(srv, prefix), token)
	}
	if t.client, err = o.newClient(t, target.Loopback(h), onSend); err != nil {
		return nil, err
	}
	if o.putsBack(o) {
		for _, s := range selected {
			t.keepers = append(t.keepers, target.NewKeeper(t.client, s.RestoreBody))
		}
	}
	return t, nil
}

// open lets everybody in, as the holder of the token.
func open(next http.Handler, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token)
		next.ServeHTTP(w, r)
	})
}

// twin makes a mock in memory that holds the entity that the flags name, or the
// seed's where there is no endpoint. prefix is the path of the endpoint.
func (o *runOptions) twin(t *endpoint, token string, selected []selection, conv *convention.Set) (srv *mockgraph.Server, prefix string, err error) {
	seeds, err := readSeeds()
	if err != nil {
		return nil, "", err
	}
	if o.url == "" {
		if srv, err = newMock(operations(selected), conv, token, seeds); err != nil {
			return nil, "", err
		}
		t.base, prefix = "http://localhost"+srv.BasePath(), srv.BasePath()
		return srv, prefix, t.useEntitiesOf(srv, selected)
	}
	if o.stateURL != "" {
		err = t.useExamples(o, selected)
	} else {
		err = t.useEntity(&o.targetFlags, selected)
	}
	if err != nil {
		return nil, "", err
	}
	u, err := url.Parse(t.base)
	if err != nil {
		return nil, "", fmt.Errorf("--endpoint: %w", err)
	}
	moved := make([]mockgraph.Seed, len(selected))
	for i, s := range selected {
		moved[i] = mockgraph.SeedAt(seedOf(seeds, s, conv), s.Operation, conv, t.params[i])
	}
	srv, err = newMock(operations(selected), conv, token, moved)
	return srv, u.EscapedPath(), err
}

// useExamples stands in for what the state endpoint would hand out.
func (t *endpoint) useExamples(o *runOptions, selected []selection) error {
	given, err := entityParams(o.params, selected, false)
	if err != nil {
		return err
	}
	for i, s := range selected {
		t.params = append(t.params, providerstate.ExampleParams(s.Operation, given[i]))
	}
	return t.findPaths(selected)
}

func seedOf(seeds []mockgraph.Seed, s selection, conv *convention.Set) mockgraph.Seed {
	for _, seed := range seeds {
		if seed.Path == s.Path.Template {
			return seed
		}
	}
	return mockgraph.SeedFor(s.Operation, conv, time.Now())
}

// asGraph lets the mock understand a token in a header of another name.
func (f *targetFlags) asGraph(next http.Handler, token string) http.Handler {
	if f.url == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := r.Header.Get(f.authHeader)
		r.Header.Del("Authorization")
		switch {
		case sent == token || strings.HasSuffix(sent, " "+token):
			r.Header.Set("Authorization", "Bearer "+token)
		case sent != "":
			r.Header.Set("Authorization", sent)
		}
		next.ServeHTTP(w, r)
	})
}

// rebase serves the mock under the path of the endpoint, which is escaped, as
// http.StripPrefix would not take it.
func rebase(srv *mockgraph.Server, prefix string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		below, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
		u, err := url.Parse(srv.BasePath() + below)
		if !ok || err != nil {
			http.NotFound(w, r)
			return
		}
		u.RawQuery = r.URL.RawQuery
		r.URL = u
		srv.ServeHTTP(w, r)
	})
}

// planner prints requests as they would be sent, below what they are for.
type planner struct {
	mu      sync.Mutex
	out     io.Writer
	pending []target.PlannedRequest
	count   int
	// writes are those that change the entity.
	writes int
}

func (p *planner) announce(r target.PlannedRequest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(p.pending, r)
}

// scenario prints the requests of a scenario once it is over.
func (p *planner) scenario(r result.Requirement) {
	if r.Verdict == result.Skip {
		p.flush(r.Key() + "  " + r.Scenario + " (skipped: " + r.Reason + ")")
		return
	}
	p.flush(r.Key() + "  " + r.Scenario)
}

func (p *planner) flush(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%s\n", what)
	for _, r := range p.pending {
		fmt.Fprintf(p.out, "  %s: %s\n    %s\n", r.Line, r.Purpose, r.Curl)
		if strings.HasPrefix(r.Line, http.MethodPatch+" ") {
			p.writes++
		}
	}
	p.count += len(p.pending)
	p.pending = nil
}
