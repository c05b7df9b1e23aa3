package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// TestDialsOfARequest: a server that sends GOAWAY on each connection, to a request or before one,
// ends it after a few connections, also through a proxy. One that does so now and then loses none.
func TestDialsOfARequest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		away           int64 // how many connections get GOAWAY
		atOnce, tunnel bool
	}{
		"on each connection":                 {away: 1 << 30},
		"before a request":                   {away: 1 << 30, atOnce: true},
		"on each connection through a proxy": {away: 1 << 30, tunnel: true},
		"before a request through a proxy":   {away: 1 << 30, atOnce: true, tunnel: true},
		"many times":                         {away: 20},
		"now and then":                       {away: 2},
		"now and then through a proxy":       {away: 2, tunnel: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opened atomic.Int64
			srv := goingAway(&opened, tc.away, tc.atOnce)
			t.Cleanup(srv.Close)
			rt := trusting(t, srv)
			if tc.tunnel {
				proxy := tunnel(t)
				rt.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodPatch, srv.URL, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp, _, _, err := Exchange(rt, req, 10) //nolint:bodyclose // Exchange closes it
			var dials *DialsError
			n := opened.Load() // but for one that the server has not met yet, or not at all
			switch {
			case n > maxDials:
				t.Errorf("%d connections", n)
			case tc.away >= maxDials:
				if !errors.As(err, &dials) {
					t.Errorf("%d connections, %v", n, err)
				}
			case err != nil || resp.StatusCode != http.StatusNoContent || n <= tc.away:
				t.Errorf("%d connections, %v", n, err)
			}
		})
	}
}

// TestOneRequestAConnection: a server that takes one request on each connection is honest (RFC 9113
// 6.8), also where many are sent at once, so that one request may need many connections.
func TestOneRequestAConnection(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.EnableHTTP2 = true
	srv.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		http2.NextProtoTLS: func(_ *http.Server, c *tls.Conn, _ http.Handler) {
			defer func() { _ = c.Close() }()
			f := http2.NewFramer(c, c)
			_ = f.WriteSettings()
			_, _ = io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
			for taken := false; ; {
				frame, err := f.ReadFrame()
				if err != nil {
					return
				}
				id := frame.Header().StreamID
				switch {
				case frame.Header().Type != http2.FrameHeaders:
				case taken:
					_ = f.WriteRSTStream(id, http2.ErrCodeRefusedStream)
				default:
					taken = true
					_ = f.WriteGoAway(id, http2.ErrCodeNo, nil)
					status204 := []byte{0x89} // RFC 7541 appendix A
					_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: status204, EndStream: true, EndHeaders: true})
				}
			}
		},
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	rt := trusting(t, srv)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			for range 2 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if resp, _, _, err := Exchange(rt, req, 10); err != nil || resp.StatusCode != http.StatusNoContent { //nolint:bodyclose // Exchange closes it
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// trusting makes a transport that trusts the certificate of the server.
func trusting(t *testing.T, srv *httptest.Server) *http.Transport {
	t.Helper()
	rt, err := New(TLSFiles{}, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rt.CloseIdleConnections)
	rt.TLSClientConfig.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return rt
}

// goingAway starts a server that answers 204, and sends GOAWAY on its first connections: at once,
// or to a request.
func goingAway(opened *atomic.Int64, away int64, atOnce bool) *httptest.Server {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	srv.EnableHTTP2 = true
	srv.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		http2.NextProtoTLS: func(_ *http.Server, c *tls.Conn, h http.Handler) {
			defer func() { _ = c.Close() }()
			if opened.Add(1) > away {
				(&http2.Server{}).ServeConn(c, &http2.ServeConnOpts{Handler: h}) //nolint:staticcheck // the hook takes the connection from http.Server
				return
			}
			f := http2.NewFramer(c, c)
			_ = f.WriteSettings()
			if atOnce {
				_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
			}
			_, _ = io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
			for { // until the client has gone
				frame, err := f.ReadFrame()
				if err != nil {
					return
				}
				if frame.Header().Type == http2.FrameHeaders {
					_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
				}
			}
		},
	}
	srv.StartTLS()
	return srv
}

// tunnel starts a proxy that connects to wherever CONNECT says (RFC 9110 9.3.6).
func tunnel(t *testing.T) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		far, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = far.Close() }()
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = near.Close() }()
		_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(far, near)
			_ = far.Close()
		}()
		_, _ = io.Copy(near, far)
	}))
	t.Cleanup(srv.Close)
	return srv
}
