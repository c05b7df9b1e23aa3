package doctor

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"graphpact/internal/transport"
)

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
