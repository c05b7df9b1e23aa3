package steps

import (
	"sync"

	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// sequence brings requirements that finish in any order back into the order of
// their cases.
type sequence struct {
	mu     sync.Mutex
	cases  []scenario.Case
	index  map[string]int
	slots  []*result.Requirement
	told   int
	onDone func(result.Requirement)
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
	for s.told < len(s.slots) && s.slots[s.told] != nil {
		if s.onDone != nil {
			s.onDone(*s.slots[s.told])
		}
		s.told++
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
			missing := newRequirement(s.cases[i])
			missing.Verdict, missing.Reason = result.Error, "the scenario did not run"
			r = &missing
		}
		out[i] = *r
	}
	return out
}
