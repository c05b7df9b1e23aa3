package harness

import (
	"context"

	"graphpact/internal/result"
	"graphpact/internal/selftest"
)

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
