package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/pact"
	"graphpact/internal/result"
)

// Library has the last word on whether an answer is the one that a pact expects. A
// *pact.Verifier is one.
type Library interface {
	Verify(ctx context.Context, what pact.Verification) (pact.Verified, error)
}

// Runner plays interactions against a provider.
type Runner struct {
	// Library judges.
	Library Library
	// Client sends to the provider, and knows the token.
	Client *client.Client
	// States sets up provider states.
	States States
	// Book has the pages and conventions behind the pacts.
	Book *Book
	// Repeat gives the command that verifies one interaction again; nil for none.
	Repeat func(Interaction) string
	// Output, if not nil, is told what the library says of each interaction, secrets
	// masked.
	Output func(text string)
}

// Run plays the interactions one after the other and gives a requirement for each, in
// their order. onDone, if not nil, is called with each as soon as it is there. When ctx
// ends, the rest could not be judged. The error is about the run itself.
func (r *Runner) Run(ctx context.Context, interactions []Interaction, onDone func(result.Requirement)) ([]result.Requirement, error) {
	f, err := startForwarder(context.WithoutCancel(ctx), r.Client)
	if err != nil {
		return nil, err
	}
	defer f.close()
	reqs := r.Book.Requirements(interactions)
	for n, i := range interactions {
		req := &reqs[n]
		r.play(ctx, f, i, req)
		if r.Repeat != nil {
			req.Repeat = r.Repeat(i)
		}
		if onDone != nil {
			onDone(*req)
		}
	}
	return reqs, nil
}

// played is what there is to tell of one interaction.
type played struct {
	sent []Sent
	// answer is the 1-based number of the provider's answer among sent, 0 for none.
	answer int
	checks []result.Check
	// err is why the interaction could not be judged.
	err error
}

func (r *Runner) play(ctx context.Context, f *forwarder, i Interaction, req *result.Requirement) {
	started := time.Now()
	var p played
	if p.err = ctx.Err(); p.err == nil {
		p = r.judge(ctx, f, i)
	}
	req.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	for _, s := range p.sent {
		req.Exchanges = append(req.Exchanges, s.Client.Report(s.Exchange))
	}
	req.Checks = append(req.Checks, p.checks...)
	req.Verdict = result.Worst(req.Level, req.Checks)
	switch {
	case ctx.Err() != nil:
		req.Verdict, req.Reason = result.Error, "interrupted"
	case p.err != nil:
		req.Verdict, req.Reason = result.Error, p.err.Error()
	}
	r.mask(req)
	setSteps(req, i)
}

// mask takes secrets out of all texts: whatever a provider sent may stand in them.
func (r *Runner) mask(req *result.Requirement) {
	req.Reason = r.Client.Mask(req.Reason)
	for n := range req.Checks {
		c := &req.Checks[n]
		for _, text := range []*string{&c.Pointer, &c.Expected, &c.Actual, &c.Message} {
			*text = r.Client.Mask(*text)
		}
	}
}

// teardownTime bounds the teardown of states after an interrupt.
const teardownTime = 30 * time.Second

// judge sets the states up, has the interaction played, and takes the states down.
func (r *Runner) judge(ctx context.Context, f *forwarder, i Interaction) (p played) {
	sit, err := r.States.SetUp(ctx, i)
	p.sent = sit.Exchanges
	defer func() {
		down, cancel := context.WithTimeout(context.WithoutCancel(ctx), teardownTime)
		defer cancel()
		sit, err := r.States.TearDown(down, i)
		p.sent = append(p.sent, sit.Exchanges...)
		if err != nil {
			p.checks = append(p.checks, result.Check{
				Name: "the provider states are taken down", Verdict: result.Warn, Message: err.Error(), Exchange: len(p.sent),
			})
		}
	}()
	if err != nil {
		p.err = err
		return p
	}
	f.begin(&job{ctx: ctx, interaction: i, situation: sit})
	verified, err := r.Library.Verify(ctx, pact.Verification{
		Pact: i.single, Provider: i.Provider, ProviderURL: f.providerURL(), StateURL: f.stateURL(),
	})
	exchanges := f.end()
	for _, ex := range exchanges {
		p.sent = append(p.sent, Sent{ex, r.Client})
		p.answer = len(p.sent)
	}
	if r.Output != nil && verified.Output != "" {
		r.Output(r.Client.Mask(verified.Output))
	}
	switch {
	case err != nil:
		p.err = err
	case len(exchanges) == 0:
		p.err = fmt.Errorf("the Pact library sent no request%s", because(verified.Error))
	case exchanges[len(exchanges)-1].Err != nil:
		p.err = exchanges[len(exchanges)-1].Err
	case verified.OK != (len(verified.Mismatches) == 0 && verified.Error == ""):
		p.err = errors.New("the Pact library contradicts itself")
	case verified.Error != "":
		p.err = errors.New(verified.Error)
	default:
		p.checks = r.Book.checks(i, exchanges[len(exchanges)-1], verified.Mismatches)
		for n := range p.checks {
			p.checks[n].Exchange = p.answer
		}
	}
	return p
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}
