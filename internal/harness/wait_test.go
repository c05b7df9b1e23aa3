package harness

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

func TestAwait(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	refused := errors.New("connection refused")
	for name, tt := range map[string]struct {
		up      time.Duration // when the server is there
		limit   time.Duration
		want    string
		elapsed time.Duration
	}{
		"there at once":    {0, time.Minute, "", 0},
		"after a while":    {3 * time.Second, time.Minute, "", 3 * time.Second},
		"not in time":      {time.Hour, 5 * time.Second, "lamps.example:443 takes no connections after a wait of 5s", 5 * time.Second},
		"just at the end":  {5 * time.Second, 5 * time.Second, "", 5 * time.Second},
		"a look at least":  {time.Hour, time.Nanosecond, "connection refused", portPause},
		"there, no limit?": {0, 0, "", 0},
	} {
		now := start
		p := ports{
			now:   func() time.Time { return now },
			sleep: func(_ context.Context, d time.Duration) error { now = now.Add(d); return nil },
			dial: func(_ context.Context, hostPort string) error {
				if hostPort != "lamps.example:443" {
					t.Errorf("%s: looked at %s", name, hostPort)
				}
				if now.Sub(start) < tt.up {
					return refused
				}
				return nil
			},
		}
		err := p.await(t.Context(), "https://lamps.example/beta", tt.limit)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		var coded *Error
		if err != nil && (!errors.As(err, &coded) || coded.Kind != TargetFailed) {
			t.Errorf("%s: %v", name, err)
		}
		if got := now.Sub(start); got != tt.elapsed {
			t.Errorf("%s: %s, want %s", name, got, tt.elapsed)
		}
	}
}

func TestAwaitInterrupted(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	p := ports{
		now:   time.Now,
		sleep: func(ctx context.Context, _ time.Duration) error { stop(); return ctx.Err() },
		dial:  func(context.Context, string) error { return errors.New("refused") },
	}
	var coded *Error
	if err := p.await(ctx, "http://127.0.0.1:8080", time.Hour); !errors.As(err, &coded) || coded.Kind != Interrupted {
		t.Errorf("%v", err)
	}
}

func TestDialTCP(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := dialTCP(t.Context(), l.Addr().String()); err != nil {
		t.Error(err)
	}
	if err := dialTCP(t.Context(), "127.0.0.1:1"); err == nil {
		t.Error("nothing listens there")
	}
}
