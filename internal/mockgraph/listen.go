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
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of the HTTP server. They are far above what a test needs, and keep a
// client that stalls or floods from holding the server.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	closeTimeout  = 5 * time.Second
	maxHeader     = 64 << 10
)

// Listener is a handler that is being served.
type Listener struct {
	server *http.Server
	addr   net.Addr
	done   chan error
	stop   func() bool
	close  func() error
	tls    *tlsSide // nil for plain http
}

// Start serves h on a loopback address, as "127.0.0.1:0" (a free port) or
// "localhost:8080"; an empty addr means "127.0.0.1:0". Any other address is
// refused: the server is for tests, and its one token protects little. The end of
// ctx closes it, as Close does.
func Start(ctx context.Context, addr string, h http.Handler) (*Listener, error) {
	addr, err := loopbackAddress(addr)
	if err != nil {
		return nil, err
	}
	return listen(ctx, addr, h, nil)
}

func loopbackAddress(addr string) (string, error) {
	if addr == "" {
		return "127.0.0.1:0", nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("mock server: the address %q: write HOST:PORT, as 127.0.0.1:8080", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("mock server: %q is not a loopback address; use 127.0.0.1, [::1] or localhost", addr)
	}
	return addr, nil
}

func listen(ctx context.Context, addr string, h http.Handler, secured *tlsSide) (*Listener, error) {
	var config net.ListenConfig
	socket, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mock server: listening on %s: %w", addr, err)
	}
	l := &Listener{
		addr: socket.Addr(),
		done: make(chan error, 1),
		tls:  secured,
		server: &http.Server{
			Handler:           h,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			// Its lines are about broken clients; tests make them on purpose.
			ErrorLog: log.New(io.Discard, "", 0),
			// OPTIONS * goes through the stages like any request.
			DisableGeneralOptionsHandler: true,
		},
	}
	l.close = sync.OnceValue(l.shutdown)
	if secured != nil {
		l.server.TLSConfig = &secured.config
		go func() { l.done <- l.server.ServeTLS(socket, "", "") }()
	} else {
		go func() { l.done <- l.server.Serve(socket) }()
	}
	l.stop = context.AfterFunc(ctx, func() { _ = l.close() })
	return l, nil
}

// URL is the origin of the server, as "http://127.0.0.1:40123": the base path of
// the API comes behind it.
func (l *Listener) URL() string {
	if l.tls != nil {
		return "https://" + l.addr.String()
	}
	return "http://" + l.addr.String()
}

// CACert is the certificate that a client must trust, as PEM; nil for plain http.
func (l *Listener) CACert() []byte {
	if l.tls == nil {
		return nil
	}
	return l.tls.caCert
}

// Close lets running requests end, for a few seconds at most, and frees the port.
// A second call waits for the first and gives the same error.
func (l *Listener) Close() error {
	l.stop()
	return l.close()
}

func (l *Listener) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := l.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, l.server.Close())
	}
	if served := <-l.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("mock server: closing %s: %w", l.addr, err)
	}
	return nil
}

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
