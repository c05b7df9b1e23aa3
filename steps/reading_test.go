package steps

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"graphpact/internal/result"
)

// reading are the requirements that need no write.
var reading = []string{"UPD-32", "UPD-33", "UPD-34", "UPD-35", "UPD-36", "UPD-37", "UPD-38", "UPD-39"}

func gets(r *http.Request) bool { return r.Method == http.MethodGet }

// onGet changes what a GET answers with 200.
func onGet(change func(r *http.Request, a *answer)) func(http.Handler) http.Handler {
	return onAnswer(func(r *http.Request, a *answer) {
		if gets(r) && a.status == http.StatusOK {
			change(r, a)
		}
	})
}

// TestReadingSendsNothingButGET: what is tagged so keeps its word.
func TestReadingSendsNothingButGET(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, r := range b.run(t, nil) {
		writes := 0
		for _, x := range r.Exchanges {
			if !strings.HasPrefix(x.Request.Line, "GET ") {
				writes++
			}
		}
		readOnly := false
		for _, c := range b.suite.Cases {
			readOnly = readOnly || c.Key() == r.Key() && c.ReadOnly
		}
		if readOnly != (writes == 0) {
			t.Errorf("%s sent %d writes; tagged @read-only: %v", r.Key(), writes, readOnly)
		}
	}
}

// TestReadingFaults: each fault of a GET is detected by the requirement that is named
// for it.
func TestReadingFaults(t *testing.T) {
	t.Parallel()
	var reads atomic.Int64
	for name, f := range map[string]struct {
		wrap func(http.Handler) http.Handler
		seen []string
	}{
		"a property is missing": {
			onGet(func(_ *http.Request, a *answer) { a.json(func(o map[string]any) { delete(o, "createdDateTime") }) }), []string{"UPD-32"},
		},
		"a property has another type": {
			onGet(func(_ *http.Request, a *answer) { a.json(func(o map[string]any) { o["readinessStatus"] = 1 }) }), []string{"UPD-32"},
		},
		"another media type": {
			onGet(func(_ *http.Request, a *answer) { a.header.Set("Content-Type", "text/plain") }), []string{"UPD-33"},
		},
		"each read shows something else": {
			onGet(func(_ *http.Request, a *answer) {
				a.json(func(o map[string]any) { o["readinessStatus"] = []any{"ready", "failed"}[reads.Add(1)%2] })
			}), []string{"UPD-34"},
		},
		"an unknown entity is answered for": {
			onAnswer(func(r *http.Request, a *answer) {
				if gets(r) && a.status == http.StatusNotFound {
					a.status, a.body = http.StatusOK, []byte(`{"id":"made up"}`)
				}
			}), []string{"UPD-35[provisioningFlowId]", "UPD-35[outboundProvisioningFlowSetId]"},
		},
		"404 without an error body": {
			onAnswer(func(r *http.Request, a *answer) {
				if gets(r) && a.status == http.StatusNotFound {
					a.body = []byte(`{}`)
				}
			}), []string{"UPD-35[provisioningFlowId]"},
		},
		"anybody may read": {
			onRequest(func(r *http.Request, b []byte) []byte {
				if gets(r) {
					r.Header.Set("Authorization", "Bearer "+testToken)
				}
				return b
			}), []string{"UPD-36", "UPD-37"},
		},
		"any token may read": {
			onRequest(func(r *http.Request, b []byte) []byte {
				if gets(r) && r.Header.Get("Authorization") != "" {
					r.Header.Set("Authorization", "Bearer "+testToken)
				}
				return b
			}), []string{"UPD-37"},
		},
		"401 to a GET without WWW-Authenticate": {
			onAnswer(func(r *http.Request, a *answer) {
				if gets(r) {
					a.header.Del("WWW-Authenticate")
				}
			}), []string{"UPD-36", "UPD-37"},
		},
		"another entity is shown": {
			onGet(func(_ *http.Request, a *answer) {
				a.json(func(o map[string]any) { o["id"] = "d6d8b5a3-51ea-4b7e-8a3e-000000000000" })
			}), []string{"UPD-38"},
		},
		"a known ETag is an error": {
			onAnswer(func(r *http.Request, a *answer) {
				if a.status == http.StatusNotModified {
					a.status = http.StatusPreconditionFailed
				}
			}), []string{"UPD-39"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			reqs := newBench(t).run(t, f.wrap, reading...)
			var noticed []string
			for _, v := range []result.Verdict{result.Fail, result.Warn} {
				noticed = append(noticed, withVerdict(reqs, v)...)
			}
			for _, key := range f.seen {
				if r := reqs[key]; r.Verdict != result.Fail && r.Verdict != result.Warn {
					t.Errorf("%s: %s %s; noticed by %v", key, r.Verdict, r.Reason, noticed)
				}
			}
		})
	}
}

// TestReadingVariants: what a server may do at a GET is never reported.
func TestReadingVariants(t *testing.T) {
	t.Parallel()
	var reads atomic.Int64
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"If-None-Match is not looked at": onRequest(func(r *http.Request, b []byte) []byte { r.Header.Del("If-None-Match"); return b }),
		"a counter of reads": onGet(func(_ *http.Request, a *answer) {
			a.json(func(o map[string]any) { o["reads"] = reads.Add(1) })
		}),
		"a GUID in capitals": onGet(func(_ *http.Request, a *answer) {
			a.json(func(o map[string]any) { o["id"] = strings.ToUpper(o["id"].(string)) })
		}),
		"an alternate key in the path": onGet(func(_ *http.Request, a *answer) {
			a.json(func(o map[string]any) { o["name"], o["id"] = o["id"], "7" })
		}),
		"no ETag": onGet(func(_ *http.Request, a *answer) {
			a.header.Del("ETag")
			a.json(func(o map[string]any) { delete(o, "@odata.etag") })
		}),
	} {
		t.Run(name, func(t *testing.T) {
			for key, r := range newBench(t).run(t, wrap, reading...) {
				if r.Verdict != result.Pass && r.Verdict != result.Skip {
					t.Errorf("%s: %s %s %+v", key, r.Verdict, r.Reason, r.Checks[max(0, len(r.Checks)-1):])
				}
			}
		})
	}
}
