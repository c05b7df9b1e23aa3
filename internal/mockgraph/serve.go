package mockgraph

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// certificateLife is how long the certificate of a server counts. A mock may serve for days.
const certificateLife = 60 * 24 * time.Hour

// StartServer serves s on a loopback address, as Start does, in the way that its
// behaviours want: behind TLS, with HTTP/2, for the variant http2. The certificate is
// made for this server and nobody else's; see Listener.CACert.
func StartServer(ctx context.Context, addr string, s *Server) (*Listener, error) {
	if !s.tls {
		return Start(ctx, addr, s)
	}
	addr, err := loopbackAddress(addr)
	if err != nil {
		return nil, err
	}
	cert, caPEM, err := makeCertificate(time.Now())
	if err != nil {
		return nil, fmt.Errorf("mock server: making a certificate: %w", err)
	}
	return listen(ctx, addr, s, &tlsSide{tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, caPEM})
}

// tlsSide is what a server behind TLS has more than another.
type tlsSide struct {
	config tls.Config
	caCert []byte
}

// makeCertificate makes a key and a certificate for loopback that signs itself. The key
// exists in the memory of the process alone.
func makeCertificate(now time.Time) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "graphpact mock"},
		NotBefore:             now.Add(-time.Hour), // a client's clock may be behind
		NotAfter:              now.Add(certificateLife),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
