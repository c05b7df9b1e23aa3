package target

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAuthHeader: the token goes into the header that is named, and into no other.
func TestAuthHeader(t *testing.T) {
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
			s := newSpy(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Echo", r.Header.Get(tt.in)) })
			c := newClient(t, Config{BaseURL: s.URL, Token: "sesame-secret", AuthHeader: tt.header, AuthScheme: tt.scheme})
			ex := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/", Auth: tt.auth})
			got := s.requests()[0].Header
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
	s := newSpy(t, nil)
	c := newClient(t, Config{BaseURL: s.URL, ClientRequestIDHeader: "X-Correlation-Id"})
	ex := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/"})
	if h := s.requests()[0].Header; h.Get("X-Correlation-Id") == "" || h.Get("client-request-id") != "" {
		t.Errorf("sent %v", h)
	}
	if strings.Contains(c.Report(ex).Curl, "Correlation") {
		t.Error("the curl line repeats the id of one request")
	}
}

func TestQueryOfEachRequest(t *testing.T) {
	s := newSpy(t, nil)
	c := newClient(t, Config{BaseURL: s.URL + "/v1", Query: url.Values{"api-version": {"2 b"}}})
	for path, want := range map[string]string{"/lamps/7": "/v1/lamps/7?api-version=2+b", "/lamps?top=1": "/v1/lamps?top=1&api-version=2+b"} {
		ex := c.Do(t.Context(), Request{Method: http.MethodGet, Path: path})
		reqs := s.requests()
		if got := reqs[len(reqs)-1].URI; got != want || !strings.HasSuffix(ex.URL, want) || !strings.Contains(c.Report(ex).Curl, want) {
			t.Errorf("%s, want %s; in the report %s", got, want, ex.URL)
		}
	}
}

func TestHabitsThatCannotBe(t *testing.T) {
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
