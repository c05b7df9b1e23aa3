package target

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestReadOnly(t *testing.T) {
	srv := newSpy(t, nil)
	planned := 0
	c := newClient(t, Config{BaseURL: srv.URL, ReadOnly: true, OnSend: func(PlannedRequest) { planned++ }})
	for _, method := range []string{"PATCH", "POST", "PUT", "DELETE", "TRACE", "CONNECT", "MERGE", "get", ""} {
		for _, auth := range []Auth{AuthToken, AuthNone, AuthInvalid, AuthAsGiven} {
			ex := c.Do(t.Context(), Request{Method: method, Path: "/a", Body: []byte("{}"), Auth: auth})
			var send *SendError
			if !errors.Is(ex.Err, ErrReadOnly) || !errors.As(ex.Err, &send) || send.Cause != CauseRequest || !strings.Contains(ex.Err.Error(), "read-only") {
				t.Errorf("%s: %v", method, ex.Err)
			}
		}
	}
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a", Header: http.Header{name: {"PATCH"}}})
		if !errors.Is(ex.Err, ErrReadOnly) || !strings.Contains(ex.Err.Error(), http.CanonicalHeaderKey(name)) {
			t.Errorf("GET with %s: %v", name, ex.Err)
		}
	}
	if n := len(srv.requests()); n > 0 || planned > 0 {
		t.Fatalf("%d requests were sent, %d announced", n, planned)
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		if ex := c.Do(t.Context(), Request{Method: method, Path: "/a"}); ex.Err != nil {
			t.Errorf("%s: %v", method, ex.Err)
		}
	}
	if n := len(srv.requests()); n != 3 {
		t.Errorf("%d of 3 requests were sent", n)
	}
}

// TestReadOnlyKeeper: not even the restore writes.
func TestReadOnlyKeeper(t *testing.T) {
	s := &store{entities: map[string]map[string]any{"/a": {"status": "changed"}}}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, Config{BaseURL: srv.URL, ReadOnly: true, Sleep: newClock().Sleep}), restoreAll)
	k.Remember("/a", map[string]any{"status": "first"})
	if errs := k.PutBack(t.Context()); len(errs) != 1 || !errors.Is(errs[0], ErrReadOnly) {
		t.Errorf("errors %v", errs)
	}
	if strings.Contains(methods(srv.requests()), "PATCH") {
		t.Errorf("sent %s", methods(srv.requests()))
	}
}
