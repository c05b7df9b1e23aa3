package client

import (
	"errors"
	"fmt"
	"sync"
)

// GivenUpError says that the target went without an answer too often, and that
// nothing is sent to it any more.
type GivenUpError struct {
	Method, URL string
	// Row is how many requests in a row got no complete answer; 0 where it was the
	// timeouts of the whole run that were too many.
	Row int
	// Timeouts is how many requests timed out so far.
	Timeouts int
	// Last is the last one's error; its text holds no secret.
	Last error
}

func (e *GivenUpError) Error() string {
	if e.Method == "" {
		return e.reason()
	}
	return e.Method + " " + e.URL + ": not sent: " + e.reason()
}

func (e *GivenUpError) reason() string {
	what := fmt.Sprintf("the endpoint has not answered %d requests in a row", e.Row)
	if e.Row == 0 {
		what = fmt.Sprintf("the endpoint has let %d requests of the run time out", e.Timeouts)
	}
	return what + "; given up: " + e.Last.Error()
}

// Unwrap gives the last request's error.
func (e *GivenUpError) Unwrap() error { return e.Last }

// breaker gives up on a target that does not answer, so that a run ends in bounded
// time. All requests of a client share one.
type breaker struct {
	// limit is how many requests in a row may go without an answer, and half of how
	// many may time out in all: an endpoint that hangs on each second request would
	// never fill a row. 0 means that nothing is given up.
	limit int

	mu            sync.Mutex
	row, timeouts int
	open          *GivenUpError
}

// err gives the reason why nothing is sent any more, nil where there is none.
func (b *breaker) err() *GivenUpError {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}

// note takes the outcome of one send: nil for a complete answer, whatever its status.
func (b *breaker) note(err error) {
	var send *SendError
	if err != nil && (!errors.As(err, &send) || send.Cause == CauseRequest || send.Cause == CauseCancelled) {
		return // the target did not cause it
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.limit == 0 || b.open != nil:
	case err == nil:
		b.row = 0
	default:
		b.row++
		if send.Cause == CauseTimeout {
			b.timeouts++
		}
		if b.row >= b.limit {
			b.open = &GivenUpError{Row: b.row, Timeouts: b.timeouts, Last: err}
		} else if b.timeouts >= 2*b.limit {
			b.open = &GivenUpError{Timeouts: b.timeouts, Last: err}
		}
	}
}

// GivenUp says why the client sends nothing more, nil where it still does.
func (c *Client) GivenUp() error {
	if open := c.breaker.err(); open != nil {
		return open
	}
	return nil
}
