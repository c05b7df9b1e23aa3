package mockgraph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// dispatch serves a request without a network.
func dispatch(tb testing.TB, s *Server, method, path string, body []byte, prefer string) *httptest.ResponseRecorder {
	tb.Helper()
	req := httptest.NewRequestWithContext(tb.Context(), method, path, bytes.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", prefer)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

func FuzzPatch(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"title":"t"}`, `{"stage":"paused"}`, `{"stage":"unknownFutureValue","count":1}`, `{"id":"x","serial":1}`,
		`{"details":{"b":{"c":[]}}}`, `{"@odata.type":"#microsoft.graph.workshop.widget"}`, `{"tags":[null,"\ud800"]}`,
		`{"due":"2026-02-28T01:02:03.5Z","owner":"01234567-89ab-cdef-0123-456789abcdef"}`, `{"a":1,"a":2}`, `[`, ``, "\xff",
	} {
		f.Add([]byte(body), "")
		f.Add([]byte(body), "return=minimal, include-unknown-enum-members")
	}
	conv := conventions(f)
	seeds, err := ReadSeeds([]byte(widgetSeed), "widget.json")
	if err != nil {
		f.Fatal(err)
	}
	cfg := Config{Operations: allOperations(), Conventions: conv, Seeds: seeds, Token: token}
	f.Fuzz(func(t *testing.T, body []byte, prefer string) {
		cfg.Log = func(m string) { t.Error(m) }
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		state := func() string { return dispatch(t, s, "GET", "/_graphpact/state", nil, "").Body.String() }
		before := state()
		w := dispatch(t, s, "PATCH", first, body, prefer)
		after := state()
		if !slices.Contains([]int{http.StatusOK, http.StatusNoContent, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, w.Code) {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if (w.Code == http.StatusNoContent) != (w.Body.Len() == 0) {
			t.Errorf("status %d with body %q", w.Code, w.Body)
		}
		if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("the answer is not JSON: %q", w.Body)
		}
		if !json.Valid([]byte(after)) {
			t.Errorf("the state is not JSON: %q", after)
		}
		if w.Code >= 300 && before != after {
			t.Errorf("refused, and the state changed:\n%s\n%s", before, after)
		}
		get := dispatch(t, s, "GET", first, nil, prefer)
		if w.Code == http.StatusOK && get.Body.String() != w.Body.String() {
			t.Errorf("the answer is not the entity:\n%s\n%s", w.Body, get.Body)
		}
		for _, fixed := range []string{`"id":"w1"`, `"serial":"S-1"`, `"createdDateTime":"2026-01-02T03:04:05.1234567Z"`} {
			if !strings.Contains(get.Body.String(), fixed) {
				t.Errorf("%s changed: %s", fixed, get.Body)
			}
		}
	})
}
