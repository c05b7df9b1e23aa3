package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"graphpact/internal/client/clienttest"
)

func TestDoGivesUp(t *testing.T) {
	t.Parallel()
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
			p := &clienttest.Script{Plan: tc.script}
			clock := clienttest.NewClock()
			c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, GiveUp: tc.giveUp, Sleep: clock.Sleep, Now: clock.Now})
			var last *Exchange
			for range 20 {
				last = c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
			}
			var given *GivenUpError
			if p.Sent != tc.sent || errors.As(last.Err, &given) != (tc.text != "") || errors.As(c.GivenUp(), &given) != (tc.text != "") {
				t.Fatalf("%d sent, want %d; %v; given up: %v", p.Sent, tc.sent, last.Err, c.GivenUp())
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
	t.Parallel()
	p := &clienttest.Script{Plan: "xx"}
	c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, GiveUp: 3})
	c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
	c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	p.Plan = "xxxx"
	c.Do(gone, Request{Method: "GET", Path: "/a"})
	c.Do(t.Context(), Request{Method: "GET", Path: "no slash"})
	if err := c.GivenUp(); err != nil {
		t.Error(err)
	}
}

func TestDoGivesUpAcrossGoroutines(t *testing.T) {
	t.Parallel()
	p := &clienttest.Script{Plan: strings.Repeat("x", 1000)}
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
	if p.Sent < 5 || p.Sent > 5+7 {
		t.Errorf("%d requests were sent", p.Sent)
	}
}

// TestDoEndsOnSwitchingProtocols: net/http hands over the connection behind a 101, and
// no time limit ends the reading of it.
func TestDoEndsOnSwitchingProtocols(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
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
	c := newClient(t, Config{BaseURL: srv.URL, Timeout: time.Minute})
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
