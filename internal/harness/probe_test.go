package harness

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
	"graphpact/steps"
)

// onOneEntity plays all scenarios against the mock as against an endpoint: with one entity,
// that is probed first and restored at the end. Waits take no time.
func onOneEntity(t *testing.T, behaviours ...mockgraph.Behaviour) []result.Requirement {
	t.Helper()
	p := fieldPlay{pages: testPages(t), behaviours: behaviours, change: func(c *RunConfig) { c.brief = true }}
	_ = p.play(t) // what it says, the requirements say too
	return p.reqs
}

// behind is onOneEntity with a handler before the mock.
func behind(t *testing.T, wrap func(http.Handler) http.Handler) ([]result.Requirement, []result.Probe, error) {
	t.Helper()
	p := fieldPlay{pages: testPages(t), wrap: wrap}
	err := p.play(t)
	return p.reqs, p.probes, err
}

// TestFaultsAreSeenAfterAProbe: what is known about the entity hides no fault. It plays those
// that are seen elsewhere than with an entity for each scenario, and a part of the others.
func TestFaultsAreSeenAfterAProbe(t *testing.T) {
	t.Parallel()
	op := testPages(t).Operations[0].Operation
	elsewhere := map[string]string{
		"stale-read":           "UPD-45", // a read that is late
		"update-not-persisted": "UPD-44", // the one cause of all others
		"created-lost":         "UPD-10", // the first update of the run has lost it
	}
	for i, f := range mockgraph.Faults() {
		played := *whole || i%5 == 0 || f.Late || elsewhere[f.Name] != ""
		if !played || f.NotApplicable != nil && f.NotApplicable(op) != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			reqs := onOneEntity(t, f)
			var broken []string
			seen := map[string]bool{}
			for _, r := range reqs {
				if r.Verdict == result.Fail || r.Verdict == result.Warn {
					broken = append(broken, r.Key())
					seen[r.ID] = true
				}
			}
			by := append(slices.Clone(f.DetectedBy), elsewhere[f.Name])
			if !slices.ContainsFunc(by, func(id string) bool { return seen[id] }) {
				t.Errorf("none of %v sees it; broken: %v", by, broken)
			}
			if f.Late && !slices.Equal(broken, []string{"UPD-45"}) {
				t.Errorf("reads that are late have broken %v", broken)
			}
		})
	}
}

// TestNoVariantIsReportedAfterAProbe: what is legal stays so for an endpoint with one entity.
// It plays every second one; TestShapesAreRestored plays all, on pages of other shapes.
func TestNoVariantIsReportedAfterAProbe(t *testing.T) {
	t.Parallel()
	op := testPages(t).Operations[0].Operation
	for _, v := range every(4, mockgraph.Variants()) {
		if v.NotApplicable != nil && v.NotApplicable(op) != "" || v.Name == "http2" {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			reqs := onOneEntity(t, v)
			for _, r := range reqs {
				if r.Verdict != result.Pass && r.Verdict != result.Skip {
					t.Errorf("%s: %s %s %+v", r.Key(), r.Verdict, r.Reason, r.Checks[max(0, len(r.Checks)-1):])
				}
			}
		})
	}
}

// TestOneCauseIsOneFailure: a server that answers 400 to every update fails one requirement,
// and passes none for its refusals.
func TestOneCauseIsOneFailure(t *testing.T) {
	t.Parallel()
	reqs, probes, err := behind(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch && r.Header.Get("Authorization") == "Bearer tok-en-42" {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte(`{"error":{"code":"BadRequest","message":"no, tok-en-42"}}`))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	if err != nil {
		t.Error(err)
	}
	blocked := 0
	for _, r := range reqs {
		switch {
		case r.Verdict == result.Fail && r.ID == "UPD-02":
		case r.Verdict == result.Fail, r.Verdict == result.Error:
			t.Errorf("%s: %s %s", r.Key(), r.Verdict, r.Reason)
		case r.Verdict == result.Pass && slices.Contains([]string{"UPD-09", "UPD-18", "UPD-19", "UPD-20", "UPD-21", "UPD-43"}, r.ID):
			t.Errorf("%s has passed", r.Key())
		case strings.HasPrefix(r.Reason, "blocked by UPD-02: "):
			blocked++
		}
		if strings.Contains(r.Reason, "tok-en-42") {
			t.Errorf("the token stands in %q", r.Reason)
		}
	}
	if blocked < 25 {
		t.Errorf("%d are blocked by UPD-02", blocked)
	}
	for _, p := range probes[0].Properties {
		if p.Outcome != "refused" || strings.Contains(p.Detail, "tok-en-42") {
			t.Errorf("%+v", p)
		}
	}
}

// TestLockedOut: after a good start, 401 to everything ends the run with one error.
func TestLockedOut(t *testing.T) {
	t.Parallel()
	var updates atomic.Int32
	reqs, _, err := behind(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				updates.Add(1)
			}
			if updates.Load() > 20 {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	var out *steps.LockedOutError
	if !errors.As(err, &out) {
		t.Errorf("%v", err)
	}
	unplayed := 0
	for _, r := range reqs {
		if strings.HasPrefix(r.Reason, "not played") {
			unplayed++
		}
	}
	if broken := result.Count(reqs); broken.Fail+broken.Error > 2 || unplayed < 20 {
		t.Errorf("%+v, %d not played", broken, unplayed)
	}
}
