package client

import (
	"context"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client/clienttest"
)

func TestCurlLine(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{BaseURL: "https://graph.example/beta", Token: "tok-en-42", TokenEnv: "MY_TOKEN", UserAgent: "ua", Header: http.Header{"X-Api-Key": {"k3y-of-house"}}})
	const accept = ` -H 'Accept: application/json'`
	for name, tc := range map[string]struct {
		req  Request
		want string
	}{
		"token":   {Request{Method: "GET", Path: "/a"}, `curl -i -X GET 'https://graph.example/beta/a' -H 'Authorization: Bearer '"$MY_TOKEN"` + accept + ` -H 'User-Agent: ua' -H 'X-Api-Key: ***'`},
		"none":    {Request{Method: "GET", Path: "/a", Auth: AuthNone}, `curl -i -X GET 'https://graph.example/beta/a'` + accept + ` -H 'User-Agent: ua'`},
		"invalid": {Request{Method: "HEAD", Path: "/a", Auth: AuthInvalid}, `curl -i --head 'https://graph.example/beta/a' -H 'Authorization: Bearer ` + invalidToken + `'` + accept + ` -H 'User-Agent: ua'`},
		"secrets": {
			Request{Method: "PATCH", Path: "/a?t=tok-en-42", Auth: AuthNone, Body: []byte(`{"password":"it's","n":"k3y-of-house"}`), Header: http.Header{"X-Note": {"tok-en-42"}, "X-Token": {"other"}, "Content-Type": {"a/b"}}},
			`curl -i -X PATCH 'https://graph.example/beta/a?t=***'` + accept + ` -H 'Content-Type: a/b' -H 'User-Agent: ua' -H 'X-Note: ***' -H 'X-Token: ***' --data-binary '{"password":"***","n":"***"}'`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex, err := c.prepare(tc.req, c.cfg.Token)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, c.curl(ex)); diff != "" {
				t.Errorf("curl (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCurlLineRuns sends each request twice, with Do and with the curl line in sh,
// and compares what the server got.
func TestCurlLineRuns(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on this machine: the curl lines cannot be run", tool)
		}
	}
	srv := clienttest.NewSpy(t, nil)
	const token = "tok-$(en)-'42'"
	c := newClient(t, Config{BaseURL: srv.URL + "/beta", Token: token, Header: http.Header{"X-Extra": {"1", "2"}, "X-Empty": {""}}})
	json := http.Header{"Content-Type": {"application/json"}}
	for name, r := range map[string]Request{
		"get":             {Method: "GET", Path: "/a"},
		"query":           {Method: "GET", Path: "/a%2Fb?$filter=x%20eq%20'y'&b=[1-3]"},
		"dots":            {Method: "GET", Path: "/a/../b/./c"},
		"braces":          {Method: "GET", Path: "/a?x={b,c}"},
		"no auth":         {Method: "PATCH", Path: "/a", Auth: AuthNone, Header: json, Body: []byte(`{}`)},
		"bad auth":        {Method: "PATCH", Path: "/a", Auth: AuthInvalid, Header: json, Body: []byte(`{"a":"b"}`)},
		"delete":          {Method: "DELETE", Path: "/a"},
		"shell":           {Method: "PATCH", Path: "/a", Header: json, Body: []byte(`{"a":"it's $HOME \"x\" \\n !! ` + "`id`" + `"}`)},
		"file":            {Method: "PATCH", Path: "/a", Header: json, Body: []byte("@/etc/hostname")},
		"lines":           {Method: "PATCH", Path: "/a", Header: json, Body: []byte("-%s\r\n\t{\"a\": 'é' \\}7\n")},
		"bytes":           {Method: "PATCH", Path: "/a", Header: json, Body: []byte("\x00\xff\x01123")},
		"unicode":         {Method: "PATCH", Path: "/a", Header: json, Body: []byte(`{"a":"é漢"}`)},
		"empty body":      {Method: "PATCH", Path: "/a", Header: json, Body: []byte{}},
		"no content type": {Method: "PATCH", Path: "/a", Body: []byte("{}")},
		"no accept":       {Method: "GET", Path: "/a", Header: http.Header{"Accept": nil}},
		"header quoting":  {Method: "GET", Path: "/a", Header: http.Header{"If-Match": {`W/"it's"`}, "Prefer": {"a", "b; c=$x"}}},
		"odd method":      {Method: "X-'Y", Path: "/a"},
	} {
		t.Run(name, func(t *testing.T) {
			ex := c.Do(t.Context(), r)
			if ex.Err != nil {
				t.Fatal(ex.Err)
			}
			line := c.Report(ex).Curl
			if strings.Contains(line, "\n") || strings.Contains(line, token) {
				t.Errorf("more than a line, or with the token: %s", line)
			}
			ctx, cancel := context.WithTimeout(t.Context(), c.cfg.Timeout)
			defer cancel()
			cmd := exec.CommandContext(ctx, "sh", "-c", line)
			cmd.Env = append(cmd.Environ(), "GRAPH_TOKEN="+token, "HOME="+t.TempDir(), "no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			reqs := srv.Requests()
			sent, again := reqs[len(reqs)-2], reqs[len(reqs)-1]
			for _, h := range []http.Header{sent.Header, again.Header} {
				h.Del(defaultClientRequestID)
				h.Del("Accept-Encoding") // net/http adds it
				if h.Get("Content-Length") == "0" {
					h.Del("Content-Length") // net/http sends it for PATCH, curl does not
				}
			}
			if diff := cmp.Diff(sent, again); diff != "" {
				t.Errorf("curl sends something else (-Do +curl):\n%s\n%s", line, diff)
			}
		})
	}
}
