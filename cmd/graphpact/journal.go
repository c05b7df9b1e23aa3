package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/restore"
	"graphpact/internal/shell"
	"graphpact/internal/transport"
)

// openJournal makes the keepers of the endpoint's entities keep on disk what they
// remember, below out. Where a journal speaks of one of the entities already, nothing may
// start: its run has not put it back, or is still at work. An error of the journal in the
// middle of the run ends the run by stop.
func (t *endpoint) openJournal(f *targetFlags, ops []*contract.Operation, out string, stop context.CancelCauseFunc) error {
	// A run and a verification write to folders beside each other, or one in the other.
	near := filepath.Dir(filepath.Clean(out))
	found, err := restore.FindJournals(out, near)
	if err != nil {
		return err
	}
	for _, path := range t.paths {
		err := restore.CheckFree(found, t.base, path)
		var used *restore.InUseError
		switch {
		case errors.As(err, &used) && used.PID != 0:
			return fmt.Errorf("%w; nothing was sent: two runs at once would spoil each other's verdicts", err)
		case errors.As(err, &used):
			return fmt.Errorf("%w; nothing was sent. If it has ended, put the state back with: %s", err, t.restoreCommand(f, used.File))
		case err != nil:
			return fmt.Errorf("%w; nothing was sent: it may hold what an earlier run has not put back. Delete it if it does not", err)
		}
	}
	t.journal = restore.NewJournal(out, f.runID, time.Now().UTC().Truncate(time.Millisecond), t.base, near)
	t.restore = t.restoreCommand(f, t.journal.Path())
	for i, k := range t.keepers {
		k.UseJournal(stopping{t.journal.For(ops[i]), stop})
	}
	return nil
}

// stopping is a journal whose error ends the run: without it no update is safe.
type stopping struct {
	restore.Recorder
	stop context.CancelCauseFunc
}

func (s stopping) Touch(path string, first map[string]any, names []string) error {
	err := s.Recorder.Touch(path, first, names)
	if err != nil {
		s.stop(fmt.Errorf("the run was ended: %w", err))
	}
	return err
}

// restoreCommand puts back what the journal file holds.
func (t *endpoint) restoreCommand(f *targetFlags, file string) string {
	line := newCommandLine("graphpact restore")
	if transport.Foreign(t.base) {
		var host *transport.HostError
		if errors.As(transport.Hosts{}.Check(t.base), &host) {
			line.add("allow-host", host.Host)
		}
	}
	f.reach(line)
	return line.String() + " " + shell.Quote(file)
}

// leftBehind says what to do with a journal that is still needed.
func (t *endpoint) leftBehind() []string {
	if t.journal == nil || !t.journal.Open() {
		return nil
	}
	return []string{fmt.Sprintf("the first state is kept in %s; put it back with: %s", t.journal.Path(), t.restore)}
}
