package target

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxBackoff bounds the wait where the target does not say how long it wants.
const maxBackoff = 30 * time.Second

// ThrottledError says that the target went on answering 429 or 503 until the retry
// budget was used up. It is no verdict on the target: nothing could be judged.
type ThrottledError struct {
	Method, URL string
	Status      int
	// Wait is what the target asked for last, more than was left of the Budget.
	Wait, Budget time.Duration
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("%s %s: throttled: %d %s asks for %s more than the waiting budget of %s has left; try again later, or with less in parallel",
		e.Method, e.URL, e.Status, http.StatusText(e.Status), e.Wait, e.Budget)
}

// throttled reports whether the status asks the client to come back later
// (RFC 6585 4, RFC 9110 15.6.4).
func throttled(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// budget is the time left for waiting, shared by all requests of a client.
type budget struct {
	mu   sync.Mutex
	left time.Duration
}

// take reserves d if there is that much left. Part of a wait would be of no use.
func (b *budget) take(d time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d > b.left {
		return false
	}
	b.left -= d
	return true
}

// retryDelay is the wait before the next send: what Retry-After says, otherwise 1s,
// doubled with each attempt. A Retry-After of nothing counts as absent, or a target
// could keep the client busy for ever without using up the budget.
func retryDelay(h http.Header, now time.Time, attempts int) time.Duration {
	if d := retryAfter(h, now); d > 0 {
		return d
	}
	return min(time.Second<<min(attempts-1, 10), maxBackoff)
}

// retryAfter reads Retry-After (RFC 9110 10.2.3), 0 where it is absent or unreadable.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(v, 10, 64); err == nil {
		return time.Duration(min(seconds, math.MaxInt64/uint64(time.Second))) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	// The target's own clock made the date, so it is the one to compare with.
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return at.Sub(now)
}
