package restore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/client/clienttest"
)

// notes is a journal that writes down what it is told, and fails where it is told to.
type notes struct {
	said []string
	last Change
	fail error
}

func (n *notes) Touch(path string, c Change) error {
	n.last = c
	data, err := json.Marshal(c.First)
	n.said = append(n.said, fmt.Sprintf("touch %s %s %s", path, data, strings.Join(c.Names, ",")))
	return errors.Join(err, n.fail)
}

func (n *notes) Restored(path string) error {
	n.said = append(n.said, "restored "+path)
	return n.fail
}

func TestTouchedWritesAhead(t *testing.T) {
	t.Parallel()
	s := &store{entities: map[string]map[string]any{"/a": {"status": "changed"}, "/b": {"status": "same", "echo": "you sent tok-en-42", "tok-en-42": 1}}}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Token: "tok-en-42", Sleep: clienttest.NewClock().Sleep}), things())
	n := &notes{}
	k.UseJournal(n)
	touched := func(path string, names ...string) {
		t.Helper()
		body := map[string]any{}
		for _, n := range names {
			body[n] = "changed"
		}
		touch(t, k, path, body)
	}
	if err := k.Touched("/a", map[string]any{"status": "changed"}); err == nil || !strings.Contains(err.Error(), "nobody remembers") {
		t.Errorf("an entity that nobody remembers: %v", err)
	}
	k.Remember("/a", map[string]any{"status": "first", "password": "hunter2"})
	k.Remember("/b", map[string]any{"status": "same", "echo": "you sent tok-en-42", "tok-en-42": 1})
	touched("/a")
	touched("/a")
	touched("/a", "status", "date")
	touched("/a", "date")
	touched("/a", "extra")
	touched("/b", "status")
	s.entities["/a"]["password"] = "hunter2"
	if errs := k.Restore(t.Context()); errs != nil {
		t.Errorf("errors %v", errs)
	}
	want := []string{
		// An update that names nothing is an update.
		`touch /a {"password":"hunter2","status":"first"} `,
		`touch /a {"password":"hunter2","status":"first"} date,status`,
		`touch /a {"password":"hunter2","status":"first"} date,extra,status`,
		`touch /b {"status":"same"} status`,
		"restored /a",
		"restored /b",
	}
	if diff := cmp.Diff(want, n.said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJournalFails(t *testing.T) {
	t.Parallel()
	s := &store{entities: map[string]map[string]any{"/a": {"status": "first"}}}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
	n := &notes{fail: errors.New("no space left")}
	k.UseJournal(n)
	k.Remember("/a", map[string]any{"status": "first"})
	// What could not be written is tried again, and never counts as written.
	for range 2 {
		if err := k.Touched("/a", map[string]any{"status": "changed"}); !errors.Is(err, n.fail) {
			t.Errorf("got %v", err)
		}
	}
	if len(n.said) != 2 {
		t.Errorf("said %q", n.said)
	}
	if errs := k.Restore(t.Context()); len(errs) != 1 || !errors.Is(errs[0], n.fail) {
		t.Errorf("a journal that cannot be removed: %v", errs)
	}
	// No update was sent, as of a run that the journal of another one refuses.
	if got := methods(srv.Requests()); got != "GET /a" {
		t.Errorf("sent %s", got)
	}
}

// TestTouchedKey: an update that named what no update can set, and that the endpoint
// refused, has changed nothing.
func TestTouchedKey(t *testing.T) {
	t.Parallel()
	s := &store{entities: map[string]map[string]any{"/a": {"fixed": "x"}}}
	k := NewKeeper(newClient(t, client.Config{BaseURL: s.spy(t).URL, Sleep: clienttest.NewClock().Sleep}), things())
	k.Remember("/a", map[string]any{"fixed": "x"})
	touch(t, k, "/a", map[string]any{"fixed": "z"})
	if errs := k.Restore(t.Context()); errs != nil {
		t.Errorf("errors %v", errs)
	}
	s.entities["/a"]["fixed"] = "y"
	if errs := k.Restore(t.Context()); len(errs) != 1 {
		t.Errorf("a change that cannot be restored: %v", errs)
	}
}

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
	t.Parallel()
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
			clock := clienttest.NewClock()
			k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clock.Sleep, Now: clock.Now}), things())
			k.Remember("/a", map[string]any{"status": "first"})
			if tc.touched {
				touch(t, k, "/a", map[string]any{"status": "changed"})
			}
			errs := k.Restore(t.Context())
			if len(errs) != tc.errs || tc.api.now != tc.want {
				t.Errorf("errors %v, the API holds %q, want %q", errs, tc.api.now, tc.want)
			}
			if tc.errs > 0 && !strings.Contains(errs[0].Error(), "restore it with") {
				t.Errorf("%v", errs[0])
			}
		})
	}
}
