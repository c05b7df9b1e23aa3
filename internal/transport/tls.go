package transport

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"graphpact/internal/readlimit"
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
		data, err := readlimit.File(f.CA, readlimit.Settings)
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
	cert, err := readlimit.File(f.Cert, readlimit.Settings)
	if err != nil {
		return nil, fmt.Errorf("the client certificate: %w", err)
	}
	key, err := readlimit.File(f.Key, readlimit.Settings)
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
