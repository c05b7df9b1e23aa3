package steps

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"graphpact/internal/result"
)

// withoutGet answers 405 to whatever reads.
func withoutGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gets(r) || r.Method == http.MethodHead {
			w.Header().Set("Allow", http.MethodPatch)
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func runWithoutGet(t *testing.T, wrap func(http.Handler) http.Handler, only ...string) map[string]result.Requirement {
	b := newBench(t)
	b.noGet = true
	return b.run(t, func(h http.Handler) http.Handler {
		if wrap != nil {
			h = wrap(h)
		}
		return withoutGet(h)
	}, only...)
}

// TestNoGet: on a server without a GET, what its answers show is judged, and what
// takes a GET is left out with the reason, before anything is sent.
func TestNoGet(t *testing.T) {
	t.Parallel()
	reqs := runWithoutGet(t, nil)
	judged := map[string]bool{}
	for key, r := range reqs {
		for _, x := range r.Exchanges {
			if strings.HasPrefix(x.Request.Line, "GET ") {
				t.Errorf("%s sent a GET", key)
			}
		}
		switch r.Verdict {
		case result.Pass:
			judged[r.ID] = true
		case result.Skip:
			if !strings.Contains(r.Reason, "no GET (--no-get)") || len(r.Exchanges) > 0 {
				t.Errorf("%s: %q after %d exchanges", key, r.Reason, len(r.Exchanges))
			}
		default:
			t.Errorf("%s: %s %s", key, r.Verdict, r.Reason)
		}
	}
	want := []string{"UPD-01", "UPD-02", "UPD-03", "UPD-04", "UPD-05", "UPD-06", "UPD-07", "UPD-12", "UPD-16", "UPD-17", "UPD-18",
		"UPD-19", "UPD-20", "UPD-21", "UPD-22", "UPD-23", "UPD-25", "UPD-26", "UPD-29", "UPD-30", "UPD-31", "UPD-40", "UPD-41", "UPD-42"}
	for _, id := range want {
		if !judged[id] {
			t.Errorf("%s was not judged", id)
		}
	}
	for _, c := range newBench(t).suite.Cases {
		if c.NeedsGet && judged[c.ID] {
			t.Errorf("%s takes a GET and was judged", c.Key())
		}
	}
	// A check that was left out says so beside those that were made.
	noted := slices.ContainsFunc(reqs["UPD-19"].Checks, func(c result.Check) bool {
		return c.Name == "nothing has changed" && c.Verdict == result.Skip && c.Message == noGet
	})
	if !noted {
		t.Errorf("UPD-19 does not tell what it left out: %+v", reqs["UPD-19"].Checks)
	}
}

// TestNoGetFaults: the faults that an answer shows are seen without a GET.
func TestNoGetFaults(t *testing.T) {
	t.Parallel()
	success := func(change func(a *answer)) func(http.Handler) http.Handler {
		return onAnswer(func(r *http.Request, a *answer) {
			if patches(r) && a.status == http.StatusOK {
				change(a)
			}
		})
	}
	shows := func(name string, v any) func(http.Handler) http.Handler {
		return success(func(a *answer) { a.json(func(o map[string]any) { o[name] = v }) })
	}
	for name, f := range map[string]struct {
		wrap func(http.Handler) http.Handler
		seen []string
	}{
		"204 where the page says 200": {
			success(func(a *answer) { a.status, a.body = http.StatusNoContent, nil }), []string{"UPD-02", "UPD-01[readinessStatus=ready]"},
		},
		"another media type":         {success(func(a *answer) { a.header.Set("Content-Type", "text/html") }), []string{"UPD-04"}},
		"a property of another type": {shows("readinessStatus", 1), []string{"UPD-03", "UPD-01[readinessStatus=ready]"}},
		"the old value is shown":     {shows("readinessStatus", "expired"), []string{"UPD-01[readinessStatus=ready]"}},
		"another key":                {shows("id", "another"), []string{"UPD-05"}},
		"the date stands still":      {shows("lastModifiedDateTime", "2020-01-01T00:00:00Z"), []string{"UPD-06", "UPD-07"}},
		"401 without a challenge":    {onAnswer(func(_ *http.Request, a *answer) { a.header.Del("WWW-Authenticate") }), []string{"UPD-22", "UPD-23"}},
		"refusals are 404":           {refusals(http.StatusNotFound), []string{"UPD-16[readinessStatus]", "UPD-19", "UPD-20"}},
		"an update is 201":           {swapPatch(http.StatusOK, http.StatusCreated), []string{"UPD-02", "UPD-12", "UPD-26"}},
		"no request-id":              {onAnswer(func(_ *http.Request, a *answer) { a.header.Del("request-id") }), []string{"UPD-30"}},
	} {
		t.Run(name, func(t *testing.T) {
			reqs := runWithoutGet(t, f.wrap)
			for _, key := range f.seen {
				if v := reqs[key].Verdict; v != result.Fail && v != result.Warn {
					t.Errorf("%s: %s %s", key, v, reqs[key].Reason)
				}
			}
		})
	}
}

// TestNoGetAnd204: an answer without a body leaves only its status and headers to judge.
func TestNoGetAnd204(t *testing.T) {
	t.Parallel()
	reqs := runWithoutGet(t, swapBody)
	for _, key := range []string{"UPD-03", "UPD-05", "UPD-06", "UPD-07"} {
		if r := reqs[key]; r.Verdict != result.Skip || r.Reason == "" {
			t.Errorf("%s: %s %q", key, r.Verdict, r.Reason)
		}
	}
	for _, key := range []string{"UPD-12", "UPD-19", "UPD-25", "UPD-30"} {
		if r := reqs[key]; r.Verdict != result.Pass {
			t.Errorf("%s: %s %q", key, r.Verdict, r.Reason)
		}
	}
}

// swapBody answers 204 to a successful update.
func swapBody(next http.Handler) http.Handler {
	return onAnswer(func(r *http.Request, a *answer) {
		if patches(r) && a.status == http.StatusOK {
			a.status, a.body = http.StatusNoContent, nil
		}
	})(next)
}
