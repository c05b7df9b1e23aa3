package target

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func TestNewID(t *testing.T) {
	id, err := NewID(bytes.NewReader(bytes.Repeat([]byte{0xff}, 16)))
	if err != nil || id != "ffffffff-ffff-4fff-bfff-ffffffffffff" {
		t.Errorf("%q, %v", id, err)
	}
	if !guid.MatchString(id) {
		t.Errorf("%q is no GUID", id)
	}
	if _, err := NewID(iotest.ErrReader(fmt.Errorf("dry"))); err == nil || !strings.Contains(err.Error(), "dry") {
		t.Errorf("no randomness: %v", err)
	}
}

// TestRequestIDsOfARun: an endpoint's log can be searched by what the ids begin with,
// those of the restore at the end included.
func TestRequestIDsOfARun(t *testing.T) {
	const run = "6f0c1a2b-3c4d-4e5f-8a6b-0123456789ab"
	srv := newSpy(t, nil)
	c := newClient(t, Config{BaseURL: srv.URL, RunID: run})
	k := NewKeeper(c, restoreAll)
	k.Remember("/a", map[string]any{"a": "b"})
	var wg sync.WaitGroup
	for range 9 {
		wg.Go(func() { c.Do(t.Context(), Request{Method: "GET", Path: "/"}) })
	}
	wg.Wait()
	k.PutBack(t.Context())
	seen := map[string]bool{}
	for _, r := range srv.requests() {
		seen[r.Header.Get("client-request-id")] = true
	}
	for i := range 10 {
		if want := fmt.Sprintf("6f0c1a2b-3c4d-4e5f-8000-%012d", i+1); !seen[want] {
			t.Errorf("no request has the id %s: %v", want, seen)
		}
	}
	if _, err := New(Config{BaseURL: srv.URL, RunID: "run-1"}); err == nil || !strings.Contains(err.Error(), `"run-1"`) {
		t.Errorf("an id that is no GUID: %v", err)
	}
}
