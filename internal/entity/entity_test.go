package entity

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/contract"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	op := &contract.Operation{Properties: []contract.Property{{Name: "moment", Type: contract.Type{Edm: "Edm.DateTimeOffset"}}}}
	before := map[string]any{
		"moment":      "2024-01-01T00:00:00Z",
		"@odata.etag": "1", "same": []any{"a", map[string]any{"b": nil}}, "a/b~c": "x", "gone": nil, "date": "1", "p@note": "x",
	}
	after := map[string]any{
		"moment":      "2024-01-01T01:00:00.000+01:00",
		"@odata.etag": "2", "same": []any{"a", map[string]any{"b": nil}}, "a/b~c": "y", "new": false, "date": "2",
	}
	want := []Difference{
		{"a/b~c", "/a~1b~0c", `"x"`, `"y"`},
		{"gone", "/gone", "null", "(absent)"},
		{"new", "/new", "(absent)", "false"},
	}
	if diff := cmp.Diff(want, Differences(op, before, after, "date")); diff != "" {
		t.Error(diff)
	}
	if d := Differences(op, before, before); d != nil {
		t.Errorf("a state differs from itself: %v", d)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ex   client.Exchange
		want string // in BodyErr; "" for an object
	}{
		"object":         {client.Exchange{Body: []byte(`{"a":1}`)}, ""},
		"list":           {client.Exchange{Body: []byte(`[]`)}, "no object"},
		"empty":          {client.Exchange{}, "empty"},
		"HTML":           {client.Exchange{Body: []byte("<html>")}, "not JSON"},
		"duplicate keys": {client.Exchange{Body: []byte(`{"a":1,"a":2}`)}, "not JSON"},
		"cut":            {client.Exchange{Body: []byte(`{"a":1}`), Truncated: true}, "limit"},
		"no response":    {client.Exchange{Err: errors.New("reset")}, "reset"},
	} {
		t.Run(name, func(t *testing.T) {
			r := Decode(&tc.ex)
			if tc.want == "" {
				if r.BodyErr != nil || r.Object == nil {
					t.Errorf("%v", r.BodyErr)
				}
				return
			}
			if r.Object != nil || r.BodyErr == nil || !strings.Contains(r.BodyErr.Error(), tc.want) {
				t.Errorf("object %v, error %v, want %q", r.Object, r.BodyErr, tc.want)
			}
		})
	}
}

func TestETag(t *testing.T) {
	header := &Response{Exchange: &client.Exchange{Header: http.Header{"Etag": {`"h"`}}}, Object: map[string]any{"@odata.etag": `"b"`}}
	body := &Response{Exchange: &client.Exchange{Header: http.Header{}}, Object: map[string]any{"@odata.etag": `"b"`}}
	none := &Response{Exchange: &client.Exchange{Header: http.Header{}}}
	t.Parallel()
	if header.ETag() != `"h"` || body.ETag() != `"b"` || none.ETag() != "" {
		t.Errorf("%q %q %q", header.ETag(), body.ETag(), none.ETag())
	}
}

// recorder keeps what it is asked to send.
type recorder struct{ got client.Request }

func (r *recorder) Do(_ context.Context, req client.Request) *client.Exchange {
	r.got = req
	return &client.Exchange{Status: 200, Header: http.Header{}, Body: []byte("{}")}
}

func TestUpdateSendsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	rec := &recorder{}
	s := &Subject{Client: rec, Path: "/a/b", Op: &contract.Operation{
		Method:           contract.Fact[string]{Value: "PATCH"},
		RequestMediaType: contract.Fact[string]{Value: "application/json"},
	}}
	s.Update(t.Context(), "test", map[string]any{}, WithHeader("If-Match", `"1"`), WithAuth(client.AuthNone))
	if string(rec.got.Body) != "{}" || rec.got.Method != "PATCH" || rec.got.Path != "/a/b" || rec.got.Auth != client.AuthNone ||
		rec.got.Header.Get("Content-Type") != "application/json" || rec.got.Header.Get("If-Match") != `"1"` {
		t.Errorf("%+v", rec.got)
	}
	s.Read(t.Context(), "test")
	if rec.got.Method != "GET" || rec.got.Body != nil || rec.got.Header.Get("Content-Type") != "" {
		t.Errorf("%+v", rec.got)
	}
}
