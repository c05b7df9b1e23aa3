package client

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"graphpact/internal/mask"
)

// Auth says which credentials a request carries.
type Auth int

const (
	// AuthToken sends the configured bearer token, if there is one.
	AuthToken Auth = iota
	// AuthNone sends no Authorization header at all, whatever is configured.
	AuthNone
	// AuthInvalid sends a bearer token that no server can have issued.
	AuthInvalid
	// AuthExpired sends a bearer token in the form of a JWT that has expired, and that nobody signed.
	AuthExpired
	// AuthAsGiven sends the Authorization header of the request as it is, and no other
	// configured credential.
	AuthAsGiven
)

// Request is a request to the target.
type Request struct {
	// Purpose says in a few words why it is sent; it is in reports and in the dry run.
	Purpose string
	Method  string
	// Path is below the base URL, starts with a slash, and is already escaped.
	Path   string
	Header http.Header
	// Documented are headers that the page requires; a configured one of that name is sent in its
	// place.
	Documented map[string]string
	// Body is sent as it is; nil means no body.
	Body []byte
	Auth Auth
}

// Exchange is a request that was sent and the answer. It holds everything, secrets too;
// Client.Report makes it fit for a report.
type Exchange struct {
	Purpose string
	Method  string
	URL     string
	// Path is the request's, below the base URL.
	Path string
	Auth Auth
	// TokenSent is set where the header for the token was sent, whatever stood in it.
	TokenSent bool
	// RequestHeader is what was sent, Authorization included.
	RequestHeader http.Header
	RequestBody   []byte
	// Status is 0 when no response came.
	Status int
	// Proto is "HTTP/1.1" or "HTTP/2.0".
	Proto  string
	Header http.Header
	// Body is the response body up to the limit; Truncated is set when there was more.
	Body      []byte
	Truncated bool
	// Err is set when no complete response came.
	Err      error
	Started  time.Time
	Duration time.Duration
	// Attempts counts the sends; more than 1 means that Retries says why.
	// 0 means that nothing was sent.
	Attempts int
	// Retries are what made the client send again, in order: answers that were waited out
	// or that asked for If-Match, and connections that were closed.
	Retries []Retry
}

// Retry is the reason to send once more.
type Retry struct {
	// Status is the answer's, 0 for a connection that was closed.
	Status int
	// Wait is how long the client waited before it sent again.
	Wait time.Duration
}

// invalidToken is what AuthInvalid sends. It is no JWT, so no issuer can have made it.
const invalidToken = "graphpact-made-up-token"

// expiredToken is what AuthExpired sends: a JWT (RFC 7519) whose time is long over, with
// a signature that is none.
func expiredToken() string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." +
		part([]byte(`{"sub":"graphpact","iat":978303600,"exp":978307200}`)) + "." +
		part([]byte("graphpact made this up"))
}

// prepare makes the exchange of a request that is still to be sent. On an error it gives what is known.
func (c *Client) prepare(r Request, token string) (*Exchange, error) {
	ex := &Exchange{
		Purpose:     r.Purpose,
		Method:      r.Method,
		URL:         c.cfg.BaseURL + r.Path,
		Path:        r.Path,
		Auth:        r.Auth,
		RequestBody: r.Body,
	}
	if !strings.HasPrefix(r.Path, "/") {
		return ex, fmt.Errorf("path %q does not start with a slash", c.Mask(r.Path))
	}
	if strings.Contains(r.Path, "#") {
		return ex, fmt.Errorf("path %q holds a #, which would cut it short; write %%23", c.Mask(r.Path))
	}
	u, err := url.Parse(ex.URL)
	if err != nil {
		if parse, ok := errors.AsType[*url.Error](err); ok {
			err = parse.Err
		}
		return ex, fmt.Errorf("path %q: %w", c.Mask(r.Path), err)
	}
	if query := c.cfg.Query.Encode(); query != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+query, "&")
	}
	ex.URL = u.String()
	ex.RequestHeader, err = c.header(r, token)
	ex.TokenSent = ex.RequestHeader.Get(c.cfg.AuthHeader) != ""
	if err != nil {
		return ex, err
	}
	return ex, c.checkReadOnly(ex)
}

// header gives all that is sent: our own headers, over them the configured ones,
// over them the request's. A header of the request that has no value is left out.
// The header of the token comes from the auth mode alone.
func (c *Client) header(r Request, token string) (http.Header, error) {
	h := http.Header{
		"Accept":                    {"application/json"},
		"User-Agent":                {c.cfg.UserAgent},
		c.cfg.ClientRequestIDHeader: {c.NewRequestID()},
	}
	for name, values := range c.cfg.Header {
		// A request without a valid token must not get in by another credential.
		if r.Auth == AuthToken || !mask.SecretHeader(name) {
			h[name] = values
		}
	}
	for name, value := range r.Documented {
		name = http.CanonicalHeaderKey(name)
		if _, configured := c.cfg.Header[name]; configured || mask.SecretHeader(name) || ownHeader(name) {
			continue
		}
		if err := checkHeader(name, value); err != nil {
			return h, err
		}
		h[name] = []string{value}
	}
	for name, values := range r.Header {
		for _, v := range values {
			if err := checkHeader(name, v); err != nil {
				return h, err
			}
		}
		if len(values) == 0 {
			delete(h, http.CanonicalHeaderKey(name))
		} else {
			h[http.CanonicalHeaderKey(name)] = values
		}
	}
	if tag := c.ifMatch(r); tag != "" {
		h.Set("If-Match", tag)
	}
	given := h[defaultAuthHeader]
	delete(h, defaultAuthHeader)
	delete(h, c.cfg.AuthHeader)
	switch {
	case r.Auth == AuthAsGiven && len(given) > 0:
		h[defaultAuthHeader] = given
	case r.Auth == AuthInvalid:
		h.Set(c.cfg.AuthHeader, c.cfg.beforeToken()+invalidToken)
	case r.Auth == AuthExpired:
		h.Set(c.cfg.AuthHeader, c.cfg.beforeToken()+expiredToken())
	case r.Auth == AuthToken && token != "":
		h.Set(c.cfg.AuthHeader, c.cfg.beforeToken()+token)
	}
	// The slices are the caller's still.
	return h.Clone(), nil
}

// ErrReadOnly is what a request that could write ends with on a client that only reads.
var ErrReadOnly = errors.New("the client is read-only")

// checkReadOnly holds a read-only client to the methods that a server must not take for
// a wish to change anything (RFC 9110 9.2.1); the rest of its safe ones nobody needs.
func (c *Client) checkReadOnly(ex *Exchange) error {
	if !c.cfg.ReadOnly {
		return nil
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, ex.Method) {
		return fmt.Errorf("%w: %s is not sent", ErrReadOnly, ex.Method)
	}
	// By these headers a request asks to be taken for one of another method.
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if ex.RequestHeader.Get(name) != "" {
			return fmt.Errorf("%w: %s with the header %s is not sent", ErrReadOnly, ex.Method, name)
		}
	}
	return nil
}

// NewID makes a random GUID (RFC 9562, version 4), as for the id of a run, from the
// source of randomness.
func NewID(random io.Reader) (string, error) {
	id, err := uuid.NewRandomFromReader(random)
	if err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return id.String(), nil
}

// runPrefix is how many bytes of a run's id begin the id of each of its requests: the
// first three groups with their dashes.
const runPrefix = len("00000000-0000-0000-")

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// NewRequestID gives the next client-request-id of the run: each request gets one by
// itself, unless it brings another. It is the first three groups of the run's id, which an
// endpoint's log is searched for, and then a counter from 1 in decimal digits. All of it
// has the form of a GUID, as Graph wants, and its version and variant.
func (c *Client) NewRequestID() string {
	return fmt.Sprintf("%s8000-%012d", c.cfg.RunID[:runPrefix], c.sent.Add(1))
}
