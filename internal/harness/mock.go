package harness

import (
	"cmp"
	"crypto/rand"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"graphpact/fixtures"
	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/mockgraph"
	"graphpact/internal/providerstate"
	"graphpact/internal/transport"
)

// NewMock makes a mock of the pages on the entities in the program; an operation that has
// none there gets a made-up one.
func NewMock(p *Pages, token string, behaviours ...mockgraph.Behaviour) (*mockgraph.Server, error) {
	seeds, err := Seeds()
	if err != nil {
		return nil, err
	}
	return mockgraph.New(mockgraph.Config{
		Operations: p.Contracts(), Conventions: p.Conventions, Token: token, Seeds: seeds, Behaviours: behaviours, BasePath: p.BasePath,
	})
}

// Seeds reads the entities in the program.
func Seeds() ([]mockgraph.Seed, error) {
	names, err := fs.Glob(fixtures.FS, "entities/*.json")
	if err != nil {
		return nil, err
	}
	var seeds []mockgraph.Seed
	for _, n := range names {
		data, err := fixtures.FS.ReadFile(n)
		if err != nil {
			return nil, err
		}
		s, err := mockgraph.ReadSeeds(data, n)
		if err != nil {
			return nil, err
		}
		seeds = append(seeds, s...)
	}
	return seeds, nil
}

// MockToken makes up a token for a mock.
func MockToken() string { return "mock-" + rand.Text() }

// rehearse connects to a mock in memory that holds the entities that the configuration
// names, or the program's where there is no endpoint. onSend is called with each request.
// Without a token the mock asks for none.
func (t *Target) rehearse(token string, ops []*contract.Operation, conv *convention.Set, onSend func(client.PlannedRequest)) (*session, error) {
	s := newSession(t, ops)
	s.token = token
	expected := cmp.Or(token, MockToken())
	srv, prefix, err := s.mockInMemory(expected, conv)
	if err != nil {
		return nil, err
	}
	h := acceptAll(rebase(srv, prefix), expected)
	if token != "" {
		h = t.graphHeaders(rebase(srv, prefix), token)
	}
	return s, s.dial(transport.InMemory(h), onSend)
}

// mockInMemory makes the mock; prefix is the path of the target's base URL.
func (s *session) mockInMemory(token string, conv *convention.Set) (srv *mockgraph.Server, prefix string, err error) {
	seeds, err := Seeds()
	if err != nil {
		return nil, "", err
	}
	cfg := mockgraph.Config{Operations: s.operations, Conventions: conv, Token: token, Seeds: seeds, BasePath: s.cfg.mockBase}
	if s.cfg.URL == "" {
		if srv, err = mockgraph.New(cfg); err != nil {
			return nil, "", err
		}
		s.base = "http://localhost" + srv.BasePath()
		return srv, srv.BasePath(), s.useEntitiesOf(srv)
	}
	if err := s.useNamedEntities(); err != nil {
		return nil, "", err
	}
	u, err := url.Parse(s.base)
	if err != nil {
		return nil, "", err
	}
	cfg.Seeds = nil
	for i, op := range s.operations {
		cfg.Seeds = append(cfg.Seeds, mockgraph.SeedAt(seedOf(seeds, op, conv), op, conv, s.params[i]))
	}
	srv, err = mockgraph.New(cfg)
	return srv, u.EscapedPath(), err
}

// useNamedEntities takes the entities that the configuration names, or those that it would
// ask the state endpoint for.
func (s *session) useNamedEntities() error {
	params, err := s.cfg.entityParams(s.operations, s.cfg.StateURL == "")
	if err != nil {
		return err
	}
	s.params = params
	for i, op := range s.operations {
		if s.cfg.StateURL != "" {
			s.params[i] = providerstate.ExampleParams(op, params[i])
		}
	}
	return s.expandPaths()
}

func seedOf(seeds []mockgraph.Seed, op *contract.Operation, conv *convention.Set) mockgraph.Seed {
	for _, seed := range seeds {
		if seed.Path == op.Path.Template {
			return seed
		}
	}
	return mockgraph.SeedFor(op, conv, time.Now())
}

// acceptAll answers everybody as the holder of the token.
func acceptAll(next http.Handler, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token)
		next.ServeHTTP(w, r)
	})
}

// graphHeaders lets the mock understand a token in a header of another name.
func (t *Target) graphHeaders(next http.Handler, token string) http.Handler {
	if t.URL == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := r.Header.Get(t.Client.AuthHeader)
		r.Header.Del("Authorization")
		switch {
		case sent == token || strings.HasSuffix(sent, " "+token):
			r.Header.Set("Authorization", "Bearer "+token)
		case sent != "":
			r.Header.Set("Authorization", sent)
		}
		next.ServeHTTP(w, r)
	})
}

// rebase serves the mock under the path of the endpoint, which is escaped, as
// http.StripPrefix would not take it.
func rebase(srv *mockgraph.Server, prefix string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		below, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
		u, err := url.Parse(srv.BasePath() + below)
		if !ok || err != nil {
			http.NotFound(w, r)
			return
		}
		u.RawQuery = r.URL.RawQuery
		r.URL = u
		srv.ServeHTTP(w, r)
	})
}
