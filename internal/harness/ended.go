package harness

import (
	"errors"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/result"
	"graphpact/steps"
)

// split takes the errors of what was played apart: why the target is gone, nil where it is not,
// behind what else went wrong.
func split(err error) (others []error, gone error) {
	switch e := err.(type) { //nolint:errorlint // a joined error is taken apart here
	case nil:
		return nil, nil
	case *steps.EndedError, *client.GoneError, *client.GivenUpError:
		return nil, err
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			more, why := split(one)
			if why != nil {
				gone = why
			}
			others = append(others, more...)
		}
		return others, gone
	}
	return []error{err}, nil
}

// end says why the run has ended before its last scenario, nil where it has not. follow are the
// problems that follow from that, and those of restoring.
func (s *session) end(gone error, state restored) (ended *result.Ended, follow []string) {
	if gone == nil {
		gone = s.client.GivenUp()
	}
	if gone == nil {
		return nil, state.problems
	}
	follow = append(follow, gone.Error())
	if given := s.client.GivenUp(); given != nil && given.Error() != gone.Error() {
		follow = append(follow, given.Error())
	}
	follow = append(follow, state.problems...)
	ended = &result.Ended{Problems: follow, Answered: s.client.Answered()}
	ended.State, ended.Restore = s.stateLeft(state)
	var how *client.GoneError
	var by *steps.EndedError
	var given *client.GivenUpError
	if errors.As(gone, &by) {
		ended.Requirement, ended.Answered = by.Key, by.Answered
	}
	switch {
	case errors.As(gone, &how):
		ended.Cause, ended.Request, ended.Error = string(how.Cause), how.Line, how.Text
	case errors.As(gone, &given):
		ended.Cause, ended.Error = string(client.GoneSilent), given.Last.Error()
		var send *client.SendError
		if errors.As(given.Last, &send) {
			ended.Request, ended.Error = send.Method+" "+send.URL, send.Text+" ("+send.Hint()+")"
		}
	}
	return ended, follow
}

// stateLeft says what is known of the state of the entities, and how to restore it.
func (s *session) stateLeft(state restored) (text, command string) {
	var changed []string
	differs := false
	for _, left := range state.left {
		changed = append(changed, left.Changed...)
		differs = differs || len(left.Differences) > 0
	}
	kept := s.journal != nil && s.journal.Open()
	switch {
	case len(s.keepers) == 0:
		return s.cfg.finalState(), ""
	case differs:
		text = "The first state is not restored."
	case len(changed) > 0 && kept:
		text = "What the entity holds now is not known: the run may have changed " + strings.Join(changed, ", ") + ", and could not read it again."
	case len(state.problems) > 0 && kept:
		text = "What the entity holds now is not known."
	case len(state.problems) > 0:
		return "The run has changed nothing.", ""
	default:
		return "The entity has its first state.", ""
	}
	if kept {
		command = s.restoreCommand
	}
	return text, command
}
