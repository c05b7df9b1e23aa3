package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// endingFlags say when a run ends before its last scenario.
type endingFlags struct{ maxTime time.Duration }

func (f *endingFlags) add(fs *pflag.FlagSet) {
	fs.DurationVar(&f.maxTime, "max-time", 30*time.Minute, "end after `DURATION`, in order and with the state put back; 0 for no limit")
}

func (f *endingFlags) check() error {
	if f.maxTime < 0 {
		return fmt.Errorf("--max-time %s: at least 0, which means no limit", f.maxTime)
	}
	return nil
}

// ending is the context of what a run plays. It ends with the program's own, or when
// stop is called.
type ending struct {
	program context.Context
	ctx     context.Context
	stop    context.CancelCauseFunc
}

func newEnding(ctx context.Context) *ending {
	e := &ending{program: ctx}
	e.ctx, e.stop = context.WithCancelCause(ctx)
	return e
}

// limit stops the run after the flag's time, unless inTime is called before. The time
// that a user takes for an answer does not count.
func (e *ending) limit(f *endingFlags) (inTime func()) {
	if f.maxTime == 0 {
		return func() {}
	}
	t := time.AfterFunc(f.maxTime, func() {
		e.stop(fmt.Errorf("the run was ended before its last scenario: it has taken the %s of --max-time", f.maxTime))
	})
	return func() { t.Stop() }
}

// problems says why the run was stopped; an interrupt is told of elsewhere.
func (e *ending) problems() []string {
	if e.ctx.Err() == nil || e.program.Err() != nil {
		return nil
	}
	return []string{context.Cause(e.ctx).Error()}
}
