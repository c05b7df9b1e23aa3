package target

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	defaultAuthHeader = "Authorization"
	// defaultClientRequestID is Graph's header for a caller's own id of a request.
	defaultClientRequestID = "Client-Request-Id"
	// noScheme says that nothing stands before the token.
	noScheme = "none"
)

// completeHabits checks the names of headers that differ from server to server, and
// fills in Graph's.
func (cfg Config) completeHabits() (Config, error) {
	if cfg.AuthHeader == "" {
		cfg.AuthHeader = defaultAuthHeader
	}
	if cfg.ClientRequestIDHeader == "" {
		cfg.ClientRequestIDHeader = defaultClientRequestID
	}
	taken := []string{"Accept", "User-Agent", "Content-Type", "If-Match", "If-None-Match", "Prefer", "Proxy-Authorization"}
	for _, h := range []struct {
		what string
		name *string
	}{{"for the token", &cfg.AuthHeader}, {"for the client's request id", &cfg.ClientRequestIDHeader}} {
		if err := checkHeader(*h.name, ""); err != nil {
			return cfg, fmt.Errorf("the header %s: %w", h.what, err)
		}
		*h.name = http.CanonicalHeaderKey(*h.name)
		_, configured := cfg.Header[*h.name]
		if configured || ownHeader(*h.name) || slices.Contains(taken, *h.name) {
			return cfg, fmt.Errorf("the header %s: %s is sent for another purpose; name another one", h.what, *h.name)
		}
		taken = append(taken, *h.name)
	}
	for name := range cfg.Query {
		if strings.HasPrefix(name, "$") || secretQuery(name) {
			return cfg, fmt.Errorf("the query parameter %s: a credential goes into the variable of the token or a header, and an option of OData would ask for another answer; leave it out", name)
		}
	}
	switch {
	case cfg.AuthScheme == "" && cfg.AuthHeader == defaultAuthHeader:
		cfg.AuthScheme = "Bearer"
	case strings.EqualFold(cfg.AuthScheme, noScheme):
		cfg.AuthScheme = ""
	case cfg.AuthScheme != "" && checkHeader(cfg.AuthScheme, "") != nil:
		return cfg, fmt.Errorf("the scheme %q before the token: write one word, as Bearer, or %s", cfg.AuthScheme, noScheme)
	}
	return cfg, nil
}

// secretQuery reports whether a query parameter of that name carries a credential: also
// the key of an Azure function (code), of Google's APIs (key), and a signed URL's sig.
func secretQuery(name string) bool {
	return secretHeader(name) || secretMember(name) || slices.Contains([]string{"code", "key", "sig", "signature"}, fold(name))
}

// CheckHeaderName finds a header name that cannot be (RFC 9110 5.1).
func CheckHeaderName(name string) error { return checkHeader(name, "") }

// ownHeader reports whether the header is set from the URL and the body.
func ownHeader(canonical string) bool {
	return slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer"}, canonical)
}

// beforeToken is what stands before the token in its header.
func (cfg Config) beforeToken() string {
	if cfg.AuthScheme == "" {
		return ""
	}
	return cfg.AuthScheme + " "
}

// secretHeader reports whether the header carries a credential: by its name, or
// because the configuration says so.
func (c *Client) secretHeader(name string) bool {
	return name == c.cfg.AuthHeader || secretHeader(name)
}

// ClientRequestIDHeader is the name of the header with a caller's own id of a request.
func (c *Client) ClientRequestIDHeader() string { return c.cfg.ClientRequestIDHeader }
