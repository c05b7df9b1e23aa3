package harness

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"graphpact/internal/result"
)

// onPlace is a handler before the mock that may set place by an update of its own: when is given
// each request with its body and how many updates came so far.
func onPlace(when func(r *http.Request, body string, updates int) (value string)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		updates := 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			value := when(r, string(body), updates)
			if r.Method == http.MethodPatch {
				updates++
			}
			set := func() {
				q := httptest.NewRequestWithContext(r.Context(), http.MethodPatch, r.URL.Path, strings.NewReader(fmt.Sprintf(`{"place":%q}`, value)))
				q.Header.Set("Authorization", r.Header.Get("Authorization"))
				q.Header.Set("Content-Type", "application/json")
				next.ServeHTTP(httptest.NewRecorder(), q)
			}
			if value != "" && r.Method == http.MethodGet {
				set()
			}
			next.ServeHTTP(w, r)
			if value != "" && r.Method == http.MethodPatch {
				set()
			}
		})
	}
}

const placeRows = "|name|String|The name.|\n|zone|String|The zone.|\n|place|String|The place.|"

// TestSomebodyChangesTheEntity: one change by somebody else of a property that an update does not
// name is nobody's failure, and stays.
func TestSomebodyChangesTheEntity(t *testing.T) {
	t.Parallel()
	for _, at := range []int{9, 11, 13, 15, 17, 19, 21, 24, 27, 30, 34, 38} {
		for _, method := range []string{http.MethodGet, http.MethodPatch} {
			t.Run(fmt.Sprint(method, at), func(t *testing.T) {
				t.Parallel()
				done, last := false, ""
				p := fieldPlay{pages: pageOf(t, placeRows, answers200, nil), wrap: onPlace(func(r *http.Request, body string, updates int) string {
					if r.Method == http.MethodPatch {
						last = body
					}
					if done || r.Method != method || updates < at || strings.Contains(last, "place") || r.Header.Get("Authorization") != "Bearer tok-en-42" {
						return ""
					}
					done = true
					return "Set by somebody"
				})}
				if err := p.play(t); err != nil {
					t.Fatal(err)
				}
				told := false
				for _, r := range p.reqs {
					if r.Verdict == result.Fail || r.Verdict == result.Error {
						t.Errorf("%s: %s %s %+v", r.Key(), r.Verdict, r.Reason, r.Checks[max(0, len(r.Checks)-1):])
					}
					told = told || slices.ContainsFunc(r.Checks, func(c result.Check) bool { return strings.HasPrefix(c.Name, "somebody else's change") })
				}
				got := fmt.Sprintf("%s", p.srv.Entities(p.served.Operations[0].Operation)[0].Body)
				if !done || told && !strings.Contains(got, "Set by somebody") {
					t.Errorf("at the end it is %s; somebody came: %v; %v", got, done, p.problems)
				}
			})
		}
	}
}

// TestEndpointChangesMore: what an update changes beside what it names is the endpoint's, each time
// to another value or to one and the same.
func TestEndpointChangesMore(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		when func(r *http.Request, body string, updates int) string
		want string
	}{
		"a new value at each update of the zone": {func(r *http.Request, body string, updates int) string {
			if r.Method == http.MethodPatch && strings.Contains(body, `"zone"`) && updates > 8 {
				return fmt.Sprint("Moved ", updates)
			}
			return ""
		}, "UPD-10[zone]"},
		"one value at each empty update": {func(r *http.Request, body string, _ int) string {
			if r.Method == http.MethodPatch && body == "{}" {
				return "Nowhere"
			}
			return ""
		}, "UPD-43"},
		"one value at each update with an unknown name": {func(r *http.Request, body string, _ int) string {
			if r.Method == http.MethodPatch && strings.Contains(body, `"x"}`) {
				return "Nowhere"
			}
			return ""
		}, "UPD-19"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fieldPlay{pages: pageOf(t, placeRows, answers200, nil), wrap: onPlace(tt.when)}
			_ = p.play(t)
			for _, r := range p.reqs {
				if r.Key() == tt.want && r.Verdict == result.Fail {
					return
				}
			}
			t.Errorf("%s has not failed: %v", tt.want, p.blamed())
		})
	}
}
