package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/transport"
)

const (
	// clockSkew is what identity services and their resources take for equal
	// (https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens).
	clockSkew = 5 * time.Minute
	// certificateLeft is how long before its end a certificate is worth a warning.
	certificateLeft = 14 * 24 * time.Hour
)

// trail is what was seen on the way to the target.
type trail struct {
	mu      sync.Mutex
	dns     httptrace.DNSDoneInfo
	looked  bool
	address string
	tls     *tls.ConnectionState
}

func (t *trail) hooks() *httptrace.ClientTrace {
	locked := func(f func()) {
		t.mu.Lock()
		defer t.mu.Unlock()
		f()
	}
	return &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) { locked(func() { t.looked, t.dns = true, i }) },
		ConnectDone: func(_, address string, err error) {
			if err == nil {
				locked(func() { t.address = address })
			}
		},
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			if err == nil {
				locked(func() { t.tls = &s })
			}
		},
	}
}

// Network sends one request without a token to the path below the base URL, and reports
// on name resolution, connection, TLS and clock.
func Network(ctx context.Context, c *client.Client, base, path string, now func() time.Time) []Check {
	var t trail
	sent := now()
	ex := c.Do(httptrace.WithClientTrace(ctx, t.hooks()), client.Request{
		Purpose: "look for the endpoint", Method: http.MethodGet, Path: path, Auth: client.AuthNone,
	})
	took := now().Sub(sent)
	t.mu.Lock()
	defer t.mu.Unlock()
	var cause client.Cause
	var send *client.SendError
	why, hint := "", ""
	if errors.As(ex.Err, &send) {
		cause, why, hint = send.Cause, send.Text, send.Hint()
	}
	u, err := url.Parse(base)
	if err != nil {
		return []Check{fail("name", "the base URL cannot be read", "check --endpoint")}
	}
	checks := []Check{t.name(u, cause, why, hint)}
	if cause == client.CauseName {
		return append(checks, NotChecked("connection", "the name"), NotChecked("TLS", "the name"), NotChecked("clock", "the name"))
	}
	if t.address == "" && ex.Status == 0 {
		return append(checks, fail("connection", why, hint), NotChecked("TLS", "there is no connection"), NotChecked("clock", "there is no connection"))
	}
	checks = append(checks, pass("connection", "to "+t.address), t.security(u, cause, why, hint, now()))
	if ex.Status == 0 {
		if cause != client.CauseTLS {
			checks[1] = fail("connection", why, hint)
		}
		return append(checks, NotChecked("clock", "there was no answer"))
	}
	return append(checks, clock(ex.Header, sent.Add(took/2)))
}

func (t *trail) name(u *url.URL, cause client.Cause, why, hint string) Check {
	switch {
	case cause == client.CauseName:
		return fail("name", why, hint)
	case t.looked && len(t.dns.Addrs) > 0:
		return pass("name", fmt.Sprintf("%s is %s", u.Hostname(), t.dns.Addrs[0].String()))
	}
	return pass("name", u.Hostname()+" needs no look-up, or a proxy does it")
}

func (t *trail) security(u *url.URL, cause client.Cause, why, hint string, now time.Time) Check {
	switch {
	case u.Scheme == "http":
		return NotChecked("TLS", "the endpoint is plain http on this machine")
	case cause == client.CauseTLS:
		return fail("TLS", strings.TrimPrefix(why, "TLS: "), hint)
	case t.tls == nil || len(t.tls.PeerCertificates) == 0:
		return NotChecked("TLS", "there was no handshake")
	}
	leaf := t.tls.PeerCertificates[0]
	left := leaf.NotAfter.Sub(now)
	found := fmt.Sprintf("%s, for %s, issued by %s, %d days left", tls.VersionName(t.tls.Version), names(leaf), leaf.Issuer.String(), int(left.Hours()/24))
	if left < certificateLeft {
		return warn("TLS", found, "have the certificate of the server renewed")
	}
	return pass("TLS", found)
}

func names(c *x509.Certificate) string {
	all := c.DNSNames
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) > 3 {
		return strings.Join(all[:3], ", ") + "…"
	}
	return strings.Join(all, ", ")
}

// clock compares the endpoint's clock (RFC 9110 6.6.1) with ours.
func clock(h http.Header, ours time.Time) Check {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return warn("clock", "the endpoint sends no Date", "have it send one (RFC 9110 6.6.1); whether the clocks agree cannot be known")
	}
	// Date has whole seconds.
	off := theirs.Add(time.Second / 2).Sub(ours).Round(time.Second)
	switch {
	case off.Abs() >= clockSkew && off > 0:
		return warn("clock", fmt.Sprintf("the endpoint is %s ahead of this machine", off), "set the clock of this machine (or the endpoint's): tokens are judged by it")
	case off.Abs() >= clockSkew:
		return warn("clock", fmt.Sprintf("the endpoint is %s behind this machine", -off), "set the clock of this machine (or the endpoint's): tokens are judged by it")
	case off == 0:
		return pass("clock", "within a second of the endpoint's")
	}
	return pass("clock", fmt.Sprintf("%s from the endpoint's", off.Abs()))
}

// ClientCertificate checks the certificate that the files name for mutual TLS; nothing
// where they name none. Whether the target accepts it shows in its answer alone.
func ClientCertificate(files transport.TLSFiles, now time.Time) []Check {
	const name = "client cert"
	cfg, err := files.Config()
	switch {
	case err != nil:
		return []Check{fail(name, err.Error(), "see docs/auth.md for what the files hold")}
	case cfg == nil || len(cfg.Certificates) == 0:
		return nil
	}
	leaf, err := x509.ParseCertificate(cfg.Certificates[0].Certificate[0])
	if err != nil {
		return []Check{fail(name, fmt.Sprintf("%s: %v", files.Cert, err), "name another with --client-cert and --client-key")}
	}
	left := leaf.NotAfter.Sub(now)
	found := fmt.Sprintf("%s, for %s, issued by %s, %d days left", files.Cert, leaf.Subject, leaf.Issuer, int(left.Hours()/24))
	switch {
	case left < 0:
		return []Check{fail(name, fmt.Sprintf("%s, for %s, expired on %s", files.Cert, leaf.Subject, leaf.NotAfter.Format(time.DateOnly)), "have it renewed")}
	case now.Before(leaf.NotBefore):
		return []Check{fail(name, fmt.Sprintf("%s, for %s, is valid from %s on", files.Cert, leaf.Subject, leaf.NotBefore.UTC().Format(time.RFC3339)), "wait, or set the clock of this machine")}
	case !forClients(leaf):
		return []Check{warn(name, found+", and not issued for clients", "most servers refuse it: have one issued for client authentication (RFC 5280 4.2.1.12)")}
	case left < certificateLeft:
		return []Check{warn(name, found, "have it renewed")}
	}
	return []Check{pass(name, found)}
}

// forClients reports whether the certificate may speak for a client: one that names no
// purposes is for all of them.
func forClients(c *x509.Certificate) bool {
	return len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}
