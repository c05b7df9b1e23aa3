package target

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// TLSFiles are the PEM files that a user names for TLS; an empty name means none.
type TLSFiles struct {
	// CA holds certificates to trust beside the system's.
	CA string
	// Cert and Key are the client's certificate, with its chain, and its private key, for
	// a server that asks for them (mutual TLS).
	Cert, Key string
}

// Config reads the files. It gives nil where none is named. An error names the file and
// what is wrong with it.
func (f TLSFiles) Config() (*tls.Config, error) {
	if f == (TLSFiles{}) {
		return nil, nil //nolint:nilnil // net/http takes it for its own defaults
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.CA != "" {
		data, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, fmt.Errorf("the CA file: %w", err)
		}
		if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
			cfg.RootCAs = x509.NewCertPool()
		}
		if !cfg.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("the CA file %s: there is no PEM certificate in it (-----BEGIN CERTIFICATE-----)", f.CA)
		}
	}
	pair, err := f.pair()
	if err != nil {
		return nil, err
	}
	if pair != nil {
		cfg.Certificates = []tls.Certificate{*pair}
	}
	return cfg, nil
}

// pair reads the client's certificate with its key; nil where none is named.
func (f TLSFiles) pair() (*tls.Certificate, error) {
	switch {
	case f.Cert == "" && f.Key == "":
		return nil, nil //nolint:nilnil // there is none
	case f.Key == "":
		return nil, fmt.Errorf("the client certificate %s has no key; name it with --client-key", f.Cert)
	case f.Cert == "":
		return nil, fmt.Errorf("the client key %s has no certificate; name it with --client-cert", f.Key)
	}
	cert, err := os.ReadFile(f.Cert)
	if err != nil {
		return nil, fmt.Errorf("the client certificate: %w", err)
	}
	key, err := os.ReadFile(f.Key)
	if err != nil {
		return nil, fmt.Errorf("the client key: %w", err)
	}
	if block, _ := pem.Decode(key); block != nil && (strings.Contains(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED")) {
		return nil, fmt.Errorf("the client key %s is encrypted; give it without a password, as `openssl pkey -in %s -out FILE` writes it", f.Key, f.Key)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the client certificate %s with the key %s: %s", f.Cert, f.Key, strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &pair, nil
}

// NewTransport gives a transport with the certificates that the files name and the
// proxies of the environment, but none for this machine. Every wait on it ends with the timeout, so that there is
// one limit and one error for it.
func NewTransport(files TLSFiles, timeout time.Duration) (*http.Transport, error) {
	cfg, err := files.Config()
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                  proxyOf,
		DialContext:            dial(net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}),
		TLSClientConfig:        cfg,
		TLSHandshakeTimeout:    timeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}

// tlsMend says what to do about a TLS connection that could not be made.
func tlsMend(err error) string {
	var (
		issuer  x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		alert   *net.OpError
	)
	switch {
	case errors.As(err, &issuer):
		return "if the issuer of its certificate is one of your own, name that one's certificate with --ca-file"
	case errors.As(err, &name):
		return "use the name that its certificate is for in the base URL"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has to be renewed, unless the clock of this machine is wrong"
	case !errors.As(err, &alert) || alert.Op != "remote error":
	case isAlert(alert.Err, 43, 44, 45, 46):
		// unsupported_certificate, certificate_revoked, _expired and _unknown
		return "it refuses the certificate of --client-cert: name one that it accepts"
	case isAlert(alert.Err, 40, 42, 48, 116):
		// handshake_failure, bad_certificate, unknown_ca and certificate_required
		return "it may ask for a client certificate (mutual TLS): name one that it accepts with --client-cert and --client-key"
	}
	return "check the scheme of the base URL and the certificate of the server"
}

// isAlert reports whether the error is one of the alerts (RFC 8446 6.2), by which servers
// tell what they think of a client's certificate. crypto/tls gives a type of its own, with
// the texts of tls.AlertError.
func isAlert(err error, alerts ...tls.AlertError) bool {
	return slices.ContainsFunc(alerts, func(a tls.AlertError) bool { return err.Error() == a.Error() })
}
