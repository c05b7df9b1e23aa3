package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"graphpact/internal/report"
	"graphpact/internal/result"
)

// grace is how long the parts of a run may take after they should have ended. Each has
// limits of its own, and this is for what ignores them: a transport in a deadlock, a disk
// that does not answer. Zero means the default of each.
type grace struct {
	// play is counted from the end of the playing, by an interrupt or --max-time.
	play time.Duration
	// restoring is what restoring may take, beyond the retry budget that each keeper has for
	// itself; restore is counted from the end of that.
	restoring, restore time.Duration
	// conclude and write are for all of it.
	conclude, write time.Duration
}

func (p grace) orDefault() grace {
	return grace{
		play: cmp.Or(p.play, 15*time.Second), restoring: cmp.Or(p.restoring, time.Minute), restore: cmp.Or(p.restore, 5*time.Second),
		conclude: cmp.Or(p.conclude, 15*time.Minute), write: cmp.Or(p.write, time.Minute),
	}
}

// attend calls f and gives its result. Where f has not returned the grace after the end of
// the context, it is left alone, and ended is false: nothing that it waits for can keep a
// run from its end. It uses nothing but the clock.
func attend[T any](ctx context.Context, grace time.Duration, f func() T) (value T, ended bool) {
	done := make(chan T, 1) // with room: nobody may wait any more
	go func() { done <- f() }()
	select {
	case v := <-done:
		return v, true
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case v := <-done:
		return v, true
	case <-late.C:
		return value, false
	}
}

// during is attend with a time limit in place of a context.
func during[T any](limit time.Duration, f func() T) (value T, ended bool) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	return attend(over, limit, f)
}

// playAll plays the job. Where that does not end in time, the requirements are those that
// were done by then.
func (c *Config) playAll(ctx context.Context, j *job, p grace) ([]result.Requirement, error) {
	type outcome struct {
		reqs []result.Requirement
		err  error
	}
	var (
		mu   sync.Mutex
		done []result.Requirement
		over bool
	)
	onDone := func(q result.Requirement) {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return
		}
		if c.Observer.Requirement != nil {
			c.Observer.Requirement(j.waivers.Cover(q))
		}
		if j.keep != nil {
			j.keep(&q)
		}
		done = append(done, q)
	}
	o, ended := attend(ctx, p.play, func() outcome {
		reqs, err := j.play(ctx, onDone)
		return outcome{reqs, err}
	})
	if ended {
		return o.reqs, o.err
	}
	mu.Lock()
	defer mu.Unlock()
	over = true
	return done, fmt.Errorf("what was played did not end within %s of its end; the verdicts that were not there yet are lost", p.play)
}

func (s *session) restoreInTime(ctx context.Context, p grace) restored {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(s.cfg.Client.RetryBudget, 0)+p.restoring)
	defer cancel()
	out, ended := attend(ctx, p.restore, func() restored { return s.restore(ctx) })
	if ended {
		return out
	}
	problem := "the first state is not restored: restoring did not end in its time"
	if s.journal != nil { // which may be what does not answer: it is not asked
		problem += fmt.Sprintf("; what was changed is kept in %s; restore it with: %s", s.journal.Path(), s.restoreCommand)
	}
	return restored{problems: []string{problem}}
}

// concludeInTime concludes the job and gives the files that were written.
func (j *job) concludeInTime(ctx context.Context, p grace) []string {
	// What comes too late must not change a report that is being written.
	own := *j.report
	files, ended := during(p.conclude, func() []string { return j.conclude(ctx, &own) })
	if !ended {
		j.report.Problems = append(j.report.Problems, fmt.Sprintf("the end of the run did not come within %s: the Pact, or what was to be published, may be missing", p.conclude))
		return nil
	}
	*j.report = own
	return files
}

func (c *Config) write(r *result.Run, p grace) (files []string, err error) {
	type outcome struct {
		files []string
		err   error
	}
	o, ended := during(p.write, func() outcome {
		files, err := report.Write(c.Out, r, c.Formats...)
		pages, perr := report.WritePages(c.Out, r, c.Formats...)
		if pages != "" {
			files = append(files, pages)
		}
		recording, notRecorded := c.writeRecording()
		return outcome{append(files, recording...), errors.Join(err, perr, notRecorded)}
	})
	if !ended {
		return nil, errors.New("the reports could not be written: " + c.Out + " does not answer")
	}
	return o.files, o.err
}
