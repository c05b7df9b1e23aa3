package mockgraph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
)

const operation = `{"operation":"PATCH /shelves/{shelfId}/widgets/{widgetId}"}`

func TestControlState(t *testing.T) {
	t.Parallel()
	b := serve(t)
	var state struct {
		Operations []struct {
			Operation string
			Entities  []struct {
				Params map[string]string
				ETag   string
				Body   map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(b.state()), &state); err != nil {
		t.Fatal(err)
	}
	got := state.Operations[0]
	if got.Operation != "PATCH /shelves/{shelfId}/widgets/{widgetId}" || len(got.Entities) != 2 {
		t.Fatalf("state: %+v", got)
	}
	if diff := cmp.Diff(map[string]string{"shelfId": "top", "widgetId": "a/b 'c'"}, got.Entities[1].Params); diff != "" {
		t.Error(diff)
	}
	// The state tells the truth, members beyond the sentinel too, and no control information.
	if diff := cmp.Diff(map[string]any{"id": "a/b 'c'", "title": "second", "stage": "paused"}, got.Entities[1].Body); diff != "" {
		t.Error(diff)
	}
	if got.Entities[1].ETag != b.send("GET", second, "").header.Get("ETag") {
		t.Error("the state has another ETag than the entity")
	}
}

func TestControlClone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", operation} {
		b := serve(t)
		b.want(b.send("PATCH", first, `{"title":"as it is now"}`), 200)
		r := b.want(b.send("POST", "/_graphpact/entities", body), 201)
		var made struct {
			Operation string
			Params    map[string]string
		}
		if err := json.Unmarshal([]byte(r.body), &made); err != nil {
			t.Fatal(err)
		}
		path := "/beta/shelves/" + made.Params["shelfId"] + "/widgets/" + made.Params["widgetId"]
		if made.Params["shelfId"] != "top" || made.Params["widgetId"] == "w1" || r.header.Get("Location") != b.url+path {
			t.Errorf("clone: %s, Location %s", r.body, r.header.Get("Location"))
		}
		if got := b.get(path, "id"); got != string(quote(made.Params["widgetId"])) {
			t.Errorf("the key of the clone is %s", got)
		}
		if got := b.get(path, "title"); got != `"as it is now"` {
			t.Errorf("the title of the clone is %s", got)
		}
		b.want(b.send("PATCH", path, `{"title":"clone"}`), 200)
		if got := b.get(first, "title"); got != `"as it is now"` {
			t.Errorf("an update of the clone reached the first: %s", got)
		}
	}
}

func TestControlReset(t *testing.T) {
	t.Parallel()
	b := serve(t)
	before := b.get(first, "title")
	b.want(b.send("PATCH", first, `{"title":"changed"}`), 200)
	clone, err := b.server.Clone(b.server.routes[0].op)
	if err != nil {
		t.Fatal(err)
	}
	etag := b.send("GET", first, "").header.Get("ETag")
	b.want(b.send("PUT", "/_graphpact/reset", ""), 204)
	if got := b.get(first, "title"); got != before {
		t.Errorf("title after the reset: %s", got)
	}
	b.want(b.send("GET", "/beta/shelves/top/widgets/"+clone["widgetId"], ""), 404)
	b.want(b.send("PATCH", first, `{}`, "If-Match: "+etag), 412)
}

func TestControlRefused(t *testing.T) {
	t.Parallel()
	b := serve(t)
	unchanged := b.expectUnchanged()
	for _, tt := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", "/_graphpact/", "", 404, "ResourceNotFound"},
		{"GET", "/_graphpact/nothing", "", 404, "ResourceNotFound"},
		{"GET", "/_graphpact", "", 404, "ResourceNotFound"},
		{"POST", "/_graphpact/state", "", 405, "MethodNotAllowed"},
		{"GET", "/_graphpact/entities", "", 405, "MethodNotAllowed"},
		{"POST", "/_graphpact/reset", "", 405, "MethodNotAllowed"},
		{"GET", "/beta/_graphpact/state", "", 404, "ResourceNotFound"},
		{"POST", "/_graphpact/entities", `{"operation":"PATCH /nowhere"}`, 400, "BadRequest"},
		{"POST", "/_graphpact/entities", `{"Operation":"PATCH /shelves/{shelfId}/widgets/{widgetId}"}`, 400, "BadRequest"},
		{"POST", "/_graphpact/entities", `{"operation":1}`, 400, "BadRequest"},
		{"POST", "/_graphpact/entities", `{`, 400, "BadRequest"},
		{"POST", "/_graphpact/entities", strings.Repeat(" ", maxBody+1), 413, "RequestEntityTooLarge"},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			b := b.in(t)
			b.refused(b.send(tt.method, tt.path, tt.body), tt.status, tt.code)
		})
	}
	unchanged()
}

func TestCloneAndParams(t *testing.T) {
	t.Parallel()
	op := widget()
	n := 0
	b := serve(t, func(c *Config) {
		c.Operations = []*contract.Operation{op}
		c.NewID = func() string { n++; return fmt.Sprintf("id-%d", n) }
	})
	if diff := cmp.Diff(map[string]string{"shelfId": "top", "widgetId": "w1"}, b.server.Params(op)); diff != "" {
		t.Error(diff)
	}
	got, err := b.server.Clone(op)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"shelfId": "top", "widgetId": "id-1"}, got); diff != "" {
		t.Error(diff)
	}
	got["widgetId"] = "mine"
	if b.server.Params(op)["widgetId"] != "w1" || b.server.routes[0].store.all()[2].params["widgetId"] != "id-1" {
		t.Error("the caller's map is the server's")
	}
	n = 0
	if _, err := b.server.Clone(op); err == nil {
		t.Error("a clone took the place of another entity")
	}
	if b.server.Params(widget()) != nil {
		t.Error("parameters of an Operation that is not served")
	}
	if _, err := b.server.Clone(widget()); err == nil {
		t.Error("cloned for an Operation that is not served")
	}
}

func TestCloneNumericKey(t *testing.T) {
	t.Parallel()
	op := widget()
	op.Properties[0].Type = contract.Type{Name: "Int32", Edm: "Edm.Int32"}
	b := serve(t, func(c *Config) {
		c.Operations, c.Seeds = []*contract.Operation{op}, nil
	})
	for _, want := range []string{"2", "3"} {
		got, err := b.server.Clone(op)
		if err != nil || got["widgetId"] != want {
			t.Fatalf("clone %v, %v; want %s", got, err, want)
		}
		if id := b.get("/beta/shelves/"+got["shelfId"]+"/widgets/"+want, "id"); id != want {
			t.Errorf("key %s, want %s", id, want)
		}
	}
}

func TestCloneSingleton(t *testing.T) {
	t.Parallel()
	op := widget()
	op.Path = contract.Path{Template: "/settings"}
	b := serve(t, func(c *Config) { c.Operations = []*contract.Operation{op} })
	b.want(b.send("PATCH", "/beta/settings", `{"title":"t"}`), 200)
	if _, err := b.server.Clone(op); err == nil {
		t.Error("cloned an entity without a parameter")
	}
	b.refused(b.send("POST", "/_graphpact/entities", ""), 409, "Conflict")
}

func TestPutAndRemove(t *testing.T) {
	t.Parallel()
	b := serve(t)
	op := b.server.routes[0].op
	at := map[string]string{"shelfId": "low", "widgetId": "w 9"}
	path := "/beta/shelves/low/widgets/w%209"
	b.want(b.send("GET", path, ""), 404)
	if err := b.server.Put(op, at, map[string]any{"stage": "closed", "count": 9}); err != nil {
		t.Fatal(err)
	}
	body := b.want(b.send("GET", path, ""), 200).body
	for _, want := range []string{`"id":"w 9"`, `"stage":"closed"`, `"count":9`, `"title":"first"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	b.want(b.send("PATCH", path, `{"stage":"open"}`), 200)
	if err := b.server.Put(op, at, nil); err != nil {
		t.Fatal(err)
	}
	if body := b.send("GET", path, "").body; strings.Contains(body, "closed") || !strings.Contains(body, `"count":7`) {
		t.Errorf("placed anew it has what it had before: %s", body)
	}
	if err := b.server.Remove(op, at); err != nil {
		t.Fatal(err)
	}
	b.want(b.send("GET", path, ""), 404)
	if err := b.server.Remove(op, at); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
	b.want(b.send("GET", first, ""), 200)
}

func TestPutRefuses(t *testing.T) {
	t.Parallel()
	b := serve(t)
	op := b.server.routes[0].op
	at := map[string]string{"shelfId": "low", "widgetId": "w9"}
	for name, c := range map[string]struct {
		params map[string]string
		values map[string]any
		want   string
	}{
		"outside the enum": {at, map[string]any{"stage": "ajar"}, "not a member"},
		"wrong type":       {at, map[string]any{"count": "many"}, "count"},
		"unknown property": {at, map[string]any{"colour": "red"}, "no property colour"},
		"no parameter":     {map[string]string{"shelfId": "low"}, nil, "widgetId"},
		"other parameter":  {map[string]string{"shelfId": "low", "widgetId": "w9", "x": "y"}, nil, "no parameter x"},
		"another key":      {at, map[string]any{"id": "w8"}, "in the body and"},
	} {
		if err := b.server.Put(op, c.params, c.values); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	b.want(b.send("GET", "/beta/shelves/low/widgets/w9", ""), 404)
	if err := b.server.Remove(op, map[string]string{"shelfId": "top", "widgetId": "w1"}); err == nil {
		t.Error("the first entity was removed, from which others are made")
	}
}
