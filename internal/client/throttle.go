package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// maxBackoff bounds the wait where the target does not say how long it wants.
const maxBackoff = 30 * time.Second

const (
	// maxTries is how often a request is sent that gets no answer of the target itself. What
	// comes then each time is the answer.
	maxTries = 3
	// maxUnavailable is how often 503 is waited out for one request, and longUnavailable how long
	// where it does not say when to come back.
	maxUnavailable  = 10
	longUnavailable = 15 * time.Second
	// maxConflicts is how often a conflict is waited out, and conflictPause the first wait;
	// each further one is twice as long.
	maxConflicts  = 3
	conflictPause = 500 * time.Millisecond
	// quick is how soon after another update a conflict may come from that one.
	quick = 10 * time.Second
	// maxVain is how many requests in a row may be tried again in vain, of one method and
	// path or for a conflict. An endpoint that fails on each update is not waited for at each of them.
	maxVain = 3
)

// ThrottledError says that the target went on answering 429 or 503 until the retry
// budget was used up. That says nothing about the target: nothing could be judged.
type ThrottledError struct {
	Method, URL string
	Status      int
	// Wait is what the target asked for last, more than was left of the Budget. Tries is set where
	// it was not the budget: the server was unavailable so often.
	Wait, Budget time.Duration
	Tries        int
}

func (e *ThrottledError) Error() string {
	if e.Tries > 0 {
		return fmt.Sprintf("%s %s: %d %s at each of %d tries: it is down rather than busy; try again later",
			e.Method, e.URL, e.Status, http.StatusText(e.Status), e.Tries)
	}
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
	// vain counts the requests in a row that were tried again in vain, by what for: the method
	// and the path, or a conflict there.
	vain map[string]int
}

// hope reports whether to try a request again for the reason.
func (b *budget) hope(reason string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.vain[reason] < maxVain
}

// outcome takes the end of a request: inVain where each try of it failed.
func (b *budget) outcome(reason string, inVain bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if inVain {
		b.vain[reason]++
	} else {
		b.vain[reason] = 0
	}
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

// meter counts the waits. A client and those made from it share one.
type meter struct {
	throttled    atomic.Int64
	answered     atomic.Int64
	waited, held atomic.Int64 // nanoseconds
}

// Throttled counts the answers 429 and 503 so far.
func (c *Client) Throttled() int { return int(c.meter.throttled.Load()) }

// Throttling reports all waiting so far, that of clients with a budget of their own too;
// nil where there was none and no rate is set.
func (c *Client) Throttling() *result.Throttling {
	waited, held := time.Duration(c.meter.waited.Load()), time.Duration(c.meter.held.Load())
	if waited == 0 && c.cfg.Rate == 0 {
		return nil
	}
	return &result.Throttling{
		WaitedMS: milliseconds(waited), BudgetMS: milliseconds(max(c.cfg.RetryBudget, 0)),
		Rate: c.cfg.Rate, HeldMS: milliseconds(held),
	}
}

// hold waits for the request's turn under the client's own rate.
func (c *Client) hold(ctx context.Context) error {
	if c.limiter == nil {
		return nil
	}
	turn := c.limiter.Reserve()
	d := turn.Delay()
	if d == 0 {
		return nil
	}
	c.meter.held.Add(int64(d))
	if err := transport.Sleep(ctx, d); err != nil {
		turn.Cancel()
		return err
	}
	return nil
}

// again reports whether to send the request once more, and has waited then. It keeps the
// answer, or the closed connection, as a retry. Where there is no more waiting for 429 and
// 503, it sets Err.
//
// A request is sent again as it is, also a PATCH that may have been applied in spite of its
// answer: PATCH merges (OData 4.01 Protocol 11.4.3), so the same body once more leads to
// the same state. Only If-Match can tell the two sends apart; who asks with one looks at
// Exchange.Retries.
func (c *Client) again(ctx context.Context, r Request, ex *Exchange) bool {
	reason := r.Method + " " + r.Path
	switch {
	case ex.Err == nil && throttled(ex.Status):
		c.meter.throttled.Add(1)
		wait := retryDelay(ex.Header, c.cfg.Now(), ex.Attempts)
		if ex.unavailable() || !c.budget.take(wait) {
			slow := &ThrottledError{Method: ex.Method, URL: c.Mask(ex.URL), Status: ex.Status, Wait: wait, Budget: max(c.cfg.RetryBudget, 0)}
			if ex.unavailable() {
				slow.Tries = ex.Attempts
			}
			ex.Err = slow
			return false
		}
		return c.wait(ctx, ex, wait)
	case ex.interrupted():
		tried := ex.retried(0, http.StatusBadGateway, http.StatusGatewayTimeout)
		wait := retryDelay(ex.Header, c.cfg.Now(), tried+1)
		if repeatable(r.Method) && tried < maxTries-1 && c.budget.hope(reason) && c.budget.take(wait) {
			return c.wait(ctx, ex, wait)
		}
		c.budget.outcome(reason, true)
		return false
	case ex.Err != nil:
		return false
	}
	c.budget.outcome(reason, false)
	tried := ex.retried(http.StatusConflict, http.StatusLocked)
	switch conflict := "conflict " + r.Path; {
	case ex.Status != http.StatusConflict && ex.Status != http.StatusLocked:
		if tried > 0 {
			c.budget.outcome(conflict, false)
		}
		return c.withTag(ctx, r, ex)
	case !c.quickUpdate(r):
		return false
	case tried < maxConflicts && c.budget.hope(conflict) && c.budget.take(conflictPause<<tried):
		return c.wait(ctx, ex, conflictPause<<tried)
	default:
		c.budget.outcome(conflict, true)
		return false
	}
}

// unavailable reports whether 503 has come to a request so often, or without a word on when to come
// back for so long, that the server is down rather than busy.
func (ex *Exchange) unavailable() bool {
	if ex.Status != http.StatusServiceUnavailable {
		return false
	}
	n, waited := 0, time.Duration(0)
	for _, r := range ex.Retries {
		if r.Status == http.StatusServiceUnavailable {
			n, waited = n+1, waited+r.Wait
		}
	}
	return n >= maxUnavailable || n > 0 && waited >= longUnavailable && askedFor(ex.Header, time.Time{}) == 0
}

// interrupted reports whether something between the target and the client spoke in its
// place: a gateway (RFC 9110 15.6.3, 15.6.5), or a connection that ended.
func (ex *Exchange) interrupted() bool {
	if send, ok := errors.AsType[*SendError](ex.Err); ok {
		return send.Cause == CauseCut
	}
	return ex.Err == nil && (ex.Status == http.StatusBadGateway || ex.Status == http.StatusGatewayTimeout)
}

// repeatable reports whether a request of the method may be sent twice: it changes nothing,
// or twice to the same state as once.
func repeatable(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPatch}, method)
}

// retried counts the retries after one of the statuses.
func (ex *Exchange) retried(statuses ...int) (n int) {
	for _, r := range ex.Retries {
		if slices.Contains(statuses, r.Status) {
			n++
		}
	}
	return n
}

// quickUpdate reports whether the request is an update soon after another one of the same
// entity, whose work the target may not have finished.
func (c *Client) quickUpdate(r Request) bool {
	if r.Method != http.MethodPatch {
		return false
	}
	c.known.mu.Lock()
	defer c.known.mu.Unlock()
	last := c.known.entity(r.Path).updated
	return !last.IsZero() && c.cfg.Now().Sub(last) < quick
}

// wait waits before the request is sent again, and keeps the reason. It reports whether the
// wait came to its end.
func (c *Client) wait(ctx context.Context, ex *Exchange, d time.Duration) bool {
	why := Retry{Status: ex.status()}
	from := c.cfg.Now()
	err := c.cfg.Sleep(ctx, d)
	why.Wait = c.cfg.Now().Sub(from)
	if throttled(ex.Status) && ex.Err == nil {
		c.meter.waited.Add(int64(why.Wait))
	}
	if err != nil {
		ex.Err = c.sendError(ctx, ex, err)
		return false
	}
	ex.Retries = append(ex.Retries, why)
	return true
}

// status is that of a complete answer, 0 for a connection that was cut.
func (ex *Exchange) status() int {
	if ex.Err != nil {
		return 0
	}
	return ex.Status
}

// retryDelay is the wait before the next send: what the answer asks for, otherwise 1s,
// doubled with each attempt. An answer that asks for nothing counts as silent, or a
// target could keep the client busy for ever without using up the budget.
func retryDelay(h http.Header, now time.Time, attempts int) time.Duration {
	if d := askedFor(h, now); d > 0 {
		return d
	}
	return min(time.Second<<min(attempts-1, 10), maxBackoff)
}

// askedFor reads how long the target wants the client to wait, 0 where it does not say
// so in a readable form: Retry-After as Graph sends it, else the milliseconds of
// services of Azure, else the end of the window in which the limit was reached (both
// documented by Microsoft, for Cosmos DB and for SharePoint behind Graph).
func askedFor(h http.Header, now time.Time) time.Duration {
	if d := retryAfter(h, now); d > 0 {
		return d
	}
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if d := count(h.Get(name), time.Millisecond); d > 0 {
			return d
		}
	}
	return count(h.Get("RateLimit-Reset"), time.Second)
}

// retryAfter reads Retry-After (RFC 9110 10.2.3), in seconds or as a date; 0 where it
// is absent or unreadable, or the date is not ahead.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if d := count(v, time.Second); d > 0 {
		return d
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	// The target's own clock made the date, so it is the one to compare with.
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(at.Sub(now), 0)
}

// count reads a number of units without a sign, 0 where it is none. What is too much
// for a time.Duration is the longest one.
func count(digits string, unit time.Duration) time.Duration {
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(min(n, uint64(math.MaxInt64/unit))) * unit
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
