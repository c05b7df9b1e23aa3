package negative

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

const entity = `{"id":"1","title":"lamp"}`

// answer is what came of a request: the status and the body, or why there is none.
type answer struct {
	status      int
	mediaType   string
	header      http.Header
	body        string
	failed      bool
	timedOut    bool
	notHTTPText string
}

func ask(t *testing.T, c Control, method, body string) answer {
	t.Helper()
	srv := httptest.NewServer(c.Handler(Entity{Body: []byte(entity)}))
	defer srv.Close()
	timeout := 5 * time.Second
	if c.Timeout > 0 {
		timeout = c.Timeout
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, srv.URL+"/beta/lamps/1", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return answer{failed: true, timedOut: errors.Is(err, context.DeadlineExceeded), notHTTPText: err.Error()}
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: resp.StatusCode, mediaType: resp.Header.Get("Content-Type"), header: resp.Header, body: string(data)}
}

// TestControls: each does what its summary says, alike for a read and an update.
func TestControls(t *testing.T) {
	t.Parallel()
	const update = `{"title":"lantern","color":"red"}`
	same := func(status int, mediaType, body string) func(string, answer) bool {
		return func(_ string, a answer) bool {
			return a.status == status && a.mediaType == mediaType && a.body == body
		}
	}
	want := map[string]func(method string, a answer) bool{
		"empty-object": same(200, jsonType, `{}`),
		"not-found":    same(404, jsonType, anError),
		"server-error": same(500, "text/plain", "oops"),
		"bad-request":  same(400, jsonType, anError),
		"unauthorized": func(m string, a answer) bool {
			return same(401, jsonType, anError)(m, a) && a.header.Get("WWW-Authenticate") != ""
		},
		"throttled": func(m string, a answer) bool {
			return same(429, jsonType, anError)(m, a) && a.header.Get("Retry-After") == "60"
		},
		"no-content": same(204, "", ""),
		"empty-body": same(200, jsonType, ""),
		"login-page": func(_ string, a answer) bool {
			return a.status == 200 && strings.HasPrefix(a.mediaType, "text/html") && strings.Contains(a.body, "password")
		},
		"list":        same(200, jsonType, `[]`),
		"null":        same(200, jsonType, `null`),
		"redirect":    func(_ string, a answer) bool { return a.status == 307 && a.header.Get("Location") == "/" },
		"silent":      func(_ string, a answer) bool { return a.timedOut },
		"hang-up":     func(_ string, a answer) bool { return a.failed && !a.timedOut },
		"random-body": same(200, jsonType, string(noise())),
		"random-bytes": func(_ string, a answer) bool {
			return a.failed && strings.Contains(a.notHTTPText, "malformed HTTP")
		},
		"echo": func(m string, a answer) bool {
			if m == http.MethodGet {
				return same(200, jsonType, `{}`)(m, a)
			}
			return same(200, jsonType, update)(m, a)
		},
		"parrot": same(200, jsonType, entity),
		"yes-man": func(m string, a answer) bool {
			if m == http.MethodGet {
				return same(200, jsonType, entity)(m, a)
			}
			return same(200, jsonType, `{"color":"red","id":"1","title":"lantern"}`)(m, a)
		},
	}
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for _, c := range Controls() {
		if seen[c.Name] || !name.MatchString(c.Name) || !strings.HasSuffix(c.Summary, ".") {
			t.Errorf("%q: %s", c.Name, c.Summary)
		}
		seen[c.Name] = true
		holds, ok := want[c.Name]
		if !ok {
			t.Errorf("%s: nothing is written down of its answer", c.Name)
			continue
		}
		for _, p := range c.Passes {
			if p.ID == "" || p.Why == "" {
				t.Errorf("%s: a pass without an id or a reason: %+v", c.Name, p)
			}
		}
		for method, body := range map[string]string{http.MethodGet: "", http.MethodPatch: update} {
			if a := ask(t, c, method, body); !holds(method, a) {
				t.Errorf("%s, %s: %+v", c.Name, method, a)
			}
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d controls, %d answers written down", len(seen), len(want))
	}
}

// A yes-man forgets: the next request sees the entity as it was, and what is no object
// changes nothing.
func TestMerge(t *testing.T) {
	t.Parallel()
	for update, want := range map[string]string{
		`{"title":"x"}`: `{"id":"1","title":"x"}`,
		`{"a":1}`:       `{"a":1,"id":"1","title":"lamp"}`,
		`{}`:            entity,
		``:              entity,
		`[1]`:           entity,
		`{"title":`:     entity,
	} {
		if got := string(merge([]byte(entity), []byte(update))); got != want {
			t.Errorf("%s: %s, want %s", update, got, want)
		}
	}
}
