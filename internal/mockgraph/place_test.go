package mockgraph

import (
	"strings"
	"testing"
)

func TestPutAndRemove(t *testing.T) {
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
