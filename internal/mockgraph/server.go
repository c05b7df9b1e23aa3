// Package mockgraph is an HTTP server that behaves as Microsoft Graph does for the
// Operations it is given: it serves their entities, and updates them by PATCH.
//
// It is strict. Where the page is silent it follows Graph's own conventions, then
// OData 4.01, then the RFCs. A suite reaches it over loopback HTTP like any other
// server; it is for tests and keeps its state in memory.
//
// A request runs through one list of stages (see Server.stages): each may end it
// with an answer, and none writes to the client itself. State changes in one
// place, store.update.
//
// The server checks bodies by its own few rules (edm.go, model.go) and not through
// package schema: the suite's checks are derived there, and two independent
// readings of a page find more than one reading used twice.
package mockgraph

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
)

// DefaultBasePath is the version segment that Graph's beta pages are written for, and
// RootBasePath that of a server of several versions: the paths of its Operations begin with
// the version.
const (
	DefaultBasePath = "/beta"
	RootBasePath    = "/"
)

// Config is what a Server needs.
type Config struct {
	// Operations are served, each at its path template. The method of the page updates,
	// also where it is PUT or POST; GET and HEAD read.
	Operations  []*contract.Operation
	Conventions *convention.Set
	// Seeds are the first entities, found by path template. An Operation without a
	// seed gets the one of SeedFor; a seed without an Operation is left out.
	Seeds []Seed
	// Token is the bearer token that every request must carry. It must not be empty.
	Token string
	// BasePath is the prefix of every path; empty means DefaultBasePath.
	BasePath string
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
	// NewID makes request ids and the keys of cloned entities; nil means random GUIDs.
	NewID func() string
	// Behaviours are the faults and variants that the server has, of Faults and Variants.
	Behaviours []Behaviour
	// Log takes a message for whoever runs the server, as a panic with its stack. It
	// may be called from many goroutines; nil drops messages.
	Log func(message string)
}

// Server serves the entities of its Operations. It is an http.Handler, safe for
// use by many goroutines.
type Server struct {
	cfg    Config // with its defaults
	routes []*route
	// stages are run in order until one answers.
	stages []namedStage
	tls    bool // a behaviour wants TLS
}

// stage is a step of the way of a request: it answers, or gives nil to go on.
type stage func(*call) *answer

// call is a request on its way through the stages. Each stage fills in what the
// later ones read.
type call struct {
	r        *http.Request
	now      time.Time
	id       string // request-id of the answer
	clientID string // client-request-id of the request, if any

	route      *route
	params     map[string]string
	prefer     preferences
	ieee754    bool
	conditions conditions
	body       Object  // decoded, of an update
	patch      Object  // what the body sets
	record     *record // the entity to answer with
}

// updates reports whether the request is an update; otherwise it reads.
func (c *call) updates() bool {
	return c.r.Method != http.MethodGet && c.r.Method != http.MethodHead
}

// New makes a server in the state of its seeds.
func New(cfg Config) (*Server, error) {
	switch cfg.BasePath {
	case "":
		cfg.BasePath = DefaultBasePath
	case RootBasePath:
		cfg.BasePath = ""
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = randomGUID
	}
	if cfg.Log == nil {
		cfg.Log = func(string) {}
	}
	switch {
	case cfg.Token == "":
		return nil, errors.New("mock server: the token must not be empty")
	case cfg.Conventions == nil:
		return nil, errors.New("mock server: the conventions are missing")
	case len(cfg.Operations) == 0:
		return nil, errors.New("mock server: there is no Operation to serve")
	case cfg.BasePath != "" && (!strings.HasPrefix(cfg.BasePath, "/") || strings.HasSuffix(cfg.BasePath, "/")):
		return nil, fmt.Errorf("mock server: the base path %q must start with a slash and not end in one", cfg.BasePath)
	case strings.HasPrefix(cfg.BasePath+"/", controlPath):
		return nil, fmt.Errorf("mock server: the base path %q is taken by the control endpoints", cfg.BasePath)
	}
	s := &Server{cfg: cfg, tls: slices.ContainsFunc(cfg.Behaviours, func(b Behaviour) bool { return b.tls })}
	for _, op := range cfg.Operations {
		if err := s.add(op, cfg.Seeds); err != nil {
			return nil, fmt.Errorf("mock server: %s: %w", op.Page, err)
		}
	}
	if err := checkBehaviours(cfg.Behaviours, cfg.Operations); err != nil {
		return nil, fmt.Errorf("mock server: %w", err)
	}
	s.stages = []namedStage{
		{stageAuthenticate, s.authenticate},
		{stageControl, s.control},
		{stageFindEntity, s.findEntity},
		{stageNegotiate, s.negotiate},
		{stageConditions, s.checkConditions},
		{stageDecode, ofUpdate(s.decode)},
		{stageValidate, ofUpdate(s.validate)},
		{stageApply, ofUpdate(s.apply)},
		{stageRepresent, s.represent},
	}
	for _, r := range s.routes {
		r.behave(cfg.Behaviours, s.stages)
	}
	return s, nil
}

func (s *Server) add(op *contract.Operation, seeds []Seed) error {
	switch op.Method.Value {
	case http.MethodPatch, http.MethodPut, http.MethodPost:
	default:
		return fmt.Errorf("%q is no method of an update; PATCH, PUT and POST are", op.Method.Value)
	}
	t, err := compileTemplate(op.Path)
	if err != nil {
		return err
	}
	shared := false
	for _, other := range s.routes {
		if other.template.shape() != t.shape() {
			continue
		}
		// Pages of types that derive from one another share a path; their entities do not.
		if _, hasKey := t.keyParam(); !hasKey || other.op.Page == op.Page {
			return fmt.Errorf("%s has the same path as %s", t.text, other.op.Page)
		}
		shared = true
	}
	var entities []Entity
	for _, seed := range seeds {
		if seed.Path == op.Path.Template {
			entities = append(entities, seed.Entities...)
		}
	}
	if len(entities) == 0 {
		entities = SeedFor(op, s.cfg.Conventions, s.cfg.Now()).Entities
	}
	if shared {
		if entities, err = s.apart(op, t, entities); err != nil {
			return err
		}
	}
	if err := checkSeed(op, entities); err != nil {
		return err
	}
	m := newModel(op, s.cfg.Conventions.Names, entities)
	store, err := newStore(t, m.key, entities)
	if err != nil {
		return err
	}
	s.routes = append(s.routes, &route{op: op, template: t, model: m, store: store})
	return nil
}

// apart gives entities that no other Operation with the same path has: the first one under a
// key that the page makes its own, where a key of the seed is taken.
func (s *Server) apart(op *contract.Operation, t *template, entities []Entity) ([]Entity, error) {
	free := slices.DeleteFunc(slices.Clone(entities), func(e Entity) bool { return s.taken(t, e.Params) })
	if len(free) > 0 {
		return free, nil
	}
	param, _ := t.keyParam()
	params := maps.Clone(entities[0].Params)
	params[param] = contract.ExampleID(op.Page + " " + t.text + " " + param)
	if s.taken(t, params) {
		return nil, fmt.Errorf("%s: another page has its entity", t.text)
	}
	return SeedAt(Seed{Path: t.text, Entities: entities}, op, s.cfg.Conventions, params).Entities, nil
}

func (s *Server) taken(t *template, params map[string]string) bool {
	path := t.expand(params)
	return slices.ContainsFunc(s.routes, func(r *route) bool {
		return slices.ContainsFunc(r.store.seeds, func(e Entity) bool { return r.template.expand(e.Params) == path })
	})
}

// checkSeed holds seeds to the page, so that a suite never fails on a typo in them.
func checkSeed(op *contract.Operation, entities []Entity) error {
	for i, e := range entities {
		for _, p := range op.Properties {
			value, ok := e.Body.Get(p.Name)
			if !ok {
				continue
			}
			if err := checkProperty(p, value, reading{beyond: true}); err != nil {
				return fmt.Errorf("entity %d of %s: %w", i+1, op.Path.Template, err)
			}
		}
	}
	return nil
}

// BasePath is the prefix of every path of the API.
func (s *Server) BasePath() string { return s.cfg.BasePath }

// Params gives the path parameters of the first entity of an Operation, nil for an
// Operation that is not served.
func (s *Server) Params(op *contract.Operation) map[string]string {
	if r := s.routeOf(op); r != nil {
		return maps.Clone(r.store.all()[0].params)
	}
	return nil
}

// Entities gives the entities of an Operation as they are now, nil for an Operation
// that is not served.
func (s *Server) Entities(op *contract.Operation) []Entity {
	r := s.routeOf(op)
	if r == nil {
		return nil
	}
	var out []Entity
	for _, rec := range r.store.all() {
		out = append(out, Entity{Params: maps.Clone(rec.params), Body: slices.Clone(rec.body)})
	}
	return out
}

// Clone copies the first entity of an Operation and gives the path parameters of
// the copy: a fresh key below the same parents. POST /_graphpact/entities does the same.
func (s *Server) Clone(op *contract.Operation) (map[string]string, error) {
	r, err := s.served(op, "cloning")
	if err != nil {
		return nil, err
	}
	return r.store.clone(s.cfg.NewID)
}

// Reset brings every entity back to its seed and drops the cloned ones. PUT
// /_graphpact/reset does the same.
func (s *Server) Reset() {
	for _, r := range s.routes {
		r.store.reset()
	}
}

// served gives the route of an Operation, and an error that says what was being done to an entity.
func (s *Server) served(op *contract.Operation, doing string) (*route, error) {
	if r := s.routeOf(op); r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("%s an entity: %s %s is not served", doing, op.Method.Value, op.Path.Template)
}

func (s *Server) routeOf(op *contract.Operation) *route {
	i := slices.IndexFunc(s.routes, func(r *route) bool { return r.op == op })
	if i < 0 {
		return nil
	}
	return s.routes[i]
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{r: r, now: s.cfg.Now(), id: s.cfg.NewID(), clientID: r.Header.Get("client-request-id")}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	c.send(w, s.run(c))
}

// run takes the call through the stages. A panic becomes a 500 for the client and
// a message for Log.
func (s *Server) run(c *call) (a *answer) {
	defer func() {
		if v := recover(); v != nil {
			s.cfg.Log(fmt.Sprintf("panic in %s %s, request-id %s: %v\n%s", c.r.Method, c.r.URL.Path, c.id, v, debug.Stack()))
			a = c.refuse(http.StatusInternalServerError, "InternalServerError", "the server failed on this request")
		}
	}()
	s.find(c)
	r := c.route
	if r == nil || r.stages == nil {
		return s.answer(c, s.stages)
	}
	if c.updates() {
		c.peek() // nobody waits for a body that comes slowly
		r.turn.Lock()
		defer r.turn.Unlock()
	}
	for _, before := range r.before {
		if a = before(c); a != nil {
			break
		}
	}
	if a == nil {
		a = s.answer(c, r.stages)
	}
	for _, after := range r.after {
		after(c, a)
	}
	return a
}

// find gives a call its route, and the parameters of its path. The control endpoints have none, so
// that whoever watches a server sees it without its behaviours.
func (s *Server) find(c *call) {
	if strings.HasPrefix(c.r.URL.Path, controlPath) {
		return
	}
	if below, ok := strings.CutPrefix(c.r.URL.EscapedPath(), s.cfg.BasePath+"/"); ok {
		c.route, c.params = find(s.routes, below)
	}
}

func (s *Server) answer(c *call, stages []namedStage) *answer {
	for _, st := range stages {
		if a := st.run(c); a != nil {
			return a
		}
	}
	return c.refuse(http.StatusInternalServerError, "InternalServerError", "no stage answered this request")
}

// randomGUID gives a random GUID (RFC 9562 5.4).
func randomGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
