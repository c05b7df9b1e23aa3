package harness

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
	"graphpact/internal/selftest"
)

// BenchmarkTrial is one trial of a selftest: a server, a client, all scenarios.
func BenchmarkTrial(b *testing.B) {
	bench, err := NewBench(testPages(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.Play(b.Context(), selftest.Trial{Kind: selftest.Baseline}); err != nil {
			b.Fatal(err)
		}
	}
}

// ownPages are those in the program, read once a process: nothing changes them.
var ownPages = sync.OnceValues(func() (*Pages, error) { return LoadPages(PageConfig{}) })

func testPages(t testing.TB) *Pages {
	t.Helper()
	pages, err := ownPages()
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// TestOneEntityTrial: what an earlier scenario has lost is detected by a later one, also where
// all share one entity.
func TestOneEntityTrial(t *testing.T) {
	t.Parallel()
	bench, err := NewBench(testPages(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{
		"patch-as-put": "UPD-10", "patch-as-put-drops": "UPD-10", "created-lost": "UPD-08",
		"empty-update-clears": "UPD-12", "empty-update-resets": "UPD-43",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, ok := mockgraph.FindBehaviour(name)
			if !ok {
				t.Fatal("there is no such fault")
			}
			reqs, err := bench.Play(t.Context(), selftest.Trial{Kind: selftest.Fault, Behaviours: []mockgraph.Behaviour{b}, OneEntity: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range reqs {
				if r.ID == id && (r.Verdict == result.Fail || r.Verdict == result.Warn) {
					return
				}
			}
			t.Errorf("%s does not detect it", id)
		})
	}
}

// TestTrialIsRepeatable: scenarios of one trial that share what a fault changes come in one
// order, so that each play gives the same verdicts.
func TestTrialIsRepeatable(t *testing.T) {
	t.Parallel()
	bench, err := NewBench(testPages(t))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(mockgraph.Faults(), func(b mockgraph.Behaviour) bool { return b.Name == "wrong-entity" })
	trial := selftest.Trial{Kind: selftest.Fault, Behaviours: mockgraph.Faults()[i : i+1]}
	var verdicts [8]map[string]result.Verdict
	var plays sync.WaitGroup
	for n := range verdicts {
		plays.Go(func() {
			reqs, err := bench.Play(t.Context(), trial)
			if err != nil {
				t.Error(err)
			}
			verdicts[n] = map[string]result.Verdict{}
			for _, r := range reqs {
				verdicts[n][r.Key()] = r.Verdict
			}
		})
	}
	plays.Wait()
	for _, again := range verdicts[1:] {
		if !maps.Equal(verdicts[0], again) {
			t.Errorf("%v\n%v", verdicts[0], again)
		}
	}
}

// TestCutAnswerBesideOneOfTwo: an update that is sent again after a cut answer is no second one
// at once, so that a server that refuses such a one leaves the verdicts on the fault as they are.
func TestCutAnswerBesideOneOfTwo(t *testing.T) {
	t.Parallel()
	bench, err := NewBench(testPages(t))
	if err != nil {
		t.Fatal(err)
	}
	play := func(t *testing.T, oneEntity bool, names ...string) map[string]result.Verdict {
		t.Helper()
		trial := selftest.Trial{Kind: selftest.Pair, OneEntity: oneEntity}
		for _, name := range names {
			b, ok := mockgraph.FindBehaviour(name)
			if !ok {
				t.Fatal("there is no such behaviour: " + name)
			}
			trial.Behaviours = append(trial.Behaviours, b)
		}
		reqs, err := bench.Play(t.Context(), trial)
		if err != nil {
			t.Fatal(err)
		}
		verdicts := map[string]result.Verdict{}
		for _, r := range reqs {
			verdicts[r.Key()] = r.Verdict
		}
		return verdicts
	}
	for _, fault := range []string{"answer-cut", "answer-cut-in-chunk"} {
		for _, oneEntity := range []bool{false, true} {
			alone := play(t, oneEntity, fault)
			if alone["UPD-02"] != result.Fail {
				t.Errorf("%s goes unseen", fault)
			}
			for _, variant := range []string{"locked-for-one", "conflict-for-one"} {
				if diff := cmp.Diff(alone, play(t, oneEntity, fault, variant)); diff != "" {
					t.Errorf("%s + %s, one entity %v (-alone +together):\n%s", fault, variant, oneEntity, diff)
				}
			}
		}
	}
}

// TestTrialClock: no time but that of the trial moves its clock, so that a machine under load
// gives the verdicts of an idle one.
func TestTrialClock(t *testing.T) {
	t.Parallel()
	clock := newTrialClock()
	before := clock.Now()
	time.Sleep(2 * trialTick) // a busy machine
	if took := clock.Now().Sub(before); took != trialTick {
		t.Errorf("a look took %s", took)
	}
	if err := clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if took := clock.Now().Sub(before); took != time.Hour+2*trialTick {
		t.Errorf("a wait of an hour and a look took %s", took-trialTick)
	}
}
