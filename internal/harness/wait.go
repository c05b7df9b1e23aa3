package harness

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"graphpact/internal/transport"
)

// portPause is the time between two looks at a port, and portTime the longest that one takes.
const (
	portPause = 200 * time.Millisecond
	portTime  = 2 * time.Second
)

// await waits, up to the limit, until the ports of the target take connections: a server
// that was started just before needs its time. Nothing is sent.
func (s *session) await(ctx context.Context, limit time.Duration) error {
	if s.mock != nil || limit <= 0 {
		return nil
	}
	p := ports{now: time.Now, sleep: transport.Sleep, dial: dialTCP}
	for _, address := range []string{s.base, s.cfg.StateURL} {
		if address == "" {
			continue
		}
		if err := p.await(ctx, address, limit); err != nil {
			return err
		}
	}
	return nil
}

// ports looks at the ports of servers. The clock and the network are passed in.
type ports struct {
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) error
	dial  func(ctx context.Context, hostPort string) error
}

// await waits until the server of the URL takes connections. It looks at least once.
func (p ports) await(ctx context.Context, base string, limit time.Duration) error {
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	hostPort := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]))
	for end := p.now().Add(limit); ; {
		err := p.dial(ctx, hostPort)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return errInterrupted()
		case !p.now().Before(end):
			return &Error{TargetFailed, fmt.Errorf("%s takes no connections after a wait of %s (--wait); nothing was sent: %w", hostPort, limit, err)}
		}
		if p.sleep(ctx, portPause) != nil {
			return errInterrupted()
		}
	}
}

func dialTCP(ctx context.Context, hostPort string) error {
	c, err := (&net.Dialer{Timeout: portTime}).DialContext(ctx, "tcp", hostPort)
	if err != nil {
		return err
	}
	return c.Close()
}
