package steps

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/result"
)

// ended ends the scenario where the run has ended for all: the endpoint gave good answers before
// and does so no more. The run says why, once.
func (w *world) ended() error {
	why := w.live.Ended()
	if why == nil {
		return nil
	}
	w.notPlayed = true
	if errors.As(why, new(*LockedOutError)) {
		return w.skip("not played: the run was ended before (see its problems)")
	}
	return w.skip("not played: the endpoint was given up (see the problems of the run)")
}

// Ended says why the rest of the scenarios were not played, nil where all were.
func (l *Live) Ended() error {
	if l.Before != nil {
		return l.Before
	}
	if l.settling == nil {
		return nil
	}
	l.settling.mu.Lock()
	defer l.settling.mu.Unlock()
	if l.settling.end != nil {
		return l.settling.end
	}
	return l.Client.GivenUp()
}

// LockedOutError says that the endpoint answers 401 or 403 to a caller that it let in before.
type LockedOutError struct {
	URL string
	// Answer is the status, as "401 Unauthorized".
	Answer string
}

func (e *LockedOutError) Error() string {
	return "the run was ended: GET " + e.URL + " answers " + e.Answer + ", and it let the caller in before. Is the token still valid, and is the account still enabled?"
}

// EndedError says that a run was ended since the endpoint gave no good answer any more.
type EndedError struct {
	// Key is the requirement in whose scenario that showed.
	Key string
	// Gone says how, and Answered how many good answers there were before.
	Gone     *client.GoneError
	Answered int
}

func (e *EndedError) Error() string { return "the run was ended, in " + e.Key + ": " + e.Gone.Error() }

// Unwrap gives what is wrong; for 401 and 403 that is a *LockedOutError too.
func (e *EndedError) Unwrap() []error {
	if e.Gone.Cause == client.GoneLockedOut {
		return []error{e.Gone, &LockedOutError{URL: strings.TrimPrefix(e.Gone.Line, e.Gone.Last.Method+" "), Answer: e.Gone.Text}}
	}
	return []error{e.Gone}
}

// endsRun reports whether the scenario did not come to its end since the endpoint is gone, which
// ends the run for all. What the endpoint itself has answered wrongly stays a failure.
func (w *world) endsRun(ctx context.Context, r *result.Requirement) bool {
	if r.Verdict == result.Pass || r.Verdict == result.Skip || ctx.Err() != nil || w.subject == nil {
		return false
	}
	givesUp := w.live.Client.GivesUp()
	silent := func(x *client.Exchange) bool { return givesUp && x.Unanswered() || x.LockedOut() }
	unanswered := false
	for _, x := range w.exchanges {
		unanswered = unanswered || silent(x.Exchange)
	}
	for _, c := range r.Checks {
		if c.Verdict == result.Fail && c.Exchange > 0 && !silent(w.exchanges[c.Exchange-1].Exchange) {
			return false
		}
	}
	return unanswered && w.live.gone(ctx, w.c.Key(), w.subject.Path)
}

// gone looks whether the endpoint is there, and ends the run where it is not. Scenarios that are
// played at the same time wait for one look.
func (l *Live) gone(ctx context.Context, key, path string) bool {
	s := l.settling
	s.look.Lock()
	defer s.look.Unlock()
	if l.ended() {
		return true
	}
	look := client.Request{Purpose: "see whether the endpoint is there", Method: http.MethodGet, Path: path}
	if l.NoGet {
		look.Method = http.MethodHead
	}
	answered := l.Client.Answered()
	gone := l.Client.Gone(ctx, look)
	if gone == nil || gone.Cause == client.GoneLockedOut && !l.admitted() || answered == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = &EndedError{Key: key, Gone: gone, Answered: answered}
	return true
}

// ended reports whether a scenario has ended the run.
func (l *Live) ended() bool {
	l.settling.mu.Lock()
	defer l.settling.mu.Unlock()
	return l.settling.end != nil
}

// admitted reports whether the endpoint has let the caller in.
func (l *Live) admitted() bool { return l.Authenticated && (l.Admitted || l.Probe != nil) }

// unplayed makes the requirement one that was not played to its end, for a reason where it has none:
// nothing of it is a verdict.
func unplayed(r *result.Requirement, reason string) {
	if r.Verdict != result.Skip {
		r.Reason = reason
	}
	r.Verdict, r.NotPlayed = result.Skip, true
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Verdict != result.Pass {
			c.Verdict, c.Class = result.Skip, ""
		}
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Verdict != result.Pass {
			s.Verdict = result.Skip
		}
	}
}
