package harness

import (
	"context"

	"graphpact/features"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/pageset"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/selftest"
)

// Surveyed is a page with what its suite came to at a mock of it.
type Surveyed struct {
	*PageRead
	// Untestable says why the contract cannot be tested, nil where it can.
	Untestable error
	// Mock is nil where nothing was played.
	Mock *MockOutcome
}

// Survey reads pages as ReadPages does, and with play plays the suite of each against a mock
// of it. Several pages are at work at a time; each is forgotten when onPage has had it.
func Survey(ctx context.Context, args []string, how Reading, play bool, onPage func(*Surveyed) error) error {
	type result struct {
		*Surveyed
		err error
	}
	work := func(r *pageReader, f pageset.File) result {
		s := &Surveyed{PageRead: r.page(f)}
		if s.Operation == nil {
			return result{s, nil}
		}
		if s.Untestable = testable(s.Operation); s.Untestable != nil || !play {
			return result{s, nil}
		}
		outcome, err := onMock(ctx, s.Operation, s.Conventions)
		s.Mock = &outcome
		return result{s, err}
	}
	return eachPage(ctx, args, how, work, func(r result) error {
		if r.err != nil {
			return r.err
		}
		return onPage(r.Surveyed)
	})
}

// MockOutcome is what the suite of a page came to at a mock of the page.
type MockOutcome struct {
	result.Totals
	// Updates is set where an update that succeeds was tested.
	Updates bool
	// Failed are the requirements that did not hold, by key.
	Failed []string
}

// OnMock plays the suite of the page against a mock that behaves as the page says.
func (b *Bench) OnMock(ctx context.Context) (MockOutcome, error) {
	reqs, err := b.Play(ctx, selftest.Trial{Kind: selftest.Baseline})
	out := MockOutcome{Totals: result.Count(reqs)}
	for _, r := range reqs {
		switch r.Verdict {
		case result.Pass:
			out.Updates = out.Updates || r.Proves == result.ProvesUpdate
		case result.Skip, result.Warn:
		default:
			out.Failed = append(out.Failed, r.Key())
		}
	}
	return out, err
}

// onMock plays the suite of one page. What keeps a page from being played is its failure.
func onMock(ctx context.Context, op *contract.Operation, conv *convention.Set) (MockOutcome, error) {
	suite, err := scenario.Load(features.FS, op, conv)
	if err != nil {
		return MockOutcome{}, err
	}
	base, _ := arrange([]*contract.Operation{op})
	var outcome MockOutcome
	bench, err := NewBench(&Pages{Operations: []Operation{{op, suite}}, Conventions: conv, BasePath: base})
	if err == nil {
		outcome, err = bench.OnMock(ctx)
	}
	if ctx.Err() != nil {
		return outcome, errInterrupted()
	}
	if err != nil { // a figure like any other
		outcome.Failed = append(outcome.Failed, err.Error())
	}
	return outcome, nil
}
