package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"graphpact/internal/client/clienttest"
)

func TestPreflight(t *testing.T) {
	t.Parallel()
	answer := func(status int, contentType, location, body string) string {
		return clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}).URL
	}
	hang := clienttest.NewSpy(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = clienttest.DiscardLog()
	secure.StartTLS()
	t.Cleanup(secure.Close)

	const js = "application/json"
	for name, tc := range map[string]struct {
		cfg  Config
		kind string
		want string // what follows the URL in the message
	}{
		"entity":          {Config{BaseURL: answer(200, js, "", ` {"id":"1"} `)}, "", ""},
		"other 2xx":       {Config{BaseURL: answer(203, "text/plain", "", `{}`)}, "", ""},
		"refused":         {Config{BaseURL: clienttest.Refusing(t)}, "unreachable", " is not reachable: connection refused; is the server up, and is the port in the base URL the right one?"},
		"slow":            {Config{BaseURL: hang.URL, Timeout: 30 * time.Millisecond}, "unreachable", " is not reachable: timeout: no complete answer within 30ms; check the network and the proxy, or allow more time"},
		"TLS":             {Config{BaseURL: secure.URL}, "unreachable", " is not reachable: TLS: "},
		"throttled":       {Config{BaseURL: answer(503, js, "", "{}"), RetryBudget: -1}, "unreachable", " is throttled: 503 Service Unavailable until the waiting budget of 0s was used up; try again later"},
		"401, no token":   {Config{BaseURL: answer(401, js, "", "{}"), TokenEnv: "MY_T"}, "auth", " answers 401 Unauthorized; no token was sent: put one into MY_T"},
		"401, token":      {Config{BaseURL: answer(401, js, "", "{}"), TokenEnv: "MY_T", Token: "tok-en"}, "auth", " answers 401 Unauthorized; the token in MY_T was refused: is it expired, or for another service?"},
		"403":             {Config{BaseURL: answer(403, js, "", "{}"), Token: "tok-en"}, "auth", " answers 403 Forbidden; the token in GRAPH_TOKEN lacks the permission: the page lists those that it needs"},
		"404":             {Config{BaseURL: answer(404, js, "", "{}")}, "notfound", " answers 404 Not Found; check the path parameters (--param) in /things/1, and that the base URL ends with the version segment"},
		"redirect":        {Config{BaseURL: answer(302, js, "https://login.example/?a", "")}, "notgraph", " answers 302 Found, a redirect to https://login.example/?a, where a JSON object was expected; check that the base URL is that of the API"},
		"bare redirect":   {Config{BaseURL: answer(302, js, "", "")}, "notgraph", " answers 302 Found where"},
		"500":             {Config{BaseURL: answer(500, js, "", "{}")}, "notgraph", " answers 500 Internal Server Error where"},
		"400":             {Config{BaseURL: answer(400, js, "", "{}")}, "notgraph", " answers 400 Bad Request where"},
		"odd status":      {Config{BaseURL: answer(599, js, "", "{}")}, "notgraph", " answers 599 where"},
		"login page":      {Config{BaseURL: answer(200, "text/plain", "", "\n<!DOCTYPE html>")}, "notgraph", " answers 200 OK with a web page, as for a login, where"},
		"labelled HTML":   {Config{BaseURL: answer(200, "text/html; charset=utf-8", "", "{}")}, "notgraph", " answers 200 OK with a web page, as for a login, where"},
		"list":            {Config{BaseURL: answer(200, js, "", "[]")}, "notgraph", " answers 200 OK with another body (not a JSON object) where"},
		"null":            {Config{BaseURL: answer(200, js, "", "null")}, "notgraph", " answers 200 OK with another body (not a JSON object) where"},
		"trailing":        {Config{BaseURL: answer(200, js, "", "{}{}")}, "notgraph", " answers 200 OK with another body (not valid JSON: line 1 (byte 2): "},
		"duplicate":       {Config{BaseURL: answer(200, js, "", `{"id":1,"id":2}`)}, "notgraph", ` answers 200 OK with another body (not valid JSON: line 1 (byte 8): duplicate member "id") where`},
		"no body":         {Config{BaseURL: answer(204, js, "", "")}, "notgraph", " answers 204 No Content without a body where"},
		"beyond limit":    {Config{BaseURL: answer(200, js, "", `{"a":1}`), BodyLimit: 3}, "notgraph", " answers 200 OK with a body of more than 3 bytes where"},
		"no name at all":  {Config{BaseURL: "https://x", Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("odd") })}, "unreachable", " is not reachable: odd; check the base URL and the network"},
		"cut in the body": {Config{BaseURL: cutShort(t), RetryBudget: -1}, "unreachable", " is not reachable: connection closed by the server after 2 bytes of the body; check"},
	} {
		t.Run(name, func(t *testing.T) {
			ex, err := newClient(t, tc.cfg).Preflight(t.Context(), "/things/1")
			if ex == nil || ex.Method != "GET" {
				t.Fatalf("exchange %+v", ex)
			}
			if got := preflightKind(err); got != tc.kind {
				t.Fatalf("kind %q of %v, want %q", got, err, tc.kind)
			}
			if err == nil {
				return
			}
			if want := tc.cfg.BaseURL + "/things/1" + tc.want; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got  %s\nwant %s", err, want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func cutShort(t *testing.T) string {
	return clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "{}")
	}).URL
}

func preflightKind(err error) string {
	var (
		unreachable *UnreachableError
		answer      *AnswerError
	)
	switch {
	case errors.As(err, &unreachable):
		return "unreachable"
	case errors.As(err, &answer) && (answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden):
		return "auth"
	case errors.As(err, &answer) && answer.Status == http.StatusNotFound:
		return "notfound"
	case errors.As(err, &answer):
		return "notgraph"
	case err != nil:
		return "other"
	}
	return ""
}

func TestPreflightStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newClient(t, Config{BaseURL: clienttest.NewSpy(t, nil).URL}).Preflight(ctx, "/a")
	if !errors.Is(err, context.Canceled) || preflightKind(err) != "other" {
		t.Errorf("a stopped run is no fault of the target: %v", err)
	}
}

// TestReach: without a GET it only counts that something answers and lets the caller in.
func TestReach(t *testing.T) {
	t.Parallel()
	for status, auth := range map[int]bool{200: false, 401: true, 403: false, 404: false, 405: false, 501: false} {
		s := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		c := newClient(t, Config{BaseURL: s.URL, Token: "tok-en", TokenEnv: "MY_T"})
		_, err := c.Reach(t.Context(), "/things/1")
		var refused *AnswerError
		if errors.As(err, &refused) != auth || !auth && err != nil {
			t.Errorf("%d: %v", status, err)
		}
		if auth && !strings.Contains(err.Error(), "the token in MY_T was refused") {
			t.Errorf("%d: %v", status, err)
		}
		if reqs := s.Requests(); len(reqs) != 1 || reqs[0].Method != http.MethodHead {
			t.Errorf("%d: sent %+v", status, reqs)
		}
	}
	var down *UnreachableError
	if _, err := newClient(t, Config{BaseURL: clienttest.Refusing(t)}).Reach(t.Context(), "/things/1"); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
}
