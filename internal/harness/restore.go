package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"graphpact/internal/restore"
)

// openJournal makes the keepers write to disk what they remember, below the folder out.
// Where a journal names one of the entities already, nothing may start: its run has not
// restored it, or is still at work. An error of the journal in the middle of the run ends
// the run by stop.
func (s *session) openJournal(id, out string, restoreCommand func(file string) string, stop context.CancelCauseFunc) error {
	if len(s.keepers) == 0 {
		return nil
	}
	// A run and a verification write to folders beside each other, or one in the other.
	near := filepath.Dir(filepath.Clean(out))
	found, err := restore.FindJournals(out, near)
	if err != nil {
		return err
	}
	for _, path := range s.paths {
		err := restore.CheckFree(found, s.base, path)
		var used *restore.InUseError
		switch {
		case errors.As(err, &used) && used.PID != 0:
			return fmt.Errorf("%w; nothing was sent: two runs at once would spoil each other's verdicts", err)
		case errors.As(err, &used):
			return fmt.Errorf("%w; nothing was sent. If it has ended, restore it with: %s", err, restoreCommand(used.File))
		case err != nil:
			return fmt.Errorf("%w; nothing was sent: it may hold what an earlier run has not restored. Delete it if it does not", err)
		}
	}
	s.journal = restore.NewJournal(out, id, time.Now().UTC().Truncate(time.Millisecond), s.base, near)
	s.restoreCommand = restoreCommand(s.journal.Path())
	for i, k := range s.keepers {
		k.UseJournal(stopping{s.journal.For(s.operations[i]), stop})
	}
	return nil
}

// stopping is a journal whose error ends the run: without it no update is safe.
type stopping struct {
	restore.Recorder
	stop context.CancelCauseFunc
}

func (s stopping) Touch(path string, c restore.Change) error {
	err := s.Recorder.Touch(path, c)
	if err != nil {
		s.stop(fmt.Errorf("the run was ended: %w", err))
	}
	return err
}

// restoreTime is how long restoring may take beyond the retry budget, which each keeper
// has for itself.
const restoreTime = time.Minute

// restore brings the entities to their first state, also when the run was interrupted.
// The last keeper goes first: two pages may speak of one entity, and the first of them
// saw it untouched.
func (s *session) restore(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(s.cfg.Client.RetryBudget, 0)+restoreTime)
	defer cancel()
	var problems []string
	for _, k := range slices.Backward(s.keepers) {
		for _, err := range k.Restore(ctx) {
			var left *restore.StateError
			if errors.As(err, &left) {
				problems = append(problems, left.Lines()...)
				continue
			}
			problems = append(problems, err.Error())
		}
	}
	if s.journal != nil && s.journal.Open() {
		problems = append(problems, fmt.Sprintf("the first state is kept in %s; restore it with: %s", s.journal.Path(), s.restoreCommand))
	}
	return problems
}

// finalState says what state the run has left, where it is not the first one.
func (s *session) finalState() string {
	var moved []string
	for _, k := range s.keepers {
		moved = append(moved, k.Moved()...)
	}
	if len(moved) == 0 {
		return s.cfg.finalState()
	}
	return "the first one, but for what the server moves at each update: " + strings.Join(moved, ", ")
}
