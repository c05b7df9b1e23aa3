package mockgraph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"graphpact/internal/contract"
)

// behaving is a server with the behaviours of the names.
func behaving(t *testing.T, names ...string) *bench {
	t.Helper()
	return serve(t, func(c *Config) {
		for _, name := range names {
			b, ok := FindBehaviour(name)
			if !ok {
				t.Fatalf("no behaviour %s", name)
			}
			c.Behaviours = append(c.Behaviours, b)
		}
	})
}

const closeIt = `{"stage":"closed"}`

func TestStatusFault(t *testing.T) {
	t.Parallel()
	b := behaving(t, "status-204")
	if r := b.want(b.send("PATCH", first, closeIt), 204); r.body != "" || r.header.Get("Content-Type") != "" {
		t.Errorf("204 with %q, %v", r.body, r.header)
	}
	if got := b.get(first, "stage"); got != `"closed"` {
		t.Errorf("not applied: %s", got)
	}
}

func TestNotPersisted(t *testing.T) {
	t.Parallel()
	b := behaving(t, "update-not-persisted")
	unchanged := b.expectUnchanged()
	if r := b.want(b.send("PATCH", first, closeIt), 200); !strings.Contains(r.body, `"stage":"closed"`) {
		t.Errorf("the answer tells that it was dropped: %s", r.body)
	}
	unchanged()
}

// A fault spoils what the variant made, and the layout of the variant stays.
func TestVariantThenFault(t *testing.T) {
	t.Parallel()
	b := behaving(t, "key-null", "json-indented", "timestamp-offset-zero")
	r := b.send("PATCH", first, closeIt)
	if !strings.Contains(r.body, "\n\t\"id\": null") || !strings.Contains(r.body, "+00:00") {
		t.Errorf("not indented, with Z, or with a key: %s", r.body)
	}
}

func TestKeptAfterRefusal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body, want string
		fields     []string
		status     int
	}{
		"kept-after-enum-refusal":       {`{"stage":"ajar"}`, `"ajar"`, nil, 400},
		"kept-after-case-refusal":       {`{"stage":"CLOSED"}`, `"CLOSED"`, nil, 400},
		"kept-after-type-refusal":       {`{"stage":true}`, `true`, nil, 400},
		"kept-after-malformed-json":     {`{"stage":"closed"`, `"closed"`, nil, 400},
		"kept-after-media-type-refusal": {closeIt, `"closed"`, []string{"Content-Type: text/plain"}, 415},
		"kept-after-missing-token":      {closeIt, `"closed"`, []string{"Authorization:"}, 401},
		"kept-after-bad-token":          {closeIt, `"closed"`, []string{"Authorization: Bearer made-up"}, 401},
		"kept-after-expired-token":      {closeIt, `"closed"`, []string{"Authorization: Bearer a.b.c"}, 401},
		"kept-after-stale-etag":         {closeIt, `"closed"`, []string{`If-Match: "stale"`}, 412},
	} {
		t.Run(name, func(t *testing.T) {
			plain := serve(t)
			unchanged := plain.expectUnchanged()
			plain.want(plain.send("PATCH", first, tt.body, tt.fields...), tt.status)
			unchanged()

			b := behaving(t, name)
			b.want(b.send("PATCH", first, tt.body, tt.fields...), tt.status)
			if got := b.get(first, "stage"); got != tt.want {
				t.Errorf("the stage is %s, want %s", got, tt.want)
			}
		})
	}
}

// Only a page with two properties to set can show a mixture.
func TestConcurrentUpdatesMixed(t *testing.T) {
	t.Parallel()
	b := behaving(t, "concurrent-updates-mixed")
	b.want(b.send("PATCH", first, `{"title":"a","count":1}`), 200)
	b.want(b.send("PATCH", first, `{"title":"b","count":2}`), 200)
	if title, count := b.get(first, "title"), b.get(first, "count"); title != `"b"` || count != "1" {
		t.Errorf("no mixture: %s %s", title, count)
	}
	// With a read between them they are not at once.
	b.want(b.send("PATCH", first, `{"title":"c","count":3}`), 200)
	if title, count := b.get(first, "title"), b.get(first, "count"); title != `"c"` || count != "3" {
		t.Errorf("mixed: %s %s", title, count)
	}
}

func TestCutAnswer(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"answer-cut"}, {"answer-cut-in-chunk"}} {
		b := behaving(t, names...)
		req, err := http.NewRequestWithContext(t.Context(), "PATCH", b.url+first, strings.NewReader(closeIt))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err == nil || len(data) == 0 || res.StatusCode != 200 {
			t.Errorf("%v: status %d, %d bytes, %v", names, res.StatusCode, len(data), err)
		}
	}
}

func TestThrottledFirst(t *testing.T) {
	t.Parallel()
	b := behaving(t, "throttled-date")
	r := b.want(b.send("PATCH", first, closeIt), 429)
	if _, err := http.ParseTime(r.header.Get("Retry-After")); err != nil {
		t.Error(err)
	}
	b.want(b.send("PATCH", first, closeIt), 200)
	b.want(b.send("GET", first, ""), 429)
	b.want(b.send("GET", first, ""), 200)
}

func TestServerBehindTLS(t *testing.T) {
	t.Parallel()
	v, _ := FindBehaviour("http2")
	s, err := New(Config{Operations: allOperations(), Conventions: conventions(t), Token: token, Behaviours: []Behaviour{v}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := StartServer(t.Context(), "", s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(l.CACert()) || !strings.HasPrefix(l.URL(), "https://127.0.0.1:") {
		t.Fatalf("%s, certificate %q", l.URL(), l.CACert())
	}
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), "GET", l.URL()+"/_graphpact/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.ProtoMajor != 2 || res.StatusCode != 200 {
		t.Errorf("%s %d", res.Proto, res.StatusCode)
	}
	if _, err := StartServer(t.Context(), "0.0.0.0:0", s); err == nil {
		t.Error("served to other machines")
	}
}

// The control endpoints tell the truth under every behaviour, and no request makes one
// panic.
func TestEveryBehaviour(t *testing.T) {
	t.Parallel()
	op := widget()
	exercise(t, op)
	for _, op := range corpus(t) {
		exercise(t, op)
	}
}

func exercise(t *testing.T, op *contract.Operation) {
	t.Helper()
	for _, behaviour := range registry() {
		if behaviour.notApplicable(op) != "" {
			continue
		}
		var mu sync.Mutex
		s, err := New(Config{
			Operations: []*contract.Operation{op}, Conventions: conventions(t), Token: token, Behaviours: []Behaviour{behaviour},
			Log: func(m string) {
				mu.Lock()
				defer mu.Unlock()
				t.Errorf("%s on %s: %s", behaviour.Name, op.Page, m)
			},
		})
		if err != nil {
			t.Errorf("%s on %s: %v", behaviour.Name, op.Page, err)
			continue
		}
		path := s.cfg.BasePath + s.routes[0].template.expand(s.Params(op))
		ask := func(method, path, body, auth string, fields ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+auth)
			for _, f := range fields {
				name, value, _ := strings.Cut(f, ": ")
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			defer func() {
				v := recover()
				if err, _ := v.(error); v != nil && !errors.Is(err, http.ErrAbortHandler) {
					t.Errorf("%s on %s: %s %s: %v", behaviour.Name, op.Page, method, body, v)
				}
			}()
			s.ServeHTTP(w, r)
			return w
		}
		update := "{}"
		if body, ok := op.Update(nil); ok {
			update = string(encode(body))
		}
		method := op.Method.Value
		for _, body := range []string{update, update, "{}", `{"graphpactUnknown":1}`, update[:len(update)-1], "", `{"@a.b":1}`} {
			ask(method, path, body, token)
			ask("GET", path, "", token)
		}
		ask(method, path, update, token, "If-Match: \"x\"")
		ask(method, path, update, token, "Prefer: return=minimal")
		ask(method, path, update, token, "Content-Type: text/plain")
		ask(method, path, update, "a.b.c")
		ask("GET", path, "", "bad")
		ask("DELETE", path, "", token)
		ask(method, path+"x", update, token)
		ask("GET", path+"y", "", token)
		if w := ask("GET", controlPath+"state", "", token); w == nil || w.Code != 200 || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s on %s disturbs the control endpoints", behaviour.Name, op.Page)
		}
	}
}

// corpus gives a sample of the pages that lie beside the project, none where they do not.
func corpus(t *testing.T) []*contract.Operation {
	t.Helper()
	const folder, step = "../../../shared/docs/corpus", 12
	var files []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, "-update.md") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Logf("no sample of other pages: %v", err)
		return nil
	}
	var ops []*contract.Operation
	for i := 0; i < len(files); i += step {
		data, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if op := readPage(t, filepath.Base(files[i]), data, conventions(t)); op != nil {
			ops = append(ops, op)
		}
	}
	t.Logf("%d other pages", len(ops))
	return ops
}

// An update that is sent again, as after a cut answer, is no second one at once; another one
// that no read stands before is.
func TestSentAgainIsNotAtOnce(t *testing.T) {
	t.Parallel()
	const one, other = "client-request-id: 1", "client-request-id: 2"
	for name, refusal := range map[string]int{
		"locked-for-one": 423, "conflict-for-one": 409, "concurrent-conflict-kept": 409, "concurrent-update-500": 500,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := behaving(t, name)
			b.want(b.send("PATCH", first, `{"title":"a"}`, one), 200)
			b.want(b.send("PATCH", first, `{"title":"a"}`, one), 200)
			b.want(b.send("PATCH", first, `{"title":"b"}`, other), refusal)
			b.want(b.send("PATCH", first, `{"title":"b"}`, other), refusal) // it was not taken: it still is the second
			b.want(b.send("PATCH", first, `{"title":"a"}`, one), 200)
			b.want(b.send("PATCH", first, `{"title":"c"}`), refusal)
			b.want(b.send("PATCH", first, `{"title":"c"}`), refusal) // without an id nothing tells the two apart
			b.want(b.send("GET", first, ""), 200)
			b.want(b.send("PATCH", first, `{"title":"b"}`, other), 200)
		})
	}
}

// A behaviour sees no update half done: what it takes back of one stays taken back beside others.
func TestBehaviourBesideOthers(t *testing.T) {
	t.Parallel()
	b := behaving(t, "wrong-entity")
	before := b.get(first, "title")
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 40 {
				b.send("PATCH", first, `{"title":"a"}`)
			}
		})
	}
	clients.Wait()
	if after := b.get(first, "title"); after != before {
		t.Errorf("%s, want %s", after, before)
	}
}
