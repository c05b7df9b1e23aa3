package contract

import (
	"strings"
	"testing"

	"graphpact/internal/graphdoc"

	"github.com/google/go-cmp/cmp"
)

// TestPathForms reads the forms in which the pages write a path.
func TestPathForms(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"/lamps/{id}":                 "/lamps/{id}",
		"/lamps/{id | label}":         "/lamps/{id}",
		"/lamps/<id>":                 "/lamps/{id}",
		"/lamps/<id|label>/x":         "/lamps/{id}/x",
		"/lamps/{{id}}":               "/lamps/{id}",
		"/lamps/{id":                  "/lamps/{id}",
		"/lamps/{id/parts/{part-id}":  "/lamps/{id}/parts/{part-id}",
		"/lamps/{id)/parts":           "/lamps/{id}/parts",
		"/lamps/id}":                  "/lamps/{id}",
		"/lamps/(id)":                 "/lamps/{id}",
		"/lamps/[lamp-id]":            "/lamps/{lamp-id}",
		"/lamps/:lampId/parts":        "/lamps/{lampId}/parts",
		"/lamps/id":                   "/lamps/{id}",
		"/lamps/lampId/parts/part_id": "/lamps/{lampId}/parts/{part_id}",
		"/rooms/{id}/gridId":          "/rooms/{id}/gridId", // behind a key stands a property
		"/lamps/51dca0a0-85f6-4478-f526-08daddab2271": "/lamps/{lampId}",
		"/batteries/17":        "/batteries/{batteryId}",
		"/rooms/a@b.example/x": "/rooms/{roomId}/x",
		"/lamps('51dca0a0-85f6-4478-f526-08daddab2271')/x":     "/lamps('{lampId}')/x",
		"/lamps(label='51dca0a0-85f6-4478-f526-08daddab2271')": "/lamps(label='{lampId}')",
		"/lamps(label='{label}')":                              "/lamps(label='{label}')",
		"/lamps('{id}')":                                       "/lamps('{id}')",
		"/lamps(label='a/b')/x":                                "/lamps(label='a/b')/x",
		"/me/lamp":                                             "/me/lamp",
		"/lamps/{id}/example.parts.deskLamp/bulb":              "/lamps/{id}/example.parts.deskLamp/bulb",
		"/files/root:/{path}:/book":                            "/files/root:/{path}:/book",
		"/lamps/{id}/photo/$value":                             "/lamps/{id}/photo/$value",
		"/rooms/{id}/lamps/{id}/bulbs/{id}":                    "/rooms/{id}/lamps/{id2}/bulbs/{id3}",
		"/rooms/{id2}/lamps/{id}/bulbs/{id}":                   "/rooms/{id2}/lamps/{id}/bulbs/{id3}",
		"/rooms/{}":                                            "/rooms/{id}",
	} {
		p := tidyPage()
		p.Requests[0].Path.Value, p.Examples = written, nil
		o := operation(t, p)
		if o.Path.Template != want {
			t.Errorf("%s: read as %s, want %s", written, o.Path.Template, want)
		}
		if n := strings.Count(want, "{"); len(o.Path.Params) != n {
			t.Errorf("%s: %d parameters, want %d", written, len(o.Path.Params), n)
		}
	}
}

// TestRequestLines: the contract has every request line, and one of them is the operation.
func TestRequestLines(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	line := func(at int, method, path string) graphdoc.RequestLine {
		return graphdoc.RequestLine{Method: text(at, method), Path: text(at, path)}
	}
	p.Requests = []graphdoc.RequestLine{
		line(10, "put", "/a"), line(11, "PATCH", "/a/** not found"), line(12, "PATCH", "/gadgets/{id | tag}"), line(13, "PATCH", "/me/gadget"),
	}
	for n, want := range []string{"12 PATCH /gadgets/{id}", "10 PUT /a", "", "12 PATCH /gadgets/{id}", "13 PATCH /me/gadget", ""} {
		o, err := FromRequestLine(p, conventions(t), n)
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "1 is put /a, 3 is PATCH /gadgets/{id | tag}, 4 is PATCH /me/gadget") {
				t.Errorf("line %d: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range o.RequestLines {
			got = append(got, l.String())
			if l.Chosen != (l.Path.Template == o.Path.Template && l.Method == o.Method) {
				t.Errorf("line %d: %s is chosen: %t", n, l, l.Chosen)
			}
		}
		if diff := cmp.Diff([]string{"PUT /a", "PATCH /gadgets/{id}", "PATCH /me/gadget"}, got); diff != "" {
			t.Error(diff)
		}
		if head := strings.Fields(want); o.Path.Source.Line != map[string]int{"10": 10, "12": 12, "13": 13}[head[0]] || o.Method.Value+" "+o.Path.Template != head[1]+" "+head[2] {
			t.Errorf("line %d: %s %s of %v, want %s", n, o.Method.Value, o.Path.Template, o.Path.Source, want)
		}
	}
}

// TestRequestLineOfTheExample: a page without request lines takes that of its example.
func TestRequestLineOfTheExample(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	p.Requests = nil
	p.Examples[0].URL = "https://example.com/beta/gadgets/51dca0a0-85f6-4478-f526-08daddab2271"
	o := operation(t, p)
	if got := o.Method.Value + " " + o.Path.Template + " " + o.Path.Source.String(); got != "PATCH /gadgets/{gadgetId} docs/gadget-update.md:40" {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"request-line:40"}, classLines(o)); diff != "" {
		t.Error(diff)
	}
}
