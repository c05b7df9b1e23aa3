package target

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLoopbackIsLikeAServer sends the same request to a handler over the network and
// through Loopback, and compares what both sides see.
func TestLoopbackIsLikeAServer(t *testing.T) {
	type view struct {
		Method, Path, URI, Host, Body string
		Length                        int64
		Auth                          string
	}
	var got view
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = view{r.Method, r.URL.Path, r.RequestURI, r.Host, string(body), r.ContentLength, r.Header.Get("Authorization")}
		switch r.URL.Path {
		case "/v/silent":
		case "/v/nocontent":
			w.WriteHeader(204)
			if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("writing a body to 204: %v", err)
			}
		case "/v/early":
			w.WriteHeader(103)
			w.WriteHeader(201)
			w.WriteHeader(500)
			w.Header().Set("X-Late", "1")
		case "/v/dated":
			w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
			_, _ = io.WriteString(w, "{}")
		default:
			w.Header().Set("X-A", "1")
			_, _ = io.WriteString(w, "<html>")
			_, _ = io.WriteString(w, "more")
		}
	})
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ErrorLog = discardLog() // WriteHeader twice
	srv.Start()
	t.Cleanup(srv.Close)
	real := newClient(t, Config{BaseURL: srv.URL + "/v", Token: "t"})
	memory := newClient(t, Config{BaseURL: srv.URL + "/v", Token: "t", Transport: Loopback(handler)})

	for _, r := range []Request{
		{Method: "GET", Path: "/a%2Fb?x=1"},
		{Method: "PATCH", Path: "/a", Body: []byte("{}")},
		{Method: "HEAD", Path: "/a"},
		{Method: "GET", Path: "/silent"},
		{Method: "GET", Path: "/nocontent"},
		{Method: "GET", Path: "/early"},
		{Method: "GET", Path: "/dated"},
	} {
		a := real.Do(t.Context(), r)
		want := got
		b := memory.Do(t.Context(), r)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s: the handler sees (-network +loopback):\n%s", r.Method, r.Path, diff)
		}
		if a.Err != nil || b.Err != nil || a.Status != b.Status || string(a.Body) != string(b.Body) || a.Proto != b.Proto {
			t.Errorf("%s %s: network %+v\nloopback %+v", r.Method, r.Path, a, b)
		}
		for _, h := range []http.Header{a.Header, b.Header} {
			if _, err := http.ParseTime(h.Get("Date")); err != nil {
				t.Errorf("%s %s: Date %q", r.Method, r.Path, h.Get("Date"))
			}
			h.Del("Content-Length")
			if r.Path != "/dated" {
				h.Del("Date")
			}
		}
		if diff := cmp.Diff(a.Header, b.Header); diff != "" {
			t.Errorf("%s %s: headers (-network +loopback):\n%s", r.Method, r.Path, diff)
		}
	}
}

func TestLoopbackContext(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	defer close(leave)
	c := newClient(t, Config{BaseURL: "https://graph.example", Timeout: time.Minute, Transport: Loopback(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-leave // deaf to the context
	}))})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if ex := c.Do(ctx, Request{Method: "GET", Path: "/"}); !errors.Is(ex.Err, context.Canceled) {
		t.Errorf("got %v", ex.Err)
	}

	// entered is closed: the handler would panic if it were called once more.
	if ex := c.Do(ctx, Request{Method: "GET", Path: "/"}); !errors.Is(ex.Err, context.Canceled) {
		t.Errorf("with a context that ended before: %v", ex.Err)
	}
}

func TestLoopbackPanic(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://graph.example", Transport: Loopback(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))})
	if ex := c.Do(t.Context(), Request{Method: "GET", Path: "/"}); ex.Err == nil || !strings.Contains(ex.Err.Error(), "the handler panicked: boom") {
		t.Errorf("got %v", ex.Err)
	}
}
