package steps

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// play plays each case as often as asked for and gives its requirement to done.
func (l *Live) play(ctx context.Context, cases []scenario.Case, done func(result.Requirement)) error {
	if l.Repetitions <= 1 {
		return play(ctx, cases, l.Parallel, func() player { return &world{live: l, done: done} })
	}
	// They begin in order: the first are decided first.
	errs := make([]error, len(cases))
	var plays errgroup.Group
	plays.SetLimit(max(l.Parallel, 1))
	for i, c := range cases {
		plays.Go(func() error {
			var r result.Requirement
			r, errs[i] = l.repeat(ctx, c)
			done(r)
			return nil
		})
	}
	_ = plays.Wait() // the errors are all kept
	return errors.Join(errs...)
}

// repeat plays one case several times in a row. An interrupt ends it after the play
// that it met.
func (l *Live) repeat(ctx context.Context, c scenario.Case) (result.Requirement, error) {
	var plays []result.Requirement
	interrupted := false
	err := play(ctx, slices.Repeat([]scenario.Case{c}, l.Repetitions), 1, func() player {
		return &world{live: l, done: func(r result.Requirement) {
			if !interrupted {
				plays = append(plays, r)
			}
			interrupted = ctx.Err() != nil
		}}
	})
	if len(plays) == 0 {
		return notRun(c), err
	}
	return result.Merge(plays), err
}

// sequence brings requirements that finish in any order back into the order of
// their cases.
type sequence struct {
	mu       sync.Mutex
	cases    []scenario.Case
	index    map[string]int
	slots    []*result.Requirement
	reported int
	onDone   func(result.Requirement)
}

func newSequence(cases []scenario.Case, onDone func(result.Requirement)) *sequence {
	s := &sequence{cases: cases, index: make(map[string]int, len(cases)), slots: make([]*result.Requirement, len(cases)), onDone: onDone}
	for i, c := range cases {
		s.index[c.Key()] = i
	}
	return s
}

func (s *sequence) put(r result.Requirement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slot := &s.slots[s.index[r.Key()]]
	if *slot != nil {
		return // the first verdict stands
	}
	*slot = &r
	for s.reported < len(s.slots) && s.slots[s.reported] != nil {
		if s.onDone != nil {
			s.onDone(*s.slots[s.reported])
		}
		s.reported++
	}
}

// all gives the requirements in order. A case that godog did not run is an error:
// no caller may take it for a pass.
func (s *sequence) all() []result.Requirement {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]result.Requirement, len(s.slots))
	for i, r := range s.slots {
		if r == nil {
			missing := notRun(s.cases[i])
			r = &missing
		}
		out[i] = *r
	}
	return out
}

// notRun is the requirement of a case that godog did not run: no pass.
func notRun(c scenario.Case) result.Requirement {
	r := newRequirement(c)
	r.Verdict, r.Reason = result.Error, "the scenario did not run"
	return r
}
