package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/credential"
	"graphpact/internal/entity"
	"graphpact/internal/har"
	"graphpact/internal/mockgraph"
	"graphpact/internal/pageset"
	"graphpact/internal/providerstate"
	"graphpact/internal/restore"
	"graphpact/internal/result"
	"graphpact/internal/suggest"
	"graphpact/internal/tracing"
	"graphpact/internal/transport"
)

// Target says what is under test, and how to reach it.
type Target struct {
	// URL is the base URL with the version segment; empty means the embedded mock.
	URL string
	// Params are the path parameters of the entity under test.
	Params map[string]string
	// Client is how to send. Its BaseURL, Token, Credential, Transport and OnSend are set by
	// the harness.
	Client client.Config
	// Credential is the method by which a token is got, and Token the token where the
	// method is none of a service.
	Credential credential.Settings
	Token      string
	// RequestIDHeader is the header in which an answer carries its request id.
	RequestIDHeader string
	// StateURL is the provider's own state endpoint, and Consumer who it is asked for;
	// empty where there is none.
	StateURL, Consumer string
	// NoGet is set where the target has no GET of the entity.
	NoGet bool
	// recorder gathers the exchanges of the run, nil where no recording was asked for.
	recorder *har.Recorder
	// tracer makes spans of the requests, nil where nobody asked for them.
	tracer *tracing.Tracer
	// pathsLeftOut are the paths of pages that the run leaves out: their parameters may be named.
	pathsLeftOut []string
	// KeepChanges leaves the entity as the run leaves it.
	KeepChanges bool
	// mockBase is the base path of a mock of the pages, see Pages.BasePath, and all are the
	// operations of all pages, those that a run leaves out too.
	mockBase string
	all      []*contract.Operation
}

// GraphRequestID is Graph's own name for the header with the request id.
const GraphRequestID = "request-id"

// requestIDHeader is the header with the request id; the embedded mock keeps to Graph's.
func (t *Target) requestIDHeader() string {
	if t.URL == "" || t.RequestIDHeader == "" {
		return GraphRequestID
	}
	return t.RequestIDHeader
}

// serves prepares the target for the pages. Where these are of several versions of the API,
// the path of each operation begins with its version, and the base URL must not name one.
func (t *Target) serves(p *Pages) error {
	t.mockBase, t.all = p.BasePath, p.Contracts()
	base := strings.TrimRight(t.URL, "/")
	named := base[strings.LastIndex(base, "/")+1:]
	if p.Mixed() && slices.Contains(pageset.Versions(), named) {
		return fmt.Errorf("the pages are of %s, and the base URL names %s alone; leave the version out, as %s: each page then adds its own",
			strings.Join(p.Versions, " and "), named, strings.TrimSuffix(base, "/"+named))
	}
	return nil
}

// restores reports whether graphpact itself restores the first state at the end.
func (t *Target) restores() bool {
	return !t.Client.ReadOnly && t.StateURL == "" && !t.KeepChanges
}

// WithoutToken says why there is no token.
func (t *Target) WithoutToken() string {
	if t.Credential.Method == credential.MethodNone {
		return "--auth " + credential.MethodNone
	}
	return t.Client.TokenEnv + " is not set"
}

// finalState says what state the run leaves, where graphpact does not restore the first.
func (t *Target) finalState() string {
	switch {
	case t.KeepChanges:
		return "left as the run has left it (--keep-changes)"
	case t.StateURL != "":
		return "set up and taken down by the state endpoint (--state-url)"
	}
	return ""
}

// ParamError says that path parameters are missing, or that no page has them.
type ParamError struct {
	// Names are the parameters, sorted where they are unknown.
	Names   []string
	Unknown bool
	// Where is the request line of the page, as "page.md:12, /lamps/{lampId}", or the paths
	// of all pages.
	Where string
	// Near is the parameter that an unknown one is likely to mean, "" for none.
	Near string
}

func (e *ParamError) Error() string {
	if e.Unknown {
		text := fmt.Sprintf("--param %s: no such path parameter in %s", strings.Join(e.Names, ", "), e.Where)
		if e.Near != "" {
			text += "; did you mean " + e.Near + "?"
		}
		return text
	}
	return fmt.Sprintf("the entity under test is not named: add --param %s=… (%s)", strings.Join(e.Names, "=… --param "), e.Where)
}

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

// entityParams gives each operation its own path parameters. One that no page has is an
// error, and a missing one where all are needed.
func (t *Target) entityParams(ops []*contract.Operation, all bool) ([]map[string]string, error) {
	var (
		out       []map[string]string
		errs      []error
		templates []string
	)
	unused := maps.Clone(t.Params)
	for _, op := range ops {
		templates = append(templates, op.Path.Template)
		own := map[string]string{}
		var missing []string
		for _, p := range op.Path.Params {
			if v, key, ok := t.param(op, p.Name); ok {
				own[p.Name] = v
				delete(unused, key)
			} else if !slices.Contains(missing, p.Name) {
				missing = append(missing, p.Name)
			}
		}
		for i, other := range ops[:len(out)] {
			if all && len(missing) == 0 && other.Path.Template == op.Path.Template && maps.Equal(out[i], own) {
				errs = append(errs, fmt.Errorf("%s and %s both document %s %s; name an entity for each, as --param '%s#%s=…'",
					other.Page, op.Page, op.Method.Value, op.Path.Template, pageset.ID(op.Page), lastParam(op)))
			}
		}
		if all && len(missing) > 0 {
			errs = append(errs, &ParamError{Names: missing, Where: op.Path.Source.Short() + ", " + op.Path.Template})
		}
		out = append(out, own)
	}
	for _, op := range t.all {
		for _, p := range op.Path.Params {
			if _, key, ok := t.param(op, p.Name); ok && key != p.Name {
				delete(unused, key)
			}
		}
	}
	if unknown := client.Unknown(unused, append(templates, t.pathsLeftOut...)...); len(unknown) > 0 {
		var known []string
		for _, op := range ops {
			for _, p := range op.Path.Params {
				known = append(known, p.Name)
			}
		}
		errs = append(errs, &ParamError{
			Names: unknown, Unknown: true, Where: strings.Join(templates, ", "), Near: suggest.Nearest(unknown[0], known),
		})
	}
	return out, errors.Join(errs...)
}

// param gives the value of a path parameter for the page: the one that names the page, as
// lamp-update#lampId, or the one for all pages.
func (t *Target) param(op *contract.Operation, name string) (value, key string, ok bool) {
	for _, key := range slices.Sorted(maps.Keys(t.Params)) {
		rest, is := forPage(pageset.ID(op.Page), key)
		if is && rest == name && rest != key {
			return t.Params[key], key, true
		}
	}
	value, ok = t.Params[name]
	return value, name, ok
}

func lastParam(op *contract.Operation) string {
	if len(op.Path.Params) == 0 {
		return ""
	}
	return op.Path.Params[len(op.Path.Params)-1].Name
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
			_, err = s.look(ctx, path)
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
			_, err = s.look(ctx, path)
		}
		if err = errors.Join(err, tearDown()); err != nil {
			return err
		}
	}
	return nil
}

// look makes sure that the entity is there and that the caller may see it, as far as the
// target can tell.
func (s *session) look(ctx context.Context, path string) (*client.Exchange, error) {
	if s.cfg.NoGet {
		return s.client.Reach(ctx, path)
	}
	ex, err := s.client.Preflight(ctx, path)
	if err == nil && s.seen != nil {
		s.seen[path] = entity.Decode(ex).Object
	}
	return ex, err
}

// describe is the target as a report names it.
func (s *session) describe() result.Target {
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

// secrets gives all tokens of the target so far.
func (s *session) secrets() []string { return append(s.client.Secrets(), s.token) }

// authenticated reports whether there is a token to send.
func (s *session) authenticated() bool { return s.token != "" || s.credential != nil }

// foreign reports whether the target is on another machine.
func (s *session) foreign() bool { return s.mock == nil && transport.Foreign(s.base) }

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

// Connection is a target that graphpact has connected to, for a look at it before a run.
type Connection struct{ s *session }

// Connect connects to the target of a run. Nothing is sent yet.
func Connect(ctx context.Context, c *RunConfig) (*Connection, error) {
	s, err := connect(ctx, &c.Target, operations(c.Selected), c.Pages.Conventions)
	if err != nil {
		return nil, err
	}
	return &Connection{s}, nil
}

// Client sends to the target.
func (c *Connection) Client() *client.Client { return c.s.client }

// Target is the target as a report names it.
func (c *Connection) Target() result.Target { return c.s.describe() }

// Paths are those of the entities, below the base URL; none where a state endpoint says
// which they are.
func (c *Connection) Paths() []string { return c.s.paths }

// Token gets the token that requests carry, "" where there is none.
func (c *Connection) Token(ctx context.Context) (string, error) {
	if c.s.credential == nil {
		return c.s.token, nil
	}
	got, err := c.s.credential.Get(ctx)
	return got.Value, err
}

// Look makes sure that the entity at the path is there and that the caller may see it.
func (c *Connection) Look(ctx context.Context, path string) (*client.Exchange, error) {
	return c.s.look(ctx, path)
}

// StateEndpoint is the provider's own, nil where there is none.
func (c *Connection) StateEndpoint() *providerstate.Endpoint { return c.s.stateEndpoint }

// Close ends the connection.
func (c *Connection) Close() { closeQuietly(c.s) }

// Dial makes a client of the target alone: no entity is looked for, and nothing is restored.
func Dial(t *Target) (*client.Client, error) {
	s := newSession(t, nil)
	if err := s.authenticate(); err != nil {
		return nil, err
	}
	err := s.dial(nil, nil)
	return s.client, err
}
