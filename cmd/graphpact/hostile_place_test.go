package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"graphpact/internal/cli"
	"graphpact/internal/hostiletest"
	"graphpact/internal/result"
)

// TestPlacesThatAreNoEndpoint: what is wrong with the name, the certificate or the port is
// told before any scenario runs.
func TestPlacesThatAreNoEndpoint(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	plain := quietServer(v.mock)
	t.Cleanup(plain.Close)
	valid, validFile := tlsServer(t, v.mock, time.Now().Add(time.Hour))
	expired, expiredFile := tlsServer(t, v.mock, time.Now().Add(-24*time.Hour))
	port := func(s *httptest.Server) string { return s.URL[strings.LastIndex(s.URL, ":"):] }
	p := newProgram(t, "GRAPH_TOKEN="+hostileToken)
	env := p.env
	for name, tc := range map[string]struct {
		url, trusted string
		code         int
		text         string
	}{
		"the right name":     {"https://127.0.0.1" + port(valid), validFile, cli.ExitConformant, "CONFORMANT"},
		"another name":       {"https://localhost" + port(valid), validFile, cli.ExitTarget, "localhost"},
		"not trusted":        {"https://127.0.0.1" + port(valid), os.DevNull, cli.ExitTarget, "certificate"},
		"expired":            {"https://127.0.0.1" + port(expired), expiredFile, cli.ExitTarget, "expired"},
		"http behind https":  {"https://127.0.0.1" + port(plain), os.DevNull, cli.ExitTarget, "speaks http here, not https"},
		"a name that is not": {"https://graph.invalid", os.DevNull, cli.ExitTarget, "graph.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			p.env = append(slices.Clone(env), "SSL_CERT_FILE="+tc.trusted, "SSL_CERT_DIR="+t.TempDir())
			// A name is looked up for longer than a hostile endpoint may stall.
			res := v.run(t, p, tc.url+v.mock.BasePath(), "--timeout", "5s", "--allow-host", "graph.invalid", "--yes")
			if res.code != tc.code || !strings.Contains(res.out, tc.text) {
				t.Errorf("exit code %d, want %d and %q\n%s", res.code, tc.code, tc.text, cutOutput(res.out))
			}
		})
	}
}

// tlsServer serves h with a certificate of its own for 127.0.0.1, valid until the time,
// and gives the file that a client has to trust.
func tlsServer(t *testing.T, h http.Handler, until time.Time) (*httptest.Server, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv, file
}

// TestTokenDoesNotFollowARedirect: the other host gets no request at all.
func TestTokenDoesNotFollowARedirect(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "GRAPH_TOKEN="+hostileToken)
	var stolen atomic.Int64
	elsewhere := quietServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	defer elsewhere.Close()
	for occasion, pick := range occasions {
		v := newVictim(t)
		before := v.state(t)
		b := hostiletest.Elsewhere(elsewhere.URL)
		srv := quietServer(hostiletest.When(pick(), b.Wrap(v.mock), v.mock))
		res := v.run(t, p, srv.URL+v.mock.BasePath())
		srv.Close()
		want := cli.ExitNotConformant
		if occasion == "from the start" {
			want = cli.ExitTarget
		}
		if res.code != want || stolen.Load() != 0 {
			t.Errorf("%s: exit code %d, want %d; the other host got %d requests", occasion, res.code, want, stolen.Load())
		}
		v.checkState(t, before, &res.report)
	}
}

// TestEndpointThatDies: an endpoint that is gone in the middle of a run is given up, and
// that nothing could be restored is said.
func TestEndpointThatDies(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "GRAPH_TOKEN="+hostileToken)
	v := newVictim(t)
	before := v.state(t)
	var requests atomic.Int64
	var srv *httptest.Server
	srv = quietServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 31 {
			_ = srv.Listener.Close()
			srv.CloseClientConnections()
			return
		}
		v.mock.ServeHTTP(w, r)
	}))
	res := v.run(t, p, srv.URL+v.mock.BasePath())
	if res.code != cli.ExitNotConformant {
		t.Errorf("exit code %d\n%s", res.code, cutOutput(res.out))
	}
	given := slices.ContainsFunc(res.report.Problems, func(p string) bool {
		return strings.Contains(p, "has not answered 5 requests in a row; given up") && strings.Contains(p, "connection refused")
	})
	passed := slices.ContainsFunc(res.report.Requirements, func(r result.Requirement) bool { return r.Verdict == result.Pass })
	last := res.report.Requirements[len(res.report.Requirements)-1]
	if !given || !passed || last.Verdict != result.Skip || !strings.Contains(last.Reason, "given up") {
		t.Errorf("problems %q; some passed: %v; the last one: %s, %s", res.report.Problems, passed, last.Verdict, last.Reason)
	}
	v.checkState(t, before, &res.report)
}
