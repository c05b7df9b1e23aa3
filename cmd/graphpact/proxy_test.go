package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProxyCredentials: a proxy that sends its credentials back does not bring them into
// any output.
func TestProxyCredentials(t *testing.T) {
	t.Parallel()
	const user, password = "pr0xy-user", "pr0xy-pass-word"
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	asked := make(chan string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Proxy-Authorization")
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 407 not %s nor %s of %s\r\nContent-Length: 0\r\n\r\n", r.Header.Get("Proxy-Authorization"), password, user)
	}))
	defer srv.Close()
	through := strings.Replace(srv.URL, "http://", "http://"+user+":"+password+"@", 1)
	p := newProgram(t, "GRAPH_TOKEN="+hostileToken, "HTTPS_PROXY="+through)
	for _, args := range [][]string{{"doctor"}, {"run", "--no-pact", "--read-only"}} {
		args = append(args, "--endpoint", "https://graph.example/beta", "--param", "outboundProvisioningFlowSetId=a", "--param", "provisioningFlowId=b")
		out, err := p.command(t.Context(), args...).CombinedOutput()
		if err == nil {
			t.Errorf("%v passed", args)
		}
		texts := string(out)
		files, err := filepath.Glob(filepath.Join(p.dir, "reports/*.*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts += string(data)
		}
		for _, secret := range []string{password, basic} {
			if strings.Contains(texts, secret) {
				t.Errorf("%v: %s stands in:\n%s", args, secret, texts)
			}
		}
		if got := <-asked; got != "Basic "+basic {
			t.Errorf("the proxy got %q", got)
		}
	}
}
