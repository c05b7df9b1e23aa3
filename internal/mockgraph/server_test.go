package mockgraph

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestPanicBecomesAnError(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var logged []string
	b := serve(t, func(c *Config) {
		c.Log = func(m string) { mu.Lock(); defer mu.Unlock(); logged = append(logged, m) }
	})
	stages := b.server.stages
	b.server.stages = append([]namedStage{{"test", func(c *call) *answer {
		if c.r.Header.Get("X-Panic") != "" {
			panic("by hand")
		}
		return nil
	}}}, stages...)
	r := b.send("GET", first, "", "X-Panic: yes")
	b.refused(r, 500, "InternalServerError")
	if strings.Contains(r.body, "by hand") {
		t.Errorf("the client sees the inside: %s", r.body)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(logged) != 1 || !strings.Contains(logged[0], "by hand") || !strings.Contains(logged[0], r.header.Get("request-id")) ||
		!strings.Contains(logged[0], "server_test.go") || strings.Contains(logged[0], token) {
		t.Errorf("logged: %q", logged)
	}
	b.want(b.send("GET", first, ""), 200)
}

// raw sends bytes and gives the status and the rest of the answer.
func (b *bench) raw(request string) (status int, answer string) {
	b.tb.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(b.tb.Context(), "tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		b.tb.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		b.tb.Fatal(err)
	}
	// The server may answer and close before it has read all: an error here is no failure.
	_, _ = io.WriteString(conn, request)
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.CloseWrite()
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		b.tb.Fatalf("no answer: %v", err)
	}
	defer func() { _ = res.Body.Close() }()
	data, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(data)
}

func TestRawRequests(t *testing.T) {
	t.Parallel()
	b := serve(t)
	unchanged := b.expectUnchanged()
	auth := "Authorization: Bearer " + token + "\r\n"
	head := "Host: x\r\n" + auth
	update := "PATCH " + first + " HTTP/1.1\r\n" + head + "Content-Type: application/json\r\nConnection: close\r\n"
	for _, tt := range []struct {
		name, request string
		status        int
	}{
		{"no HTTP", "hello\r\n\r\n", 400},
		{"no version", "GET /\r\n\r\n", 400},
		{"unknown version", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505},
		{"bytes", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400},
		{"method is no token", "GE(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"escape in the path", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{"space before the colon", "GET / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", 400},
		{"huge header", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 2*maxHeader) + "\r\n\r\n", 431},
		{"many headers", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: y\r\n", maxHeader/4) + "\r\n", 431},
		{"two lengths", update + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400},
		{"negative length", update + "Content-Length: -1\r\n\r\n{}", 400},
		// RFC 9112 6.1 asks for 501 here, and net/http gives it.
		{"transfer coding", update + "Transfer-Encoding: snail\r\n\r\n{}", 501},
		{"body cut short", update + "Content-Length: 99\r\n\r\n{\"title\":\"t\"}", 400},
		{"broken chunk", update + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
		{"chunked", update + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200},
		{"expectation", update + "Expect: miracles\r\nContent-Length: 2\r\n\r\n{}", 417},
		{"two tokens", "GET " + first + " HTTP/1.1\r\n" + head + auth + "Connection: close\r\n\r\n", 401},
		{"two media types", update + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 415},
		{"two If-Match", update + "If-Match: \"a\"\r\nIf-Match: \"b\"\r\nContent-Length: 2\r\n\r\n{}", 412},
		{"asterisk", "OPTIONS * HTTP/1.1\r\n" + head + "Connection: close\r\n\r\n", 404},
		{"authority", "CONNECT x:1 HTTP/1.1\r\n" + head + "Connection: close\r\n\r\n", 404},
		{"absolute form", "GET http://x" + first + " HTTP/1.1\r\n" + head + "Connection: close\r\n\r\n", 200},
		{"dot segments", "GET /beta/../_graphpact/state HTTP/1.1\r\n" + head + "Connection: close\r\n\r\n", 404},
		{"bytes in client-request-id", "GET /beta HTTP/1.1\r\n" + head + "client-request-id: \xff\xfe\"\r\nConnection: close\r\n\r\n", 404},
		{"HTTP/1.0 without Host", "GET " + first + " HTTP/1.0\r\n" + auth + "\r\n", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			status, body := b.raw(tt.request)
			if status != tt.status {
				t.Errorf("status %d, want %d: %s", status, tt.status, body)
			}
			if tt.name == "HTTP/1.0 without Host" && !strings.Contains(body, b.url+"/beta/$metadata") {
				t.Errorf("the context does not name the server: %s", body)
			}
		})
	}
	unchanged()
}

// Two writers at once: the entity has the values of one body, never of two, and
// what each writer is told is what it wrote.
func TestConcurrentUpdates(t *testing.T) {
	t.Parallel()
	b := serve(t)
	const writers, rounds = 8, 15
	var group sync.WaitGroup
	etags := make(chan string, writers*rounds)
	for w := range writers {
		group.Go(func() {
			for round := range rounds {
				n := w*rounds + round
				r := b.send("PATCH", first, fmt.Sprintf(`{"title":"%d","count":%d,"tags":["%d"]}`, n, n, n))
				if r.status != 200 || !whole(r.body) || !strings.Contains(r.body, fmt.Sprintf(`"count":%d,`, n)) {
					t.Errorf("writer %d: %d %s", w, r.status, r.body)
				}
				etags <- r.header.Get("ETag")
				if r := b.send("GET", first, ""); !whole(r.body) {
					t.Errorf("reader %d: %s", w, r.body)
				}
				if round%5 == 0 {
					if _, err := b.server.Clone(b.server.routes[0].op); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	close(etags)
	seen := map[string]bool{}
	for etag := range etags {
		if seen[etag] {
			t.Errorf("the ETag %s came twice", etag)
		}
		seen[etag] = true
	}
}

// whole reports whether title, tags and count come from one body.
func whole(body string) bool {
	var o Object
	if o.UnmarshalJSON([]byte(body)) != nil {
		return false
	}
	title, _ := o.Get("title")
	tags, _ := o.Get("tags")
	count, _ := o.Get("count")
	return string(title) == `"first"` || string(title) == `"`+string(count)+`"` && string(tags) == `["`+string(count)+`"]`
}

// beforeApply runs f in each update after all checks and before the change.
func (b *bench) beforeApply(f func()) {
	// apply is the last stage but one.
	at := len(b.server.stages) - 2
	b.server.stages = slices.Insert(slices.Clone(b.server.stages), at, namedStage{"test", func(c *call) *answer {
		if c.updates() {
			f()
		}
		return nil
	}})
}

// Of many writers that hold the same ETag, and have all passed the early look at
// it, one wins.
func TestConcurrentIfMatch(t *testing.T) {
	t.Parallel()
	b := serve(t)
	const writers = 12
	var arrived, group sync.WaitGroup
	arrived.Add(writers)
	b.beforeApply(func() { arrived.Done(); arrived.Wait() })
	etag := b.send("GET", first, "").header.Get("ETag")
	statuses := make(chan int, writers)
	for w := range writers {
		group.Go(func() {
			statuses <- b.send("PATCH", first, fmt.Sprintf(`{"count":%d}`, w), "If-Match: "+etag).status
		})
	}
	group.Wait()
	close(statuses)
	count := map[int]int{}
	for s := range statuses {
		count[s]++
	}
	if count[200] != 1 || count[412] != writers-1 {
		t.Errorf("statuses: %v", count)
	}
}

func TestEntityChangedBeforeTheUpdate(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.beforeApply(b.server.Reset) // new ETags
	etag := b.send("GET", first, "").header.Get("ETag")
	b.refused(b.send("PATCH", first, `{"title":"x"}`, "If-Match: "+etag), 412, "PreconditionFailed")
	if got := b.get(first, "title"); got != `"first"` {
		t.Errorf("changed: %s", got)
	}
}

func TestEntityGoneBeforeTheUpdate(t *testing.T) {
	t.Parallel()
	b := serve(t)
	params, err := b.server.Clone(b.server.routes[0].op)
	if err != nil {
		t.Fatal(err)
	}
	b.beforeApply(b.server.Reset)
	b.refused(b.send("PATCH", "/beta/shelves/top/widgets/"+params["widgetId"], `{"title":"x"}`), 404, "ResourceNotFound")
	if n := len(b.server.routes[0].store.all()); n != 2 {
		t.Errorf("%d entities: an update made one", n)
	}
}

func TestStartRefusesOtherMachines(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.com:80", "127.0.0.1", "nonsense"} {
		l, err := Start(t.Context(), addr, http.NotFoundHandler())
		if err == nil {
			_ = l.Close()
			t.Errorf("%s was taken", addr)
		} else if !strings.Contains(err.Error(), addr) {
			t.Errorf("the error does not name %s: %v", addr, err)
		}
	}
	l, err := listen(t.Context(), ":0", http.NotFoundHandler(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestStartOnATakenPort(t *testing.T) {
	t.Parallel()
	l, err := Start(t.Context(), "localhost:0", http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	addr := strings.TrimPrefix(l.URL(), "http://")
	if _, err := Start(t.Context(), addr, http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("error %v, want one that names %s", err, addr)
	}
}

func TestCloseLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	l, err := Start(t.Context(), "", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		_, _ = io.WriteString(w, "done")
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		b := &bench{tb: t, url: l.URL()}
		got <- b.send("GET", "/", "").body
	}()
	<-entered
	closed := make(chan error, 2)
	for range 2 {
		go func() { closed <- l.Close() }()
	}
	for l.listens(t) { // until Close is under way
		time.Sleep(time.Millisecond)
	}
	close(leave)
	if body := <-got; body != "done" {
		t.Errorf("the request got %q", body)
	}
	if err := errors.Join(<-closed, <-closed); err != nil {
		t.Error(err)
	}
}

func TestEndOfContextCloses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Start(ctx, "", http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if l.listens(t) {
		t.Error("still listening")
	}
}

// listens reports whether a connection can be made.
func (l *Listener) listens(t *testing.T) bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", l.addr.String())
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
