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
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/client/clienttest"
	"graphpact/internal/contract"
	"graphpact/internal/transport"
)

// odd is an API with one entity and the habits of some real servers.
type odd struct {
	entity map[string]any
	// refuses are properties for which an update is refused as a whole, and notNull such for
	// which only null is.
	refuses, notNull []string
	// locked: while the status is another than "first", an update may name nothing else.
	locked bool
	// ignored properties are accepted, and not stored.
	ignored []string
	// put: an update replaces the entity.
	put bool
	// answers are statuses given in place of the next answers to updates.
	answers []int
	// ifMatch: an update needs the current ETag.
	ifMatch bool

	version int
	sent    []string
}

func (o *odd) tag() string { return fmt.Sprintf(`"%d"`, o.version) }

func (o *odd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.Header().Set("ETag", o.tag())
		_ = json.NewEncoder(w).Encode(o.entity)
		return
	}
	data, _ := io.ReadAll(r.Body)
	o.sent = append(o.sent, string(data))
	status := o.update(r, data)
	w.Header().Set("ETag", o.tag())
	w.WriteHeader(status)
}

func (o *odd) update(r *http.Request, data []byte) int {
	var body map[string]any
	if json.Unmarshal(data, &body) != nil {
		return 400
	}
	if len(o.answers) > 0 {
		status := o.answers[0]
		o.answers = o.answers[1:]
		return status
	}
	if match := r.Header.Get("If-Match"); o.ifMatch && match != o.tag() {
		return map[bool]int{true: 428, false: 412}[match == ""]
	}
	for name, v := range body {
		if o.locked && name != "status" && o.entity["status"] != "first" || slices.Contains(o.refuses, name) || v == nil && slices.Contains(o.notNull, name) {
			return 400
		}
	}
	if o.put {
		maps.DeleteFunc(o.entity, func(name string, _ any) bool { return name != "fixed" })
	}
	for name, v := range body {
		switch {
		case slices.Contains(o.ignored, name):
		case v == nil && !slices.Contains([]string{"status", "date"}, name):
			delete(o.entity, name)
		default:
			o.entity[name] = v
		}
	}
	o.version++
	return 204
}

// client makes a client of the API whose waits take no time.
func (o *odd) client(t testing.TB) *client.Client {
	clock := clienttest.NewClock()
	return newClient(t, client.Config{BaseURL: base, Sleep: clock.Sleep, Now: clock.Now, Transport: transport.InMemory(o)})
}

func TestRestoreAtOddServers(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	for name, tc := range map[string]struct {
		api   *odd
		first m
		runs  []m      // the updates of the run; each is applied unless the API refuses it
		after func(m)  // what someone else does then
		sent  []string // by the restore
		left  []string
		text  string
		want  m // at the end; nil for the first state
	}{
		"nothing was updated": {api: &odd{}, first: m{"status": "first"}, after: func(e m) { e["status"] = "theirs" }, want: m{"status": "theirs"}},
		"only what differs": {
			api: &odd{}, first: m{"status": "first", "n": "1", "other": "o"},
			runs: []m{{"status": "a", "other": "p"}, {"other": "o"}, {"n": "2"}},
			sent: []string{`{"n":"1","status":"first"}`},
		},
		"one property is refused": {
			api: &odd{refuses: []string{"other"}}, first: m{"status": "first", "n": "1", "other": "o"},
			runs:  []m{{"status": "a"}, {"n": "2"}},
			after: func(e m) { delete(e, "other") }, // a side effect
			sent:  []string{`{"n":"1","other":"o","status":"first"}`, `{"n":"1"}`, `{"other":"o"}`, `{"status":"first"}`, `{"other":"o"}`},
			left:  []string{"other"}, text: `other: PATCH answers 400 Bad Request; still different: other (is absent, was "o")`,
			want: m{"status": "first", "n": "1"},
		},
		"one property is in the way of another": {
			api: &odd{locked: true}, first: m{"n": "1", "other": "o", "status": "first"}, runs: []m{{"n": "2"}, {"status": "a"}},
			sent: []string{`{"n":"1","status":"first"}`, `{"n":"1"}`, `{"status":"first"}`, `{"n":"1"}`},
		},
		"null is refused": {
			api: &odd{notNull: []string{"date"}}, first: m{"date": nil, "status": "first"}, runs: []m{{"date": "d", "status": "a"}},
			sent: []string{`{"date":null,"status":"first"}`, `{"date":null}`, `{"status":"first"}`, `{"date":null}`},
			left: []string{"date"}, text: `date (is "d", was null)`, want: m{"date": "d", "status": "first"},
		},
		"read-only, and taken": {
			api: &odd{}, first: m{"fixed": "x", "status": "first"}, runs: []m{{"fixed": "y"}},
			sent: []string{`{"fixed":"x"}`},
		},
		"read-only, taken, and not given back": {
			api: &odd{}, first: m{"fixed": "x"}, runs: []m{{"fixed": "y"}}, after: func(m) {},
			sent: []string{`{"fixed":"x"}`}, left: []string{"fixed"}, text: `fixed (is "y", was "x"); no update can set that`, want: m{"fixed": "y"},
		},
		"a name that is unknown, and kept": {
			api: &odd{}, first: m{"status": "first"}, runs: []m{{"unknown": "x"}}, sent: []string{`{"unknown":null}`},
		},
		"what was touched is lost": {
			api: &odd{}, first: m{"status": "first", "n": "1"}, runs: []m{{"status": "a", "n": "2"}},
			after: func(e m) { e["status"] = nil; delete(e, "n") },
			sent:  []string{`{"n":"1","status":"first"}`},
		},
		"an update replaces the entity": {
			api: &odd{put: true}, first: m{"status": "first", "n": "1", "other": "o"}, runs: []m{{"status": "a"}},
			sent: []string{`{"n":"1","other":"o","status":"first"}`},
		},
		"a replacement is seen late": {
			api: &odd{put: true}, first: m{"status": "first", "n": "1"}, runs: []m{{"status": "a", "n": "1"}},
			sent: []string{`{"status":"first"}`, `{"n":"1","status":"first"}`},
		},
		"someone else has changed what the run changed": {
			api: &odd{}, first: m{"status": "first", "n": "1"}, runs: []m{{"status": "a", "n": "2"}},
			after: func(e m) { e["status"] = "theirs" },
			sent:  []string{`{"n":"1"}`},
			left:  []string{"status"}, text: `status (is "theirs", was "first"; the run has not sent that, so that it is left alone); restore --force sets that too`,
			want: m{"status": "theirs", "n": "1"},
		},
		"someone else has changed what the run left alone": {
			api: &odd{}, first: m{"status": "first", "n": "1"}, runs: []m{{"status": "a"}},
			after: func(e m) { e["n"] = "theirs" }, sent: []string{`{"status":"first"}`},
			left: []string{"n"}, text: `n (is "theirs", was "1"; the run has not sent that`, want: m{"status": "first", "n": "theirs"},
		},
		"what nobody can set moves by itself": {
			api: &odd{}, first: m{"status": "first", "counter": "1"}, runs: []m{{"status": "a"}},
			after: func(e m) { e["counter"] = "2" }, sent: []string{`{"status":"first"}`}, want: m{"status": "first", "counter": "2"},
		},
		"If-Match is needed": {
			api: &odd{ifMatch: true}, first: m{"status": "first"}, runs: []m{{"status": "a"}},
			after: func(m) {}, sent: []string{`{"status":"first"}`},
		},
		"a gateway answers in its place": {
			api: &odd{}, first: m{"status": "first"}, runs: []m{{"status": "a"}},
			after: func(m) {}, sent: []string{`{"status":"first"}`, `{"status":"first"}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := tc.api
			api.entity = maps.Clone(tc.first)
			c := api.client(t)
			k := NewKeeper(c, things())
			k.Remember("/a", tc.first)
			for _, body := range tc.runs {
				touch(t, k, "/a", body)
				data, _ := json.Marshal(body)
				k.Answered(c.Do(t.Context(), client.Request{Method: "PATCH", Path: "/a", Body: data}))
			}
			if tc.after != nil {
				tc.after(api.entity)
			}
			switch name {
			case "read-only, taken, and not given back":
				api.ignored = []string{"fixed"}
			case "a gateway answers in its place":
				api.answers = []int{504}
			case "a replacement is seen late":
				api.entity["n"] = "1"
			}
			api.sent = nil
			errs := k.Restore(t.Context())
			var state *StateError
			if tc.left == nil && errs != nil || tc.left != nil && (len(errs) != 1 || !errors.As(errs[0], &state)) {
				t.Fatalf("errors %v", errs)
			}
			if state != nil {
				if diff := cmp.Diff(tc.left, state.Left); diff != "" || !strings.Contains(state.Error(), tc.text) {
					t.Errorf("%v (-want +got):\n%s", state, diff)
				}
			}
			want := tc.want
			if want == nil {
				want = tc.first
			}
			if diff := cmp.Diff(want, api.entity); diff != "" {
				t.Errorf("the entity (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.sent, api.sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefusedUpdates: what was refused, and shows its first value, is not set.
func TestRefusedUpdates(t *testing.T) {
	t.Parallel()
	api := &odd{entity: map[string]any{"status": "first"}, refuses: []string{"status"}}
	c := api.client(t)
	k := NewKeeper(c, things())
	k.Remember("/a", map[string]any{"status": "first"})
	touch(t, k, "/a", map[string]any{"status": "x"})
	k.Answered(c.Do(t.Context(), client.Request{Method: "PATCH", Path: "/a", Body: []byte(`{"status":"x"}`)}))
	if errs := k.Restore(t.Context()); errs != nil || len(api.sent) != 1 {
		t.Errorf("%v, sent %v", errs, api.sent)
	}
}

// TestOwnForm: an endpoint may keep a value in another form than it was sent in. What its
// answer shows is the run's own, and the journal knows.
func TestOwnForm(t *testing.T) {
	t.Parallel()
	api := &odd{entity: map[string]any{"status": "spelt by the server"}}
	k := NewKeeper(api.client(t), things())
	n := &notes{}
	k.UseJournal(n)
	k.Remember("/a", map[string]any{"status": "first"})
	touch(t, k, "/a", map[string]any{"status": " x "})
	patch := &client.Exchange{Method: "PATCH", Path: "/a", Status: 200, RequestBody: []byte(`{"status":" x "}`), Body: []byte(`{"status":"spelt by the server","n":"7"}`)}
	get := func(status string) *client.Exchange {
		return &client.Exchange{Method: "GET", Path: "/a", Status: 200, Body: []byte(`{"status":"` + status + `","n":"8"}`)}
	}
	k.Answered(get("theirs, before"))
	k.Answered(patch)
	k.Answered(get("spelt in a GET"))
	k.Answered(get("theirs, later"))
	touch(t, k, "/a", map[string]any{"status": " x "})
	want := map[string][]any{"status": {" x ", "spelt by the server", "spelt in a GET"}}
	if diff := cmp.Diff(want, n.last.Sent); diff != "" || len(n.said) != 2 {
		t.Errorf("%d records (-want +got):\n%s", len(n.said), diff)
	}
	if errs := k.Restore(t.Context()); errs != nil || api.entity["status"] != "first" {
		t.Errorf("%v, the entity %v", errs, api.entity)
	}
}

// TestRememberBeforeTheFirstUpdate: what turns up before the run has changed anything is the
// first state.
func TestRememberBeforeTheFirstUpdate(t *testing.T) {
	t.Parallel()
	api := &odd{entity: map[string]any{"status": "a"}}
	k := NewKeeper(api.client(t), things())
	k.Remember("/a", map[string]any{"status": "older"})
	k.Remember("/a", map[string]any{"status": "first"})
	touch(t, k, "/a", map[string]any{"status": "a"})
	k.Remember("/a", map[string]any{"status": "a"})
	if errs := k.Restore(t.Context()); errs != nil || api.entity["status"] != "first" {
		t.Errorf("%v, the entity %v", errs, api.entity)
	}
}

// killed makes the journal of a run that was killed after it had sent the values.
func killed(t *testing.T, first map[string]any, sent map[string][]any, ifMatch bool) *Journal {
	t.Helper()
	j := NewJournal(t.TempDir(), runID, began, base)
	c := Change{First: first, Names: slices.Sorted(maps.Keys(sent)), Sent: sent, IfMatch: ifMatch}
	if err := j.For(things()).Touch("/a", c); err != nil {
		t.Fatal(err)
	}
	j, err := LoadJournal(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestJournalEnds: what cannot be restored, and what is someone else's, keeps the journal
// until it is forced or accepted.
func TestJournalEnds(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	sent := map[string][]any{"status": {"a"}, "n": {"2"}}
	for name, tc := range map[string]struct {
		api      *odd
		opts     Options
		want     m
		left     string // of the error; "" where the journal is gone
		accepted string
	}{
		"all is restored":     {&odd{entity: m{"status": "a", "n": "2"}}, Options{}, m{"status": "first", "n": "1"}, "", ""},
		"If-Match is needed":  {&odd{entity: m{"status": "a", "n": "2"}, ifMatch: true}, Options{}, m{"status": "first", "n": "1"}, "", ""},
		"someone else's":      {&odd{entity: m{"status": "theirs", "n": "2"}}, Options{}, m{"status": "theirs", "n": "1"}, "restore --force sets that too", ""},
		"forced":              {&odd{entity: m{"status": "theirs", "n": "2"}}, Options{Force: true}, m{"status": "first", "n": "1"}, "", ""},
		"accepted":            {&odd{entity: m{"status": "theirs", "n": "2"}}, Options{Accept: true}, m{"status": "theirs", "n": "1"}, "", `still different: status (is "theirs", was "first"`},
		"refused":             {&odd{entity: m{"status": "a", "n": "2"}, refuses: []string{"n"}}, Options{}, m{"status": "first", "n": "2"}, "restore --accept takes what cannot be restored", ""},
		"refused, accepted":   {&odd{entity: m{"status": "a", "n": "2"}, refuses: []string{"n"}}, Options{Accept: true}, m{"status": "first", "n": "2"}, "", "still different: n"},
		"nothing is accepted": {&odd{entity: m{"status": "first", "n": "1"}}, Options{Accept: true}, m{"status": "first", "n": "1"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := killed(t, m{"status": "first", "n": "1"}, sent, tc.api.ifMatch)
			o := &follower{}
			err := j.Restore(t.Context(), tc.api.client(t), o, tc.opts)
			if (err == nil) != (tc.left == "") || err != nil && !strings.Contains(err.Error(), tc.left) || j.Open() != (err != nil) {
				t.Errorf("open %v, %v", j.Open(), err)
			}
			if got := strings.Join(o.accepted, "; "); tc.accepted == "" && got != "" || !strings.Contains(got, tc.accepted) {
				t.Errorf("accepted %q", got)
			}
			if diff := cmp.Diff(tc.want, tc.api.entity); diff != "" {
				t.Errorf("the entity (-want +got):\n%s", diff)
			}
			if tc.api.ifMatch && len(tc.api.sent) != 1 {
				t.Errorf("sent %v: the journal says that If-Match is needed", tc.api.sent)
			}
		})
	}
	gone := &store{}
	j := killed(t, m{"status": "first"}, sent, false)
	o := &follower{}
	if err := j.Restore(t.Context(), newClient(t, client.Config{BaseURL: gone.spy(t).URL}), o, Options{Accept: true}); err != nil || j.Open() || len(o.accepted) != 1 {
		t.Errorf("an entity that is gone: %v, accepted %v", err, o.accepted)
	}
}

// TestTypeGoesAlong: where the page shows or demands an @odata.type, each update of a restore
// carries it, also after a kill.
func TestTypeGoesAlong(t *testing.T) {
	t.Parallel()
	api := &odd{entity: map[string]any{"status": "first"}, ignored: []string{"@odata.type"}}
	c := api.client(t)
	op := things()
	op.TypeAnnotation.Value = "#graph.thing"
	k := NewKeeper(c, op)
	j := NewJournal(t.TempDir(), "6f0c1a2b-3c4d-4e5f-8a6b-0123456789ab", time.Now(), base)
	k.UseJournal(j.For(op))
	k.Remember("/a", map[string]any{"status": "first"})
	touch(t, k, "/a", map[string]any{"status": "x"})
	api.entity["status"] = "x"
	if got := j.Document().Entities[0].Type; got != "#graph.thing" {
		t.Errorf("the journal has the type %q", got)
	}
	if errs := k.Restore(t.Context()); errs != nil {
		t.Error(errs)
	}
	if diff := cmp.Diff([]string{`{"@odata.type":"#graph.thing","status":"first"}`}, api.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// TestUpdateCarriesHeaders: what the page requires of each update goes along with one that restores,
// also by a journal of another process.
func TestUpdateCarriesHeaders(t *testing.T) {
	t.Parallel()
	op := things()
	op.Headers = []contract.Header{{Name: "x-mode", Required: true, Value: "fast"}, {Name: "X-Other"}}
	written, err := json.Marshal(newEntity(op, "/a", Change{}))
	if err != nil {
		t.Fatal(err)
	}
	var e Entity
	if err := json.Unmarshal(written, &e); err != nil {
		t.Fatal(err)
	}
	r, err := e.update(map[string]any{"n": 1})
	if err != nil || len(r.Documented) != 1 || r.Documented["X-Mode"] != "fast" {
		t.Errorf("%v, %v, of %s", r.Documented, err, written)
	}
}

// TestUpdateNamesItsType sends the type where updates carry one: the entity's own, which may
// derive from the page's.
func TestUpdateNamesItsType(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		e    Entity
		want string
	}{
		{Entity{Path: "/a"}, `{"n":1}`},
		{Entity{Path: "/a", First: map[string]any{"@odata.type": "#x.own"}}, `{"n":1}`},
		{Entity{Path: "/a", Type: "#x.page"}, `{"@odata.type":"#x.page","n":1}`},
		{Entity{Path: "/a", Type: "#x.page", First: map[string]any{"@odata.type": "#x.own"}}, `{"@odata.type":"#x.own","n":1}`},
	} {
		body := map[string]any{"n": 1}
		r, err := tc.e.update(body)
		if err != nil || string(r.Body) != tc.want || len(body) != 1 {
			t.Errorf("%+v: %s, %v", tc.e, r.Body, err)
		}
	}
}
