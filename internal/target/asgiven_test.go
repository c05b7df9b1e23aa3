package target

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A credential that the request brings goes out alone, and is shown nowhere.
func TestAuthAsGiven(t *testing.T) {
	var got http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer srv.Close()
	c, err := New(Config{BaseURL: srv.URL, Token: "the-real-token", Header: http.Header{"X-Api-Key": {"the-real-key"}, "X-Plain": {"1"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ex := c.Do(t.Context(), Request{Method: "GET", Path: "/", Auth: AuthAsGiven, Header: http.Header{"Authorization": {"Basic of-the-request"}}})
	if ex.Err != nil || got.Get("Authorization") != "Basic of-the-request" || got.Get("X-Api-Key") != "" || got.Get("X-Plain") != "1" {
		t.Errorf("%v, %v", ex.Err, got)
	}
	if r := c.Report(ex); strings.Contains(r.Curl+strings.Join(r.Request.Headers, ""), "of-the-request") {
		t.Errorf("it is shown: %s %v", r.Curl, r.Request.Headers)
	}
	ex = c.Do(t.Context(), Request{Method: "GET", Path: "/", Auth: AuthAsGiven})
	if _, sent := got["Authorization"]; ex.Err != nil || sent {
		t.Errorf("without one: %v, %v", ex.Err, got)
	}
}

func TestConceal(t *testing.T) {
	c, err := New(Config{BaseURL: "http://127.0.0.1:1", Token: "the/real+token"})
	if err != nil {
		t.Fatal(err)
	}
	const in = `{"password":"stays","a":"the/real+token","b":"the%2Freal%2Btoken"}`
	if got, want := c.Conceal(in), `{"password":"stays","a":"***","b":"***"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
