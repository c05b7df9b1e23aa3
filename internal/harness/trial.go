package harness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/selftest"
)

// Bench plays the trials of a selftest on the first of the pages. It holds what all trials
// share; none of it changes.
type Bench struct {
	Selected
	// Evidence keeps the exchanges of each requirement.
	Evidence bool
	pages    *Pages
	seeds    []mockgraph.Seed
}

// NewBench selects all scenarios of the first page.
func NewBench(pages *Pages) (*Bench, error) { return newBench(pages, pages.Operations[:1]) }

func newBench(pages *Pages, ops []Operation) (*Bench, error) {
	one := &Pages{Operations: ops, Conventions: pages.Conventions, BasePath: pages.BasePath}
	selected, err := one.Select(scenario.Selection{})
	if err != nil {
		return nil, err
	}
	seeds, err := Seeds()
	return &Bench{Selected: selected[0], pages: one, seeds: seeds}, err
}

// NewBenches makes a bench for each of the pages.
func NewBenches(pages *Pages) ([]*Bench, error) {
	out := make([]*Bench, len(pages.Operations))
	for i := range pages.Operations {
		var err error
		if out[i], err = newBench(pages, pages.Operations[i:i+1]); err != nil {
			return nil, fmt.Errorf("%s: %w", pages.Operations[i].Page, err)
		}
	}
	return out, nil
}

// Play plays the suite against a server and a client of the trial's own, over loopback
// HTTP. There is no check before the scenarios: they are what must detect a fault.
func (b *Bench) Play(ctx context.Context, t selftest.Trial) (reqs []result.Requirement, err error) {
	clock := newTrialClock()
	client := client.Config{
		GiveUp: -1, // every scenario is to report what it sees, however many answers broke off
		Sleep:  clock.Sleep, Now: clock.Now,
	}
	// The trials run side by side already. The scenarios of one come one after the other: they
	// share the clock, the retry budget and what a behaviour counts, and what each sees must not
	// depend on which of them came first.
	parallel := 1
	if t.Control != nil {
		client.Timeout, client.RetryBudget = t.Control.Timeout, -1
		if t.Control.Timeout > 0 {
			parallel = len(b.Cases) // they all wait, and for nothing
		}
	}
	run := &RunConfig{
		Config: Config{Target: Target{Client: client}}, Pages: b.pages, Selected: []Selected{b.Selected},
		Parallel: parallel, brief: !b.Evidence, sleep: clock.Sleep,
	}
	if slices.ContainsFunc(t.Behaviours, func(b mockgraph.Behaviour) bool { return b.Late || b.Turns }) {
		settle := 3 * mockgraph.LateBy
		run.Settle = &settle
	}
	s := newSession(&run.Target, operations(run.Selected))
	defer func() { err = errors.Join(err, s.close()) }()
	transport := &http.Transport{
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4, MaxResponseHeaderBytes: 64 << 10,
	}
	err = s.serveMock(ctx, mockgraph.Config{Conventions: b.pages.Conventions, Seeds: b.seeds, Now: clock.Now, Behaviours: t.Behaviours, BasePath: b.pages.BasePath},
		func(ctx context.Context, mock *mockgraph.Server) (*mockgraph.Listener, error) {
			l, err := b.listen(ctx, t, mock)
			if err == nil && l.CACert() != nil {
				transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
				transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(l.CACert())
			}
			return l, err
		})
	if err != nil {
		return nil, err
	}
	if t.Control != nil {
		entities := s.ownEntities()
		entities.Shared = true // a control has no state: no turns to take
		s.states = entities
	}
	if err := s.dial(transport, nil); err != nil {
		return nil, err
	}
	// A path without a parameter leads to one entity, which all scenarios share whatever the trial says.
	if shared := t.OneEntity || len(b.Path.Params) == 0; shared && t.Control == nil {
		s.shareOneEntity()
	}
	return run.play(ctx, s, nil)
}

// listen serves the mock, or the control that stands in its place.
func (b *Bench) listen(ctx context.Context, t selftest.Trial, mock *mockgraph.Server) (*mockgraph.Listener, error) {
	if t.Control == nil {
		return mockgraph.StartServer(ctx, "", mock)
	}
	body, err := json.Marshal(mock.Entities(b.Operation.Operation)[0].Body)
	if err != nil {
		return nil, err
	}
	return mockgraph.Start(ctx, "", t.Control.Handler(negative.Entity{Body: body}))
}

// trialClock is the time of one trial, its mock's and its client's: a wait moves it
// forward and takes no time, and so does each look at it, by a tick. So a trial waits as long
// as a run would (for a Retry-After, for a clock of whole seconds to tick) and ends at once.
// It depends on no other time: a machine under load must not make a late read a timely one.
type trialClock struct {
	start  time.Time
	looks  atomic.Int64
	waited atomic.Int64 // nanoseconds
}

// trialTick is about what a step of a request takes on an idle machine.
const trialTick = time.Millisecond

// newTrialClock gives a clock that begins at a whole second, so that each trial meets the
// ends of seconds at the same steps. It is not before now: what is there already is older.
func newTrialClock() *trialClock {
	return &trialClock{start: time.Now().Truncate(time.Second).Add(time.Second)}
}

// Now is the start, all that was waited for, and a tick for each look.
func (c *trialClock) Now() time.Time {
	return c.start.Add(time.Duration(c.looks.Add(1))*trialTick + time.Duration(c.waited.Load()))
}

// Sleep waits for d on this clock.
func (c *trialClock) Sleep(ctx context.Context, d time.Duration) error {
	c.waited.Add(int64(d))
	return ctx.Err()
}
