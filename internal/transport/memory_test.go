package transport_test

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

	"graphpact/internal/client"
	"graphpact/internal/client/clienttest"
	"graphpact/internal/transport"
)

// TestInMemoryIsLikeAServer sends the same request to a handler over the network and
// through InMemory, and compares what both sides see.
func TestInMemoryIsLikeAServer(t *testing.T) {
	t.Parallel()
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
	srv.Config.ErrorLog = clienttest.DiscardLog() // WriteHeader twice
	srv.Start()
	t.Cleanup(srv.Close)
	network := newClient(t, client.Config{BaseURL: srv.URL + "/v", Token: "t"})
	memory := newClient(t, client.Config{BaseURL: srv.URL + "/v", Token: "t", Transport: transport.InMemory(handler)})

	for _, r := range []client.Request{
		{Method: "GET", Path: "/a%2Fb?x=1"},
		{Method: "PATCH", Path: "/a", Body: []byte("{}")},
		{Method: "HEAD", Path: "/a"},
		{Method: "GET", Path: "/silent"},
		{Method: "GET", Path: "/nocontent"},
		{Method: "GET", Path: "/early"},
		{Method: "GET", Path: "/dated"},
	} {
		a := network.Do(t.Context(), r)
		want := got
		b := memory.Do(t.Context(), r)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s: the handler sees (-network +memory):\n%s", r.Method, r.Path, diff)
		}
		if a.Err != nil || b.Err != nil || a.Status != b.Status || string(a.Body) != string(b.Body) || a.Proto != b.Proto {
			t.Errorf("%s %s: network %+v\nmemory %+v", r.Method, r.Path, a, b)
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
			t.Errorf("%s %s: headers (-network +memory):\n%s", r.Method, r.Path, diff)
		}
	}
}

func TestInMemoryContext(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	defer close(leave)
	c := newClient(t, client.Config{BaseURL: "https://graph.example", Timeout: time.Minute, Transport: transport.InMemory(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-leave // deaf to the context
	}))})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if ex := c.Do(ctx, client.Request{Method: "GET", Path: "/"}); !errors.Is(ex.Err, context.Canceled) {
		t.Errorf("got %v", ex.Err)
	}

	// entered is closed: the handler would panic if it were called once more.
	if ex := c.Do(ctx, client.Request{Method: "GET", Path: "/"}); !errors.Is(ex.Err, context.Canceled) {
		t.Errorf("with a context that ended before: %v", ex.Err)
	}
}

func TestInMemoryPanic(t *testing.T) {
	t.Parallel()
	c := newClient(t, client.Config{BaseURL: "https://graph.example", Transport: transport.InMemory(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))})
	if ex := c.Do(t.Context(), client.Request{Method: "GET", Path: "/"}); ex.Err == nil || !strings.Contains(ex.Err.Error(), "the handler panicked: boom") {
		t.Errorf("got %v", ex.Err)
	}
}

func newClient(t *testing.T, cfg client.Config) *client.Client {
	t.Helper()
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
