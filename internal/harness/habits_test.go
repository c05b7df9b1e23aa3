package harness

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
)

// TestAnswerLostToAGateway: a 412 that follows a retry is judged. Where the first update was
// applied, the ETag was no current one any more.
func TestAnswerLostToAGateway(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"applied": true, "not applied": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var conditional, again atomic.Int32
			p := fieldPlay{pages: testPages(t), only: []string{"UPD-28"}}
			p.wrap = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPatch || r.Header.Get("If-Match") == "" || r.Header.Get("Authorization") != "Bearer tok-en-42" {
						next.ServeHTTP(w, r)
						return
					}
					switch n := conditional.Add(1); {
					case n == 2: // the first is the probe's
						if applied {
							next.ServeHTTP(httptest.NewRecorder(), r)
						}
						w.WriteHeader(http.StatusGatewayTimeout)
					case n == 3 && !applied:
						again.Add(1)
						w.WriteHeader(http.StatusPreconditionFailed)
					default:
						next.ServeHTTP(w, r)
					}
				})
			}
			if err := p.play(t); err != nil {
				t.Fatal(err)
			}
			r := p.reqs[0]
			noted := false
			for _, c := range r.Checks {
				noted = noted || strings.Contains(c.Message, "the ETag shows that the first one was applied")
			}
			if want := map[bool]result.Verdict{true: result.Pass, false: result.Fail}[applied]; r.Verdict != want || noted != applied {
				t.Errorf("%s %s, noted %v: %v", r.Verdict, r.Reason, noted, p.blamed())
			}
			if !applied && again.Load() != 1 {
				t.Error("the update was not sent again")
			}
		})
	}
}

// TestNeedsIfMatchWithoutGet: without a GET there is no ETag to name, which one requirement says.
func TestNeedsIfMatchWithoutGet(t *testing.T) {
	t.Parallel()
	p := fieldPlay{pages: testPages(t), change: func(c *RunConfig) { c.Target.NoGet, c.Target.KeepChanges = true, true }}
	p.wrap = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method != http.MethodPatch:
				w.WriteHeader(http.StatusMethodNotAllowed)
			case r.Header.Get("If-Match") == "" && r.Header.Get("Authorization") == "Bearer tok-en-42":
				w.WriteHeader(http.StatusPreconditionRequired)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
	if err := p.play(t); err != nil {
		t.Fatal(err)
	}
	failed, blocked := 0, 0
	for _, r := range p.reqs {
		switch {
		case r.Verdict == result.Fail || r.Verdict == result.Error:
			failed++
		case strings.HasPrefix(r.Reason, "blocked by UPD-02: ") && strings.Contains(r.Reason, "428"):
			blocked++
		}
	}
	if failed != 1 || blocked < 10 {
		t.Errorf("%d blocked; %v", blocked, p.blamed())
	}
	if !p.probes[0].NoGet || p.probes[0].Properties[0].Outcome != "refused" {
		t.Errorf("%+v", p.probes[0])
	}
}

// TestPropertyShownOnlyWithSelect: it is read with $select in each scenario, and restored.
func TestPropertyShownOnlyWithSelect(t *testing.T) {
	t.Parallel()
	p := fieldPlay{pages: pageOf(t, "|name|String|The name.|\n"+colorRow+"\n"+levelRow, answers200, nil)}
	p.wrap = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			selects := r.Method == http.MethodGet && strings.Contains(r.URL.Query().Get("$select"), "level")
			r.URL.RawQuery = "" // the mock shows everything
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			body := rec.Body.String()
			if rec.Code == http.StatusOK && !selects {
				before, rest, found := strings.Cut(body, `"level":`)
				if found {
					_, after, more := strings.Cut(rest, ",")
					if body = before + after; !more {
						body = strings.TrimSuffix(before, ",") + "}"
					}
				}
			}
			for k, v := range rec.Header() {
				if k != "Content-Length" {
					w.Header()[k] = v
				}
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write([]byte(body))
		})
	}
	if err := p.play(t); err != nil {
		t.Fatal(err)
	}
	if b := p.blamed(); b != nil {
		t.Errorf("blamed: %v", b)
	}
	for _, r := range p.reqs {
		if r.Key() == "UPD-10[level]" && r.Verdict != result.Pass {
			t.Errorf("%s %s", r.Verdict, r.Reason)
		}
	}
	if !p.probes[0].WithSelect || p.problems != nil {
		t.Errorf("%+v %v", p.probes[0], p.problems)
	}
}

// turns answers every other GET of the entity from an older state: the first one for good, or the
// one before the last updates, as a replica that is late by some reads.
func turns(late int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		var shown []*httptest.ResponseRecorder
		reads := 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer tok-en-42" || r.Header.Get("If-None-Match") != "" {
				next.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			mu.Lock()
			defer mu.Unlock()
			if rec.Code == http.StatusOK {
				shown = append(shown, rec)
				if reads++; reads%2 == 0 {
					rec = shown[0]
					if late > 0 {
						rec = shown[max(0, len(shown)-1-late)]
					}
				}
			}
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		})
	}
}

// TestTwoStatesInTurn: one of two replicas may be late; two that never agree are no replicas.
func TestTwoStatesInTurn(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]int{"for good": 0, "a late replica": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fieldPlay{pages: testPages(t), wrap: turns(late)}
			if err := p.play(t); err != nil {
				t.Error(err)
			}
			broken := strings.Join(p.blamed(), "\n")
			if late == 0 && (!strings.Contains(broken, "UPD-44 fail") || !strings.Contains(broken, "UPD-34 warn")) {
				t.Errorf("two states in turn are not seen: %s", broken)
			}
			if late > 0 && strings.Contains(broken, " fail ") {
				t.Errorf("a late replica is blamed: %s", broken)
			}
		})
	}
}

// TestReadOnlyComputed: what the page calls read-only the server may work out anew at each update.
func TestReadOnlyComputed(t *testing.T) {
	t.Parallel()
	pages := pageOf(t, "|name|String|The name.|\n|revision|String|Which revision it is. Read-only.|\n"+colorRow, answers200, nil)
	bench, err := NewBench(pages)
	if err != nil {
		t.Fatal(err)
	}
	if got := failedWith(t, bench, "read-only-computed"); len(got) > 0 {
		t.Errorf("reported: %v", got)
	}
	b, _ := mockgraph.FindBehaviour("read-only-computed")
	p := fieldPlay{pages: pages, behaviours: []mockgraph.Behaviour{b}}
	if err := p.play(t); err != nil {
		t.Fatal(err)
	}
	if b := p.blamed(); b != nil {
		t.Errorf("at an endpoint: %v", b)
	}
	if moves := strings.Join(p.probes[0].Moves, ","); moves != "revision" || p.problems != nil {
		t.Errorf("moves %s, problems %v", moves, p.problems)
	}
}

// TestAcceptedForLater: where the page allows 202 beside 200, such an answer has no entity to show.
func TestAcceptedForLater(t *testing.T) {
	t.Parallel()
	pages := pageOf(t, "|name|String|The name.|\n"+colorRow, "If successful, this method returns either a `200 OK` response code and an updated [lamp](../resources/lamp.md) object in the response body, or a `202 Accepted` response code.", nil)
	bench, err := NewBench(pages)
	if err != nil {
		t.Fatal(err)
	}
	if got := failedWith(t, bench, "status-alternative"); len(got) > 0 {
		t.Errorf("reported: %v", got)
	}
}
