package client

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"graphpact/internal/hint"
	"graphpact/internal/mask"
)

const (
	defaultAuthHeader = "Authorization"
	// defaultClientRequestID is Graph's header for a caller's own id of a request.
	defaultClientRequestID = "Client-Request-Id"
	// noScheme says that nothing stands before the token.
	noScheme = "none"
)

// completeHeaderNames checks the names of headers that differ from server to server, and
// fills in Graph's.
func (cfg Config) completeHeaderNames() (Config, error) {
	cfg.AuthHeader = cmp.Or(cfg.AuthHeader, defaultAuthHeader)
	cfg.ClientRequestIDHeader = cmp.Or(cfg.ClientRequestIDHeader, defaultClientRequestID)
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
			return cfg, hint.Errorf("name another one", "the header %s: %s is sent for another purpose", h.what, *h.name)
		}
		taken = append(taken, *h.name)
	}
	for name := range cfg.Query {
		if strings.HasPrefix(name, "$") || mask.SecretQuery(name) {
			return cfg, hint.Errorf("leave it out", "the query parameter %s: a credential goes into the variable of the token or a header, and an option of OData would ask for another answer", name)
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
	return name == c.cfg.AuthHeader || mask.SecretHeader(name)
}

// ClientRequestIDHeader is the name of the header with a caller's own id of a request.
func (c *Client) ClientRequestIDHeader() string { return c.cfg.ClientRequestIDHeader }

// parseHeader copies the configured headers under their canonical names.
func parseHeader(given http.Header, tokenEnv string) (http.Header, error) {
	own := make(http.Header, len(given))
	for name, values := range given {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case canonical == "Authorization":
			return nil, fmt.Errorf("header Authorization: put the bearer token into the variable %s instead, so that it stays out of reports", tokenEnv)
		case canonical == "Proxy-Authorization":
			return nil, hint.Errorf("put the credentials into the proxy's URL in HTTPS_PROXY instead", "header Proxy-Authorization: it would reach the target")
		case ownHeader(canonical):
			return nil, hint.Errorf("leave it out", "header %s: it is set from the URL and the body", canonical)
		}
		for _, v := range values {
			if err := checkHeader(name, v); err != nil {
				return nil, err
			}
		}
		own[canonical] = append(own[canonical], values...)
	}
	return own, nil
}

// checkHeader holds a header to RFC 9110 5.1 and 5.5. The value is not shown: it may be secret.
func checkHeader(name, value string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return hint.Errorf("use letters, digits and -", "header %q: not a header name", name)
	}
	for i := range len(value) {
		if b := value[i]; b < ' ' && b != '\t' || b == 0x7f {
			return hint.Errorf("take it out", "header %s: its value has a line break or another control character at position %d", name, i+1)
		}
	}
	return nil
}
