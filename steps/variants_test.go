package steps

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"graphpact/internal/client"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
)

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
			r.Body = io.NopCloser(&buf)
			next.ServeHTTP(w, r)
		})
	}
}

// TestKeyThatIsNotShown: an endpoint that does not show the key breaks the page's own
// example, and nothing else.
func TestKeyThatIsNotShown(t *testing.T) {
	t.Parallel()
	reqs := newBench(t).run(t, onAnswer(func(_ *http.Request, a *answer) {
		if a.status == http.StatusOK {
			a.json(func(o map[string]any) { delete(o, "id") })
		}
	}))
	if got := withVerdict(reqs, result.Fail); !slices.Equal(got, []string{"UPD-03", "UPD-32"}) {
		t.Errorf("failed: %v", got)
	}
}

// TestKeysOfTheServersOwnForm: where a made-up key cannot keep the form, as with an id that
// has a checksum in it, 400 says as well as 404 that nothing is there. Of a GUID it does not.
func TestKeysOfTheServersOwnForm(t *testing.T) {
	t.Parallel()
	const guid, own = "b7de8b3c-ec68-451a-bcb4-8ced21fb4fd6", "AAMkAGI2TG93AAA="
	malformed := onAnswer(func(_ *http.Request, a *answer) {
		if a.status == http.StatusNotFound {
			a.status = http.StatusBadRequest
		}
	})
	forbidden := onAnswer(func(_ *http.Request, a *answer) {
		if a.status == http.StatusNotFound {
			a.status = http.StatusForbidden
		}
	})
	for _, tc := range []struct {
		key  string
		wrap func(http.Handler) http.Handler
		want result.Verdict
	}{{guid, malformed, result.Fail}, {own, malformed, result.Pass}, {own, forbidden, result.Fail}} {
		b := newBenchFor(t, fixture(t, testPage), bytes.ReplaceAll(fixture(t, testSeeds), []byte(guid), []byte(tc.key)))
		b.states = providerstate.NewEntities(nil, providerstate.Entity{Operation: b.op, Params: map[string]string{
			"outboundProvisioningFlowSetId": "e15343c7-d59b-4785-a904-7505aec8804c", "provisioningFlowId": tc.key,
		}})
		reqs := b.run(t, tc.wrap, "UPD-24", "UPD-35")
		for _, k := range []string{"UPD-24[provisioningFlowId]", "UPD-35[provisioningFlowId]"} {
			if r := reqs[k]; r.Verdict != tc.want {
				t.Errorf("%s of %s: %s %s, want %s; %+v", k, tc.key, r.Verdict, r.Reason, tc.want, r.Checks)
			}
		}
	}
}

// TestIfMatchWithEachUpdate: an endpoint may want a precondition with each update (OData 4.01
// Protocol 8.2.4). Told to send one that always holds, the suite finds nothing to report.
func TestIfMatchWithEachUpdate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if patches(r) && r.Header.Get("If-Match") == "" {
			w.WriteHeader(http.StatusPreconditionRequired)
			return
		}
		b.mock.ServeHTTP(w, r)
	}))
	defer srv.Close()
	client, err := client.New(client.Config{
		BaseURL: srv.URL + "/beta", Token: testToken, RetryBudget: -1, Header: http.Header{"If-Match": {"*"}},
	})
	check1(t, err)
	for key, r := range b.play(t, client, testToken) {
		if r.Verdict != result.Pass {
			t.Errorf("%s: %s %s %+v", key, r.Verdict, r.Reason, r.Checks)
		}
	}
}

// TestTwoUpdatesAtOnce: two updates that both say yes must leave one of the two.
func TestTwoUpdatesAtOnce(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
