package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"graphpact/internal/client/clienttest"
)

// given is a credential that gives what the function does.
type given func(ctx context.Context) (string, error)

func (g given) Token(ctx context.Context) (string, error) { return g(ctx) }

// numbered gives another token each time.
func numbered() given {
	var n atomic.Int64
	return func(context.Context) (string, error) { return fmt.Sprintf("issued-token-%04d", n.Add(1)), nil }
}

func TestCredentialIsAskedForEachRequest(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "you sent "+r.Header.Get("Authorization"))
	})
	c := newClient(t, Config{BaseURL: srv.URL, Credential: numbered(), TokenEnv: "MY_TOKEN"})
	var shown strings.Builder
	for _, auth := range []Auth{AuthToken, AuthNone, AuthInvalid, AuthToken} {
		ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a", Auth: auth})
		if ex.Err != nil {
			t.Fatal(ex.Err)
		}
		fmt.Fprintf(&shown, "%+v\n", c.Report(ex))
	}
	var sent []string
	for _, r := range srv.Requests() {
		sent = append(sent, r.Header.Get("Authorization"))
	}
	if got, want := strings.Join(sent, "|"), "Bearer issued-token-0001||Bearer "+invalidToken+"|Bearer issued-token-0002"; got != want {
		t.Errorf("sent %s\nwant %s", got, want)
	}
	if s := shown.String(); strings.Contains(s, "issued-token") || strings.Count(s, `"$MY_TOKEN"`) != 2 {
		t.Errorf("tokens that were handed out stand in the reports, or a curl line does not name the variable:\n%s", s)
	}
	if got := strings.Join(c.Secrets(), "|"); got != "issued-token-0001|issued-token-0002" {
		t.Errorf("the secrets are %s", got)
	}
}

// TestCredentialIsAskedAgainAfterAWait: a wait for a 429 to pass may outlast a token.
func TestCredentialIsAskedAgainAfterAWait(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	srv := clienttest.NewSpy(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	clock := clienttest.NewClock()
	c := newClient(t, Config{BaseURL: srv.URL, Credential: numbered(), Sleep: clock.Sleep, Now: clock.Now})
	if ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a"}); ex.Err != nil || ex.Attempts != 2 {
		t.Fatalf("%d attempts, %v", ex.Attempts, ex.Err)
	}
	reqs := srv.Requests()
	if a, b := reqs[0].Header.Get("Authorization"), reqs[1].Header.Get("Authorization"); a == b {
		t.Errorf("the second send carries the token of the first: %s", b)
	}
	if a, b := reqs[0].Header.Get("Client-Request-Id"), reqs[1].Header.Get("Client-Request-Id"); a == "" || a != b {
		t.Errorf("the two sends are one request: client-request-id %s and %s", a, b)
	}
}

func TestCredentialFails(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, nil)
	const secret = "client-secret-0815"
	c := newClient(t, Config{
		BaseURL: srv.URL, TokenFrom: "the token of --auth x", Header: http.Header{"X-Secret": {secret}},
		Credential: given(func(context.Context) (string, error) { return "", errors.New("refused: " + secret) }),
	})
	_, err := c.Preflight(t.Context(), "/a")
	var failed *CredentialError
	if !errors.As(err, &failed) || err.Error() != "no token: refused: ***" || failed.Err.Cause != CauseCredential {
		t.Errorf("%T %v", err, err)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), secret) {
			t.Errorf("%T holds the secret: %v", e, e)
		}
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests were sent without a token", n)
	}
	ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a", Auth: AuthNone})
	if ex.Err != nil {
		t.Errorf("a request without a token needs none: %v", ex.Err)
	}
}

func TestCredentialGivesRubbish(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{
		BaseURL: srv.URL, TokenFrom: "the token of --auth x",
		Credential: given(func(context.Context) (string, error) { return "{\n \"accessToken\": \"hidden-inside\"}", nil }),
	})
	_, err := c.Preflight(t.Context(), "/a")
	if err == nil || !strings.HasPrefix(err.Error(), "no token: the token of --auth x has a space, a line break") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v", err)
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestCredentialStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := newClient(t, Config{BaseURL: "http://127.0.0.1:1", Credential: given(func(ctx context.Context) (string, error) {
		cancel()
		return "", fmt.Errorf("getting a token: %w", ctx.Err())
	})})
	if _, err := c.Preflight(ctx, "/a"); !errors.Is(err, context.Canceled) || errors.As(err, new(*CredentialError)) {
		t.Errorf("%T %v", err, err)
	}
}

func TestCredentialOverHTTP(t *testing.T) {
	t.Parallel()
	_, err := New(Config{BaseURL: "http://graph.example/beta", Credential: numbered(), TokenFrom: "the token of --auth x"})
	if err == nil || !strings.Contains(err.Error(), "the token of --auth x would travel in clear") {
		t.Errorf("%v", err)
	}
}

func TestRefusedCredentialIsNamed(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer srv.Close()
	c := newClient(t, Config{BaseURL: srv.URL, Credential: numbered(), TokenFrom: "the token of --auth x"})
	if _, err := c.Preflight(t.Context(), "/a"); err == nil || !strings.Contains(err.Error(), "the token of --auth x was refused") {
		t.Errorf("%v", err)
	}
}
