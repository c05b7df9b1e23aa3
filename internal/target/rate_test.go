package target

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDoKeepsToTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plays{}
		c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, Rate: 4})
		k := NewKeeper(c, restoreAll)
		k.Remember("/a", map[string]any{})
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
		// Putting back counts too.
		if errs := k.PutBack(t.Context()); errs != nil || time.Since(started) != 2*time.Second {
			t.Errorf("%v after %s", errs, time.Since(started))
		}
		th := c.Throttling()
		if th == nil || th.Rate != 4 || th.HeldMS != 7*4*250+250 || th.WaitedMS != 0 {
			t.Errorf("%+v", th)
		}
	})
}

func TestDoIsStoppedWhileHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plays{}
		c := newClient(t, Config{BaseURL: "https://graph.example", Transport: p, Rate: 0.01})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c.Do(ctx, Request{Method: "GET", Path: "/a"})
		ex := c.Do(ctx, Request{Method: "GET", Path: "/a"})
		if !errors.Is(ex.Err, context.DeadlineExceeded) || p.sent != 1 || c.GivenUp() != nil {
			t.Errorf("%v, %d sent", ex.Err, p.sent)
		}
	})
}

func TestRateIsANumber(t *testing.T) {
	for _, rate := range []float64{-1, 1e-9, 1e9, math.NaN(), math.Inf(1)} {
		if _, err := New(Config{BaseURL: "https://graph.example", Rate: rate}); err == nil {
			t.Errorf("rate %v", rate)
		}
	}
}
