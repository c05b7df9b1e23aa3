package restore

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/client/clienttest"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
)

// nesting is an API with one entity whose properties may be objects.
type nesting struct {
	entity map[string]any
	// replaces: an update replaces an object, and merges into it otherwise.
	replaces bool
	// lasting is a member for which null is refused.
	lasting string
	// late GETs show the entity as it was before the last update, each counted down.
	late int
	old  map[string]any
	sent []string
}

func (n *nesting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		shown := n.entity
		if n.late > 0 && n.old != nil {
			n.late--
			shown = n.old
		}
		_ = json.NewEncoder(w).Encode(shown)
		return
	}
	data, _ := io.ReadAll(r.Body)
	n.sent = append(n.sent, string(data))
	if n.lasting != "" && strings.Contains(string(data), `"`+n.lasting+`":null`) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body, _ := client.DecodeObject(data)
	n.old, n.entity = n.entity, n.merge(n.entity, body, true)
	w.WriteHeader(http.StatusNoContent)
}

func (n *nesting) merge(old, patch map[string]any, top bool) map[string]any {
	out := map[string]any{}
	maps.Copy(out, old)
	for name, v := range patch {
		inner, isObject := v.(map[string]any)
		was, _ := old[name].(map[string]any)
		switch {
		case isObject && n.replaces:
			out[name] = n.merge(map[string]any{}, inner, false)
		case isObject:
			out[name] = n.merge(was, inner, false)
		case v == nil && !top && !n.replaces:
			delete(out, name)
		default:
			out[name] = v
		}
	}
	return out
}

// TestRestoreObjects: an update of an object merges or replaces, and either ends with the first
// state. A member that cannot be cleared is reported, and the rest is restored.
func TestRestoreObjects(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		api         nesting
		first       string
		runs        []string
		theirs      string   // what somebody else sets then
		sent        []string // by the restore
		left, still string   // what is left, and the entity then
	}{
		"merges": {first: `{"nested":{},"n":1}`, runs: []string{`{"nested":{"width":2},"n":2}`}, sent: []string{`{"n":1,"nested":{"width":null}}`}},
		"merges, and keeps what was there": {
			first: `{"nested":{"a":1,"deep":{"b":1}}}`, runs: []string{`{"nested":{"a":2,"deep":{"c":2}}}`, `{"nested":{"more":{"d":3}}}`},
			sent: []string{`{"nested":{"a":1,"deep":{"b":1,"c":null},"more":null}}`},
		},
		"nothing was added": {first: `{"nested":{"a":1}}`, runs: []string{`{"nested":{"a":2}}`}, sent: []string{`{"nested":{"a":1}}`}},
		"replaces":          {api: nesting{replaces: true}, first: `{"nested":{}}`, runs: []string{`{"nested":{"width":2}}`}, sent: []string{`{"nested":{"width":null}}`}},
		"replaces, and takes no null": {
			api: nesting{replaces: true, lasting: "width"}, first: `{"nested":{"a":1},"n":1}`, runs: []string{`{"nested":{"width":2},"n":2}`},
			sent: []string{`{"n":1,"nested":{"a":1,"width":null}}`, `{"n":1}`, `{"nested":{"a":1,"width":null}}`, `{"nested":{"a":1}}`},
		},
		"one member cannot be cleared": {
			api: nesting{lasting: "width"}, first: `{"nested":{"a":1}}`, runs: []string{`{"nested":{"a":2,"width":2}}`},
			sent: []string{`{"nested":{"a":1,"width":null}}`, `{"nested":{"a":1}}`},
			left: `nested (is {"a":1,"width":2}, was {"a":1}`, still: `{"nested":{"a":1,"width":2}}`,
		},
		"a GET is late": {api: nesting{late: 2}, first: `{"nested":{}}`, runs: []string{`{"nested":{"width":2}}`}, sent: []string{`{"nested":{"width":null}}`}},
		"somebody else has added a member": {
			first: `{"nested":{}}`, runs: []string{`{"nested":{"width":2}}`}, theirs: `{"nested":{"theirs":1}}`,
			sent: []string{`{"nested":{"width":null}}`}, left: `nested (is {"theirs":1}, was {}`, still: `{"nested":{"theirs":1}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := tc.api
			decode := func(text string) map[string]any {
				v, err := client.DecodeObject([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			first := decode(tc.first)
			api.entity = first
			clock := clienttest.NewClock()
			c := newClient(t, client.Config{BaseURL: base, Sleep: clock.Sleep, Now: clock.Now, Transport: transport.InMemory(&api)})
			k := NewKeeper(c, things())
			n := &notes{}
			k.UseJournal(n)
			k.Remember("/a", first)
			for _, body := range tc.runs {
				touch(t, k, "/a", decode(body))
				k.Answered(c.Do(t.Context(), client.Request{Method: http.MethodPatch, Path: "/a", Body: []byte(body)}))
			}
			if tc.theirs != "" {
				api.entity = api.merge(api.entity, decode(tc.theirs), true)
			}
			api.sent = nil
			errs := k.Restore(t.Context())
			if (tc.left == "") != (errs == nil) || errs != nil && !strings.Contains(errs[0].Error(), tc.left) {
				t.Errorf("errors %v", errs)
			}
			want := first
			if tc.still != "" {
				want = decode(tc.still)
			}
			p, _ := things().Property("nested")
			if !p.Same(want["nested"], api.entity["nested"]) || !schema.Equal(want["n"], api.entity["n"]) {
				t.Errorf("the entity is %v, want %v", api.entity, want)
			}
			if diff := cmp.Diff(tc.sent, api.sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRestoreObjectsAfterAKill: the journal alone says which members the run has added.
func TestRestoreObjectsAfterAKill(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	api := &nesting{entity: m{"nested": m{"width": json.Number("2")}}}
	j := killed(t, m{"nested": m{}}, map[string][]any{"nested": {m{"width": json.Number("2")}}}, false)
	e := j.Document().Entities[0]
	var planned []string
	dry := newClient(t, client.Config{
		BaseURL: base, Sleep: clienttest.NewClock().Sleep, Transport: transport.InMemory(e.Rehearse()),
		OnSend: func(r client.PlannedRequest) { planned = append(planned, r.Method+" "+r.Body) },
	})
	if err := e.Plan(t.Context(), dry); err != nil || len(planned) != 3 || planned[1] != `PATCH {"nested":{"width":null}}` {
		t.Errorf("planned %q, %v", planned, err)
	}
	c := newClient(t, client.Config{BaseURL: base, Transport: transport.InMemory(api)})
	if err := j.Restore(t.Context(), c, &follower{}, Options{}); err != nil || j.Open() {
		t.Errorf("open %v, %v", j.Open(), err)
	}
	if diff := cmp.Diff(m{"nested": m{}}, api.entity); diff != "" {
		t.Errorf("the entity (-want +got):\n%s", diff)
	}
}
