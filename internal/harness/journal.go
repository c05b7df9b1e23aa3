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
	"graphpact/internal/shell"
)

// openJournal makes the keepers write to disk what they remember, below the folder for the
// reports. Where a journal names one of the entities already, nothing may start: its run has
// not restored it, or is still at work. An error of the journal in the middle of the run ends
// the run by stop.
func (s *session) openJournal(c *Config, stop context.CancelCauseFunc) error {
	if len(s.keepers) == 0 {
		return nil
	}
	near, err := s.free(c)
	if err != nil {
		return err
	}
	s.journal = restore.NewJournal(c.Out, c.ID, time.Now().UTC().Truncate(time.Millisecond), s.base, near)
	s.restoreCommand = c.RestoreCommand(s.journal.Path())
	if key, err := restore.MakeKey(c.StateDir); err == nil {
		s.journal.UseKey(key)
	} else { // a restore will take it only of the target that is named
		s.restoreCommand += " --endpoint " + shell.Quote(s.base)
	}
	for i, k := range s.keepers {
		k.UseJournal(stopping{s.journal.For(s.operations[i]), stop})
	}
	return nil
}

// free gives an error where a journal holds one of the entities; near is a folder that was
// looked through too.
func (s *session) free(c *Config) (near string, err error) {
	// A run and a verification write to folders beside each other, or one in the other.
	near = filepath.Dir(filepath.Clean(c.Out))
	found, err := restore.FindJournals(c.Out, near)
	if err != nil {
		return near, err
	}
	for _, path := range s.paths {
		err := restore.CheckFree(found, s.base, path)
		var used *restore.InUseError
		switch {
		case errors.As(err, &used) && used.PID != 0:
			return near, fmt.Errorf("%w; nothing was sent: two runs at once would spoil each other's verdicts. Wait for it; where that process is another program by now, restore it with: %s --force", err, c.RestoreCommand(used.File))
		case errors.As(err, &used):
			return near, fmt.Errorf("%w; nothing was sent. If it has ended, restore it with: %s", err, c.RestoreCommand(used.File))
		case err != nil:
			return near, fmt.Errorf("%w; nothing was sent: it may hold what an earlier run has not restored. Delete it if it does not", err)
		}
	}
	return near, nil
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

// restored is what came of restoring: the problems, and those entities of which it is known that
// they do not have their first state, or not known what they hold.
type restored struct {
	problems []string
	left     []*restore.StateError
}

// restore brings the entities to their first state.
// The last keeper goes first: two pages may speak of one entity, and the first of them
// saw it untouched.
func (s *session) restore(ctx context.Context) (out restored) {
	for _, k := range slices.Backward(s.keepers) {
		for _, err := range k.Restore(ctx) {
			var left *restore.StateError
			if errors.As(err, &left) {
				out.left = append(out.left, left)
				out.problems = append(out.problems, left.Lines()...)
				continue
			}
			out.problems = append(out.problems, err.Error())
		}
	}
	if s.journal != nil && s.journal.Open() {
		out.problems = append(out.problems, fmt.Sprintf("the first state is kept in %s; restore it with: %s", s.journal.Path(), s.restoreCommand))
	}
	return out
}

// Free gives an error where a journal holds an entity that the run would change, so that it
// would not start.
func (c *Connection) Free(cfg *RunConfig) error {
	if len(c.keepers) == 0 || cfg.Selection.ReadOnly {
		return nil
	}
	_, err := c.free(&cfg.Config)
	return err
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
