package harness

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"graphpact/internal/result"
)

// benchPage is a page with six properties that a client may set.
func benchPage(b *testing.B) *Pages {
	b.Helper()
	return pageOf(b, "|name|String|The name.|\n"+colorRow+"\n"+levelRow+"\n|isOn|Boolean|Whether it is on.|\n|count|Int32|A number.|\n|tags|String collection|Words.|", answers200, nil)
}

// BenchmarkSlowEndpoint plays a run against an endpoint that takes a while for each answer, in
// turn with the probe and without, so that a noisy machine hits both.
func BenchmarkSlowEndpoint(b *testing.B) {
	for _, slow := range []time.Duration{0, 50 * time.Millisecond} {
		b.Run(slow.String(), func(b *testing.B) {
			pages := benchPage(b)
			var took [2]time.Duration
			var requests [2]atomic.Int64
			for b.Loop() {
				for i, unprobed := range []bool{false, true} {
					p := fieldPlay{pages: pages, real: true, unprobed: unprobed, wrap: func(next http.Handler) http.Handler {
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							requests[i].Add(1)
							time.Sleep(slow)
							next.ServeHTTP(w, r)
						})
					}}
					begin := time.Now()
					if err := p.play(b); err != nil || p.blamed() != nil {
						b.Fatal(err, p.blamed())
					}
					took[i] += time.Since(begin)
				}
			}
			n := float64(b.N)
			b.ReportMetric(took[0].Seconds()/n, "s/run")
			b.ReportMetric(took[1].Seconds()/n, "s/unprobed")
			b.ReportMetric(float64(took[0])/float64(took[1]), "x-unprobed")
			b.ReportMetric(float64(requests[0].Load())/n, "requests")
			b.ReportMetric(float64(requests[1].Load())/n, "requests-unprobed")
		})
	}
}

// BenchmarkLaggingEndpoint plays a run against an endpoint whose reads are late. Its time goes on
// by the waits alone, so that it says how long a run takes beside what the machine needs.
func BenchmarkLaggingEndpoint(b *testing.B) {
	for _, lag := range []time.Duration{0, 300 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second} {
		b.Run(lag.String(), func(b *testing.B) {
			pages := benchPage(b)
			var waited time.Duration
			for b.Loop() {
				clock := newTrialClock()
				p := fieldPlay{pages: pages, clock: clock, wrap: lagging(lag, clock)}
				if err := p.play(b); err != nil {
					b.Fatal(err)
				}
				if c := result.Count(p.reqs); c.Fail+c.Error > 0 {
					b.Fatal(p.blamed())
				}
				waited += time.Duration(clock.waited.Load())
			}
			b.ReportMetric(waited.Seconds()/float64(b.N), "s-waited/run")
		})
	}
}

// lagging answers each GET of the entity with the state of so long ago.
func lagging(lag time.Duration, clock *trialClock) func(http.Handler) http.Handler {
	type state struct {
		since time.Time
		read  *httptest.ResponseRecorder
	}
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		states := map[string][]state{}
		look := func(r *http.Request) *httptest.ResponseRecorder {
			get := r.Clone(r.Context())
			get.Method, get.Body, get.ContentLength = http.MethodGet, http.NoBody, 0
			for _, name := range []string{"If-Match", "Content-Type"} {
				get.Header.Del(name)
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, get)
			return rec
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			path := r.URL.Path
			switch {
			case r.Header.Get("Authorization") != "Bearer tok-en-42", r.Header.Get("If-None-Match") != "":
				next.ServeHTTP(w, r)
			case r.Method == http.MethodPatch:
				if states[path] == nil {
					states[path] = []state{{time.Time{}, look(r)}}
				}
				next.ServeHTTP(w, r)
				states[path] = append(states[path], state{clock.Now(), look(r)})
			default:
				rec := look(r)
				for _, s := range states[path] {
					if !s.since.After(clock.Now().Add(-lag)) {
						rec = s.read
					}
				}
				for k, v := range rec.Header() {
					w.Header()[k] = v
				}
				w.WriteHeader(rec.Code)
				_, _ = fmt.Fprint(w, rec.Body.String())
			}
		})
	}
}
