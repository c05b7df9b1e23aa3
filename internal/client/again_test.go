package client

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client/clienttest"
	"graphpact/internal/transport"
)

// cut is the status of a scripted answer that is a connection which ends without one.
const cut = 0

// scripted answers each request of a method by the next of its statuses, then by 200.
func scripted(plan map[string][]int) http.RoundTripper {
	return clienttest.RoundTrip(func(r *http.Request) (*http.Response, error) {
		status := 200
		if left := plan[r.Method]; len(left) > 0 {
			status, plan[r.Method] = left[0], left[1:]
		}
		if status == cut {
			return nil, io.EOF
		}
		return transport.InMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })).RoundTrip(r)
	})
}

// TestDoTriesAgain: one answer of a gateway, or a connection that is cut, is no verdict. The
// same one each time is.
func TestDoTriesAgain(t *testing.T) {
	t.Parallel()
	s := time.Second
	for name, tc := range map[string]struct {
		method string
		plan   []int
		budget time.Duration
		status int // of the end; cut for an error
		waits  []time.Duration
	}{
		"502":                     {"PATCH", []int{502}, 0, 200, []time.Duration{s}},
		"504 to a GET":            {"GET", []int{504, 502}, 0, 200, []time.Duration{s, 2 * s}},
		"a cut connection":        {"PATCH", []int{cut}, 0, 200, []time.Duration{s}},
		"mixed":                   {"PATCH", []int{503, cut, 504}, 0, 200, []time.Duration{s, s, 2 * s}},
		"502 each time":           {"PATCH", []int{502, 502, 502, 502}, 0, 502, []time.Duration{s, 2 * s}},
		"cut each time":           {"PATCH", []int{cut, cut, cut}, 0, cut, []time.Duration{s, 2 * s}},
		"500":                     {"PATCH", []int{500}, 0, 500, nil},
		"a budget that is used":   {"PATCH", []int{502, 502, 502}, s, 502, []time.Duration{s}},
		"no budget":               {"GET", []int{504}, -1, 504, nil},
		"what may not be twice":   {"POST", []int{502}, 0, 502, nil},
		"the first update is 409": {"PATCH", []int{409}, 0, 409, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := clienttest.NewClock()
			c := newClient(t, Config{
				BaseURL: "https://graph.example", Sleep: clock.Sleep, Now: clock.Now, RetryBudget: tc.budget,
				Transport: scripted(map[string][]int{tc.method: tc.plan}),
			})
			ex := c.Do(t.Context(), Request{Method: tc.method, Path: "/a", Body: []byte("{}")})
			if ex.Status != tc.status || (ex.Err != nil) != (tc.status == cut) {
				t.Errorf("%d, %v", ex.Status, ex.Err)
			}
			var waits []time.Duration
			for _, r := range ex.Retries {
				waits = append(waits, r.Wait)
			}
			if diff := cmp.Diff(tc.waits, waits); diff != "" || ex.Attempts != len(tc.waits)+1 {
				t.Errorf("%d attempts, waits (-want +got):\n%s", ex.Attempts, diff)
			}
			if r := c.Report(ex); len(r.Retries) != len(tc.waits) {
				t.Errorf("the report shows %v", r.Retries)
			}
		})
	}
}

// TestDoTriesAgainInVain: an endpoint that fails at each update is not waited for at each of
// them, until one succeeds; and GETs are a matter of their own.
func TestDoTriesAgainInVain(t *testing.T) {
	t.Parallel()
	clock := clienttest.NewClock()
	plan := map[string][]int{"PATCH": {502, 502, 502, 502, 502, 502, 502, 502, 502, 502, 200, 502}, "GET": {504}}
	c := newClient(t, Config{BaseURL: "https://graph.example", Sleep: clock.Sleep, Now: clock.Now, Transport: scripted(plan)})
	var attempts []int
	for _, method := range []string{"PATCH", "PATCH", "PATCH", "PATCH", "GET", "PATCH", "PATCH"} {
		attempts = append(attempts, c.Do(t.Context(), Request{Method: method, Path: "/a"}).Attempts)
	}
	if diff := cmp.Diff([]int{3, 3, 3, 1, 2, 1, 2}, attempts); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

// TestDoCountsRequestsNotTries: the tries of one request are one request without an answer.
func TestDoCountsRequestsNotTries(t *testing.T) {
	t.Parallel()
	clock := clienttest.NewClock()
	c := newClient(t, Config{BaseURL: "https://graph.example", GiveUp: 2, Sleep: clock.Sleep, Now: clock.Now, Transport: scripted(map[string][]int{"GET": {cut, cut, cut, cut, cut, cut}})})
	for i, want := range []bool{false, true} {
		c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
		if got := c.GivenUp() != nil; got != want {
			t.Errorf("after %d requests: given up %v", i+1, got)
		}
	}
}

// TestDoWaitsOutAConflict: an update may come too soon after another one. For one that comes
// after a pause 409 is the answer. 423 is as 409.
func TestDoWaitsOutAConflict(t *testing.T) {
	t.Parallel()
	const pause = 500 * time.Millisecond
	for name, tc := range map[string]struct {
		conflicts int
		later     time.Duration
		status    int
		waits     []time.Duration
	}{
		"once":       {1, 0, 200, []time.Duration{pause}},
		"locked":     {1, 0, 200, []time.Duration{pause}},
		"twice":      {2, 0, 200, []time.Duration{pause, 2 * pause}},
		"each time":  {9, 0, 409, []time.Duration{pause, 2 * pause, 4 * pause}},
		"much later": {1, time.Minute, 409, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := clienttest.NewClock()
			plan := map[string][]int{}
			c := newClient(t, Config{BaseURL: "https://graph.example", Sleep: clock.Sleep, Now: clock.Now, Transport: scripted(plan)})
			c.Do(t.Context(), Request{Method: "PATCH", Path: "/a"})
			_ = clock.Sleep(t.Context(), tc.later)
			clock.Sleeps = nil
			for range tc.conflicts {
				plan["PATCH"] = append(plan["PATCH"], map[bool]int{false: 409, true: 423}[name == "locked"])
			}
			ex := c.Do(t.Context(), Request{Method: "PATCH", Path: "/a"})
			if diff := cmp.Diff(tc.waits, clock.Sleeps); diff != "" || ex.Status != tc.status {
				t.Errorf("%d, waits (-want +got):\n%s", ex.Status, diff)
			}
			if name != "each time" {
				return
			}
			// A server that means something else by it is not waited for each time.
			clock.Sleeps = nil
			for range 9 {
				plan["PATCH"] = []int{409, 409, 409, 409}
				c.Do(t.Context(), Request{Method: "PATCH", Path: "/a"})
			}
			if len(clock.Sleeps) != 2*3 {
				t.Errorf("waits %v", clock.Sleeps)
			}
		})
	}
}

// wary is an API that takes no update without the current ETag in If-Match, and no `*`.
type wary struct {
	version int
	// silent is set where the answer to an update has no ETag; inBody where it is in the
	// body alone.
	silent, inBody bool
	seen           []string
}

func (a *wary) tag() string { return fmt.Sprintf(`W/"%d"`, a.version) }

func (a *wary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	match, sent := r.Header.Get("If-Match"), len(r.Header["If-Match"]) > 0
	status := 200
	if r.Method == http.MethodPatch {
		switch {
		case !sent:
			status = 428
		case match != a.tag():
			status = 412
		default:
			a.version++
		}
	}
	a.seen = append(a.seen, strings.TrimSpace(fmt.Sprintf("%s %s %d", r.Method, match, status)))
	if status != 200 || r.Method == http.MethodPatch && a.silent {
		w.WriteHeader(status)
		return
	}
	body := map[string]any{}
	if a.inBody {
		body["@odata.etag"] = a.tag()
	} else {
		w.Header().Set("ETag", a.tag())
	}
	_ = json.NewEncoder(w).Encode(body)
}

func TestDoSendsIfMatch(t *testing.T) {
	t.Parallel()
	get, patch := Request{Method: "GET", Path: "/a"}, Request{Method: "PATCH", Path: "/a", Body: []byte("{}")}
	with := func(values ...string) Request {
		r := patch
		r.Header = http.Header{"If-Match": values}
		return r
	}
	for name, tc := range map[string]struct {
		api    *wary
		known  bool
		send   []Request
		want   []string
		status int
	}{
		"learnt from 428": {&wary{}, false, []Request{get, patch, patch},
			[]string{"GET  200", "PATCH  428", `PATCH W/"0" 200`, `PATCH W/"1" 200`}, 200},
		"from the page": {&wary{}, true, []Request{get, patch}, []string{"GET  200", `PATCH W/"0" 200`}, 200},
		"nobody has read it": {&wary{}, false, []Request{patch},
			[]string{"PATCH  428", "GET  200", `PATCH W/"0" 200`}, 200},
		"from the page, and nobody has read it": {&wary{}, true, []Request{patch}, []string{"GET  200", `PATCH W/"0" 200`}, 200},
		"an answer without one": {&wary{silent: true}, true, []Request{get, patch, patch},
			[]string{"GET  200", `PATCH W/"0" 200`, "GET  200", `PATCH W/"1" 200`}, 200},
		"in the body": {&wary{inBody: true}, true, []Request{get, patch, patch},
			[]string{"GET  200", `PATCH W/"0" 200`, `PATCH W/"1" 200`}, 200},
		"there is no GET":             {&wary{}, false, []Request{patch}, []string{"PATCH  428"}, 428},
		"one's own is left alone":     {&wary{}, true, []Request{get, with(`W/"old"`)}, []string{"GET  200", `PATCH W/"old" 412`}, 412},
		"none, as is wanted":          {&wary{}, true, []Request{get, with()}, []string{"GET  200", "PATCH  428"}, 428},
		"none, and that teaches none": {&wary{}, false, []Request{get, with()}, []string{"GET  200", "PATCH  428"}, 428},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{BaseURL: "https://graph.example", NoGet: name == "there is no GET", Transport: transport.InMemory(tc.api)})
			if tc.known {
				c.RequireIfMatch()
			}
			var ex *Exchange
			for _, r := range tc.send {
				ex = c.Do(t.Context(), r)
			}
			want := make([]string, len(tc.want))
			for i, s := range tc.want {
				want[i] = strings.Join(strings.Fields(s), " ")
			}
			got := make([]string, len(tc.api.seen))
			for i, s := range tc.api.seen {
				got[i] = strings.Join(strings.Fields(s), " ")
			}
			if diff := cmp.Diff(want, got); diff != "" || ex.Status != tc.status {
				t.Errorf("%d, sent (-want +got):\n%s", ex.Status, diff)
			}
		})
	}
}

// TestDoKeepsTheTagOfAnUpdate: a GET that comes late shows an older one. And where a read
// shows none, each update is sent without another read.
func TestDoKeepsTheTagOfAnUpdate(t *testing.T) {
	t.Parallel()
	api := &wary{}
	late := clienttest.RoundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := transport.InMemory(api).RoundTrip(r)
		if err == nil && r.Method == http.MethodGet {
			resp.Header.Set("ETag", `W/"0"`)
		}
		return resp, err
	})
	c := newClient(t, Config{BaseURL: "https://graph.example", Transport: late})
	c.RequireIfMatch()
	var attempts []int
	for _, method := range []string{"GET", "PATCH", "GET", "PATCH"} {
		attempts = append(attempts, c.Do(t.Context(), Request{Method: method, Path: "/a"}).Attempts)
	}
	if diff := cmp.Diff([]int{1, 1, 1, 1}, attempts); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}

	srv := clienttest.NewSpy(t, nil)
	c = newClient(t, Config{BaseURL: srv.URL})
	c.RequireIfMatch()
	for range 2 {
		c.Do(t.Context(), Request{Method: "PATCH", Path: "/a"})
	}
	if n := len(srv.Requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

// TestDoReadsAStaleTagAgain: once, and the retry is marked.
func TestDoReadsAStaleTagAgain(t *testing.T) {
	t.Parallel()
	api := &wary{}
	c := newClient(t, Config{BaseURL: "https://graph.example", Transport: transport.InMemory(api)})
	c.RequireIfMatch()
	c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
	api.version = 7 // another's update
	ex := c.WithOwnBudget().Do(t.Context(), Request{Method: "PATCH", Path: "/a"})
	if diff := cmp.Diff([]Retry{{Status: 412}}, ex.Retries); ex.Status != 200 || diff != "" {
		t.Errorf("%d, retries (-want +got):\n%s", ex.Status, diff)
	}
	if line := c.Curl(Request{Method: "PATCH", Path: "/a"}); !strings.Contains(line, `'If-Match: W/"8"'`) {
		t.Errorf("the curl line %q", line)
	}
	// Where each read is stale there is an end.
	stale := transport.InMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(map[string]int{"GET": 200, "PATCH": 412}[r.Method])
	}))
	c = newClient(t, Config{BaseURL: "https://graph.example", Transport: stale})
	c.RequireIfMatch()
	if ex := c.Do(t.Context(), Request{Method: "PATCH", Path: "/a"}); ex.Status != 412 || ex.Attempts != 2 {
		t.Errorf("%d after %d attempts", ex.Status, ex.Attempts)
	}
}
