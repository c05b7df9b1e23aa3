package restore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/client/clienttest"
	"graphpact/internal/contract"
)

// things is an operation that sets each property but "fixed", which nothing can set.
func things() *contract.Operation {
	op := &contract.Operation{Method: contract.Fact[string]{Value: "PATCH"}, Page: "thing-update.md"}
	for _, name := range []string{"status", "n", "nested", "password", "other", "date", "extra", "a", "i"} {
		op.Properties = append(op.Properties, contract.Property{Name: name, Listed: true})
	}
	op.Properties = append(op.Properties, contract.Property{Name: "fixed", Role: contract.RoleKey, Listed: true})
	return op
}

// touch has the keeper know of an update.
func touch(t testing.TB, k *Keeper, path string, body map[string]any) {
	t.Helper()
	if err := k.Touched(path, body); err != nil {
		t.Fatal(err)
	}
}

// store is an API that keeps entities by path.
type store struct {
	mu       sync.Mutex
	entities map[string]map[string]any
	// refuse gives the status for a request, 0 to let it through.
	refuse func(method, path string) int
	// deaf properties are accepted and not stored.
	deaf string
}

func (s *store) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		if status := s.refuse(r.Method, r.URL.Path); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	entity := s.entities[r.URL.Path]
	if entity == nil {
		w.WriteHeader(404)
		return
	}
	if r.Method == "GET" {
		_ = json.NewEncoder(w).Encode(entity)
		return
	}
	w.WriteHeader(204)
}

// spy serves the store and applies updates: the spy has read the body already.
func (s *store) spy(t *testing.T) *clienttest.Spy {
	var srv *clienttest.Spy
	srv = clienttest.NewSpy(t, func(w http.ResponseWriter, r *http.Request) {
		if reqs := srv.Requests(); r.Method == "PATCH" && (s.refuse == nil || s.refuse(r.Method, r.URL.Path) == 0) {
			var body map[string]any
			d := json.NewDecoder(strings.NewReader(reqs[len(reqs)-1].Body))
			d.UseNumber()
			if err := d.Decode(&body); err != nil {
				t.Error(err)
			}
			delete(body, s.deaf)
			s.mu.Lock()
			maps.Copy(s.entities[r.URL.Path], body)
			s.mu.Unlock()
		}
		s.serve(w, r)
	})
	return srv
}

func methods(reqs []clienttest.Seen) string {
	var out []string
	for _, r := range reqs {
		out = append(out, r.Method+" "+r.URI)
	}
	return strings.Join(out, ", ")
}

func TestKeeperRestores(t *testing.T) {
	t.Parallel()
	const big = json.Number("9007199254740993") // no float64 holds it
	s := &store{entities: map[string]map[string]any{
		"/a": {"status": "changed", "n": 5, "extra": 1},
		"/b": {"status": "same"},
	}}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
	first := map[string]any{"status": "first", "n": big, "nested": map[string]any{"x": "y"}}
	k.Remember("/a", first)
	k.Remember("/b", map[string]any{"status": "same"})
	touch(t, k, "/a", map[string]any{"status": "changed", "n": 5})
	k.Remember("/a", map[string]any{"status": "second call"})
	first["status"] = "changed by the caller"
	first["nested"].(map[string]any)["x"] = "changed by the caller"

	if errs := k.Restore(t.Context()); errs != nil {
		t.Fatalf("errors %v", errs)
	}
	want := map[string]any{"status": "first", "n": big, "extra": 1, "nested": map[string]any{"x": "y"}}
	if diff := cmp.Diff(want, s.entities["/a"]); diff != "" {
		t.Errorf("/a (-want +got):\n%s", diff)
	}
	if got := methods(srv.Requests()); got != "GET /a, PATCH /a, GET /a, GET /b" {
		t.Errorf("sent %s", got)
	}
	if errs := k.Restore(t.Context()); errs != nil {
		t.Errorf("a second time: %v", errs)
	}
	if got := methods(srv.Requests()[4:]); got != "GET /a, GET /b" {
		t.Errorf("a second time, sent %s", got)
	}
}

func TestKeeperErrors(t *testing.T) {
	t.Parallel()
	gets := 0
	for name, tc := range map[string]struct {
		store *store
		first map[string]any
		left  []string
		text  []string
		curl  string
	}{
		"accepted but not stored": {
			store: &store{deaf: "status"},
			first: map[string]any{"status": "first", "n": "1"},
			left:  []string{"status"},
			text:  []string{"still different: status", "restore it with: curl"},
			curl:  `--data-binary '{"status":"first"}'`,
		},
		"cannot be set": {
			first: map[string]any{"status": "changed", "fixed": "x"},
			left:  []string{"fixed"},
			text:  []string{"still different: fixed", "no update can set that"},
		},
		"one of each": {
			first: map[string]any{"status": "first", "fixed": "x"},
			left:  []string{"fixed"},
			text:  []string{"still different: fixed"},
		},
		"update refused": {
			store: &store{refuse: func(method, _ string) int { return map[string]int{"PATCH": 403}[method] }},
			first: map[string]any{"status": "first"},
			left:  []string{"status"},
			text:  []string{"PATCH answers 403 Forbidden", "still different: status"},
			curl:  `--data-binary '{"status":"first"}'`,
		},
		"gone": {
			store: &store{refuse: func(string, string) int { return 404 }},
			first: map[string]any{"status": "first"},
			text:  []string{"GET answers 404 Not Found", "restore it with"},
			curl:  `--data-binary '{"status":"first"}'`,
		},
		"gone after the update": {
			store: &store{refuse: func(method, _ string) int {
				if method == "GET" {
					gets++
				}
				return map[bool]int{true: 404}[gets > 1]
			}},
			first: map[string]any{"status": "first"},
			text:  []string{"GET answers 404 Not Found"},
			curl:  `--data-binary '{"status":"first"}'`,
		},
		"a secret": {
			store: &store{deaf: "password"},
			first: map[string]any{"password": "hunter2"},
			left:  []string{"password"},
			text:  []string{"fill in what is ***"},
			curl:  `--data-binary '{"password":"***"}'`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.store == nil {
				tc.store = &store{}
			}
			tc.store.entities = map[string]map[string]any{"/a": {"status": "changed"}, "/b": {"status": "changed"}}
			srv := tc.store.spy(t)
			k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Token: "tok-en-42", Sleep: clienttest.NewClock().Sleep}), things())
			k.Remember("/a", tc.first)
			sent := map[string]any{}
			for name := range tc.first {
				sent[name] = "changed"
			}
			delete(sent, "fixed")
			touch(t, k, "/a", sent)
			errs := k.Restore(t.Context())
			var state *StateError
			if len(errs) != 1 || !errors.As(errs[0], &state) {
				t.Fatalf("errors %v", errs)
			}
			if diff := cmp.Diff(tc.left, state.Left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			for _, want := range append(tc.text, srv.URL+"/a: the first state is not restored", tc.curl) {
				if !strings.Contains(state.Error(), want) {
					t.Errorf("error %q lacks %q", state, want)
				}
			}
			if tc.curl != "" && !strings.HasPrefix(state.Curl, `curl -i -X PATCH '`+srv.URL+`/a' -H 'Authorization: Bearer '"$GRAPH_TOKEN"`) {
				t.Errorf("curl line %q", state.Curl)
			}
			if strings.Contains(state.Error(), "hunter2") {
				t.Errorf("error %q shows a secret", state)
			}
		})
	}
}

func TestKeeperGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	s := &store{entities: map[string]map[string]any{"/b": {"status": "changed"}}}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
	k.Remember("/a", map[string]any{"status": "first"})
	k.Remember("/b", map[string]any{"status": "first"})
	touch(t, k, "/b", map[string]any{"status": "changed"})
	if errs := k.Restore(t.Context()); len(errs) != 1 || s.entities["/b"]["status"] != "first" {
		t.Errorf("errors %v, /b %v", errs, s.entities["/b"])
	}
}

func TestKeeperBodies(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ body, want string }{
		{"[]", "not a JSON object"},
		{`{"a":"` + strings.Repeat("x", 200) + `"}`, "body limit"},
	} {
		srv := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tc.body) })
		k := NewKeeper(newClient(t, client.Config{Sleep: clienttest.NewClock().Sleep, BaseURL: srv.URL, BodyLimit: 100}), things())
		k.Remember("/a", map[string]any{"a": "b"})
		if errs := k.Restore(t.Context()); len(errs) != 1 || !strings.Contains(errs[0].Error(), tc.want) {
			t.Errorf("errors %v lack %q", errs, tc.want)
		}
	}
}

// TestKeeperBudget: a run that used up its budget can still clean up.
func TestKeeperBudget(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, clienttest.Throttling(http.Header{"Retry-After": {"10"}}, 429, 429, 429))
	clock := clienttest.NewClock()
	c := newClient(t, client.Config{BaseURL: srv.URL, RetryBudget: 1e10, Sleep: clock.Sleep, Now: clock.Now})
	k := NewKeeper(c, things())
	k.Remember("/a", map[string]any{"a": "b"})
	if ex := c.Do(t.Context(), client.Request{Method: "GET", Path: "/a"}); ex.Err == nil {
		t.Fatal("the budget is not used up")
	}
	errs := k.Restore(t.Context())
	var slow *client.ThrottledError
	if len(errs) != 1 || errors.As(errs[0], &slow) || c.Throttled() != 3 {
		t.Errorf("errors %v, throttled %d: want the wait, then the error of a body that is no JSON", errs, c.Throttled())
	}
}

func TestKeeperConcurrent(t *testing.T) {
	t.Parallel()
	s := &store{entities: map[string]map[string]any{}}
	for i := range 8 {
		s.entities[fmt.Sprintf("/%d", i)] = map[string]any{"status": "changed"}
	}
	srv := clienttest.NewSpy(t, s.serve)
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() { k.Remember(fmt.Sprintf("/%d", i%8), map[string]any{"i": i}) })
		if i%8 == 0 {
			wg.Go(func() { k.Restore(t.Context()) })
		}
	}
	wg.Wait()
	before := len(srv.Requests())
	if errs := k.Restore(t.Context()); errs != nil {
		t.Error(errs)
	}
	got := strings.Split(methods(srv.Requests()[before:]), ", ")
	slices.Sort(got)
	if len(got) != 8 || got[0] != "GET /0" || got[7] != "GET /7" {
		t.Errorf("sent %v", got)
	}
}

// TestReadOnlyKeeper: not even the restore writes.
func TestReadOnlyKeeper(t *testing.T) {
	t.Parallel()
	s := &store{entities: map[string]map[string]any{"/a": {"status": "changed"}}}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, ReadOnly: true, Sleep: clienttest.NewClock().Sleep}), things())
	k.Remember("/a", map[string]any{"status": "first"})
	touch(t, k, "/a", map[string]any{"status": "changed"})
	if errs := k.Restore(t.Context()); len(errs) != 1 || !errors.Is(errs[0], client.ErrReadOnly) {
		t.Errorf("errors %v", errs)
	}
	if strings.Contains(methods(srv.Requests()), "PATCH") {
		t.Errorf("sent %s", methods(srv.Requests()))
	}
}

// TestKeeperHasABudgetOfItsOwn: a client that gave up must not stand in the way of a
// restore, and a keeper must not try for ever.
func TestKeeperHasABudgetOfItsOwn(t *testing.T) {
	t.Parallel()
	p := &clienttest.Script{Plan: "xxxxx"}
	clock := clienttest.NewClock()
	c := newClient(t, client.Config{BaseURL: "https://graph.example", Transport: p, Sleep: clock.Sleep, Now: clock.Now})
	k := NewKeeper(c, things())
	k.Remember("/a", map[string]any{})
	for range 9 {
		c.Do(t.Context(), client.Request{Method: "GET", Path: "/a"})
	}
	if errs := k.Restore(t.Context()); errs != nil || p.Sent != 6 {
		t.Errorf("%v, %d sent", errs, p.Sent)
	}

	p.Plan, p.Sent = strings.Repeat("x", 1000), 0
	for _, path := range []string{"/b", "/c", "/d", "/e", "/f", "/g"} {
		k.Remember(path, map[string]any{"a": "1"})
	}
	errs := k.Restore(t.Context())
	if len(errs) != 7 || p.Sent != 5 || !strings.Contains(errs[6].Error(), "given up") {
		t.Errorf("%d errors, %d sent: %v", len(errs), p.Sent, errs)
	}
}

// TestKeeperRestoresBlindly: where a GET shows nothing, what the run touched is set all
// the same, and that nobody could look is said.
func TestKeeperRestoresBlindly(t *testing.T) {
	t.Parallel()
	s := &store{
		entities: map[string]map[string]any{"/a": {"status": "changed", "other": "theirs"}},
		refuse: func(method, _ string) int {
			if method == "GET" {
				return 500
			}
			return 0
		},
	}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
	k.Remember("/a", map[string]any{"status": "first", "other": "first"})
	touch(t, k, "/a", map[string]any{"status": "changed"})
	errs := k.Restore(t.Context())
	if len(errs) != 1 || strings.Count(errs[0].Error(), "GET answers 500") != 1 {
		t.Errorf("%v", errs)
	}
	if got := s.entities["/a"]; got["status"] != "first" || got["other"] != "theirs" {
		t.Errorf("the entity holds %v", got)
	}
}

func newClient(t testing.TB, cfg client.Config) *client.Client {
	t.Helper()
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
