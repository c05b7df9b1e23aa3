package client

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client/clienttest"
	"graphpact/internal/transport"
)

func TestDoWaitsOutThrottling(t *testing.T) {
	t.Parallel()
	now := clienttest.NewClock().Now()
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for name, tc := range map[string]struct {
		header   http.Header
		statuses []int
		sleeps   []time.Duration
	}{
		"seconds":            {http.Header{"Retry-After": {"7"}}, []int{429, 503}, []time.Duration{7 * time.Second, 7 * time.Second}},
		"date":               {http.Header{"Retry-After": {date(9 * time.Second)}, "Date": {date(0)}}, []int{429}, []time.Duration{9 * time.Second}},
		"date of their own":  {http.Header{"Retry-After": {date(time.Hour + 3*time.Second)}, "Date": {date(time.Hour)}}, []int{503}, []time.Duration{3 * time.Second}},
		"date, no Date":      {http.Header{"Retry-After": {date(5 * time.Second)}, "Date": nil}, []int{503}, []time.Duration{5 * time.Second}},
		"date in the past":   {http.Header{"Retry-After": {date(-time.Hour)}, "Date": {date(0)}}, []int{503}, []time.Duration{time.Second}},
		"none":               {nil, []int{429, 503, 429, 503}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}},
		"zero":               {http.Header{"Retry-After": {"0"}}, []int{429, 429}, []time.Duration{time.Second, 2 * time.Second}},
		"not readable":       {http.Header{"Retry-After": {"soon"}}, []int{429}, []time.Duration{time.Second}},
		"negative":           {http.Header{"Retry-After": {"-5"}}, []int{429}, []time.Duration{time.Second}},
		"nothing to wait on": {nil, nil, nil},
		"milliseconds":       {http.Header{"X-Ms-Retry-After-Ms": {"2500"}}, []int{429}, []time.Duration{2500 * time.Millisecond}},
		"milliseconds too":   {http.Header{"Retry-After-Ms": {"1500"}}, []int{429}, []time.Duration{1500 * time.Millisecond}},
		"end of the window":  {http.Header{"Ratelimit-Reset": {"31"}, "Ratelimit-Remaining": {"0"}}, []int{429}, []time.Duration{31 * time.Second}},
		"seconds come first": {http.Header{"Retry-After": {"3"}, "X-Ms-Retry-After-Ms": {"2500"}, "Ratelimit-Reset": {"31"}}, []int{429}, []time.Duration{3 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := clienttest.NewSpy(t, clienttest.Throttling(tc.header, tc.statuses...))
			clock := clienttest.NewClock()
			c := newClient(t, Config{BaseURL: srv.URL, Sleep: clock.Sleep, Now: clock.Now})
			ex := c.Do(t.Context(), Request{Method: "PATCH", Path: "/a", Body: []byte(`{"a":1}`)})
			if ex.Err != nil || ex.Status != 200 || string(ex.Body) != "done" {
				t.Fatalf("exchange %+v", ex)
			}
			if diff := cmp.Diff(tc.sleeps, clock.Sleeps); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			if n := len(tc.statuses); ex.Attempts != n+1 || c.Throttled() != n {
				t.Errorf("attempts %d, throttled %d; want %d, %d", ex.Attempts, c.Throttled(), n+1, n)
			}
			var waited time.Duration
			for _, d := range tc.sleeps {
				waited += d
			}
			var marked []time.Duration
			for _, r := range ex.Retries {
				marked = append(marked, r.Wait)
			}
			if diff := cmp.Diff(tc.sleeps, marked); diff != "" {
				t.Errorf("retries of the exchange (-want +got):\n%s", diff)
			}
			if th := c.Throttling(); len(tc.sleeps) == 0 && th != nil || len(tc.sleeps) > 0 && (th == nil || th.WaitedMS != milliseconds(waited) || th.BudgetMS != 120_000) {
				t.Errorf("throttling %+v, want %s waited", th, waited)
			}
			if ex.Duration != waited {
				t.Errorf("duration %s, want the waits of %s", ex.Duration, waited)
			}
			for i, r := range srv.Requests() {
				if r.Body != `{"a":1}` || r.Header.Get("Client-Request-Id") != ex.RequestHeader.Get("Client-Request-Id") {
					t.Errorf("send %d: %+v", i+1, r)
				}
			}
		})
	}
}

func TestDoRetryBudget(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		retryAfter string
		budget     time.Duration
		attempts   int
		text       string
	}{
		"used up":   {"4", 10 * time.Second, 3, "asks for 4s more than the waiting budget of 10s has left"},
		"too long":  {"3600", 0, 1, "asks for 1h0m0s more than the waiting budget of 2m0s"},
		"overflow":  {"18446744073709551615", 0, 1, "the waiting budget of 2m0s"},
		"too large": {"99999999999999999999999", 3 * time.Second, 1, "more than the waiting budget of 3s"},
		"no budget": {"1", -1, 1, "the waiting budget of 0s"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", tc.retryAfter)
				w.WriteHeader(429)
				_, _ = io.WriteString(w, "busy")
			})
			clock := clienttest.NewClock()
			c := newClient(t, Config{BaseURL: srv.URL, Sleep: clock.Sleep, Now: clock.Now, RetryBudget: tc.budget})
			ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
			var slow *ThrottledError
			if !errors.As(ex.Err, &slow) || slow.Status != 429 || slow.URL != srv.URL+"/a" || !strings.Contains(slow.Error(), tc.text) {
				t.Errorf("error %v lacks %q", ex.Err, tc.text)
			}
			if ex.Status != 429 || string(ex.Body) != "busy" || ex.Attempts != tc.attempts || c.Throttled() != tc.attempts {
				t.Errorf("status %d, body %q, attempts %d, throttled %d", ex.Status, ex.Body, ex.Attempts, c.Throttled())
			}
		})
	}
}

func TestDoRetryBudgetIsShared(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(503)
	})
	clock := clienttest.NewClock()
	c := newClient(t, Config{BaseURL: srv.URL, Sleep: clock.Sleep, Now: clock.Now, RetryBudget: 10 * time.Second})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { c.Do(t.Context(), Request{Method: "GET", Path: "/a"}) })
	}
	wg.Wait()
	if len(clock.Sleeps) != 10 || c.Throttled() != 14 {
		t.Errorf("%d waits, %d throttled; want 10 waits of 1s for all, and 4 more answers", len(clock.Sleeps), c.Throttled())
	}
}

func TestDoBackoffIsBounded(t *testing.T) {
	t.Parallel()
	if got := retryDelay(nil, time.Time{}, 1000); got != maxBackoff {
		t.Errorf("wait of %s after many attempts, want %s", got, maxBackoff)
	}
}

func TestDoCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, clienttest.Throttling(http.Header{"Retry-After": {"60"}}, 429))
	ctx, cancel := context.WithCancel(t.Context())
	c := newClient(t, Config{BaseURL: srv.URL, Sleep: func(ctx context.Context, d time.Duration) error {
		cancel()
		return transport.Sleep(ctx, d)
	}})
	ex := c.Do(ctx, Request{Method: "GET", Path: "/"})
	if !errors.Is(ex.Err, context.Canceled) || ex.Attempts != 1 {
		t.Errorf("got %v after %d attempts", ex.Err, ex.Attempts)
	}
	if err := transport.Sleep(t.Context(), time.Nanosecond); err != nil {
		t.Errorf("a wait that ends gives %v", err)
	}
}

func TestDoForgetsThrottledAnswer(t *testing.T) {
	t.Parallel()
	answers := clienttest.Throttling(http.Header{"Retry-After": {"1"}}, 429)
	first := true
	clock := clienttest.NewClock()
	c := newClient(t, Config{BaseURL: "https://graph.example", Sleep: clock.Sleep, Now: clock.Now, RetryBudget: time.Second, Transport: clienttest.RoundTrip(func(r *http.Request) (*http.Response, error) {
		if !first {
			return nil, io.EOF
		}
		first = false
		return transport.InMemory(answers).RoundTrip(r)
	})})
	ex := c.Do(t.Context(), Request{Method: "GET", Path: "/"})
	if !errors.Is(ex.Err, io.EOF) || ex.Status != 0 || ex.Header != nil || ex.Body != nil || ex.Attempts != 2 {
		t.Errorf("the second send broke, yet the exchange shows the first answer: %+v", ex)
	}
}

func FuzzAskedFor(f *testing.F) {
	for _, v := range []string{"7", "-1", "0", "315360000", "18446744073709551616", "Mon, 23 Nov 2026 12:00:09 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "1.5", "\x00"} {
		f.Add(v, "", "Mon, 23 Nov 2026 12:00:00 GMT", "")
		f.Add("", v, v, v)
	}
	f.Fuzz(func(t *testing.T, after, ms, date, reset string) {
		h := http.Header{"Retry-After": {after}, "X-Ms-Retry-After-Ms": {ms}, "Date": {date}, "Ratelimit-Reset": {reset}}
		if d := askedFor(h, clienttest.NewClock().Now()); d < 0 {
			t.Errorf("a wait of %s", d)
		}
		if d := retryDelay(h, clienttest.NewClock().Now(), 1); d <= 0 {
			t.Errorf("a delay of %s would keep the client busy for ever", d)
		}
	})
}

func TestDoKeepsToTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &clienttest.Script{}
		c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, Rate: 4})
		started := time.Now()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { c.Do(t.Context(), Request{Method: "GET", Path: "/a"}) })
		}
		wg.Wait()
		// The first goes at once, each of the others a quarter of a second after the one before.
		if took := time.Since(started); took != 7*time.Second/4 {
			t.Errorf("8 requests took %s", took)
		}
		// What a client made from it sends counts too, as a restore does.
		if ex := c.WithOwnBudget().Do(t.Context(), Request{Method: "GET", Path: "/a"}); ex.Err != nil || time.Since(started) != 2*time.Second {
			t.Errorf("%v after %s", ex.Err, time.Since(started))
		}
		th := c.Throttling()
		if th == nil || th.Rate != 4 || th.HeldMS != 7*4*250+250 || th.WaitedMS != 0 {
			t.Errorf("%+v", th)
		}
	})
}

func TestDoIsStoppedWhileHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &clienttest.Script{}
		c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, Rate: 0.01})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c.Do(ctx, Request{Method: "GET", Path: "/a"})
		ex := c.Do(ctx, Request{Method: "GET", Path: "/a"})
		if !errors.Is(ex.Err, context.DeadlineExceeded) || p.Sent != 1 || c.GivenUp() != nil {
			t.Errorf("%v, %d sent", ex.Err, p.Sent)
		}
	})
}

func TestRateIsANumber(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{-1, 1e-9, 1e9, math.NaN(), math.Inf(1)} {
		if _, err := New(Config{BaseURL: "https://graph.example", Rate: rate}); err == nil {
			t.Errorf("rate %v", rate)
		}
	}
}
