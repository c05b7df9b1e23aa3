package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/credential"
	"graphpact/internal/entity"
	"graphpact/internal/mockgraph"
	"graphpact/internal/pageset"
	"graphpact/internal/providerstate"
	"graphpact/internal/restore"
	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// session is the connection to a target: a foreign endpoint, the embedded mock, or a mock
// in memory in place of either.
type session struct {
	cfg        *Target
	kind, base string
	token      string
	// credential gets the token where token is empty; hint says how a user gets one for the
	// curl lines.
	credential *credential.Credential
	auth, hint string
	client     *client.Client
	// params, paths and keepers belong to the operations, by index. There are no keepers
	// where nothing is restored, and no paths where a state endpoint says which.
	operations []*contract.Operation
	params     []map[string]string
	paths      []string
	keepers    []*restore.Keeper
	// states brings the target to provider states, and gives each scenario its entity.
	states providerstate.States
	// stateEndpoint is nil where there is none.
	stateEndpoint *providerstate.Endpoint
	// seen are the entities as the check before the run saw them, by path.
	seen map[string]map[string]any
	// journal keeps on disk what the keepers remember, nil where nothing is restored.
	// restoreCommand restores it.
	journal        *restore.Journal
	restoreCommand string
	// mock is the embedded mock, and stop ends its server.
	mock *mockgraph.Server
	stop func() error
}

func newSession(cfg *Target, ops []*contract.Operation) *session {
	return &session{cfg: cfg, kind: "endpoint", base: strings.TrimRight(cfg.URL, "/"), operations: ops}
}

// connect makes the client of the target, starting the embedded mock where no endpoint is
// named. Nothing is sent yet.
func connect(ctx context.Context, cfg *Target, ops []*contract.Operation, conv *convention.Set) (*session, error) {
	s := newSession(cfg, ops)
	err := s.connect(ctx, conv)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *session) connect(ctx context.Context, conv *convention.Set) error {
	if s.cfg.URL == "" {
		seeds, err := Seeds()
		if err != nil {
			return err
		}
		err = s.serveMock(ctx, mockgraph.Config{Conventions: conv, Seeds: seeds, BasePath: s.cfg.mockBase}, func(ctx context.Context, srv *mockgraph.Server) (*mockgraph.Listener, error) {
			return mockgraph.StartServer(ctx, "127.0.0.1:0", srv)
		})
		if err != nil {
			return err
		}
		return s.dial(nil, nil)
	}
	if err := s.authenticate(); err != nil {
		return err
	}
	if err := s.useEntities(); err != nil {
		return err
	}
	return s.dial(nil, nil)
}

// serveMock starts a mock of the operations on loopback, with a token of its own. It gives
// each scenario an entity.
func (s *session) serveMock(ctx context.Context, cfg mockgraph.Config, start func(context.Context, *mockgraph.Server) (*mockgraph.Listener, error)) error {
	s.kind, s.token = result.EmbeddedMock, MockToken()
	cfg.Operations, cfg.Token = s.operations, s.token
	var err error
	if s.mock, err = mockgraph.New(cfg); err != nil {
		return err
	}
	// The mock outlives an interrupt, so that scenarios under way end in order.
	l, err := start(context.WithoutCancel(ctx), s.mock)
	if err != nil {
		return err
	}
	s.stop, s.base = l.Close, l.URL()+s.mock.BasePath()
	s.states = providerstate.NewMock(s.mock, s.operations...)
	return s.useEntitiesOf(s.mock)
}

// authenticate takes the token, or the credential that will get it. No service is asked
// for a token yet.
func (s *session) authenticate() error {
	settings := s.cfg.Credential
	switch settings.Method {
	case credential.MethodNone:
		return nil
	case credential.MethodToken:
		s.token = s.cfg.Token
		return nil
	}
	settings.Endpoint = s.base
	c, err := settings.Open()
	if err != nil {
		return err
	}
	s.credential, s.auth, s.hint = c, settings.Method, settings.Hint(s.cfg.Client.TokenEnv)
	return nil
}

// useEntities takes the entities that the configuration names, or has the state endpoint
// set them up.
func (s *session) useEntities() error {
	params, err := s.cfg.entityParams(s.operations, s.cfg.StateURL == "")
	if err != nil {
		return err
	}
	s.params = params
	if s.cfg.StateURL == "" {
		return s.expandPaths()
	}
	c := s.cfg.Client
	if s.stateEndpoint, err = providerstate.New(s.cfg.StateURL, c.UserAgent, c.Timeout, c.TLS); err != nil {
		return fmt.Errorf("--state-url: %w", err)
	}
	s.stateEndpoint.Consumer, s.stateEndpoint.Params = s.cfg.Consumer, s.cfg.Params
	s.states = s.stateEndpoint
	return nil
}

// useEntitiesOf takes the first entity of each operation of a mock.
func (s *session) useEntitiesOf(srv *mockgraph.Server) error {
	for _, op := range s.operations {
		s.params = append(s.params, srv.Params(op))
	}
	return s.expandPaths()
}

func (s *session) expandPaths() error {
	for i, op := range s.operations {
		path, err := client.Expand(op.Path.Template, s.params[i])
		if err != nil {
			return err
		}
		s.paths = append(s.paths, path)
	}
	return nil
}

// dial makes the one client for all requests, and the keepers of what it changes. A nil via
// means a transport of the client's own; onSend, where not nil, is called before each request.
func (s *session) dial(via http.RoundTripper, onSend func(client.PlannedRequest)) error {
	cfg := s.cfg.Client
	cfg.BaseURL, cfg.Token, cfg.Transport, cfg.OnSend = s.base, s.token, via, onSend
	cfg.NoGet = s.cfg.NoGet
	if (s.cfg.recorder != nil || s.cfg.tracer != nil) && via == nil { // what a rehearsal sends goes nowhere
		cfg.Observe = s.observe
	}
	if s.cfg.URL == "" { // the embedded mock calls its headers as Graph does
		cfg.AuthHeader, cfg.AuthScheme, cfg.ClientRequestIDHeader = "", "", ""
	}
	if s.mock != nil {
		cfg.TLS = transport.TLSFiles{}
	}
	if s.credential != nil {
		cfg.Credential, cfg.TokenFrom = s.credential, "the token of --auth "+s.auth
	}
	var err error
	if s.client, err = client.New(cfg); err != nil {
		return err
	}
	for _, op := range s.operations {
		if op.IfMatch.Value {
			s.client.RequireIfMatch()
		}
	}
	if s.mock == nil && s.cfg.restores() {
		for _, op := range s.operations {
			s.keepers = append(s.keepers, restore.NewKeeper(s.client, op))
		}
	}
	if s.states == nil {
		s.states = s.ownEntities()
	}
	return nil
}

// shared reports whether all scenarios find the same entity: a mock and a state endpoint give
// each its own.
func (s *session) shared() bool { return s.stateEndpoint == nil && (s.mock == nil || s.keepers != nil) }

// shareOneEntity has all scenarios take turns on the first entity of a mock, as they do at an
// endpoint: what one has changed the next one finds.
func (s *session) shareOneEntity() {
	for _, op := range s.operations {
		s.keepers = append(s.keepers, restore.NewKeeper(s.client, op))
	}
	s.states = s.ownEntities()
}

// ownEntities sets up provider states on the entities that the paths lead to.
func (s *session) ownEntities() *providerstate.Entities {
	entities := make([]providerstate.Entity, len(s.operations))
	for i, op := range s.operations {
		entities[i] = providerstate.Entity{Operation: op, Params: s.params[i]}
		if len(s.keepers) > 0 {
			entities[i].Keeper = s.keepers[i]
		}
	}
	return providerstate.NewEntities(s.client, entities...)
}

// check finds a wrong URL, a bad token or a missing entity before any scenario runs.
func (s *session) check(ctx context.Context) error {
	s.seen = map[string]map[string]any{}
	err := s.checkStates(ctx)
	for _, path := range s.paths {
		if err == nil {
			_, err = s.Look(ctx, path)
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errInterrupted()
	}
	return &Error{TargetFailed, err}
}

// checkStates has the state endpoint set up the state of each operation once, looks at the
// entity, and has the state torn down again.
func (s *session) checkStates(ctx context.Context) error {
	if s.stateEndpoint == nil {
		return nil
	}
	for _, op := range s.operations {
		params, tearDown, err := s.stateEndpoint.SetUpEntity(ctx, op)
		if err != nil {
			return err
		}
		path, err := client.Expand(op.Path.Template, params)
		if err == nil {
			_, err = s.Look(ctx, path)
		}
		if err = errors.Join(err, tearDown()); err != nil {
			return err
		}
	}
	return nil
}

// Look makes sure that the entity is there and that the caller may see it, as far as the
// target can tell.
func (s *session) Look(ctx context.Context, path string) (*client.Exchange, error) {
	if s.cfg.NoGet {
		return s.client.Reach(ctx, path)
	}
	ex, err := s.client.Preflight(ctx, path)
	if err == nil && s.seen != nil {
		s.seen[path] = entity.Decode(ex).Object
	}
	return ex, err
}

// Target is the target as a report names it.
func (s *session) Target() result.Target {
	all := map[string]string{}
	for i, params := range s.params {
		for name, value := range params {
			if other, there := all[name]; there && other != value {
				name = OfPage(pageset.ID(s.operations[i].Page), name)
			}
			all[name] = value
		}
	}
	return result.Target{
		Kind: s.kind, BaseURL: s.base, Params: all, Authenticated: s.authenticated(), Auth: s.auth, TokenHint: s.hint,
	}
}

func (s *session) authenticated() bool { return s.token != "" || s.credential != nil }

// close ends the client's connections and then the embedded mock, which waits for them.
func (s *session) close() error {
	if s.client != nil {
		s.client.Close()
	}
	if s.stateEndpoint != nil {
		s.stateEndpoint.Close()
	}
	if s.stop != nil {
		return s.stop()
	}
	return nil
}

// closeQuietly closes a session of which everything has been reported.
func closeQuietly(s *session) { _ = s.close() }

// host is the host of a base URL, or the URL where it has none.
func host(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		return u.Host
	}
	return base
}
