package transport

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// InMemory gives a transport that calls the handler in this process, with no network: for
// a dry run. It answers as a server of net/http would, but keeps the response in memory
// until the handler returns.
func InMemory(h http.Handler) http.RoundTripper { return inMemory{h} }

type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	in, err := serverRequest(req)
	if err != nil {
		return nil, err
	}
	type outcome struct {
		resp *http.Response
		err  error
	}
	// With room for one, the handler's goroutine ends even when nobody waits any more.
	done := make(chan outcome, 1)
	go func() {
		w := &recorder{header: http.Header{}, head: req.Method == http.MethodHead}
		defer func() {
			if p := recover(); p != nil {
				done <- outcome{err: fmt.Errorf("the handler panicked: %v", p)}
				return
			}
			done <- outcome{resp: w.response(req)} //nolint:bodyclose // the caller of RoundTrip closes it
		}()
		m.handler.ServeHTTP(w, in)
	}()
	select {
	case o := <-done:
		return o.resp, o.err
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
}

// serverRequest turns a client's request into what a handler expects. The body is
// read first: the client may not touch it once RoundTrip has returned.
func serverRequest(req *http.Request) (*http.Request, error) {
	in := req.Clone(req.Context())
	in.Body = http.NoBody
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, fmt.Errorf("reading the request body: %w", err)
		}
		in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	}
	in.RequestURI = req.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	in.Host = cmp.Or(in.Host, req.URL.Host)
	return in, nil
}

// recorder is the http.ResponseWriter of inMemory.
type recorder struct {
	header http.Header
	head   bool
	status int
	sent   http.Header
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status != 0 || status < 200 { // informational answers do not end the exchange
		return
	}
	w.status, w.sent = status, w.header.Clone()
	if _, set := w.sent["Date"]; !set {
		w.sent.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		if _, set := w.header["Content-Type"]; !set {
			w.header.Set("Content-Type", http.DetectContentType(p))
		}
		w.WriteHeader(http.StatusOK)
	}
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if w.head {
		return len(p), nil
	}
	return w.body.Write(p)
}

func (w *recorder) response(req *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status:        Status(w.status),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.sent,
		Body:          io.NopCloser(&w.body),
		ContentLength: int64(w.body.Len()),
		Request:       req,
	}
}

// Status is a status with its reason phrase, as "502 Bad Gateway"; the number alone where it has none.
func Status(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
