package main

import (
	"errors"
	"fmt"
	"syscall"
)

// The exit codes of graphpact.
const (
	exitConformant    = 0   // what was asked for is so
	exitNotConformant = 1   // a MUST failed, a requirement could not be judged, or schemas drifted
	exitUsage         = 2   // wrong usage or configuration; no Pact could be written
	exitTarget        = 3   // the target is not reachable, or lets nobody in
	exitNothingRan    = 4   // a filter matched nothing, there is no scenario, or the answer was no
	exitInterrupted   = 130 // SIGINT or SIGTERM
)

const exitCodesHelp = `Exit codes:
  0    conformant: every MUST that could be tested holds
  1    not conformant: a MUST failed, or a requirement could not be judged
  2    wrong usage or configuration, or the Pact could not be written
  3    the target is not reachable or not authenticated, or the entity is missing
  4    nothing ran: a filter matched nothing, there is no scenario, or the question
       before the first write was not answered with yes
  130  interrupted; what had run is reported, and the entity's state is put back`

// exitError is an error with an exit code of its own; any other error is one of
// usage or configuration.
type exitError struct {
	code int
	err  error // nil where everything has been said already
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// exit prints the error, if there is one to print, and gives the exit code.
func (a *app) exit(err error) int {
	if err == nil {
		return exitConformant
	}
	var coded *exitError
	if !errors.As(err, &coded) {
		coded = &exitError{code: exitUsage, err: err}
	}
	if coded.err != nil && !errors.Is(coded.err, syscall.EPIPE) {
		fmt.Fprintf(a.stderr, "graphpact: %v\n", coded.err)
	}
	return coded.code
}
