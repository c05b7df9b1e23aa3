package selftest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"graphpact/internal/result"
)

// Outcome is what came of a trial.
type Outcome struct {
	Trial
	// Requirements are in the order of the cases.
	Requirements []result.Requirement
	// Err says why the trial could not be played; its requirements count for nothing then.
	Err error
}

// Run plays all trials, some at a time, and judges them. onDone, if not nil, is called
// after each trial, one call at a time, with the number of trials ended and of all.
//
// When ctx ends, what has been played is judged and the report says that it is not all.
func Run(ctx context.Context, cfg Config, play Play, onDone func(o Outcome, ended, all int)) *Report {
	trials := cfg.trials()
	outcomes := make([]*Outcome, len(trials))
	next := make(chan int)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		ended int
	)
	for range max(cfg.Parallel, 1) {
		wg.Go(func() {
			for i := range next {
				o := playOne(ctx, trials[i], play)
				if ctx.Err() != nil {
					continue // half a trial is none
				}
				mu.Lock()
				outcomes[i] = &o
				ended++
				if onDone != nil {
					onDone(o, ended, len(trials))
				}
				mu.Unlock()
			}
		})
	}
	for i := range trials {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()

	var done []Outcome
	for _, o := range outcomes {
		if o != nil {
			done = append(done, *o)
		}
	}
	r := judge(cfg, done)
	r.Interrupted = len(done) < len(trials)
	return r
}

// playOne plays a trial; a panic of one must not cost the others.
func playOne(ctx context.Context, t Trial, play Play) (o Outcome) {
	o.Trial = t
	defer func() {
		if v := recover(); v != nil {
			o.Requirements, o.Err = nil, fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	o.Requirements, o.Err = play(ctx, t)
	if o.Err == nil && len(o.Requirements) == 0 {
		o.Err = errors.New("the suite gave no verdict at all")
	}
	return o
}
