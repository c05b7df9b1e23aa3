package client

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// GoneCause says in a word why a target that gave good answers gives none any more.
type GoneCause string

// The causes.
const (
	// GoneSilent: no complete answer comes.
	GoneSilent GoneCause = "no answer"
	// GoneGateway: a gateway answers in its place, or all requests are put off.
	GoneGateway GoneCause = "gateway"
	// GoneLockedOut: 401 or 403, with a token that was good before.
	GoneLockedOut GoneCause = "locked out"
	// GoneCredential: no token can be got any more.
	GoneCredential GoneCause = "no token"
)

// GoneError says that the target gave good answers and gives none any more.
type GoneError struct {
	Cause GoneCause
	// Last is the request that showed it.
	Last *Exchange
	// Line is that request as "GET https://…", and Text what came of it, both without secrets.
	Line, Text string
	// Err is the error of the request, nil where it was answered.
	Err error
}

func (e *GoneError) Error() string { return e.Line + ": " + e.Text }

// Unwrap gives the error of the request.
func (e *GoneError) Unwrap() error { return e.Err }

// Unanswered reports whether the exchange has no answer of the target itself: none came, it was
// put off to the end of the retry budget, or a gateway spoke in its place (RFC 9110 15.6.3 to
// 15.6.5). An exchange that was not sent for a fault of the request, or was stopped, is none.
func (ex *Exchange) Unanswered() bool {
	var send *SendError
	switch {
	case errors.As(ex.Err, &send):
		return send.Cause != CauseRequest && send.Cause != CauseCancelled
	case ex.Err != nil:
		return errors.As(ex.Err, new(*ThrottledError)) || errors.As(ex.Err, new(*GivenUpError))
	}
	return ex.Status == http.StatusBadGateway || ex.Status == http.StatusServiceUnavailable || ex.Status == http.StatusGatewayTimeout
}

// LockedOut reports whether the answer refuses the client's own token.
func (ex *Exchange) LockedOut() bool {
	return ex.Err == nil && (ex.Status == http.StatusUnauthorized || ex.Status == http.StatusForbidden) && ex.Auth == AuthToken && ex.TokenSent
}

// Answered counts the good answers of the target so far: all but those of servers in its place,
// errors of its own, and 401 and 403 to the client's token.
func (c *Client) Answered() int { return int(c.meter.answered.Load()) }

// The pause before the first look at a target that may be gone; each further one is twice as
// long, up to the other.
const lookPause, maxLookPause = 500 * time.Millisecond, 2 * time.Second

// lockedLooks is how often in a row 401 or 403 locks the client out.
const lockedLooks = 2

// GivesUp reports whether the client gives a target up (Config.GiveUp).
func (c *Client) GivesUp() bool { return c.cfg.GiveUp > 0 }

// Gone looks whether the target is there, after a request that got no good answer: by the request
// r, a harmless one, once for each request without an answer after which the client gives up. The
// first good answer ends it, with nil. A client that never gives up ends it for 401 and 403 alone.
func (c *Client) Gone(ctx context.Context, r Request) *GoneError {
	pause := lookPause
	var gone *GoneError
	once := *c // the pauses between the looks are all the waiting there is
	once.budget = &budget{vain: map[string]int{}}
	for locked, looks := 0, 0; looks < max(c.cfg.GiveUp, lockedLooks); looks++ {
		if looks > 0 && c.cfg.Sleep(ctx, pause) != nil {
			return nil //nolint:nilerr // the caller was stopped, which says nothing of the target
		}
		ex := once.Do(ctx, r)
		gone = c.gone(ex)
		if gone == nil || ctx.Err() != nil {
			return nil //nolint:nilerr // as before
		}
		if gone.Cause == GoneLockedOut {
			locked++
		}
		if gone.Cause != GoneLockedOut && !c.GivesUp() {
			return nil
		}
		if locked == lockedLooks || gone.Cause == GoneCredential || c.GivenUp() != nil {
			break
		}
		pause = min(2*pause, maxLookPause)
	}
	return gone
}

// gone is what one look shows, nil for a good answer.
func (c *Client) gone(ex *Exchange) *GoneError {
	e := &GoneError{Last: ex, Line: c.Line(ex.Method+" "+ex.URL, urlShown), Err: ex.Err}
	var send *SendError
	var given *GivenUpError
	switch {
	case ex.LockedOut():
		e.Cause, e.Text = GoneLockedOut, StatusLine(ex.Status)
	case !ex.Unanswered():
		return nil
	case errors.As(ex.Err, &given) && errors.As(given.Last, &send), errors.As(ex.Err, &send):
		e.Cause, e.Text = GoneSilent, send.Text+" ("+send.Hint()+")"
		if send.Cause == CauseCredential {
			e.Cause, e.Text = GoneCredential, send.Text
		}
	case ex.Status == 0: // it was never asked
		e.Cause, e.Text = GoneSilent, c.Line(strings.TrimPrefix(ex.Err.Error(), e.Line+": "), errorLimit)
	default:
		e.Cause, e.Text = GoneGateway, StatusLine(ex.Status)
	}
	return e
}

// countAnswer counts a good answer.
func (c *Client) countAnswer(ex *Exchange) {
	if ex.Err == nil && ex.Status < http.StatusInternalServerError && !ex.LockedOut() {
		c.meter.answered.Add(1)
	}
}

// StatusLine is a status with its text, as "502 Bad Gateway"; without one the number alone.
func StatusLine(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
