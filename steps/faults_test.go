package steps

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"graphpact/internal/result"
)

// TestMockIsConformant: the mock keeps every promise, and every requirement is
// tested on it.
func TestMockIsConformant(t *testing.T) {
	reqs := newBench(t).run(t, nil)
	for key, r := range reqs {
		if r.Verdict != result.Pass {
			t.Errorf("%s: %s %s %+v", key, r.Verdict, r.Reason, r.Checks)
		}
		if len(r.Checks) == 0 || len(r.Exchanges) == 0 {
			t.Errorf("%s passed without a check or an exchange", key)
		}
		for _, c := range r.Checks {
			if c.Verdict == result.Pass && (c.Source == nil || c.Expected == "") {
				t.Errorf("%s: check %q says neither what it expects nor who asks for it", key, c.Name)
			}
		}
	}
	if len(reqs) < 50 {
		t.Errorf("%d requirements; a feature was lost", len(reqs))
	}
}

// TestFaults: each fault breaks one promise, and the requirement that is named for
// the promise must notice.
func TestFaults(t *testing.T) {
	const (
		status   = "readinessStatus"
		modified = "lastModifiedDateTime"
		created  = "createdDateTime"
	)
	set := func(name string, v any) func(*http.Request, *answer) {
		return func(_ *http.Request, a *answer) {
			if a.status == http.StatusOK {
				a.json(func(o map[string]any) { o[name] = v })
			}
		}
	}
	afterPatch := func(change func(a *answer)) func(http.Handler) http.Handler {
		return onAnswer(func(r *http.Request, a *answer) {
			if patches(r) && a.status == http.StatusOK {
				change(a)
			}
		})
	}
	accept := func(wrong func(r *http.Request, body []byte) bool) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var buf bytes.Buffer
				if patches(r) {
					_, _ = buf.ReadFrom(r.Body)
					if wrong(r, buf.Bytes()) {
						r.Method, r.Body = http.MethodGet, http.NoBody // 200 with the entity, nothing changed
					} else {
						r.Body = nopCloser{&buf}
					}
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	reject := func(wrong func(body []byte) bool) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var buf bytes.Buffer
				_, _ = buf.ReadFrom(r.Body)
				if patches(r) && wrong(buf.Bytes()) {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusBadRequest)
					_, _ = w.Write([]byte(`{"error":{"code":"BadRequest","message":"no"}}`))
					return
				}
				r.Body = nopCloser{&buf}
				next.ServeHTTP(w, r)
			})
		}
	}
	// shadow lets a value take effect that should not: it shows up in each later GET of
	// the same entity.
	shadow := func(takes func(body map[string]any) bool, as func(o, body map[string]any)) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			var mu sync.Mutex
			taken := map[string]map[string]any{}
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var buf bytes.Buffer
				_, _ = buf.ReadFrom(r.Body)
				body := object(buf.Bytes())
				r.Body = nopCloser{&buf}
				mu.Lock()
				if patches(r) && body != nil && takes(body) {
					taken[r.URL.Path] = body
				}
				held := taken[r.URL.Path]
				mu.Unlock()
				onAnswer(func(r *http.Request, a *answer) {
					if r.Method == http.MethodGet && held != nil {
						a.json(func(o map[string]any) { as(o, held) })
					}
				})(next).ServeHTTP(w, r)
			})
		}
	}
	has := func(name string) func(map[string]any) bool {
		return func(body map[string]any) bool { _, ok := body[name]; return ok }
	}
	copyOf := func(name string) func(o, body map[string]any) {
		return func(o, body map[string]any) { o[name] = body[name] }
	}
	faults := map[string]struct {
		wrap func(http.Handler) http.Handler
		seen []string // keys that must fail, warn or err
	}{
		"204 where the page says 200": {
			afterPatch(func(a *answer) { a.status, a.body = http.StatusNoContent, nil }),
			[]string{"UPD-02", "UPD-01[readinessStatus=ready]"},
		},
		"202": {afterPatch(func(a *answer) { a.status = http.StatusAccepted }), []string{"UPD-02"}},
		"empty body": {
			afterPatch(func(a *answer) { a.body = nil }), []string{"UPD-03"},
		},
		"property missing": {
			afterPatch(func(a *answer) { a.json(func(o map[string]any) { delete(o, created) }) }), []string{"UPD-03"},
		},
		"enum outside the page": {onAnswer(set(status, "sleeping")), []string{"UPD-03", "UPD-01[readinessStatus=ready]"}},
		"malformed timestamp":   {onAnswer(set(modified, "yesterday")), []string{"UPD-03", "UPD-06"}},
		"timestamp without zone": {
			onAnswer(set(created, "2026-01-02T03:04:05")), []string{"UPD-03"},
		},
		"wrong media type": {
			afterPatch(func(a *answer) { a.header.Set("Content-Type", "text/html") }), []string{"UPD-04"},
		},
		"id changed in the response": {
			afterPatch(func(a *answer) { a.json(func(o map[string]any) { o["id"] = "another" }) }), []string{"UPD-05", "UPD-11"},
		},
		"modified date stands still": {onAnswer(set(modified, "2020-01-01T00:00:00Z")), []string{"UPD-06", "UPD-07"}},
		"modified date in the future": {
			onAnswer(func(r *http.Request, a *answer) {
				if a.status == http.StatusOK {
					a.json(func(o map[string]any) { o[modified] = strings.Replace(o[modified].(string), "20", "21", 1) })
				}
			}), []string{"UPD-07"},
		},
		"created date moves": {created2(created, modified), []string{"UPD-08"}},
		"update is not persisted": {
			accept(func(*http.Request, []byte) bool { return true }),
			[]string{"UPD-01[readinessStatus=ready]", "UPD-10[readinessStatus]", "UPD-06", "UPD-25", "UPD-26"},
		},
		"response shows the old state": {
			afterPatch(func(a *answer) { a.json(func(o map[string]any) { o[status] = "notReady" }) }),
			[]string{"UPD-01[readinessStatus=ready]", "UPD-11"},
		},
		"{} is refused": {
			reject(func(b []byte) bool { return string(b) == "{}" }), []string{"UPD-12"},
		},
		"another property is reset": {
			shadow(has(status), func(o, _ map[string]any) { o[created] = "2020-01-01T00:00:00Z" }),
			[]string{"UPD-10[readinessStatus]", "UPD-11", "UPD-08"},
		},
		"a forged date is stored in another form": {
			shadow(has(modified), func(o, _ map[string]any) { o[modified] = "2001-02-03T04:05:06.0000000+00:00" }),
			[]string{"UPD-09[lastModifiedDateTime]"},
		},
		"a refused update moves the date of the modification": {
			shadow(has("graphpactUnknown"), func(o, _ map[string]any) { o[modified] = "2031-01-01T00:00:00Z" }), []string{"UPD-19"},
		},
		"refusals are 404":     {refusals(http.StatusNotFound), []string{"UPD-16[readinessStatus]", "UPD-19", "UPD-20"}},
		"refusals are 403":     {refusals(http.StatusForbidden), []string{"UPD-16[readinessStatus]", "UPD-19", "UPD-20"}},
		"refusals are 500":     {refusals(http.StatusInternalServerError), []string{"UPD-18[readinessStatus]", "UPD-19", "UPD-20"}},
		"a wrong media is 500": {swap(http.StatusUnsupportedMediaType, http.StatusInternalServerError), []string{"UPD-21"}},
		"a stale ETag is 400":  {swap(http.StatusPreconditionFailed, http.StatusBadRequest), []string{"UPD-27"}},
		"401 is 403":           {swap(http.StatusUnauthorized, http.StatusForbidden), []string{"UPD-22", "UPD-23"}},
		"an update is 201":     {swapPatch(http.StatusOK, http.StatusCreated), []string{"UPD-02", "UPD-12", "UPD-26"}},
		"an error has a prefix of the media type": {
			onAnswer(func(_ *http.Request, a *answer) {
				if a.status >= 400 {
					a.header.Set("Content-Type", "application/jsonx")
				}
			}), []string{"UPD-16[readinessStatus]", "UPD-19"},
		},
		"only a missing token is noticed": {
			onRequest(func(r *http.Request, b []byte) []byte {
				if r.Header.Get("Authorization") != "" {
					r.Header.Set("Authorization", "Bearer "+testToken)
				}
				return b
			}), []string{"UPD-23"},
		},
		"only a bad token is noticed": {
			onRequest(func(r *http.Request, b []byte) []byte {
				if r.Header.Get("Authorization") == "" {
					r.Header.Set("Authorization", "Bearer "+testToken)
				}
				return b
			}), []string{"UPD-22"},
		},
		"any client-request-id comes back": {
			onAnswer(func(_ *http.Request, a *answer) { a.header.Set("client-request-id", "another") }), []string{"UPD-31"},
		},
		"a body beside a word of minimal": {
			onAnswer(func(r *http.Request, a *answer) {
				if patches(r) && r.Header.Get("Prefer") != "" {
					a.status = http.StatusOK
				}
			}), []string{"UPD-29"},
		},
		"an absent entity is made": {upserts(), []string{"UPD-24[provisioningFlowId]"}},
		"the second of two equal updates fails": {
			func(next http.Handler) http.Handler {
				var mu sync.Mutex
				seen := map[string]bool{}
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					var buf bytes.Buffer
					_, _ = buf.ReadFrom(r.Body)
					r.Body = nopCloser{&buf}
					key := r.URL.Path + buf.String()
					mu.Lock()
					again := patches(r) && seen[key]
					seen[key] = true
					mu.Unlock()
					if again {
						w.WriteHeader(http.StatusInternalServerError)
						return
					}
					next.ServeHTTP(w, r)
				})
			}, []string{"UPD-13"},
		},
		"the key is another one from the update on": {
			shadow(has(status), func(o, _ map[string]any) { o["id"] = "another" }), []string{"UPD-05", "UPD-11"},
		},
		"{} touches a property": {
			shadow(func(b map[string]any) bool { return len(b) == 0 }, func(o, _ map[string]any) { o[status] = nil }),
			[]string{"UPD-12"},
		},
		"a client sets the date of creation":     {shadow(has(created), copyOf(created)), []string{"UPD-09[createdDateTime]"}},
		"a client sets the date of modification": {shadow(has(modified), copyOf(modified)), []string{"UPD-09[lastModifiedDateTime]"}},
		"a client sets the key":                  {shadow(has("id"), copyOf("id")), []string{"UPD-09[id]"}},
		"the sentinel is stored": {
			shadow(func(b map[string]any) bool { return b[status] == "unknownFutureValue" }, copyOf(status)),
			[]string{"UPD-15[readinessStatus]"},
		},
		"a refused update is kept": {
			shadow(has("graphpactUnknown"), func(o, _ map[string]any) { o["note"] = "half done" }), []string{"UPD-19"},
		},
		"two updates at once are both lost": {
			accept(func(r *http.Request, b []byte) bool { return strings.Contains(r.Header.Get("client-request-id"), "-") }),
			[]string{"UPD-14"},
		},
		"unknown property is dropped in silence": {
			accept(func(_ *http.Request, b []byte) bool { o := object(b); return o != nil && o["graphpactUnknown"] != nil }),
			[]string{"UPD-19"},
		},
		"malformed JSON is accepted": {
			accept(func(_ *http.Request, b []byte) bool { return !json.Valid(b) }), []string{"UPD-20"},
		},
		"any value is accepted and dropped": {
			accept(func(_ *http.Request, b []byte) bool {
				v, ok := object(b)[status]
				s, isString := v.(string)
				return ok && (!isString || !slices.Contains([]string{"notReady", "ready", "failed", "disabled", "expired"}, s))
			}), []string{"UPD-16[readinessStatus]", "UPD-17[readinessStatus]", "UPD-18[readinessStatus]"},
		},
		"any media type is accepted": {
			onRequest(func(r *http.Request, b []byte) []byte {
				if patches(r) {
					r.Header.Set("Content-Type", "application/json")
				}
				return b
			}), []string{"UPD-21"},
		},
		"authentication is not checked": {
			onRequest(func(r *http.Request, b []byte) []byte {
				r.Header.Set("Authorization", "Bearer "+testToken)
				return b
			}), []string{"UPD-22", "UPD-23"},
		},
		"401 without WWW-Authenticate": {
			onAnswer(func(_ *http.Request, a *answer) { a.header.Del("WWW-Authenticate") }), []string{"UPD-22", "UPD-23"},
		},
		"error body without a code": {
			onAnswer(func(_ *http.Request, a *answer) {
				if a.status >= 400 {
					a.json(func(o map[string]any) { delete(o["error"].(map[string]any), "code") })
				}
			}), []string{"UPD-16[readinessStatus]", "UPD-19", "UPD-20", "UPD-24[provisioningFlowId]"},
		},
		"error as HTML": {
			onAnswer(func(_ *http.Request, a *answer) {
				if a.status >= 400 {
					a.header.Set("Content-Type", "text/html")
					a.body = []byte("<html>")
				}
			}), []string{"UPD-19"},
		},
		"unknown entity answers 400": {
			onAnswer(func(r *http.Request, a *answer) {
				if patches(r) && a.status == http.StatusNotFound {
					a.status = http.StatusBadRequest
				}
			}), []string{"UPD-24[provisioningFlowId]", "UPD-24[outboundProvisioningFlowSetId]"},
		},
		"any id is answered for": {
			func(next http.Handler) http.Handler {
				return onAnswer(func(r *http.Request, a *answer) {
					if a.status == http.StatusNotFound {
						a.status, a.body = http.StatusOK, []byte(`{}`)
					}
				})(next)
			}, []string{"UPD-24[provisioningFlowId]"},
		},
		"charset is refused": {
			onAnswer(func(r *http.Request, a *answer) {
				if strings.Contains(r.Header.Get("Content-Type"), "charset") {
					a.status = http.StatusUnsupportedMediaType
				}
			}), []string{"UPD-26"},
		},
		"annotation is refused": {
			reject(func(b []byte) bool { return bytes.Contains(b, []byte("@graphpact")) }), []string{"UPD-25"},
		},
		"If-Match is not read": {
			onRequest(func(r *http.Request, b []byte) []byte { r.Header.Del("If-Match"); return b }), []string{"UPD-27"},
		},
		"If-Match is always refused": {
			onAnswer(func(r *http.Request, a *answer) {
				if r.Header.Get("If-Match") != "" {
					a.status = http.StatusPreconditionFailed
				}
			}), []string{"UPD-28"},
		},
		"ETag never changes": {
			onAnswer(func(_ *http.Request, a *answer) {
				a.header.Del("ETag")
				a.json(func(o map[string]any) { o["@odata.etag"] = `W/"1"` })
			}), []string{"UPD-27"},
		},
		"204 for return=minimal without Preference-Applied": {
			onAnswer(func(_ *http.Request, a *answer) { a.header.Del("Preference-Applied") }), []string{"UPD-29"},
		},
		"no request-id":        {onAnswer(func(_ *http.Request, a *answer) { a.header.Del("request-id") }), []string{"UPD-30"}},
		"no client-request-id": {onAnswer(func(_ *http.Request, a *answer) { a.header.Del("client-request-id") }), []string{"UPD-31"}},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reqs := newBench(t).run(t, f.wrap)
			for _, key := range f.seen {
				r, ok := reqs[key]
				if !ok {
					t.Fatalf("there is no requirement %s", key)
				}
				want := result.Fail
				if r.Level != result.Must {
					want = result.Warn
				}
				if r.Verdict != want {
					t.Errorf("%s: %s %s, want %s", key, r.Verdict, r.Reason, want)
				}
			}
		})
	}
}

// swap answers with another status.
func swap(from, to int) func(http.Handler) http.Handler {
	return onAnswer(func(_ *http.Request, a *answer) {
		if a.status == from {
			a.status = to
		}
	})
}

func swapPatch(from, to int) func(http.Handler) http.Handler {
	return onAnswer(func(r *http.Request, a *answer) {
		if patches(r) && a.status == from {
			a.status = to
		}
	})
}

func refusals(status int) func(http.Handler) http.Handler {
	return swapPatch(http.StatusBadRequest, status)
}

// upserts answers 404 to an update of an absent entity, and has made it all the same.
func upserts() func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		made := map[string]bool{}
		return onAnswer(func(r *http.Request, a *answer) {
			mu.Lock()
			defer mu.Unlock()
			if a.status != http.StatusNotFound {
				return
			}
			if patches(r) {
				made[r.URL.Path] = true
			} else if made[r.URL.Path] {
				a.status, a.body = http.StatusOK, []byte(`{"id":"new"}`)
			}
		})(next)
	}
}

type nopCloser struct{ *bytes.Buffer }

func (nopCloser) Close() error { return nil }

// created2 shows the date of the last modification as the date of creation.
func created2(created, modified string) func(http.Handler) http.Handler {
	return onAnswer(func(_ *http.Request, a *answer) {
		if a.status == http.StatusOK {
			a.json(func(o map[string]any) { o[created] = o[modified] })
		}
	})
}

// TestStatusDrift: the named verdict, with the line of the page and the clause.
func TestStatusDrift(t *testing.T) {
	b := newBench(t)
	reqs := b.run(t, onAnswer(func(r *http.Request, a *answer) {
		if patches(r) && a.status == http.StatusOK {
			a.status, a.body = http.StatusNoContent, nil
		}
	}))
	r := reqs["UPD-02"]
	if len(r.Checks) != 1 {
		t.Fatalf("checks: %+v", r.Checks)
	}
	c := r.Checks[0]
	if c.Class != "status-drift" || c.Source.Kind != "doc" || c.Source.Line != b.op.Success.Source.Line ||
		!strings.Contains(c.Message, "11.4.3") || !strings.Contains(c.Message, "page.md:") {
		t.Errorf("drift is not explained: %+v %+v", c, c.Source)
	}
	// What needs a body says so; what does not is judged all the same.
	for key, want := range map[string]result.Verdict{
		"UPD-03": result.Skip, "UPD-04": result.Skip, "UPD-11": result.Skip,
		"UPD-05": result.Pass, "UPD-06": result.Pass, "UPD-10[readinessStatus]": result.Pass, "UPD-14": result.Pass,
	} {
		if got := reqs[key].Verdict; got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// TestServersThatAreNoGraph: next to nothing passes on a server that does not read
// its requests.
func TestServersThatAreNoGraph(t *testing.T) {
	reply := func(status int, mediaType, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
	for name, tc := range map[string]struct {
		h      http.Handler
		passes []string
	}{
		"200 {} to everything": {reply(200, "application/json", `{}`), nil},
		"404 to everything":    {reply(404, "application/json", `{"error":{"code":"x","message":"y"}}`), nil},
		"500 to everything":    {reply(500, "text/plain", "oops"), nil},
		"a login page":         {reply(200, "text/html", "<html>sign in</html>"), nil},
		"an empty body":        {reply(200, "application/json", ""), nil},
		"401 to everything":    {reply(401, "application/json", `{}`), nil},
		"429 to everything":    {reply(429, "application/json", `{"error":{"code":"x","message":"y"}}`), nil},
		"a redirect":           {http.RedirectHandler("http://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect), nil},
		"a list in place":      {reply(200, "application/json", `[]`), nil},
		"connection dropped":   {http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reqs := newBench(t).runAt(t, tc.h, testToken)
			if got := withVerdict(reqs, result.Pass); !equal(got, tc.passes) {
				t.Errorf("passed: %v, want %v", got, tc.passes)
			}
		})
	}
}

func equal(a, b []string) bool { return strings.Join(a, " ") == strings.Join(b, " ") }

func TestWithoutATokenAuthenticationIsSkipped(t *testing.T) {
	b := newBench(t)
	open := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+testToken)
			next.ServeHTTP(w, r)
		})
	}
	reqs := b.runAt(t, open(b.mock), "", "UPD-22", "UPD-23", "UPD-02")
	if reqs["UPD-22"].Verdict != result.Skip || reqs["UPD-22"].Reason == "" || reqs["UPD-02"].Verdict != result.Pass {
		t.Errorf("%+v", reqs)
	}
}

func TestNoETagIsASkip(t *testing.T) {
	reqs := newBench(t).run(t, onAnswer(func(_ *http.Request, a *answer) {
		a.header.Del("ETag")
		a.json(func(o map[string]any) { delete(o, "@odata.etag") })
	}), "UPD-27", "UPD-28")
	for key, r := range reqs {
		if r.Verdict != result.Skip || !strings.Contains(r.Reason, "ETag") {
			t.Errorf("%s: %s %q", key, r.Verdict, r.Reason)
		}
	}
}

// TestCoarseTimestamps: an endpoint that keeps whole seconds is legal.
func TestCoarseTimestamps(t *testing.T) {
	cut := func(o map[string]any, name string) {
		if s, ok := o[name].(string); ok && len(s) > 19 {
			o[name] = s[:19] + "Z"
		}
	}
	reqs := newBench(t).run(t, onAnswer(func(_ *http.Request, a *answer) {
		a.json(func(o map[string]any) { cut(o, "lastModifiedDateTime"); cut(o, "createdDateTime") })
	}))
	if got := withVerdict(reqs, result.Fail); len(got) > 0 {
		t.Errorf("failed: %v", got)
	}
}
