package target

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// lagging is an API whose GET shows the state before the last update a few times, as a
// read replica does, and whose answer to an update may not be what became of it.
type lagging struct {
	mu         sync.Mutex
	now, shown string
	lag        int
	answer     int
}

func (l *lagging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method == http.MethodPatch {
		data, _ := io.ReadAll(r.Body)
		var body map[string]string
		_ = json.Unmarshal(data, &body)
		l.now = body["status"]
		w.WriteHeader(l.answer)
		return
	}
	if l.lag > 0 {
		l.lag--
	} else {
		l.shown = l.now
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"status": l.shown})
}

func TestKeeperIsNotFooledByALaggingGet(t *testing.T) {
	for name, tc := range map[string]struct {
		api     *lagging
		touched bool
		want    string // what the API holds in the end
		errs    int
	}{
		// The GET still shows the first state, and the entity does not hold it any more.
		"touched":                   {&lagging{now: "changed", shown: "first", lag: 1, answer: 204}, true, "first", 0},
		"not touched":               {&lagging{now: "changed", shown: "first", lag: 1, answer: 204}, false, "changed", 0},
		"the GET lags behind":       {&lagging{now: "changed", shown: "changed", lag: 3, answer: 204}, true, "first", 0},
		"the GET lags for too long": {&lagging{now: "changed", shown: "changed", lag: 9, answer: 204}, true, "first", 1},
		"applied in spite of a 500": {&lagging{now: "changed", shown: "changed", answer: 500}, true, "first", 0},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(tc.api)
			defer srv.Close()
			clock := newClock()
			k := NewKeeper(newClient(t, Config{BaseURL: srv.URL, Sleep: clock.Sleep, Now: clock.Now}), restoreAll)
			k.Remember("/a", map[string]any{"status": "first"})
			if tc.touched {
				if err := k.Touched("/a", "status"); err != nil {
					t.Fatal(err)
				}
			}
			errs := k.PutBack(t.Context())
			if len(errs) != tc.errs || tc.api.now != tc.want {
				t.Errorf("errors %v, the API holds %q, want %q", errs, tc.api.now, tc.want)
			}
			if tc.errs > 0 && !strings.Contains(errs[0].Error(), "mend it with") {
				t.Errorf("%v", errs[0])
			}
		})
	}
}
