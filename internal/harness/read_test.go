package harness

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// Results come in the order of the items, and work never runs far ahead of what takes them.
func TestInOrder(t *testing.T) {
	t.Parallel()
	items := make([]int, 200)
	for i := range items {
		items[i] = i
	}
	var begun atomic.Int64
	next := 0
	err := inOrder(t.Context(), items, func(i int) int { begun.Add(1); return i * i }, func(got int) error {
		if got != next*next {
			t.Fatalf("result %d came in place of %d", got, next*next)
		}
		next++
		if ahead := begun.Load() - int64(next); ahead > 64 {
			t.Fatalf("%d results wait in memory", ahead)
		}
		return nil
	})
	if err != nil || next != len(items) {
		t.Errorf("%d of %d results, %v", next, len(items), err)
	}
}

func TestInOrderEnds(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	n := 0
	err := inOrder(t.Context(), make([]int, 50), func(i int) int { return i }, func(int) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 3 {
		t.Errorf("ended after %d with %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var e *Error
	if err := inOrder(ctx, make([]int, 50), func(i int) int { return i }, func(int) error { return nil }); !errors.As(err, &e) || e.Kind != Interrupted {
		t.Errorf("an ended context gives %v", err)
	}
	if err := inOrder(t.Context(), nil, func(i int) int { return i }, func(int) error { return stop }); err != nil {
		t.Errorf("no item gives %v", err)
	}
}

func TestForPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, name, rest string
		is             bool
	}{
		{"beta/lamp-update", "UPD-06", "UPD-06", true},
		{"beta/lamp-update", "lamp-update#UPD-06", "UPD-06", true},
		{"beta/lamp-update", "Beta/lamp-update.md#UPD-06", "UPD-06", true},
		{"beta/lamp-update", "v1.0/lamp-update#UPD-06", "UPD-06", false},
		{"beta/lamp-update", "amp-update#UPD-06", "UPD-06", false},
		{"beta/lamp-update", "UPD-01[color=#fff]", "UPD-01[color=#fff]", true},
		{"beta/lamp-update", "lamp-update#UPD-01[color=#fff]", "UPD-01[color=#fff]", true},
	} {
		rest, is := forPage(c.id, c.name)
		if is != c.is || is && rest != c.rest {
			t.Errorf("%s for %s: %q, %v", c.name, c.id, rest, is)
		}
	}
}
