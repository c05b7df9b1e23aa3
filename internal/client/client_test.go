package client

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client/clienttest"
	"graphpact/internal/mask/masktest"
	"graphpact/internal/transport"
)

func TestDoSendsExactly(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{BaseURL: srv.URL + "/beta/", Token: "tok-en", UserAgent: "suite/1", Header: http.Header{"x-extra": {"1", "2"}}})
	for name, tc := range map[string]struct {
		req  Request
		uri  string
		body string
		has  http.Header
		not  []string
	}{
		"plain get": {
			req: Request{Method: "GET", Path: "/a%2Fb/c?x=%20y"},
			uri: "/beta/a%2Fb/c?x=%20y",
			has: http.Header{"Accept": {"application/json"}, "User-Agent": {"suite/1"}, "X-Extra": {"1", "2"}, "Authorization": {"Bearer tok-en"}},
			not: []string{"Content-Type", "Content-Length"},
		},
		"empty object": {
			req:  Request{Method: "PATCH", Path: "/a", Body: []byte("{}"), Header: http.Header{"content-type": {"application/json"}}},
			uri:  "/beta/a",
			body: "{}",
			has:  http.Header{"Content-Type": {"application/json"}, "Content-Length": {"2"}},
		},
		"no type of its own": {
			req:  Request{Method: "PATCH", Path: "/a", Body: []byte(" {\"a\":\n")},
			uri:  "/beta/a",
			body: " {\"a\":\n",
			not:  []string{"Content-Type"},
		},
		"empty body": {
			req: Request{Method: "PATCH", Path: "/a", Body: []byte{}},
			uri: "/beta/a",
			has: http.Header{"Content-Length": {"0"}},
		},
		"documented headers give way": {
			req: Request{
				Method: "PATCH", Path: "/a", Header: http.Header{"X-Own": {"3"}},
				Documented: map[string]string{"x-mode": "fast", "X-Extra": "page", "X-Own": "page", "X-Api-Key": "page", "Host": "page", "Authorization": "Basic x"},
			},
			uri: "/beta/a",
			has: http.Header{"X-Mode": {"fast"}, "X-Extra": {"1", "2"}, "X-Own": {"3"}, "Authorization": {"Bearer tok-en"}},
			not: []string{"X-Api-Key"},
		},
		"request headers win": {
			req: Request{Method: "GET", Path: "/a", Header: http.Header{"X-Extra": {"3"}, "Accept": nil, "Client-Request-Id": {"mine"}, "Authorization": {"Basic x"}}},
			uri: "/beta/a",
			has: http.Header{"X-Extra": {"3"}, "Client-Request-Id": {"mine"}, "Authorization": {"Bearer tok-en"}},
			not: []string{"Accept"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := c.Do(t.Context(), tc.req)
			if ex.Err != nil || ex.Status != 200 || ex.Attempts != 1 || ex.Proto != "HTTP/1.1" {
				t.Fatalf("exchange: %+v", ex)
			}
			reqs := srv.Requests()
			got := reqs[len(reqs)-1]
			if got.Method != tc.req.Method || got.URI != tc.uri || got.Body != tc.body {
				t.Errorf("sent %s %s %q", got.Method, got.URI, got.Body)
			}
			for name, values := range tc.has {
				if diff := cmp.Diff(values, got.Header[name]); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
			for _, name := range tc.not {
				if got.Header[name] != nil {
					t.Errorf("%s sent: %q", name, got.Header[name])
				}
			}
			for name, values := range ex.RequestHeader {
				if diff := cmp.Diff(values, got.Header[name]); diff != "" {
					t.Errorf("the exchange records another %s than was sent: %s", name, diff)
				}
			}
		})
	}
}

func TestDoAuthModes(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{BaseURL: srv.URL, Token: "tok-en", Header: http.Header{"Cookie": {"session=1"}, "X-Api-Key": {"k"}, "X-Tenant": {"t"}}})
	bare := newClient(t, Config{BaseURL: srv.URL})
	for _, tc := range []struct {
		name      string
		c         *Client
		auth      Auth
		want      string
		otherKeys bool
	}{
		{"token", c, AuthToken, "Bearer tok-en", true},
		{"none", c, AuthNone, "", false},
		{"invalid", c, AuthInvalid, "Bearer " + invalidToken, false},
		{"token, but there is none", bare, AuthToken, "", false},
		{"invalid without a token", bare, AuthInvalid, "Bearer " + invalidToken, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.c.Do(t.Context(), Request{Method: "GET", Path: "/", Auth: tc.auth, Header: http.Header{"Authorization": {"Bearer smuggled"}}})
			reqs := srv.Requests()
			h := reqs[len(reqs)-1].Header
			if got := strings.Join(h["Authorization"], "|"); got != tc.want {
				t.Errorf("Authorization %q, want %q", got, tc.want)
			}
			if got := h["Cookie"] != nil && h["X-Api-Key"] != nil; got != tc.otherKeys {
				t.Errorf("other credentials sent: %v, want %v", got, tc.otherKeys)
			}
			if tc.c == c && h.Get("X-Tenant") != "t" {
				t.Error("a plain header is missing")
			}
		})
	}
}

func TestDoFreshRequestID(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{BaseURL: srv.URL})
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	ids := map[string]bool{}
	for range 3 {
		id := c.Do(t.Context(), Request{Method: "GET", Path: "/"}).RequestHeader.Get("client-request-id")
		if !guid.MatchString(id) || ids[id] {
			t.Errorf("id %q: not a GUID, or not fresh", id)
		}
		ids[id] = true
	}
}

func TestDoRefusesRequest(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{BaseURL: srv.URL, Token: masktest.Planted})
	for name, tc := range map[string]struct {
		req  Request
		want string
	}{
		"no slash": {Request{Method: "GET", Path: "@evil.example/"}, "start with a slash"},
		"fragment": {Request{Method: "GET", Path: "/a#b"}, "%23"},
		"escape":   {Request{Method: "GET", Path: "/%zz"}, "invalid URL escape"},
		"control":  {Request{Method: "GET", Path: "/a\nb"}, "invalid control character"},
		"method":   {Request{Method: "G T", Path: "/"}, "invalid method"},
		"header":   {Request{Method: "GET", Path: "/", Header: http.Header{"A": {"b\nc"}}}, "header A"},
	} {
		t.Run(name, func(t *testing.T) {
			ex := c.Do(t.Context(), tc.req)
			var send *SendError
			if !errors.As(ex.Err, &send) || send.Cause != CauseRequest || !strings.Contains(send.Error(), tc.want) {
				t.Errorf("error %v lacks %q", ex.Err, tc.want)
			}
			_ = c.Report(ex)
		})
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests reached the server", n)
	}
}

func TestDoNeverFollowsRedirect(t *testing.T) {
	t.Parallel()
	foreign := clienttest.NewSpy(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", foreign.URL+"/catch")
			w.WriteHeader(status)
		})
		c := newClient(t, Config{BaseURL: srv.URL, Token: "tok-en"})
		for _, method := range []string{"GET", "PATCH"} {
			ex := c.Do(t.Context(), Request{Method: method, Path: "/a", Body: []byte("{}")})
			if ex.Err != nil || ex.Status != status || ex.Header.Get("Location") != foreign.URL+"/catch" {
				t.Errorf("%s %d: %+v", method, status, ex)
			}
		}
		if n := len(srv.Requests()); n != 2 {
			t.Errorf("%d: %d requests, want 2", status, n)
		}
	}
	if got := foreign.Requests(); len(got) != 0 {
		t.Errorf("the other server was asked: %v", got)
	}

	broken := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://[bad")
		w.WriteHeader(302)
	})
	if ex := newClient(t, Config{BaseURL: broken.URL}).Do(t.Context(), Request{Method: "GET", Path: "/"}); ex.Err != nil || ex.Status != 302 {
		t.Errorf("a redirect with an unreadable Location is an answer too: %+v", ex)
	}
}

func TestDoBodyLimit(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, func(w http.ResponseWriter, r *http.Request) {
		var out io.Writer = w
		if r.URL.Path == "/gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer func() { _ = z.Close() }()
			out = z
		}
		_, _ = io.WriteString(out, strings.Repeat("x", 1000))
	})
	for _, tc := range []struct {
		limit     int64
		want      int
		truncated bool
	}{{999, 999, true}, {1000, 1000, false}, {1001, 1000, false}, {math.MaxInt64, 1000, false}} {
		for _, path := range []string{"/", "/gzip"} {
			ex := newClient(t, Config{BaseURL: srv.URL, BodyLimit: tc.limit}).Do(t.Context(), Request{Method: "GET", Path: path})
			if ex.Err != nil || string(ex.Body) != strings.Repeat("x", tc.want) || ex.Truncated != tc.truncated {
				t.Errorf("limit %d, %s: %d bytes, truncated %v, %v", tc.limit, path, len(ex.Body), ex.Truncated, ex.Err)
			}
		}
	}
}

func TestDoEndlessBody(t *testing.T) {
	ended := make(chan struct{}, 2)
	srv := clienttest.NewSpy(t, func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- struct{}{} }()
		var out io.Writer = w
		if r.URL.Path == "/gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			out = gzip.NewWriter(w)
		}
		chunk := bytes.Repeat([]byte("0"), 64<<10)
		for {
			if _, err := out.Write(chunk); err != nil {
				return
			}
		}
	})
	const limit = 1 << 20
	c := newClient(t, Config{BaseURL: srv.URL, BodyLimit: limit})
	for _, path := range []string{"/", "/gzip"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ex := c.Do(t.Context(), Request{Method: "GET", Path: path})
		<-ended // the server sees that nobody reads any more
		runtime.ReadMemStats(&after)
		if ex.Err != nil || len(ex.Body) != limit || !ex.Truncated {
			t.Errorf("%s: %d bytes, truncated %v, %v", path, len(ex.Body), ex.Truncated, ex.Err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 16*limit {
			t.Errorf("%s: %d bytes allocated for a limit of %d", path, used, limit)
		}
	}
}

func TestDoBoundsResponseHeader(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Big", strings.Repeat("x", 128<<10))
	})
	ex := newClient(t, Config{BaseURL: srv.URL}).Do(t.Context(), Request{Method: "GET", Path: "/"})
	if ex.Err == nil || !strings.Contains(ex.Err.Error(), "headers exceeded") {
		t.Errorf("got %v", ex.Err)
	}
}

func TestDoErrors(t *testing.T) {
	t.Parallel()
	hang := clienttest.NewSpy(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	// A reset may overtake the data that was sent before it: it waits until they are read.
	read := make(chan struct{}, 1)
	hangUp := func(reset bool, sent string) *httptest.Server {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, sent)
			if reset {
				<-read
				_ = conn.(*net.TCPConn).SetLinger(0)
			}
			_ = conn.Close()
		}))
		t.Cleanup(srv.Close)
		return srv
	}
	const partial = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin"
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = clienttest.DiscardLog()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for _, tc := range []struct {
		name, url, path string
		cause           Cause
		text            string
		status          int
		body            string
		is              error
	}{
		{"slow answer", hang.URL, "/", CauseTimeout, "timeout: no complete answer within 50ms", 0, "", context.DeadlineExceeded},
		{"refused", clienttest.Refusing(t), "/", CauseRefused, "connection refused", 0, "", nil},
		{"no answer", hangUp(false, "").URL, "/", CauseCut, "closed by the server before it answered", 0, "", io.EOF},
		{"cut body", hangUp(false, partial).URL, "/", CauseCut, "closed by the server after 5 bytes of the body", 200, "begin", io.ErrUnexpectedEOF},
		{"reset body", hangUp(true, partial).URL, "/", CauseCut, "connection reset by the server after 5 bytes", 200, "begin", nil},
		{"no HTTP", hangUp(false, "SSH-2.0\r\n").URL, "/", CauseOther, "malformed HTTP", 0, "", nil},
		{"untrusted certificate", secure.URL, "/", CauseTLS, "TLS: ", 0, "", nil},
		{"http on https", "https" + strings.TrimPrefix(hang.URL, "http"), "/", CauseTLS, "speaks http here", 0, "", nil},
		{"no TLS at all", "https" + strings.TrimPrefix(noise(t), "http"), "/", CauseTLS, "TLS: ", 0, "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			select { // an earlier answer
			case <-read:
			default:
			}
			cfg := Config{BaseURL: tc.url, Token: "tok-en", Timeout: 5 * time.Second, RetryBudget: -1}
			if tc.cause == CauseTimeout {
				cfg.Timeout = 50 * time.Millisecond
			}
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotFirstResponseByte: func() {
				select {
				case read <- struct{}{}:
				default:
				}
			}})
			ex := newClient(t, cfg).Do(ctx, Request{Method: "PATCH", Path: tc.path, Body: []byte("{}")})
			var send *SendError
			if !errors.As(ex.Err, &send) {
				t.Fatalf("error %v", ex.Err)
			}
			if send.Cause != tc.cause || !strings.Contains(send.Text, tc.text) {
				t.Errorf("cause %s: %s; want %s: %s", send.Cause, send.Text, tc.cause, tc.text)
			}
			if !strings.HasPrefix(ex.Err.Error(), "PATCH "+tc.url+tc.path+": ") {
				t.Errorf("%q does not begin with the method and the URL", ex.Err)
			}
			if tc.is != nil && !errors.Is(ex.Err, tc.is) {
				t.Errorf("%v does not wrap %v", ex.Err, tc.is)
			}
			if ex.Status != tc.status || string(ex.Body) != tc.body || ex.Attempts != 1 {
				t.Errorf("status %d, body %q, attempts %d", ex.Status, ex.Body, ex.Attempts)
			}
		})
	}
}

// TestDoSlowBody has an answer whose body does not end within the time limit.
func TestDoSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() {
			if _, err := http.ReadRequest(bufio.NewReader(theirs)); err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(theirs, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin")
			_, _ = io.Copy(io.Discard, theirs) // until the client hangs up
		}()
		wire := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ours, nil }}
		defer wire.CloseIdleConnections()
		c := newClient(t, Config{BaseURL: "http://graph.example", Transport: wire, Timeout: 50 * time.Millisecond})
		ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
		var send *SendError
		if !errors.As(ex.Err, &send) || send.Cause != CauseTimeout || !strings.Contains(send.Text, "within 50ms") || !errors.Is(ex.Err, context.DeadlineExceeded) {
			t.Errorf("error %v", ex.Err)
		}
		if ex.Status != 200 || string(ex.Body) != "begin" || ex.Attempts != 1 {
			t.Errorf("status %d, body %q, attempts %d", ex.Status, ex.Body, ex.Attempts)
		}
	})
}

// noise is a server that answers anything with bytes of no protocol.
func noise(t *testing.T) string {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "220 mail.example ready\r\n")
			_ = conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestDoNameErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&net.DNSError{Err: "no such host", Name: "graph.example", IsNotFound: true}, "no such host: graph.example"},
		{&net.DNSError{Err: "server misbehaving", Name: "graph.example"}, "the host name graph.example could not be resolved: server misbehaving"},
	} {
		c := newClient(t, Config{BaseURL: "https://graph.example", Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: tc.err}
		})})
		ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
		if got, want := ex.Err.Error(), "GET https://graph.example/a: "+tc.want; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDoCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	srv := clienttest.NewSpy(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	ex := newClient(t, Config{BaseURL: srv.URL}).Do(ctx, Request{Method: "GET", Path: "/"})
	var send *SendError
	if !errors.Is(ex.Err, context.Canceled) || !errors.As(ex.Err, &send) || send.Cause != CauseCancelled {
		t.Errorf("got %v", ex.Err)
	}
}

func TestDoHTTP2(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	c := newClient(t, Config{BaseURL: srv.URL, Token: "tok-en", Transport: srv.Client().Transport})
	if ex := c.Do(t.Context(), Request{Method: "GET", Path: "/"}); ex.Proto != "HTTP/2.0" || string(ex.Body) != "{}" {
		t.Errorf("got %+v", ex)
	}
}

func TestOnSend(t *testing.T) {
	t.Parallel()
	var plans []PlannedRequest
	asked := false
	c := newClient(t, Config{
		BaseURL: "https://graph.example/beta", Token: "tok-en-42",
		OnSend: func(p PlannedRequest) {
			if asked {
				t.Error("announced after the transport was asked")
			}
			plans = append(plans, p)
		},
		Transport: transport.InMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked = true
			w.WriteHeader(204)
		})),
	})
	c.Do(t.Context(), Request{
		Purpose: "update", Method: "PATCH", Path: "/me?echo=tok-en-42",
		Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"note":"tok-en-42"}`),
	})
	want := []PlannedRequest{{
		Purpose: "update",
		Method:  "PATCH",
		Line:    "PATCH https://graph.example/beta/me?echo=***",
		Body:    `{"note":"***"}`,
		Curl: `curl -i -X PATCH 'https://graph.example/beta/me?echo=***' -H 'Authorization: Bearer '"$GRAPH_TOKEN"` +
			` -H 'Accept: application/json' -H 'Content-Type: application/json' -H 'User-Agent: graphpact' --data-binary '{"note":"***"}'`,
	}}
	if diff := cmp.Diff(want, plans); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
	if !asked {
		t.Error("the transport was never asked")
	}
}

func BenchmarkDo(b *testing.B) {
	answer, err := json.Marshal(map[string]string{"id": "1", "status": "ready"})
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	b.Cleanup(srv.Close)
	c := newClient(b, Config{BaseURL: srv.URL, Token: masktest.Planted})
	b.ReportAllocs()
	for b.Loop() {
		if ex := c.Do(b.Context(), Request{Method: "PATCH", Path: "/a", Body: []byte("{}")}); ex.Err != nil {
			b.Fatal(ex.Err)
		}
	}
}
