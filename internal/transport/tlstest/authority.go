// Package tlstest issues certificates for tests of TLS and mutual TLS.
package tlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Authority issues certificates, and writes them and their keys into files of a folder.
type Authority struct {
	// File holds the authority's own certificate, as PEM.
	File string

	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority that keeps its files in the folder.
func NewAuthority(dir string) (*Authority, error) {
	a := &Authority{dir: dir}
	var err error
	a.File, _, err = a.Issue("house CA", nil, nil)
	return a, err
}

// Issue gives the files of a certificate and its key, both PEM. It is for servers and
// clients and lives for a day; change, where it is not nil, makes it another one.
func (a *Authority) Issue(name string, ip net.IP, change func(*x509.Certificate)) (certFile, keyFile string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames: []string{name},
	}
	if ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	}
	parent, signer := a.cert, a.key
	if a.cert == nil {
		tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.DNSNames, tmpl.ExtKeyUsage = true, true, nil, nil
		tmpl.KeyUsage = x509.KeyUsageCertSign
		parent, signer = tmpl, key
	}
	if change != nil {
		change(tmpl)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		return "", "", err
	}
	if a.cert == nil {
		a.key = key
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			return "", "", err
		}
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	base := filepath.Join(a.dir, strings.ReplaceAll(name, " ", "-"))
	certFile, keyFile = base+".pem", base+".key"
	return certFile, keyFile, errors.Join(write(certFile, "CERTIFICATE", der), write(keyFile, "PRIVATE KEY", keyDER))
}

func write(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// Demand has a server ask for a client certificate of the authority, and let nobody in without one.
func (a *Authority) Demand(c *tls.Config) {
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	c.ClientCAs.AddCert(a.cert)
}
