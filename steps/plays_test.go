package steps

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"graphpact/internal/contract"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

func TestSequence(t *testing.T) {
	t.Parallel()
	cases := []scenario.Case{{ID: "A"}, {ID: "B"}, {ID: "C"}, {ID: "D"}}
	var reported []string
	s := newSequence(cases, func(r result.Requirement) { reported = append(reported, r.ID) })
	s.put(result.Requirement{ID: "C", Verdict: result.Pass})
	s.put(result.Requirement{ID: "A", Verdict: result.Fail})
	s.put(result.Requirement{ID: "A", Verdict: result.Pass}) // too late
	if got := strings.Join(reported, ""); got != "A" {
		t.Errorf("reported %q before B was there", got)
	}
	s.put(result.Requirement{ID: "B", Verdict: result.Pass})
	if got := strings.Join(reported, ""); got != "ABC" {
		t.Errorf("reported %q", got)
	}
	all := s.all()
	if all[0].Verdict != result.Fail || all[2].Verdict != result.Pass {
		t.Errorf("%+v", all)
	}
	if all[3].Verdict != result.Error || all[3].Reason == "" {
		t.Errorf("a scenario that did not run is %s", all[3].Verdict)
	}
}

func verdicts(plays []result.Repetition) []result.Verdict {
	out := make([]result.Verdict, len(plays))
	for i, p := range plays {
		out[i] = p.Verdict
	}
	return out
}

// driftEachOther answers 204 in place of 200 to every other update.
func driftEachOther() func(http.Handler) http.Handler {
	var n atomic.Int64
	return onAnswer(func(r *http.Request, a *answer) {
		if patches(r) && a.status == http.StatusOK && n.Add(1)%2 == 0 {
			a.status = http.StatusNoContent
		}
	})
}

func TestRepeatSteady(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plays = 3
	for key, r := range b.run(t, nil) {
		if r.Verdict != result.Pass && r.Verdict != result.Skip {
			t.Errorf("%s: %s %s", key, r.Verdict, r.Reason)
		}
		if r.Repetitions != nil && len(r.Repetitions) != 3 {
			t.Errorf("%s: %d plays, want 3", key, len(r.Repetitions))
		}
	}
}

func TestRepeatFindsDrift(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plays = 4
	r := b.run(t, driftEachOther(), "UPD-02")["UPD-02"]
	if r.Verdict != result.Flaky {
		t.Errorf("verdict %s, want flaky", r.Verdict)
	}
	got := verdicts(r.Repetitions)
	if len(got) != 4 || !slices.Contains(got, result.Pass) || !slices.Contains(got, result.Fail) {
		t.Fatalf("plays %v", got)
	}
	first := slices.Index(got, result.Fail)
	if r.Repetitions[first].Message == "" || r.Repetitions[slices.Index(got, result.Pass)].Message != "" {
		t.Errorf("plays %+v", r.Repetitions)
	}
	if !slices.ContainsFunc(r.Checks, func(c result.Check) bool { return c.Class == "status-drift" }) {
		t.Errorf("the evidence is not that of the failed play: %+v", r.Checks)
	}
}

// TestRepeatNeverFlakyShould: a SHOULD that holds now and then is a warning.
func TestRepeatNeverFlakyShould(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plays = 4
	var n atomic.Int64
	reqs := b.run(t, onAnswer(func(_ *http.Request, a *answer) {
		if n.Add(1)%3 == 0 {
			a.header.Del("request-id")
		}
	}))
	if got := withVerdict(reqs, result.Warn); len(got) == 0 {
		t.Error("no warning")
	}
	if got := append(withVerdict(reqs, result.Flaky), withVerdict(reqs, result.Fail)...); len(got) > 0 {
		t.Errorf("%v fail for a header that is asked for by a SHOULD", got)
	}
}

// counting counts how often an entity was set up.
type counting struct {
	States
	n atomic.Int64
}

func (c *counting) SetUpEntity(ctx context.Context, op *contract.Operation) (map[string]string, func() error, error) {
	c.n.Add(1)
	return c.States.SetUpEntity(ctx, op)
}

func TestRepeatSetsUpAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plays = 3
	count := &counting{States: providerstate.NewMock(b.mock, b.op)}
	b.states = count
	b.run(t, nil, "UPD-02")
	if n := count.n.Load(); n != 3 {
		t.Errorf("%d set-ups for 3 plays", n)
	}
}

// TestRepeatInterrupted: the case under way is not judged by the plays that it had.
func TestRepeatInterrupted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plays = 5
	ctx, cancel := context.WithCancel(t.Context())
	b.ctx = ctx
	var n atomic.Int64
	reqs := b.run(t, onAnswer(func(r *http.Request, _ *answer) {
		if patches(r) && n.Add(1) == 2 {
			cancel()
			<-r.Context().Done() // the client has gone before the answer comes
		}
	}), "UPD-02", "UPD-06")
	for key, r := range reqs {
		if r.Verdict != result.Skip || !r.NotPlayed || r.Reason == "" {
			t.Errorf("%s: %s %q, want one that was not played", key, r.Verdict, r.Reason)
		}
	}
	if got := len(reqs["UPD-02"].Repetitions); got != 2 {
		t.Errorf("UPD-02 has %d plays, want the one before the interrupt and the one that it met", got)
	}
}
