// Package clienttest has servers, transports and a clock for tests of clients.
package clienttest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Seen is a request as a server got it.
type Seen struct {
	Method, URI string
	Header      http.Header
	Body        string
}

// Spy is a server that keeps what it gets and answers with a handler.
type Spy struct {
	*httptest.Server
	mu   sync.Mutex
	reqs []Seen
}

// NewSpy starts a spy; without a handler it answers 200 with nothing.
func NewSpy(t testing.TB, answer http.HandlerFunc) *Spy {
	t.Helper()
	s := &Spy{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading the request: %v", err)
		}
		s.mu.Lock()
		s.reqs = append(s.reqs, Seen{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// Requests gives what came so far.
func (s *Spy) Requests() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.reqs...)
}

// DiscardLog is for a server whose clients break off on purpose.
func DiscardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// Refusing gives the URL of a port that refuses connections, as nobody listens, and that
// no other program can take before the test ends.
func Refusing(t testing.TB) string {
	t.Helper()
	// A bound socket that does not listen refuses connections.
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := at.(*syscall.SockaddrInet4).Port
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// Clock is a time that only sleeping moves.
type Clock struct {
	// Sleeps are the sleeps so far.
	Sleeps []time.Duration

	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that shows a fixed time.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves the time on.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.Sleeps = c.now.Add(d), append(c.Sleeps, d)
	return ctx.Err()
}

// Script is a transport that follows a plan: '.' answers, 'x' refuses
// the connection, 't' times out, '9' answers 429, '1' 401, '3' 403 and '4' 504.
type Script struct {
	Plan string
	// Sent is how many requests came so far.
	Sent int

	mu sync.Mutex
}

// RoundTrip does what the plan says.
func (p *Script) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what := byte('.')
	if p.Sent < len(p.Plan) {
		what = p.Plan[p.Sent]
	}
	p.Sent++
	switch what {
	case 'x':
		return nil, syscall.ECONNREFUSED
	case 't':
		return nil, context.DeadlineExceeded
	}
	status := map[byte]int{'.': 200, '9': 429, '1': 401, '3': 403, '4': 504}[what]
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// Throttling answers the given statuses one after the other, then 200.
func Throttling(header http.Header, statuses ...int) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		i := int(n.Add(1)) - 1
		if i >= len(statuses) {
			_, _ = io.WriteString(w, "done")
			return
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(statuses[i])
		_, _ = io.WriteString(w, "busy")
	}
}

// RoundTrip is a transport made of a function.
type RoundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f RoundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
