package credential

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"graphpact/internal/safetext"
)

// hostile are answers of an identity service that no client may wait for, or read, without
// end. Each ends when the client breaks off.
var hostile = map[string]struct {
	answer func(http.ResponseWriter, *http.Request)
	// want is the error where the whole time of one asking is not needed.
	want string
}{
	"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ""},
	"half an answer": {func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"access_token":"`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, ""},
	"a drip": {func(w http.ResponseWriter, r *http.Request) {
		for range time.Tick(10 * time.Millisecond) {
			if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil || r.Context().Err() != nil {
				return
			}
		}
	}, ""},
	"a dripping header": {func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\n", "X: y\r\n", 10*time.Millisecond)
	}, ""},
	"a body without end": {func(w http.ResponseWriter, _ *http.Request) { endless(w) }, "the answer is longer than 1048576 bytes"},
	"a token without end": {func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"token_type":"Bearer","access_token":"`)
		endless(w)
	}, "the answer is longer than 1048576 bytes"},
	"gzip without end": {func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		endless(z)
	}, "the answer is longer than 1048576 bytes"},
	"a refusal without end": {func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"`)
		endless(w)
	}, "the answer is longer than 1048576 bytes"},
	"a header of 2 MB": {func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 2<<20))
	}, "server response headers exceeded 65536 bytes"},
	"a header without end": {func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("y", 4<<10)+"\r\n", 0)
	}, "server response headers exceeded 65536 bytes"},
	"103 without end": {func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "", "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", 0)
	}, "server response headers exceeded 65536 bytes"},
}

// endless writes until nobody reads any more.
func endless(w io.Writer) {
	for piece := []byte(strings.Repeat("x", 1<<16)); ; {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

// raw writes to the connection itself: first, and then again and again with a pause.
func raw(w http.ResponseWriter, first, again string, pause time.Duration) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	for _, err = buffered.WriteString(first); err == nil; _, err = buffered.WriteString(again) {
		if buffered.Flush() != nil {
			return
		}
		time.Sleep(pause)
	}
}

// metered counts what a handler could write.
type metered struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

func (m metered) Write(p []byte) (int, error) {
	n, err := m.ResponseWriter.Write(p)
	m.bytes.Add(int64(n))
	return n, err
}

func (m metered) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// TestHostileIdentityService: whatever the service answers, where its addresses or the
// token are asked for, asking ends within its time, by itself, and reads no more than its
// limit.
func TestHostileIdentityService(t *testing.T) {
	t.Parallel()
	for name, tc := range hostile {
		for _, part := range []string{"/.well-known/", "/token"} {
			t.Run(name+" of "+strings.Trim(part, "/."), func(t *testing.T) {
				t.Parallel()
				s := newIdentity(t, time.Hour)
				s.env[envSecret] = s.Secret
				set := s.settings(MethodSecret)
				friendly := s.Config.Handler
				var sent, asked atomic.Int64
				s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !strings.Contains(r.URL.Path, part) {
						friendly.ServeHTTP(w, r)
						return
					}
					asked.Add(1)
					_, _ = io.Copy(io.Discard, r.Body) // the server sees a client that breaks off only then
					tc.answer(metered{w, &sent}, r)
				})
				guard := newGuard()
				method, err := set.azureMethod(guard)
				if err != nil {
					t.Fatal(err)
				}
				method.options.Retry.RetryDelay = time.Millisecond
				c, within, err := method.open()
				if err != nil || within != askTime {
					t.Fatalf("one asking may take %s, %v", within, err)
				}
				want := tc.want
				if want == "" {
					want, within = "no answer in time; check the network", 300*time.Millisecond
				}
				ctx, cancel := context.WithTimeout(t.Context(), requestTime)
				defer cancel()
				_, err = (&guarded{method: MethodSecret, source: azureToken{credential: c, scope: "x/.default", within: within}, guard: guard}).Token(ctx)
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant %s", err, want)
				}
				if text := fmt.Sprint(err); strings.Contains(text, s.Secret) || text != safetext.Line(text) || len(text) > 700 {
					t.Errorf("not one line of bounded length without the secret: %q", text)
				}
				if n := asked.Load(); n == 0 || n > 3 {
					t.Errorf("asked %d times", n)
				}
				// What the client does not read fills the buffers of the system, three times.
				if n := sent.Load(); n > 48<<20 {
					t.Errorf("the service could send %d bytes", n)
				}
			})
		}
	}
}
