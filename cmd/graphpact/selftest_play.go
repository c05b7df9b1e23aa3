package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
	"graphpact/internal/schema"
	"graphpact/internal/selftest"
	"graphpact/internal/target"
	"graphpact/steps"
)

// scenariosAtATime is how many scenarios of one trial run at once: the trials run side
// by side already.
const scenariosAtATime = 4

// trialBench holds what all trials share; none of it changes.
type trialBench struct {
	selection
	conv  *convention.Set
	seeds []mockgraph.Seed
	error *schema.Schema
	// evidence keeps the exchanges of each requirement.
	evidence bool
}

// newTrialBench reads the page and the features.
func newTrialBench(pages *pageFlags) (*trialBench, error) {
	ops, conv, err := pages.load()
	if err != nil {
		return nil, err
	}
	selected, err := (&runOptions{}).choose(ops[:1], conv)
	if err != nil {
		return nil, err
	}
	b := &trialBench{selection: selected[0], conv: conv}
	if b.seeds, err = readSeeds(); err != nil {
		return nil, err
	}
	b.error, err = compileErrorSchema(conv)
	return b, err
}

// trialServer is the server of one trial.
type trialServer struct {
	base     string
	entities steps.Entities
	tls      *tls.Config
	close    func() error
}

// play plays the suite against a server and a client of the trial's own, over loopback
// HTTP. There is no check before the scenarios: they are what must see.
func (b *trialBench) play(ctx context.Context, t selftest.Trial) (reqs []result.Requirement, err error) {
	token, clock := madeUpToken(), &trialClock{}
	srv, err := b.serve(ctx, t, token, clock)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, srv.close()) }()
	cfg := target.Config{
		GiveUp:  -1, // every scenario is to say what it sees, however many answers broke off
		BaseURL: srv.base, Token: token, Sleep: clock.Sleep, Now: clock.Now,
		Transport: &http.Transport{
			TLSClientConfig: srv.tls, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: scenariosAtATime,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
	if t.Control != nil {
		cfg.Timeout, cfg.RetryBudget = t.Control.Timeout, -1
	}
	client, err := target.New(cfg)
	if err != nil {
		return nil, err
	}
	defer client.Close() // before the server, which waits for the connections
	live := &steps.Live{
		Operation: b.Operation, Conventions: b.conv, Client: client, Entities: srv.entities,
		Response: b.response, Error: b.error, Authenticated: true, Parallel: scenariosAtATime, Sleep: clock.Sleep, Brief: !b.evidence,
	}
	if t.Control != nil && t.Control.Timeout > 0 {
		live.Parallel = len(b.cases) // they all wait, and for nothing
	}
	return live.Run(ctx, b.cases, nil)
}

func (b *trialBench) serve(ctx context.Context, t selftest.Trial, token string, clock *trialClock) (*trialServer, error) {
	mock, err := mockgraph.New(mockgraph.Config{
		Operations: []*contract.Operation{b.Operation}, Conventions: b.conv, Seeds: b.seeds, Token: token, Now: clock.Now, Behaviours: t.Behaviours,
	})
	if err != nil {
		return nil, err
	}
	l, err := b.listen(context.WithoutCancel(ctx), t, mock)
	if err != nil {
		return nil, err
	}
	s := &trialServer{base: l.URL() + mock.BasePath(), close: l.Close, entities: entityPool{mock, b.Operation}}
	if ca := l.CACert(); ca != nil {
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
		s.tls.RootCAs.AppendCertsFromPEM(ca)
	}
	switch {
	case t.Control != nil:
		s.entities = sameEntity(mock.Params(b.Operation)) // a control has no state: no turns to take
	case len(b.Path.Params) == 0:
		s.entities = newSingleEntity(mock.Params(b.Operation))
	}
	return s, nil
}

// listen serves the mock, or the control that stands in its place.
func (b *trialBench) listen(ctx context.Context, t selftest.Trial, mock *mockgraph.Server) (*mockgraph.Listener, error) {
	if t.Control == nil {
		return mockgraph.StartServer(ctx, "", mock)
	}
	body, err := json.Marshal(mock.Entities(b.Operation)[0].Body)
	if err != nil {
		return nil, err
	}
	return mockgraph.Start(ctx, "", t.Control.Handler(negative.Entity{Body: body}))
}

// sameEntity leases one entity to all at once.
type sameEntity map[string]string

// Lease gives the entity.
func (e sameEntity) Lease(context.Context) (map[string]string, func() error, error) {
	return e, func() error { return nil }, nil
}

// trialClock is the time of one trial, its mock's and its client's: a wait moves it
// forward and takes no time. So a trial waits as long as a run would (for a Retry-After,
// for a clock of whole seconds to tick) and ends at once.
type trialClock struct{ ahead atomic.Int64 }

// Now is the real time and all that was waited for.
func (c *trialClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Sleep waits for d on this clock.
func (c *trialClock) Sleep(ctx context.Context, d time.Duration) error {
	c.ahead.Add(int64(d))
	return ctx.Err()
}
