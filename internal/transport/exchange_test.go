package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// stuck is a transport that is deaf to the context, in RoundTrip, in reading a body, in
// closing one, or in closing connections.
type stuck struct {
	in      string
	release chan struct{}
}

func (s stuck) wait(in string) {
	if s.in == in {
		<-s.release
	}
}

func (s stuck) RoundTrip(*http.Request) (*http.Response, error) {
	s.wait("RoundTrip")
	return &http.Response{StatusCode: 200, Body: s}, nil
}

func (s stuck) Read([]byte) (int, error) {
	s.wait("Read")
	return 0, io.EOF
}

func (s stuck) Close() error {
	s.wait("Close")
	return nil
}

func (s stuck) CloseIdleConnections() { s.wait("CloseIdleConnections") }

// TestExchangeEndsWithItsContext: no transport can keep a request, or the end of a client,
// waiting.
func TestExchangeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"RoundTrip", "Read", "Close", "CloseIdleConnections"} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := stuck{in, make(chan struct{})}
				defer close(s.release)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://graph.test/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				started := time.Now()
				if _, _, _, err := Exchange(s, req, 10); in != "CloseIdleConnections" && !errors.Is(err, context.DeadlineExceeded) { //nolint:bodyclose // Exchange closes it
					t.Errorf("%v", err)
				}
				CloseIdle(s)
				if took := time.Since(started); took > 10*time.Second+2*grace {
					t.Errorf("%s", took)
				}
			})
		})
	}
}

func TestExchangeLimit(t *testing.T) {
	t.Parallel()
	for text, more := range map[string]bool{"": false, "12345": false, "123456": true} {
		rt := roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(text))}, nil
		})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://graph.test/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, body, got, err := Exchange(rt, req, 5) //nolint:bodyclose // Exchange closes it
		if err != nil || resp.StatusCode != 200 || got != more || string(body) != text[:min(len(text), 5)] {
			t.Errorf("%q: %q, more %v, %v", text, body, got, err)
		}
	}
}
