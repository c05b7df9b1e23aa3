package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// grace is how long a transport may take to end after the context of its request has.
const grace = time.Second

// Exchange sends the request and reads the body of its answer, up to limit bytes; more
// reports whether there was more. Where only the body failed, resp and the body so far are
// given beside the error. The body of resp is closed; that of a 101 is not read, since
// what follows one is not HTTP and no time limit ends the reading of it.
//
// It returns at the latest shortly after the context of the request has ended, whatever
// the transport does: net/http has been seen to ignore both context and time limits. A
// transport of New opens a few connections for it at most, and gives a *DialsError then.
func Exchange(rt http.RoundTripper, req *http.Request, limit int64) (resp *http.Response, body []byte, more bool, err error) {
	type outcome struct {
		resp *http.Response
		body []byte
		more bool
		err  error
	}
	ctx := countDials(req.Context())
	req = req.WithContext(ctx)
	// With room for one, the goroutine ends even when nobody waits any more.
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		o.resp, o.err = rt.RoundTrip(req) //nolint:bodyclose // closed below
		if o.err == nil {
			if o.resp.StatusCode != http.StatusSwitchingProtocols {
				o.body, o.more, o.err = ReadLimited(o.resp.Body, limit)
			}
			_ = o.resp.Body.Close()
		}
		done <- o
	}()
	select {
	case o := <-done:
		return o.resp, o.body, o.more, o.err
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case o := <-done:
		return o.resp, o.body, o.more, o.err
	case <-late.C:
		return nil, nil, false, fmt.Errorf("the connection does not react: %w", context.Cause(ctx))
	}
}

// Bounded gives a transport whose answers are read whole, up to limit bytes, before they
// are given; reading beyond them is an error. A request ends with the context, and with the
// timeout where that is not 0, whatever the transport beneath does.
func Bounded(rt http.RoundTripper, limit int64, timeout time.Duration) http.RoundTripper {
	return bounded{rt, limit, timeout}
}

type bounded struct {
	http.RoundTripper
	limit   int64
	timeout time.Duration
}

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	if b.timeout > 0 {
		ctx, cancel := context.WithTimeout(req.Context(), b.timeout)
		defer cancel()
		req = req.WithContext(ctx)
	}
	resp, body, more, err := Exchange(b.RoundTripper, req, b.limit)
	if resp == nil {
		return nil, err
	}
	if err == nil && more {
		err = fmt.Errorf("the answer is longer than %d bytes", b.limit)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	}
	return resp, nil
}

// CloseIdleConnections is for http.Client.
func (b bounded) CloseIdleConnections() { CloseIdle(b.RoundTripper) }

// failing is a reader that gives an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// ReadLimited reads up to limit bytes and reports whether there was more.
func ReadLimited(r io.Reader, limit int64) (body []byte, more bool, err error) {
	body, err = io.ReadAll(io.LimitReader(r, limit))
	if err != nil || int64(len(body)) < limit {
		return body, false, err
	}
	n, err := io.ReadFull(r, make([]byte, 1))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return body, n > 0, err
}

// CloseIdle ends the connections of the transport that nothing uses. It does not wait for
// one that does not react.
func CloseIdle(rt http.RoundTripper) {
	t, ok := rt.(interface{ CloseIdleConnections() })
	if !ok {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.CloseIdleConnections()
	}()
	select {
	case <-done:
	case <-time.After(grace):
	}
}
