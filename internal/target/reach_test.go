package target

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestReach: without a GET it only counts that something answers and lets the caller in.
func TestReach(t *testing.T) {
	for status, auth := range map[int]bool{200: false, 401: true, 403: false, 404: false, 405: false, 501: false} {
		s := newSpy(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		c := newClient(t, Config{BaseURL: s.URL, Token: "tok-en", TokenEnv: "MY_T"})
		_, err := c.Reach(t.Context(), "/things/1")
		var refused *AuthError
		if errors.As(err, &refused) != auth || !auth && err != nil {
			t.Errorf("%d: %v", status, err)
		}
		if auth && !strings.Contains(err.Error(), "the token in MY_T was refused") {
			t.Errorf("%d: %v", status, err)
		}
		if reqs := s.requests(); len(reqs) != 1 || reqs[0].Method != http.MethodHead {
			t.Errorf("%d: sent %+v", status, reqs)
		}
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	var down *UnreachableError
	if _, err := newClient(t, Config{BaseURL: closed.URL}).Reach(t.Context(), "/things/1"); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
}
