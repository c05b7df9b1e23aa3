package mockgraph

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBody is the limit of a request body in bytes.
const maxBody = 1 << 20

// authenticate wants the bearer token (RFC 6750 2.1 and 3).
func (s *Server) authenticate(c *call) *answer {
	fields := c.r.Header.Values("Authorization")
	challenge := `Bearer realm="graphpact"`
	message := "Access token is empty: send Authorization: Bearer and the token."
	if len(fields) > 0 {
		scheme, token, _ := strings.Cut(fields[0], " ")
		if len(fields) == 1 && strings.EqualFold(scheme, "Bearer") && sameSecret(strings.TrimSpace(token), s.cfg.Token) {
			return nil
		}
		challenge += `, error="invalid_token"`
		message = "Access token validation failure: it is not the token of this server."
	}
	a := c.refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", "%s", message)
	a.header.Set("WWW-Authenticate", challenge)
	return a
}

// sameSecret compares in constant time, whatever the lengths are.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// findEntity judges path and method, and finds the entity. Nothing is ever made here (Graph
// guidelines: an update is no upsert unless the page says so).
func (s *Server) findEntity(c *call) *answer {
	if c.route == nil {
		return c.refuse(http.StatusNotFound, "ResourceNotFound", "Resource not found for the path %s.", short(c.r.URL.Path))
	}
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, c.route.op.Method.Value:
	default:
		a := c.refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The method %s is not allowed here.", short(c.r.Method))
		a.header.Set("Allow", c.route.allow())
		return a
	}
	if c.record = c.route.store.get(c.params); c.record == nil {
		return c.notFound()
	}
	// To ignore a system query option would be to answer another question (OData
	// 4.01 Protocol 11.2.1).
	for name := range c.r.URL.Query() {
		if strings.HasPrefix(name, "$") {
			return c.refuse(http.StatusNotImplemented, "NotImplemented", "The query option %s is not supported.", short(name))
		}
	}
	return nil
}

func (c *call) notFound() *answer {
	return c.refuse(http.StatusNotFound, "ResourceNotFound", "Resource %s does not exist.", short(c.r.URL.Path))
}

// negotiate reads what the client prefers, and refuses a body that the server
// could not read. RFC 9110 13.2.1 wants that before any precondition counts.
func (s *Server) negotiate(c *call) *answer {
	c.prefer = parsePrefer(c.r.Header.Values("Prefer"))
	if !c.updates() {
		return nil
	}
	if coding := c.r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		a := c.unsupported("The content coding %s is not supported.", short(coding))
		a.header.Set("Accept-Encoding", "identity")
		return a
	}
	fields := c.r.Header.Values("Content-Type")
	if len(fields) != 1 {
		return c.unsupported("One Content-Type is needed: application/json.")
	}
	kind, params, err := mime.ParseMediaType(fields[0])
	if err != nil || kind != "application/json" {
		return c.unsupported("The media type %s is not supported; application/json is.", short(fields[0]))
	}
	if charset, given := params["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return c.unsupported("The charset %s is not supported; utf-8 is.", short(charset))
	}
	c.ieee754 = strings.EqualFold(params["ieee754compatible"], "true")
	return nil
}

func (c *call) unsupported(format string, args ...any) *answer {
	return c.refuse(http.StatusUnsupportedMediaType, "UnsupportedMediaType", format, args...)
}

// checkConditions evaluates If-Match and If-None-Match; apply does so again under
// the lock.
func (s *Server) checkConditions(c *call) *answer {
	var err error
	if c.conditions, err = parseConditions(c.r.Header); err != nil {
		return c.badRequest(err)
	}
	switch etag := c.record.etag; {
	case c.conditions.matchFails(etag):
		return c.preconditionFailed()
	case !c.conditions.noneMatchFails(etag):
		return nil
	case c.updates():
		return c.preconditionFailed()
	}
	a := newAnswer(http.StatusNotModified)
	a.header.Set("ETag", c.record.etag)
	return a
}

func (c *call) preconditionFailed() *answer {
	return c.refuse(http.StatusPreconditionFailed, "PreconditionFailed", "The entity does not have the ETag that the request asks for.")
}

func (c *call) badRequest(err error) *answer {
	return c.refuse(http.StatusBadRequest, "BadRequest", "%s", err)
}

// ofUpdate is a stage that a read goes past.
func ofUpdate(run stage) stage {
	return func(c *call) *answer {
		if !c.updates() {
			return nil
		}
		return run(c)
	}
}

func (s *Server) decode(c *call) *answer {
	data, a := c.read()
	if a != nil {
		return a
	}
	body, err := parseObject(data)
	if err != nil {
		return c.badRequest(err)
	}
	c.body = body
	return nil
}

// read takes the whole body, up to the limit that ServeHTTP has set.
func (c *call) read() ([]byte, *answer) {
	data, err := io.ReadAll(c.r.Body)
	if err == nil {
		return data, nil
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, c.refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The body is larger than %d bytes.", tooLarge.Limit)
	}
	return nil, c.refuse(http.StatusBadRequest, "BadRequest", "The body could not be read to its end.")
}

// validate holds the body to the page; nothing has changed yet.
func (s *Server) validate(c *call) *answer {
	patch, err := c.route.model.check(c.body, reading{beyond: c.prefer.beyond, ieee754: c.ieee754})
	if err != nil {
		return c.badRequest(err)
	}
	c.patch = patch
	return nil
}

// apply changes the entity, all or nothing.
func (s *Server) apply(c *call) *answer {
	record, err := c.route.store.update(c.params, c.conditions.allow, c.patch, c.route.model.modified, c.now)
	switch {
	case errors.Is(err, errGone):
		return c.notFound()
	case err != nil:
		return c.preconditionFailed()
	}
	c.record = record
	return nil
}

// condition is an If-Match or If-None-Match field (RFC 9110 13.1).
type condition struct {
	present bool
	any     bool
	// opaque are the tags without W/: OData compares weakly (Protocol 8.2.4).
	opaque []string
}

func parseCondition(h http.Header, name string) (condition, error) {
	fields := h.Values(name)
	if len(fields) == 0 {
		return condition{}, nil
	}
	c := condition{present: true}
	rest := strings.Trim(strings.Join(fields, ","), " \t")
	if rest == "*" {
		c.any = true
		return c, nil
	}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			break
		}
		opaque, after, ok := cutTag(rest)
		if !ok {
			return condition{}, fmt.Errorf("%s is neither * nor a list of entity tags", name)
		}
		c.opaque = append(c.opaque, opaque)
		rest = strings.TrimLeft(after, " \t")
		if rest != "" && rest[0] != ',' {
			return condition{}, fmt.Errorf("%s: a comma must stand between two entity tags", name)
		}
	}
	if len(c.opaque) == 0 {
		return condition{}, fmt.Errorf("%s is empty", name)
	}
	return c, nil
}

// cutTag takes an entity tag off: [W/]"…", where a quote cannot be escaped.
func cutTag(s string) (opaque, after string, ok bool) {
	s, found := strings.CutPrefix(strings.TrimPrefix(s, "W/"), `"`)
	if !found {
		return "", "", false
	}
	opaque, after, ok = strings.Cut(s, `"`)
	return opaque, after, ok && !strings.ContainsAny(opaque, " \t")
}

// matches compares weakly with the ETag of an entity.
func (c condition) matches(etag string) bool {
	if c.any {
		return true
	}
	current := strings.TrimPrefix(etag, "W/")
	for _, opaque := range c.opaque {
		if `"`+opaque+`"` == current {
			return true
		}
	}
	return false
}

type conditions struct{ match, noneMatch condition }

func parseConditions(h http.Header) (c conditions, err error) {
	if c.match, err = parseCondition(h, "If-Match"); err != nil {
		return c, err
	}
	c.noneMatch, err = parseCondition(h, "If-None-Match")
	return c, err
}

// matchFails and noneMatchFails are the two ways to fail; a GET answers the second
// with 304 (RFC 9110 13.2.2).
func (c conditions) matchFails(etag string) bool {
	return c.match.present && !c.match.matches(etag)
}

func (c conditions) noneMatchFails(etag string) bool {
	return c.noneMatch.present && c.noneMatch.matches(etag)
}

// allow reports whether an update of the entity may go on.
func (c conditions) allow(etag string) bool { return !c.matchFails(etag) && !c.noneMatchFails(etag) }
