package client

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"graphpact/internal/client/clienttest"
)

// TestAuthHeader: the token goes into the header that is named, and into no other.
func TestAuthHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, header, scheme string
		auth                 Auth
		in, want, curl       string
	}{
		{"Graph's", "", "", AuthToken, "Authorization", "Bearer sesame-secret", `'Authorization: Bearer '"$GRAPH_TOKEN"`},
		{"another word", "", "Token", AuthToken, "Authorization", "Token sesame-secret", `'Authorization: Token '"$GRAPH_TOKEN"`},
		{"no word", "", "none", AuthToken, "Authorization", "sesame-secret", `'Authorization: '"$GRAPH_TOKEN"`},
		{"another header", "x-vendor-auth", "", AuthToken, "X-Vendor-Auth", "sesame-secret", `'X-Vendor-Auth: '"$GRAPH_TOKEN"`},
		{"both", "X-Api-Key", "ApiKey", AuthToken, "X-Api-Key", "ApiKey sesame-secret", `'X-Api-Key: ApiKey '"$GRAPH_TOKEN"`},
		{"no token", "X-Vendor-Auth", "", AuthNone, "X-Vendor-Auth", "", ""},
		{"a made-up one", "X-Vendor-Auth", "", AuthInvalid, "X-Vendor-Auth", invalidToken, "'X-Vendor-Auth: " + invalidToken + "'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := clienttest.NewSpy(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Echo", r.Header.Get(tt.in)) })
			c := newClient(t, Config{BaseURL: s.URL, Token: "sesame-secret", AuthHeader: tt.header, AuthScheme: tt.scheme})
			ex := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/", Auth: tt.auth})
			got := s.Requests()[0].Header
			if got.Get(tt.in) != tt.want {
				t.Errorf("%s: %q, want %q", tt.in, got.Get(tt.in), tt.want)
			}
			if tt.in != "Authorization" && got.Get("Authorization") != "" {
				t.Errorf("Authorization is sent too: %q", got.Get("Authorization"))
			}
			if ex.TokenSent != (tt.want != "") {
				t.Errorf("TokenSent is %v", ex.TokenSent)
			}
			r := c.Report(ex)
			if shown := strings.Join(r.Request.Headers, "\n"); tt.want != "" && !strings.Contains(shown, tt.in+": ***") {
				t.Errorf("the report shows %s", shown)
			}
			if !strings.Contains(r.Curl, tt.curl) || strings.Contains(r.Curl, "sesame") || strings.Count(r.Curl, tt.in) > 1 {
				t.Errorf("curl line %s, want %s", r.Curl, tt.curl)
			}
			if all := strings.Join(r.Response.Headers, "\n"); strings.Contains(all, "sesame") {
				t.Errorf("the token is shown: %s", all)
			}
		})
	}
}

func TestClientRequestIDHeader(t *testing.T) {
	t.Parallel()
	s := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{BaseURL: s.URL, ClientRequestIDHeader: "X-Correlation-Id"})
	ex := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/"})
	if h := s.Requests()[0].Header; h.Get("X-Correlation-Id") == "" || h.Get("client-request-id") != "" {
		t.Errorf("sent %v", h)
	}
	if strings.Contains(c.Report(ex).Curl, "Correlation") {
		t.Error("the curl line repeats the id of one request")
	}
}

func TestQueryOfEachRequest(t *testing.T) {
	t.Parallel()
	s := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{BaseURL: s.URL + "/v1", Query: url.Values{"api-version": {"2 b"}}})
	for path, want := range map[string]string{"/lamps/7": "/v1/lamps/7?api-version=2+b", "/lamps?top=1": "/v1/lamps?top=1&api-version=2+b"} {
		ex := c.Do(t.Context(), Request{Method: http.MethodGet, Path: path})
		reqs := s.Requests()
		if got := reqs[len(reqs)-1].URI; got != want || !strings.HasSuffix(ex.URL, want) || !strings.Contains(c.Report(ex).Curl, want) {
			t.Errorf("%s, want %s; in the report %s", got, want, ex.URL)
		}
	}
}

func TestHabitsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg  Config
		want string
	}{
		"no header name":     {Config{AuthHeader: "X Key"}, `header "X Key"`},
		"the host":           {Config{AuthHeader: "host"}, "Host is sent for another purpose"},
		"a configured one":   {Config{AuthHeader: "X-Api-Key", Header: http.Header{"X-Api-Key": {"v"}}}, "X-Api-Key is sent for another purpose"},
		"one name for two":   {Config{AuthHeader: "X-A", ClientRequestIDHeader: "x-a"}, "X-A is sent for another purpose"},
		"a secret query":     {Config{Query: url.Values{"api_key": {"hidden"}}}, "api_key: a credential goes into"},
		"a function's key":   {Config{Query: url.Values{"code": {"hidden"}}}, "code: a credential goes into"},
		"a signed URL":       {Config{Query: url.Values{"Sig": {"hidden"}}}, "Sig: a credential goes into"},
		"an assertion":       {Config{Query: url.Values{"client_assertion": {"hidden"}}}, "client_assertion: a credential"},
		"an OData option":    {Config{Query: url.Values{"$select": {"id"}}}, "$select"},
		"two words":          {Config{AuthScheme: "Bearer of"}, `the scheme "Bearer of"`},
		"an id in the proxy": {Config{ClientRequestIDHeader: "Proxy-Authorization"}, "another purpose"},
	} {
		tt.cfg.BaseURL = "http://localhost/beta"
		if _, err := New(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	srv := clienttest.NewSpy(t, nil)
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
	if n := len(srv.Requests()); n > 0 || planned > 0 {
		t.Fatalf("%d requests were sent, %d announced", n, planned)
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		if ex := c.Do(t.Context(), Request{Method: method, Path: "/a"}); ex.Err != nil {
			t.Errorf("%s: %v", method, ex.Err)
		}
	}
	if n := len(srv.Requests()); n != 3 {
		t.Errorf("%d of 3 requests were sent", n)
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	const run = "6f0c1a2b-3c4d-4e5f-8a6b-0123456789ab"
	srv := clienttest.NewSpy(t, nil)
	c := newClient(t, Config{BaseURL: srv.URL, RunID: run})
	var wg sync.WaitGroup
	for range 9 {
		wg.Go(func() { c.Do(t.Context(), Request{Method: "GET", Path: "/"}) })
	}
	wg.Wait()
	c.WithOwnBudget().Do(t.Context(), Request{Method: "GET", Path: "/"})
	seen := map[string]bool{}
	for _, r := range srv.Requests() {
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

// A credential that the request brings goes out alone, and is shown nowhere.
func TestAuthAsGiven(t *testing.T) {
	t.Parallel()
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
