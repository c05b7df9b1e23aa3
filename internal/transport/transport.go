// Package transport is what stands between a client and the network: TLS, proxies, this
// machine and others, base URLs, and the hosts that may be written to.
package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/http2"
)

// New gives a transport with the certificates that the files name and the proxies of the
// environment, but none for this machine. A dial or a handshake ends with the timeout.
func New(files TLSFiles, timeout time.Duration) (*http.Transport, error) {
	cfg, err := files.Config()
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		Proxy:                  proxy,
		DialContext:            limitDials(dial(net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second})),
		TLSClientConfig:        cfg,
		TLSHandshakeTimeout:    timeout,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	// The HTTP/2 of net/http ends in a deadlock when a server overflows the window of a
	// stream (RFC 9113 6.9.1); that of x/net resets the stream.
	if _, err := http2.ConfigureTransports(t); err != nil { //nolint:staticcheck // what it is deprecated for is the HTTP/2 of net/http
		return nil, fmt.Errorf("HTTP/2: %w", err)
	}
	return t, nil
}

// proxy is the environment's proxy for the request, and none for this machine: what
// is sent there must not leave it. net/http knows localhost only in lower case, and none of
// the names below it (RFC 6761 6.3).
func proxy(req *http.Request) (*url.URL, error) {
	if host, err := canonicalHost(req.URL.Hostname()); err == nil && IsLoopback(host) {
		return nil, nil //nolint:nilnil // net/http takes it for no proxy
	}
	return http.ProxyFromEnvironment(req)
}

// ProxySecrets gives what must not be shown of the proxy to the URL: its password, also as
// it is sent, and the user name where there is nothing else.
func ProxySecrets(target string) []string {
	u, err := url.Parse(target)
	if err != nil {
		return nil
	}
	through, err := proxy(&http.Request{URL: u})
	if err != nil || through == nil || through.User == nil {
		return nil
	}
	user := through.User.Username()
	if password, has := through.User.Password(); has {
		return []string{password, user + ":" + password}
	}
	return []string{user}
}

// dial refuses to connect to another machine for a name that stands for this one: a DNS
// server may give any address for it.
func dial(dialer net.Dialer) dialFunc {
	here := dialer
	here.Control = func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err == nil && !at.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("the name should lead to this machine, and leads to %s", at.Addr())
		}
		return nil
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(address); err == nil {
			if host, err = canonicalHost(host); err == nil && IsLoopback(host) {
				return here.DialContext(ctx, network, address)
			}
		}
		return dialer.DialContext(ctx, network, address)
	}
}

// One or two connections are enough for a server that closes one in order while the request is on
// its way, and some more for one that takes few requests on each, where many are sent at once.
const (
	// manyDials is from when on a dial of the same request waits for dialPause.
	manyDials = 10
	// maxDials is how many connections are opened for one request.
	maxDials  = 40
	dialPause = 50 * time.Millisecond
)

// DialsError says that no connection that was opened for a request took it to its end.
type DialsError struct{ Dials int }

func (e *DialsError) Error() string {
	return fmt.Sprintf("the endpoint closes each connection (GOAWAY), or takes no request on it, before it answers; %d connections were tried", e.Dials)
}

// dialsKey is the key of the count of dials in the context of a request.
type dialsKey struct{}

// countDials gives a context whose request limitDials bounds.
func countDials(ctx context.Context) context.Context {
	return context.WithValue(ctx, dialsKey{}, new(atomic.Int64))
}

// limitDials ends a request for which maxDials connections were opened in vain. net/http dials
// again without a pause and without an end where HTTP/2 says that the request was not processed
// (RFC 9113 6.8). It gives a dial the values of the context of its request.
func limitDials(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials, counted := ctx.Value(dialsKey{}).(*atomic.Int64); counted {
			switch n := dials.Add(1); {
			case n > maxDials:
				return nil, &DialsError{maxDials}
			case n > manyDials:
				if err := Sleep(ctx, dialPause); err != nil {
					return nil, err
				}
			}
		}
		return dial(ctx, network, address)
	}
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// Sleep waits for d or until the context ends, which it returns as an error.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The numbers of Windows, for which package syscall has other ones of the same meaning
// (Windows Sockets error codes).
const (
	wsaConnectionReset   = syscall.Errno(10054)
	wsaConnectionRefused = syscall.Errno(10061)
)

// Refused reports whether the error says that nothing listens at the address.
func Refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaConnectionRefused)
}

// Reset reports whether the error says that the other side ended the connection without a word.
func Reset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, wsaConnectionReset)
}
