package steps

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"graphpact/internal/result"
)

// TestLegalVariants: what a server may do is never reported.
func TestLegalVariants(t *testing.T) {
	const (
		status   = "readinessStatus"
		modified = "lastModifiedDateTime"
		created  = "createdDateTime"
	)
	each := func(change func(o map[string]any)) func(http.Handler) http.Handler {
		return onAnswer(func(_ *http.Request, a *answer) {
			if a.status == http.StatusOK {
				a.json(change)
			}
		})
	}
	onGet := func(change func(o map[string]any)) func(http.Handler) http.Handler {
		return onAnswer(func(r *http.Request, a *answer) {
			if r.Method == http.MethodGet && a.status == http.StatusOK {
				a.json(change)
			}
		})
	}
	offset := func(o map[string]any, name string) {
		if s, ok := o[name].(string); ok {
			o[name] = strings.Replace(s, "Z", "+00:00", 1)
		}
	}
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"extra properties":         each(func(o map[string]any) { o["extra"] = map[string]any{"a": []any{1}} }),
		"more annotations":         each(func(o map[string]any) { o[status+"@odata.type"] = "#String" }),
		"an absolute type":         each(func(o map[string]any) { o["@odata.type"] = "http://host/$metadata#microsoft.graph.industryData.x" }),
		"no type":                  each(func(o map[string]any) { delete(o, "@odata.type") }),
		"an offset":                each(func(o map[string]any) { offset(o, modified); offset(o, created) }),
		"an offset in a GET alone": onGet(func(o map[string]any) { offset(o, modified); offset(o, created) }),
		"12 fraction digits":       each(func(o map[string]any) { o[created] = "2024-01-02T03:04:05.123456789012Z" }),
		"422 for what it refuses":  swapPatch(http.StatusBadRequest, http.StatusUnprocessableEntity),
		"400 for a media type":     swap(http.StatusUnsupportedMediaType, http.StatusBadRequest),
		"no ETag": onAnswer(func(_ *http.Request, a *answer) {
			a.header.Del("ETag")
			a.json(func(o map[string]any) { delete(o, "@odata.etag") })
		}),
		"a strong ETag":             onAnswer(func(_ *http.Request, a *answer) { a.header.Set("ETag", strings.TrimPrefix(a.header.Get("ETag"), "W/")) }),
		"a key that a GET hides":    each(func(o map[string]any) { delete(o, "id") }),
		"a plain media type":        onAnswer(func(_ *http.Request, a *answer) { a.header.Set("Content-Type", "application/json") }),
		"a media type in capitals":  onAnswer(func(_ *http.Request, a *answer) { a.header.Set("Content-Type", "Application/JSON; charset=UTF-8") }),
		"no date before the update": noDateFirst(modified),
		"a counter of versions":     counter(),
		"a preference is ignored":   onRequest(func(r *http.Request, b []byte) []byte { r.Header.Del("Prefer"); return b }),
		"read-only is forbidden":    readOnly(http.StatusForbidden, created, modified, "id"),
		"read-only is refused":      readOnly(http.StatusBadRequest, created, modified, "id"),
		"one of two is in conflict": conflicts(),
		"error details": onAnswer(func(_ *http.Request, a *answer) {
			if a.status >= 400 {
				a.json(func(o map[string]any) { o["error"].(map[string]any)["details"] = []any{} })
			}
		}),
		"a spelling of codes": onAnswer(func(_ *http.Request, a *answer) {
			if a.status >= 400 {
				a.json(func(o map[string]any) { o["error"].(map[string]any)["code"] = "some.other-code" })
			}
		}),
		"a request-id in other case": onAnswer(func(_ *http.Request, a *answer) {
			a.header.Set("client-request-id", strings.ToUpper(a.header.Get("client-request-id")))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reqs := newBench(t).run(t, wrap)
			for key, r := range reqs {
				// A GET without the key contradicts the page's own example.
				if name == "a key that a GET hides" && (key == "UPD-03" || key == "UPD-32") {
					continue
				}
				if r.Verdict != result.Pass && r.Verdict != result.Skip {
					t.Errorf("%s: %s %s %+v", key, r.Verdict, r.Reason, r.Checks[max(0, len(r.Checks)-1):])
				}
			}
		})
	}
}

// noDateFirst shows no date of the last modification until there was one.
func noDateFirst(modified string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var patched sync.Map
		return onAnswer(func(r *http.Request, a *answer) {
			if patches(r) && a.status < 300 {
				patched.Store(r.URL.Path, true)
			}
			if _, ok := patched.Load(r.URL.Path); !ok && a.status == http.StatusOK {
				a.json(func(o map[string]any) { o[modified] = nil })
			}
		})(next)
	}
}

// counter shows a number that grows with each successful update.
func counter() func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var n atomic.Int64
		return onAnswer(func(r *http.Request, a *answer) {
			if a.status != http.StatusOK {
				return
			}
			if patches(r) {
				n.Add(1)
			}
			a.json(func(o map[string]any) { o["version"] = n.Load() })
		})(next)
	}
}

// readOnly answers with the status to an update of one of the names.
func readOnly(status int, names ...string) func(http.Handler) http.Handler {
	return answering(status, func(body map[string]any) bool {
		for _, n := range names {
			if _, ok := body[n]; ok {
				return true
			}
		}
		return false
	})
}

func answering(status int, wrong func(body map[string]any) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var buf bytes.Buffer
			_, _ = buf.ReadFrom(r.Body)
			if patches(r) && wrong(object(buf.Bytes())) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = w.Write([]byte(`{"error":{"code":"no","message":"no"}}`))
				return
			}
			r.Body = nopCloser{&buf}
			next.ServeHTTP(w, r)
		})
	}
}

// conflicts answers 409 to an update that comes while another one is under way.
func conflicts() func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		busy := map[string]bool{}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			taken := patches(r) && busy[r.URL.Path]
			if patches(r) {
				busy[r.URL.Path] = true
			}
			mu.Unlock()
			if taken {
				w.WriteHeader(http.StatusConflict)
				return
			}
			next.ServeHTTP(w, r)
			if patches(r) {
				mu.Lock()
				busy[r.URL.Path] = false
				mu.Unlock()
			}
		})
	}
}

// TestTwoUpdatesAtOnce: two updates that both say yes must leave one of the two.
func TestTwoUpdatesAtOnce(t *testing.T) {
	lost := func(next http.Handler) http.Handler {
		return onAnswer(func(r *http.Request, a *answer) {
			if r.Method == http.MethodGet && a.status == http.StatusOK {
				a.json(func(o map[string]any) { o["readinessStatus"] = "expired" })
			}
		})(next)
	}
	if r := newBench(t).run(t, lost, "UPD-14")["UPD-14"]; r.Verdict != result.Fail {
		t.Errorf("%s %s", r.Verdict, r.Reason)
	}
	both := func(next http.Handler) http.Handler { return swapPatch(http.StatusOK, http.StatusConflict)(next) }
	if r := newBench(t).run(t, both, "UPD-14")["UPD-14"]; r.Verdict != result.Fail {
		t.Errorf("none succeeded: %s %s", r.Verdict, r.Reason)
	}
}

// TestPreparation: without the state that it needs, a scenario is not judged.
func TestPreparation(t *testing.T) {
	const key = "UPD-01[readinessStatus=notReady]" // what the seed holds already
	refusing := answering(http.StatusInternalServerError, func(body map[string]any) bool { return body["readinessStatus"] == "ready" })
	if r := newBench(t).run(t, refusing, key)[key]; r.Verdict != result.Error || !strings.Contains(r.Reason, "state that the scenario needs") {
		t.Errorf("%s %s", r.Verdict, r.Reason)
	}
	ignoring := answering(http.StatusOK, func(body map[string]any) bool { return body["readinessStatus"] == "ready" })
	if r := newBench(t).run(t, ignoring, key)[key]; r.Verdict != result.Error || !strings.Contains(r.Reason, "it still is") {
		t.Errorf("%s %s", r.Verdict, r.Reason)
	}
}

// TestSilentPage: a page that names no status makes no MUST of one.
func TestSilentPage(t *testing.T) {
	page := string(fixture(t, testPage))
	from, to := strings.Index(page, "## Response"), strings.Index(page, "## Examples")
	page = page[:from] + page[to:]
	page = strings.Replace(page, "HTTP/1.1 200 OK\n", "", 1)
	b := newBenchFor(t, []byte(page), fixture(t, testSeeds))
	reqs := b.run(t, nil)
	if r := reqs["UPD-02"]; r.Verdict != result.Skip || !strings.Contains(r.Reason, "the page has no status") {
		t.Errorf("%s %s", r.Verdict, r.Reason)
	}
	if got := withVerdict(reqs, result.Fail); len(got) > 0 {
		t.Errorf("failed: %v", got)
	}
}
