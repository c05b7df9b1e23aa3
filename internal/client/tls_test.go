package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"graphpact/internal/client/clienttest"
	"graphpact/internal/transport"
	"graphpact/internal/transport/tlstest"
)

// authority is one whose failures fail the test.
type authority struct {
	t *testing.T
	*tlstest.Authority
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a, err := tlstest.NewAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &authority{t, a}
}

func (a *authority) issue(name string, ip net.IP, change func(*x509.Certificate)) (certFile, keyFile string) {
	a.t.Helper()
	certFile, keyFile, err := a.Issue(name, ip, change)
	if err != nil {
		a.t.Fatal(err)
	}
	return certFile, keyFile
}

// serve starts a server with a certificate of the authority.
func (a *authority) serve(certFile, keyFile string, change func(*tls.Config)) string {
	a.t.Helper()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		a.t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		name := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		_, _ = w.Write([]byte(`{"client":"` + name + `"}`))
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if change != nil {
		change(srv.TLS)
	}
	srv.Config.ErrorLog = clienttest.DiscardLog()
	srv.StartTLS()
	a.t.Cleanup(srv.Close)
	return srv.URL
}

func TestTLS(t *testing.T) {
	t.Parallel()
	house, stranger := newAuthority(t), newAuthority(t)
	local := net.IPv4(127, 0, 0, 1)
	cert, key := house.issue("server", local, nil)
	plain := house.serve(cert, key, nil)
	wrongCert, wrongKey := house.issue("other.example", nil, nil)
	wrong := house.serve(wrongCert, wrongKey, nil)
	oldCert, oldKey := house.issue("old", local, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	old := house.serve(oldCert, oldKey, nil)
	mutual := house.serve(cert, key, house.Demand)
	mutual12 := house.serve(cert, key, func(c *tls.Config) { house.Demand(c); c.MaxVersion = tls.VersionTLS12 })
	ourCert, ourKey := house.issue("graphpact client", nil, nil)
	pastCert, pastKey := house.issue("past", nil, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	theirCert, theirKey := stranger.issue("stranger", nil, nil)

	for name, tc := range map[string]struct {
		url   string
		files transport.TLSFiles
		want  string // in the error, or the name by which the server knows the client
		fails bool
	}{
		"unknown issuer":                {plain, transport.TLSFiles{}, "name that one's certificate with --ca-file", true},
		"another issuer is trusted":     {plain, transport.TLSFiles{CA: stranger.File}, "--ca-file", true},
		"CA file":                       {plain, transport.TLSFiles{CA: house.File}, "nobody", false},
		"wrong name":                    {wrong, transport.TLSFiles{CA: house.File}, "use the name that its certificate is for", true},
		"expired":                       {old, transport.TLSFiles{CA: house.File}, "its certificate has to be renewed", true},
		"client certificate":            {mutual, transport.TLSFiles{CA: house.File, Cert: ourCert, Key: ourKey}, "graphpact client", false},
		"client certificate, TLS 1.2":   {mutual12, transport.TLSFiles{CA: house.File, Cert: ourCert, Key: ourKey}, "graphpact client", false},
		"no client certificate":         {mutual, transport.TLSFiles{CA: house.File}, "--client-cert and --client-key", true},
		"none, TLS 1.2":                 {mutual12, transport.TLSFiles{CA: house.File}, "--client-cert and --client-key", true},
		"an expired client certificate": {mutual, transport.TLSFiles{CA: house.File, Cert: pastCert, Key: pastKey}, "refuses the certificate of --client-cert", true},
		"a stranger's certificate":      {mutual, transport.TLSFiles{CA: house.File, Cert: theirCert, Key: theirKey}, "--client-cert and --client-key", true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, Config{BaseURL: tc.url, TLS: tc.files})
			defer c.Close()
			ex, err := c.Preflight(t.Context(), "/a")
			if !tc.fails {
				if err != nil || !strings.Contains(string(ex.Body), tc.want) {
					t.Errorf("%v, body %s", err, ex.Body)
				}
				return
			}
			var send *SendError
			if !errors.As(err, &send) || send.Cause != CauseTLS || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v\nwant %s", err, tc.want)
			}
		})
	}
}

// TestAlertInItsOwnWords: which part of net/http meets an alert first is a matter of
// timing, and none of the user's business.
func TestAlertInItsOwnWords(t *testing.T) {
	t.Parallel()
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}
	for _, err := range []error{alert, fmt.Errorf("readLoopPeekFailLocked: %w", alert), fmt.Errorf("write error: %w", alert)} {
		if got := tlsText(err); !isTLS(err) || got != "remote error: tls: certificate required" {
			t.Errorf("%v: %q", err, got)
		}
	}
}
