package target

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// IsLoopback reports whether a host name or address leads to this machine alone, so that
// a credential may travel to it in clear. A transport of NewTransport makes sure that it
// does.
func IsLoopback(host string) bool {
	if host = strings.ToLower(host); host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// proxyOf is the environment's proxy for the request, and none for this machine: what
// is sent there must not leave it. net/http knows only one spelling of localhost, and
// none of the names below it (RFC 6761 6.3).
func proxyOf(req *http.Request) (*url.URL, error) {
	if host, err := canonicalHost(req.URL.Hostname()); err == nil && IsLoopback(host) {
		return nil, nil //nolint:nilnil // net/http takes it for no proxy
	}
	return http.ProxyFromEnvironment(req)
}

// dial holds names that promise to lead to this machine to it: what answers for them may
// be any DNS server.
func dial(dialer net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
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
