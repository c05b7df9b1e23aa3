// Package brokertest is a Pact Broker for tests: publications, selections, results,
// can-i-deploy, environments, with state and with faults. It answers as Pact Broker
// 2.119.0 does with its default settings; the replay test in internal/broker holds it
// to recordings of one.
package brokertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Settings are those of the broker that change its answers.
type Settings struct {
	// AllowModification lets the pact of a version change, and so lets merges happen
	// (allow_dangerous_contract_modification).
	AllowModification bool
	// BaseURL begins every link (base_url); empty means the address that was asked.
	BaseURL string
	// Prefix is the path under which the broker is mounted.
	Prefix string
	// NoEnvironments starts without the environments production and test.
	NoEnvironments bool
}

// Server is a broker on a loopback port.
type Server struct {
	// URL is its address.
	URL string

	set Settings
	srv *httptest.Server
	now func() time.Time

	mu           sync.Mutex
	access       func(r *http.Request, write bool) int // the status of a refusal, 0 for none
	fault        fault
	faulted      atomic.Int32 // how many requests the fault flaky has met
	requests     []Request
	base         string         // what the links of the answer begin with
	ids          int            // counts versions and uuids
	numbers      int            // counts results
	pacticipants []*pacticipant // in the order of creation, as all that follow
	versions     []*version
	contents     []*content
	pacts        []*pact
	environments []*environment
	placements   []*placement
}

// Request is what a client sent.
type Request struct {
	Method, Path string
	Query        string
	Header       http.Header
	Body         []byte
}

// Start starts a broker without faults that lets everybody in; its environments are
// production and test. Stop ends it.
func Start() *Server { return StartWith(Settings{}) }

// StartWith is Start with settings.
func StartWith(set Settings) *Server {
	s := prepare("http", set)
	s.srv.Start()
	return s
}

// StartTLS is Start over TLS; Certificate gives what a client must trust.
func StartTLS() *Server {
	s := prepare("https", Settings{})
	s.srv.StartTLS()
	return s
}

// prepare knows the address before anybody can ask.
func prepare(scheme string, set Settings) *Server {
	s := &Server{now: time.Now, set: set, numbers: 100}
	if !set.NoEnvironments {
		s.addEnvironment("test", "Test", false)
		s.addEnvironment("production", "Production", true)
	}
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

// RequireToken lets in only who has the bearer token, as PactFlow does.
func (s *Server) RequireToken(token string) {
	s.require(func(r *http.Request, _ bool) int {
		if r.Header.Get("Authorization") == "Bearer "+token {
			return 0
		}
		return http.StatusUnauthorized
	})
}

// RequireBasic lets in only who has the name and the password.
func (s *Server) RequireBasic(username, password string) {
	s.RequireUsers(username+":"+password, "", false)
}

// RequireUsers lets the writer do everything, and the reader read; both are given as
// name:password, the reader may be empty. With publicRead everybody may read, and the
// credentials of who reads are not looked at.
func (s *Server) RequireUsers(writer, reader string, publicRead bool) {
	s.require(func(r *http.Request, write bool) int {
		if publicRead && !write {
			return 0
		}
		authorization := r.Header.Get("Authorization")
		if authorization == "" {
			return http.StatusUnauthorized
		}
		encoded, basic := strings.CutPrefix(authorization, "Basic ")
		user, err := base64.StdEncoding.DecodeString(encoded)
		switch {
		case !basic || err != nil:
			return http.StatusBadRequest
		case string(user) == writer || !write && reader != "" && string(user) == reader:
			return 0
		}
		return http.StatusUnauthorized
	})
}

func (s *Server) require(f func(*http.Request, bool) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access = f
}

// Requests gives what was sent so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Published gives the content of the pact of a consumer's version as it was sent; nil
// where it has published none.
func (s *Server) Published(consumer, provider, number string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.pactOf(consumer, provider, number); p != nil {
		return p.text
	}
	return nil
}

// Verify stores a result for the pact of the consumer's version with the provider, as a
// provider's CI would. The provider's version is made in any case.
func (s *Server) Verify(consumer, number, provider, providerVersion string, success bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := s.version(provider, providerVersion)
	if p := s.pactOf(consumer, provider, number); p != nil {
		s.addResult(p.content, &result{success: success, by: by, body: object{}})
	}
}

// Results gives the bodies of the results that were published.
func (s *Server) Results() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*result
	for _, c := range s.contents {
		all = append(all, c.results...)
	}
	slices.SortFunc(all, func(a, b *result) int { return a.number - b.number })
	var out []json.RawMessage
	for _, r := range all {
		out = append(out, r.sent)
	}
	return out
}

// Branch gives a branch of a version, "" where it has none.
func (s *Server) Branch(pacticipant, number string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.findVersion(pacticipant, number); v != nil && len(v.branches) > 0 {
		return v.branches[0].name
	}
	return ""
}

// uuid makes an identifier; each is another one.
func (s *Server) uuid() string {
	s.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.ids)
}

// stamp is the time in the broker's form.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }
