package target

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// plays answers with a round tripper that follows a script: '.' answers, 'x' refuses
// the connection, 't' times out, 'c' is a caller who goes away, '9' answers 429.
type plays struct {
	mu     sync.Mutex
	script string
	sent   int
}

func (p *plays) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what := byte('.')
	if p.sent < len(p.script) {
		what = p.script[p.sent]
	}
	p.sent++
	switch what {
	case 'x':
		return nil, syscall.ECONNREFUSED
	case 't':
		return nil, context.DeadlineExceeded
	}
	status := 200
	if what == '9' {
		status = 429
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func TestDoGivesUp(t *testing.T) {
	for name, tc := range map[string]struct {
		giveUp int
		script string
		sent   int // of 20 requests
		text   string
	}{
		"a row of failures":         {3, "xxx", 3, "GET https://graph.example/a: not sent: the endpoint has not answered 3 requests in a row; given up: GET https://graph.example/a: connection refused"},
		"a row after a good start":  {3, "..x.xx.xtx", 10, "has not answered 3 requests in a row"},
		"an answer breaks the row":  {3, "xx.xx.xx.xx", 20, ""},
		"429 is an answer":          {3, "xx9.xx", 21, ""},
		"timeouts in all":           {3, "t.t.t.t.t.t", 11, "has let 6 requests of the run time out; given up: GET https://graph.example/a: timeout"},
		"refusals do not add up":    {3, "x.x.x.x.x.x.x.x.x.x", 20, ""},
		"never":                     {-1, "xxxxxxxxxxxxxxxxxxxxxxxxxtttttttttttttttttttt", 20, ""},
		"five is the default":       {0, "xxxxx", 5, "has not answered 5 requests in a row"},
		"one more is not enough":    {0, "xxxx.xxxx", 20, ""},
		"ten timeouts, the default": {0, "t.t.t.t.t.t.t.t.t.t.", 19, "has let 10 requests of the run time out"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &plays{script: tc.script}
			clock := newClock()
			c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, GiveUp: tc.giveUp, Sleep: clock.Sleep, Now: clock.Now})
			var last *Exchange
			for range 20 {
				last = c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
			}
			var given *GivenUpError
			if p.sent != tc.sent || errors.As(last.Err, &given) != (tc.text != "") || errors.As(c.GivenUp(), &given) != (tc.text != "") {
				t.Fatalf("%d sent, want %d; %v; given up: %v", p.sent, tc.sent, last.Err, c.GivenUp())
			}
			if tc.text == "" {
				return
			}
			if !strings.Contains(last.Err.Error(), tc.text) || last.Attempts != 0 || last.Status != 0 {
				t.Errorf("%v lacks %q, after %d attempts", last.Err, tc.text, last.Attempts)
			}
			if !strings.HasPrefix(c.GivenUp().Error(), "the endpoint has ") {
				t.Errorf("%v", c.GivenUp())
			}
		})
	}
}

func TestCancelledRequestsAreNotHeldAgainstTheTarget(t *testing.T) {
	p := &plays{script: "xx"}
	c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, GiveUp: 3})
	c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
	c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	p.script = "xxxx"
	c.Do(gone, Request{Method: "GET", Path: "/a"})
	c.Do(t.Context(), Request{Method: "GET", Path: "no slash"})
	if err := c.GivenUp(); err != nil {
		t.Error(err)
	}
}

func TestDoGivesUpAcrossGoroutines(t *testing.T) {
	p := &plays{script: strings.Repeat("x", 1000)}
	c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, GiveUp: 5})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
			}
		})
	}
	wg.Wait()
	// Those that were under way when the row was full may end.
	if p.sent < 5 || p.sent > 5+7 {
		t.Errorf("%d requests were sent", p.sent)
	}
}

// TestKeeperHasAPatienceOfItsOwn: a client that gave up must not stand in the way of
// putting back, and a keeper must not try for ever.
func TestKeeperHasAPatienceOfItsOwn(t *testing.T) {
	p := &plays{script: "xxxxx"}
	clock := newClock()
	c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, Sleep: clock.Sleep, Now: clock.Now})
	k := NewKeeper(c, restoreAll)
	k.Remember("/a", map[string]any{})
	for range 9 {
		c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
	}
	if errs := k.PutBack(t.Context()); errs != nil || p.sent != 6 {
		t.Errorf("%v, %d sent", errs, p.sent)
	}

	p.script, p.sent = strings.Repeat("x", 1000), 0
	for _, path := range []string{"/b", "/c", "/d", "/e", "/f", "/g"} {
		k.Remember(path, map[string]any{"a": "1"})
	}
	errs := k.PutBack(t.Context())
	if len(errs) != 7 || p.sent != 5 || !strings.Contains(errs[6].Error(), "given up") {
		t.Errorf("%d errors, %d sent: %v", len(errs), p.sent, errs)
	}
}

// TestKeeperPutsBackBlindly: where a GET tells nothing, what the run touched is set all
// the same, and that nobody could look is said.
func TestKeeperPutsBackBlindly(t *testing.T) {
	s := &store{
		entities: map[string]map[string]any{"/a": {"status": "changed", "other": "theirs"}},
		refuse: func(method, _ string) int {
			if method == "GET" {
				return 500
			}
			return 0
		},
	}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, Config{BaseURL: srv.URL, Sleep: newClock().Sleep}), restoreAll)
	k.Remember("/a", map[string]any{"status": "first", "other": "first"})
	if err := k.Touched("/a", "status"); err != nil {
		t.Fatal(err)
	}
	errs := k.PutBack(t.Context())
	if len(errs) != 1 || strings.Count(errs[0].Error(), "GET answers 500") != 1 {
		t.Errorf("%v", errs)
	}
	if got := s.entities["/a"]; got["status"] != "first" || got["other"] != "theirs" {
		t.Errorf("the entity holds %v", got)
	}
}

// TestDoEndsOnSwitchingProtocols: net/http hands over the connection behind a 101, and
// no time limit ends the reading of it.
func TestDoEndsOnSwitchingProtocols(t *testing.T) {
	release := make(chan struct{})
	srv := newSpy(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		<-release
	})
	defer close(release)
	c := newClient(t, Config{BaseURL: srv.URL, Timeout: 200 * time.Millisecond})
	done := make(chan *Exchange, 1)
	go func() { done <- c.Do(t.Context(), Request{Method: "GET", Path: "/"}) }()
	select {
	case ex := <-done:
		if ex.Err != nil || ex.Status != 101 || len(ex.Body) != 0 {
			t.Errorf("%+v", ex)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the client still reads")
	}
}
