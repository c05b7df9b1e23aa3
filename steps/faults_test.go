package steps

import (
	"net/http"
	"strings"
	"testing"

	"graphpact/internal/result"
)

// TestMockIsConformant: the mock keeps every promise, and every requirement is
// tested on it.
func TestMockIsConformant(t *testing.T) {
	t.Parallel()
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

// TestStatusDrift: the named verdict, with the line of the page and the clause.
func TestStatusDrift(t *testing.T) {
	t.Parallel()
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

func TestWithoutATokenAuthenticationIsSkipped(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
