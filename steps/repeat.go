package steps

import (
	"context"
	"errors"
	"sync"

	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// play plays each case as often as asked for and tells done of its requirement.
func (l *Live) play(ctx context.Context, suite *scenario.Suite, cases []scenario.Case, done func(result.Requirement)) error {
	if l.Plays <= 1 {
		return play(ctx, suite, cases, l.Parallel, func() player { return &world{live: l, done: done} })
	}
	// godog plays a feature once, so each play is a run of godog's with one case. The
	// workers take the cases in order: the first are decided first.
	next := make(chan scenario.Case)
	go func() {
		defer close(next)
		for _, c := range cases {
			if c.Absent == "" {
				next <- c
			}
		}
	}()
	errs := make([]error, l.Parallel)
	var workers sync.WaitGroup
	for i := range errs {
		workers.Go(func() {
			for c := range next {
				r, err := l.repeat(ctx, suite, c)
				errs[i] = errors.Join(errs[i], err)
				done(r)
			}
		})
	}
	workers.Wait()
	return errors.Join(errs...)
}

// repeat plays one case several times in a row. An interrupt ends it after the play
// that it met.
func (l *Live) repeat(ctx context.Context, suite *scenario.Suite, c scenario.Case) (result.Requirement, error) {
	var plays []result.Requirement
	for len(plays) < l.Plays {
		one := newSequence([]scenario.Case{c}, nil)
		err := play(ctx, suite, []scenario.Case{c}, 1, func() player { return &world{live: l, done: one.put} })
		plays = append(plays, one.all()...)
		if err != nil || ctx.Err() != nil {
			return result.Merge(plays), err
		}
	}
	return result.Merge(plays), nil
}
