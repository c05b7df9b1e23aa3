// Package brokertest is a Pact Broker for tests: enough of one to publish, verify,
// ask can-i-deploy and record deployments, with state, and with faults. What it
// answers follows the broker's source; no real broker was asked.
package brokertest

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// Server is a broker on a loopback port.
type Server struct {
	// URL is its address.
	URL string

	srv *httptest.Server
	now func() time.Time

	mu           sync.Mutex
	authorized   func(*http.Request) bool
	fault        *fault
	requests     []Request
	versions     []*version // in the order of publication
	pacts        []*pact
	environments []string
	placed       []placement
}

// Request is what a client sent.
type Request struct {
	Method, Path string
	Query        string
	Header       http.Header
	Body         []byte
}

type version struct {
	pacticipant, number string
	branch, buildURL    string
	tags                []string
}

type pact struct {
	consumer, provider string
	version            *version
	content            json.RawMessage
	sha                [sha256.Size]byte
	published          time.Time
	results            []result
}

type result struct {
	success bool
	by      *version
	body    json.RawMessage
}

type placement struct {
	environment, instance string
	version               *version
	released              bool
}

// Start starts a broker without faults that lets everybody in; its environments are
// test and production. Stop ends it.
func Start() *Server {
	s := prepare("http")
	s.srv.Start()
	return s
}

// StartTLS is Start over TLS; Certificate gives what a client must trust.
func StartTLS() *Server {
	s := prepare("https")
	s.srv.StartTLS()
	return s
}

// prepare knows the address before anybody can ask.
func prepare(scheme string) *Server {
	s := &Server{now: time.Now, environments: []string{"test", "production"}}
	s.srv = httptest.NewUnstartedServer(s.handler())
	s.srv.Config.ErrorLog = log.New(io.Discard, "", 0) // a client that does not trust us is part of a test
	s.URL = scheme + "://" + s.srv.Listener.Addr().String()
	return s
}

// Certificate is the DER form of the certificate of a broker of StartTLS.
func (s *Server) Certificate() []byte { return s.srv.Certificate().Raw }

// Stop ends the broker.
func (s *Server) Stop() {
	s.srv.CloseClientConnections()
	s.srv.Close()
}

// RequireToken lets in only who has the bearer token.
func (s *Server) RequireToken(token string) {
	s.require(func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+token })
}

// RequireBasic lets in only who has the name and the password.
func (s *Server) RequireBasic(username, password string) {
	s.require(func(r *http.Request) bool {
		u, p, ok := r.BasicAuth()
		return ok && u == username && p == password
	})
}

func (s *Server) require(f func(*http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authorized = f
}

// Requests gives what was sent so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Published gives the content of the pact of a consumer's version; nil where it has
// published none.
func (s *Server) Published(consumer, provider, number string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.pactOf(consumer, provider, number); p != nil {
		return p.content
	}
	return nil
}

// Verify stores a result for every pact of the consumer's version with the provider,
// as a provider's CI would.
func (s *Server) Verify(consumer, number, provider, providerVersion string, success bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := s.version(provider, providerVersion)
	if p := s.pactOf(consumer, provider, number); p != nil {
		p.results = append(p.results, result{success: success, by: by})
	}
}

// Results gives the bodies of the results that were published.
func (s *Server) Results() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []json.RawMessage
	for _, p := range s.pacts {
		for _, r := range p.results {
			out = append(out, r.body)
		}
	}
	return out
}

// Branch gives the branch of a version, "" where it has none.
func (s *Server) Branch(pacticipant, number string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version(pacticipant, number).branch
}

// find gives a version, nil where there is none.
func (s *Server) find(pacticipant, number string) *version {
	for _, v := range s.versions {
		if v.pacticipant == pacticipant && v.number == number {
			return v
		}
	}
	return nil
}

// version gives a version, made where there is none.
func (s *Server) version(pacticipant, number string) *version {
	if v := s.find(pacticipant, number); v != nil {
		return v
	}
	v := &version{pacticipant: pacticipant, number: number}
	s.versions = append(s.versions, v)
	return v
}

func (s *Server) pactOf(consumer, provider, number string) *pact {
	for _, p := range s.pacts {
		if p.consumer == consumer && p.provider == provider && p.version.number == number {
			return p
		}
	}
	return nil
}
