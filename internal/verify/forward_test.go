package verify

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/pact"
	"graphpact/internal/providerstate"
)

func TestForward(t *testing.T) {
	t.Parallel()
	type got struct {
		Method, URL, Body string
		Header            http.Header
	}
	tests := []struct {
		name   string
		header map[string]string // of the pact's request, and sent
		path   string
		want   got
	}{
		{
			name:   "the token takes the place of the placeholder",
			header: map[string]string{"Authorization": "Bearer <token>", "Content-Type": "application/json"},
			path:   "/things/a%2Fb?x=1&y=%20",
			want: got{URL: "/beta/things/a%2Fb?x=1&y=%20", Header: http.Header{
				"Authorization": {"Bearer " + plantedToken}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
			}},
		},
		{
			name: "no Authorization stays none", path: "/things",
			want: got{URL: "/beta/things", Header: http.Header{"Accept": {"application/json"}}},
		},
		{
			name: "another Authorization stays as it is", path: "/things",
			header: map[string]string{"Authorization": "Bearer of-the-pact", "Accept": "text/plain"},
			want:   got{URL: "/beta/things", Header: http.Header{"Authorization": {"Bearer of-the-pact"}, "Accept": {"text/plain"}}},
		},
		{
			name: "made-up ids lead to the entity", path: "/things/r('1')/parts",
			want: got{URL: "/beta/things/real/parts", Header: http.Header{"Accept": {"application/json"}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var seen got
			provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				for _, name := range []string{"User-Agent", "Client-Request-Id", "Accept-Encoding", "Content-Length"} {
					r.Header.Del(name)
				}
				seen = got{r.Method, r.URL.String(), string(body), r.Header}
				w.Header().Set("Location", "http://elsewhere.example/?t="+plantedToken)
				w.WriteHeader(http.StatusFound)
				_, _ = io.WriteString(w, "see "+plantedToken+`, "password":"kept"`)
			}))
			defer provider.Close()
			f, err := startForwarder(t.Context(), newClient(t, provider.URL+"/beta", nil))
			if err != nil {
				t.Fatal(err)
			}
			defer f.close()
			header := map[string]any{}
			for name, value := range tt.header {
				header[name] = value
			}
			i := pact.Interaction{Request: pact.Request{Header: header}}
			f.begin(&job{do: func(r client.Request) *client.Exchange { return f.client.Do(t.Context(), r) }, interaction: i, setup: &providerstate.Setup{Paths: map[string]string{"/things/r%28%271%27%29": "/things/real"}}})
			req, err := http.NewRequestWithContext(t.Context(), "PUT", f.providerURL()+tt.path, strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Library", "stays behind")
			for name, value := range tt.header {
				req.Header.Set(name, value)
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Method, tt.want.Body = "PUT", "body"
			if diff := cmp.Diff(tt.want, seen); diff != "" {
				t.Errorf("the provider got (-want +got):\n%s", diff)
			}
			if tt.header["Authorization"] == "Bearer <token>" || tt.header["Authorization"] == "" {
				// The answer is as it was, but for the token.
				if resp.StatusCode != 302 || resp.Header.Get("Location") != "http://elsewhere.example/?t=***" || string(body) != `see ***, "password":"kept"` {
					t.Errorf("%d %s %s", resp.StatusCode, resp.Header.Get("Location"), body)
				}
			}
			sent := f.end()
			if len(sent) != 1 {
				t.Fatalf("%d exchanges", len(sent))
			}
			if report := f.client.Report(sent[0]); strings.Contains(report.Curl, plantedToken) || strings.Contains(report.Curl, "of-the-pact") {
				t.Errorf("curl: %s", report.Curl)
			}
		})
	}
}

// An answer may have more headers than the library's own HTTP takes: of those it gets what it
// compares.
func TestManyHeaders(t *testing.T) {
	t.Parallel()
	h := http.Header{"Content-Type": {"application/json"}, "X-Named": {"1", "2"}, "Connection": {"close"}, "Other": {"x"}}
	file, err := pact.Parse([]byte(`{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[{"response":{"headers":{"x-named":"1"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	j := &job{interaction: file.Interactions[0]}
	want := http.Header{"Content-Type": {"application/json"}, "X-Named": {"1", "2"}, "Other": {"x"}}
	if diff := cmp.Diff(want, j.handed(h)); diff != "" {
		t.Errorf("few headers (-want +got):\n%s", diff)
	}
	for range 1000 {
		h.Add("Set-Cookie", "a=b")
	}
	delete(want, "Other")
	if diff := cmp.Diff(want, j.handed(h)); diff != "" || len(h["Other"]) != 1 {
		t.Errorf("many headers (-want +got):\n%s", diff)
	}
}

// Nobody else uses the token through the forwarder.
func TestForwarderIsClosed(t *testing.T) {
	t.Parallel()
	asked := 0
	provider := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer provider.Close()
	f, err := startForwarder(t.Context(), newClient(t, provider.URL, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	get := func(url string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if !strings.HasPrefix(f.addr.String(), "127.0.0.1:") {
		t.Errorf("it listens on %s", f.addr)
	}
	if got := get(f.providerURL() + "/x"); got != 404 {
		t.Errorf("without an interaction: %d", got)
	}
	f.begin(&job{do: func(r client.Request) *client.Exchange { return f.client.Do(t.Context(), r) }, setup: &providerstate.Setup{}})
	for _, path := range []string{"/", "/x", "/guess/provider/x", "/provider/x"} {
		if got := get("http://" + f.addr.String() + path); got != 404 {
			t.Errorf("%s: %d", path, got)
		}
	}
	if asked != 0 {
		t.Errorf("the provider was asked %d times", asked)
	}
	if got := get(f.providerURL() + "/x"); got != 200 || asked != 1 {
		t.Errorf("with the secret: %d, asked %d times", got, asked)
	}
}
