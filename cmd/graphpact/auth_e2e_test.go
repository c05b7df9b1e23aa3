package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"graphpact/internal/cli"
	"graphpact/internal/credential/identitytest"
)

// guardedEndpoint is the mock behind a check of the identity service's tokens. A request
// with an expired one is counted; one with a token of nobody's is the mock's to refuse. The
// first request with a token of the service is held until that token has expired, and later
// tokens live for an hour.
func guardedEndpoint(t *testing.T, identity *identitytest.Service, life time.Duration) (args []string, expired *atomic.Int64) {
	t.Helper()
	const inner = "the-mocks-own-token"
	mock, op := testMock(t, inner)
	expired = new(atomic.Int64)
	guarded := identity.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+inner)
		mock.ServeHTTP(w, r)
	}), func() { expired.Add(1) })
	var first sync.Once
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("X-Echo", token)
		if slices.Contains(identity.Tokens(), token) {
			held := false
			first.Do(func() {
				held = true
				identity.Life(time.Hour)
				time.Sleep(life)
				r.Header.Set("Authorization", "Bearer "+inner)
				mock.ServeHTTP(w, r)
			})
			if held {
				return
			}
			guarded.ServeHTTP(w, r)
			return
		}
		mock.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	args = []string{"--endpoint", srv.URL + mock.BasePath(), "--scope", "api://lamps/.default", "--authority", identity.URL}
	for name, v := range mock.Params(op) {
		args = append(args, "--param", name+"="+v)
	}
	return args, expired
}

// TestTokenExpiresDuringARun: the first token lives for a second (an expiry has whole
// seconds), and the first request takes longer. The endpoint never sees an expired one, and no secret gets
// into anything that the program writes.
func TestTokenExpiresDuringARun(t *testing.T) {
	t.Parallel()
	identity := identitytest.New(time.Second)
	defer identity.Close()
	args, expired := guardedEndpoint(t, identity, time.Second)
	p := newProgram(t, "AZURE_TENANT_ID="+identitytest.Tenant, "AZURE_CLIENT_ID="+identitytest.ClientID, "AZURE_CLIENT_SECRET="+identity.Secret)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := identity.WriteCA(ca); err != nil {
		t.Fatal(err)
	}
	args = append(args, "--auth", "client-secret", "--ca-file", ca)
	out, err := p.command(t.Context(), append([]string{"run", "--verbose"}, args...)...).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("with a bearer token by client-secret")) || !bytes.Contains(out, []byte(`"$GRAPH_TOKEN"`)) {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := len(identity.Tokens()); n < 2 {
		t.Errorf("%d tokens were issued: none expired, so nothing was tested", n)
	}
	if n := expired.Load(); n != 0 {
		t.Errorf("the endpoint got %d requests with an expired token", n)
	}
	checkReport(t, filepath.Join(p.dir, "reports/report.json"))
	report, err := os.ReadFile(filepath.Join(p.dir, "reports/report.json"))
	if err != nil || !bytes.Contains(report, []byte("az account get-access-token --scope api://lamps/.default")) {
		t.Errorf("the report does not say how to get a token: %v", err)
	}
	doctor, err := p.command(t.Context(), append([]string{"doctor"}, args...)...).CombinedOutput()
	if err != nil || !bytes.Contains(doctor, []byte("the token of --auth client-secret, aud https://graph.microsoft.com")) {
		t.Errorf("doctor: %v\n%s", err, doctor)
	}
	for _, secret := range identity.Secrets() {
		assertNoToken(t, "the output of run", out, secret)
		assertNoToken(t, "the output of doctor", doctor, secret)
		if files := assertNoTokenBelow(t, p.dir, secret); files < 5 {
			t.Errorf("%d files; expected four reports and the Pact", files)
		}
	}
}

// TestRefusedIdentity: a secret that the identity service refuses, and sends back, ends
// the run before it starts, and shows nowhere.
func TestRefusedIdentity(t *testing.T) {
	t.Parallel()
	const secret = "planted/client+secret~0123456789"
	identity := identitytest.New(time.Hour)
	defer identity.Close()
	args, _ := guardedEndpoint(t, identity, 0)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := identity.WriteCA(ca); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, "AZURE_TENANT_ID="+identitytest.Tenant, "AZURE_CLIENT_ID="+identitytest.ClientID, "AZURE_CLIENT_SECRET="+secret)
	cmd := p.command(t.Context(), append([]string{"run", "--auth", "client-secret", "--ca-file", ca}, args...)...)
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != cli.ExitTarget || !bytes.Contains(out, []byte("no token: --auth client-secret: the identity service")) || !bytes.Contains(out, []byte("AADSTS7000215")) {
		t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), out)
	}
	assertNoToken(t, "the output", out, secret)
	assertNoTokenBelow(t, p.dir, secret)
}
