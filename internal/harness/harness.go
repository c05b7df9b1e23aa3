// Package harness puts one run together: it connects to the target, checks that it is
// there, plays the scenarios or the interactions of pacts, restores what they changed, and
// writes the reports. Commands configure it by plain structs. It reads no flag and no
// environment, and prints nothing: an Observer is told what happens.
package harness

import (
	"context"
	"errors"
	"time"

	"graphpact/internal/pact"
	"graphpact/internal/report"
	"graphpact/internal/result"
	"graphpact/internal/tracing"
	"graphpact/internal/waiver"
)

// Config is what every run has, whatever it plays.
type Config struct {
	// ID is a GUID: the client-request-id of each request begins with it.
	ID   string
	Tool result.Tool
	// Target is what is under test.
	Target Target
	// Out is the folder for the reports and the journal.
	Out string
	// Formats are the formats of the reports; none means all.
	Formats []report.Format
	// MaxTime ends the run in order; 0 means no limit. The time that a user takes to
	// answer a question does not count.
	MaxTime time.Duration
	// Wait is how long to wait until the target takes connections; 0 means not at all.
	Wait time.Duration
	// Waivers are the failures that are known and accepted.
	Waivers waiver.List
	// Settings are the settings in force, as the report shows them.
	Settings map[string]string
	// StateDir is the user's own folder, which has the key that signs journals; "" for none.
	StateDir string
	// Command is how the run was started, nil where it cannot be started again.
	Command *result.Command
	// HAR is the file for a recording of all exchanges with the target; empty for none.
	HAR string
	// Tracer makes spans of the run, nil for none.
	Tracer *tracing.Tracer
	// RestoreCommand is the command that restores what a journal file holds.
	RestoreCommand func(file string) string
	// PactHelper says where the Pact helper and its library are.
	PactHelper pact.Installation
	// Observer is told how the run goes.
	Observer Observer
}

// Observer is told how a run goes. A function that is nil is passed over.
type Observer struct {
	// Consent decides whether the run may write to another machine. It is called once,
	// before the first write; its error ends the run.
	Consent func(ctx context.Context, plan *WritePlan) error
	// Start is called before the first scenario, with what is known by then.
	Start func(*result.Run)
	// Requirement is called for each requirement, in the order of the report.
	Requirement func(result.Requirement)
}

// Result is a run that has ended.
type Result struct {
	*result.Run
	// Files are the reports that were written, and the pact.
	Files []string
}

// Kind says what an error means for whoever started the run.
type Kind int

// The kinds of an Error. Any other error is one of usage or configuration.
const (
	Usage         Kind = iota // wrong usage or configuration
	NotConformant             // a MUST failed, a requirement could not be judged, or the run took too long
	TargetFailed              // the target is not reachable, or lets nobody in
	NothingRan                // nothing was selected or no update could be tested, or the answer was no
	Interrupted               // the context ended
)

// Error is an error that has a kind.
type Error struct {
	Kind Kind
	Err  error // nil where a report or the terminal has said it
}

func (e *Error) Error() string {
	if e.Err == nil {
		return [...]string{"wrong usage", "not conformant", "the target failed", "nothing ran", "interrupted"}[e.Kind]
	}
	return e.Err.Error()
}

// Unwrap gives the error itself.
func (e *Error) Unwrap() error { return e.Err }

func errInterrupted() error { return &Error{Interrupted, errors.New("interrupted")} }

// Verdict gives the error that a run ends with, nil where nothing is wrong (result.Run.Clean):
// the target is conformant, or it was narrowed on purpose and that part holds. What is worst
// wins. other is what went wrong beside the run, as a report that could not be
// written.
func (r *Result) Verdict(other error) error {
	t := r.Totals
	switch {
	case r.Interrupted && r.StoppedBy == "":
		return errInterrupted()
	case r.Interrupted, t.Fail > 0 || t.Flaky > 0 || t.Error > 0 || len(r.Problems) > 0:
		return &Error{NotConformant, other}
	case other != nil:
		return other
	case r.Pact != nil && r.Pact.Error != "":
		return &Error{Usage, nil} // the report has said why
	case r.TestedNothing():
		return &Error{NothingRan, errors.New("nothing could be tested on this target; every requirement was skipped")}
	case len(r.WithoutUpdate()) > 0:
		return &Error{NothingRan, nil} // the report has said which page
	}
	return nil
}
