// Package broker talks to a Pact Broker over its HTTP API: publishing pacts, fetching
// those to verify, publishing results, asking can-i-deploy, recording deployments. It
// follows the HAL links of the broker's index (draft-kelly-json-hal), so it works
// wherever the broker puts its resources.
package broker

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"graphpact/internal/mask"
	"graphpact/internal/transport"
)

const (
	defaultTimeout = 30 * time.Second
	// bodyLimit is how many bytes of an answer are read, after decompression.
	bodyLimit = 4 << 20
	// pactsLimit is how many bytes of pacts are fetched for one verification.
	pactsLimit = 32 << 20
)

// Client talks to one broker. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
	mask *mask.Masker

	mu        sync.Mutex
	fromIndex *resource // the index, once it was read

	hasRead atomic.Bool // a request that only reads was answered well
}

// New makes a client; nothing is sent. An error names the setting that is wrong and
// how to fix it, and shows no secret.
func New(cfg Config) (*Client, error) {
	cfg, base, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: base, mask: cfg.masker()}
	c.http = &http.Client{Transport: transport.Bounded(cfg.Transport, bodyLimit+1, 0), CheckRedirect: c.checkRedirect}
	return c, nil
}

// BaseURL is the address of the broker, without a slash at its end.
func (c *Client) BaseURL() string { return c.cfg.BaseURL }

// Mask takes the client's secrets out of a text.
func (c *Client) Mask(s string) string { return c.mask.Mask(s) }

// Close ends the connections that nothing uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// index is the broker's entry, read once.
func (c *Client) index(ctx context.Context) (*resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fromIndex != nil {
		return c.fromIndex, nil
	}
	res, err := c.resource(ctx, c.base.JoinPath("/"))
	if err != nil {
		return nil, noBroker(err)
	}
	c.fromIndex = res
	return res, nil
}

// entry gives the address of the first of the relations that the index has.
func (c *Client) entry(ctx context.Context, vars map[string]string, rels ...string) (*url.URL, error) {
	index, err := c.index(ctx)
	if err != nil {
		return nil, err
	}
	return c.follow(index, vars, rels...)
}

// linked reads the document at the relation of the index.
func (c *Client) linked(ctx context.Context, vars map[string]string, rel string) (*resource, error) {
	u, err := c.entry(ctx, vars, rel)
	if err != nil {
		return nil, err
	}
	return c.resource(ctx, u)
}

// Config says where the broker is and how to get in. A field that is zero has the
// default that its comment names.
type Config struct {
	// BaseURL is the broker's address, with the path under which it is mounted if it has one.
	BaseURL string
	// Token is a bearer token, as PactFlow uses; it excludes Username.
	Token string
	// Username and Password are for basic authentication, as the open source broker uses.
	Username, Password string
	// AllowHTTP lets credentials travel in clear to another machine.
	AllowHTTP bool
	// CACert is a PEM file of certificates to trust beside the system's.
	CACert string
	// Timeout bounds one send, from the dial to the last byte of the answer; default 30s.
	Timeout time.Duration
	// UserAgent is sent with each request; default graphpact.
	UserAgent string
	// Transport carries the requests; nil means a transport of the client's own, with
	// the proxies of the environment. One that is given knows nothing of CACert.
	Transport http.RoundTripper
	// Sleep waits for d or until the context ends, which it returns as an error; nil
	// means the real clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

// complete checks the configuration and fills in the defaults.
func (cfg Config) complete() (Config, *url.URL, error) {
	base, err := parseBase(cfg.BaseURL)
	if err != nil {
		return cfg, nil, err
	}
	cfg.BaseURL = base.String()
	if err := cfg.checkCredentials(base); err != nil {
		return cfg, nil, err
	}
	if cfg.Timeout < 0 {
		return cfg, nil, fmt.Errorf("timeout %s: negative; give a duration as 30s", cfg.Timeout)
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, defaultTimeout)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "graphpact")
	if cfg.Transport == nil {
		if cfg.Transport, err = transport.New(transport.TLSFiles{CA: cfg.CACert}, cfg.Timeout); err != nil {
			return cfg, nil, fmt.Errorf("the broker: %w", err)
		}
	}
	if cfg.Sleep == nil {
		cfg.Sleep = transport.Sleep
	}
	return cfg, base, nil
}

// parseBase reads the address of a broker. No error shows a secret of it.
func parseBase(raw string) (*url.URL, error) {
	return transport.BaseReader{
		Name:     "broker URL",
		Hint:     "give the broker's address, as https://broker.example.org",
		UserHint: "put them into PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD instead",
	}.Read(raw)
}

func (cfg Config) checkCredentials(base *url.URL) error {
	switch {
	case cfg.Token != "" && (cfg.Username != "" || cfg.Password != ""):
		return errors.New("broker credentials: both a token and a user name or password are set (PACT_BROKER_TOKEN, PACT_BROKER_USERNAME, PACT_BROKER_PASSWORD); unset one of them")
	case cfg.Password != "" && cfg.Username == "":
		return errors.New("broker credentials: there is a password and no user name; set PACT_BROKER_USERNAME")
	case strings.Contains(cfg.Username, ":"):
		return errors.New("broker credentials: the user name has a colon, which basic authentication cannot carry (RFC 7617 2)")
	case strings.ContainsFunc(cfg.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("broker credentials: the token has a space, a line break or a non-ASCII character; give it bare, without the word Bearer")
	case (cfg.Token != "" || cfg.Username != "") && base.Scheme == "http" && !transport.IsLoopback(base.Hostname()) && !cfg.AllowHTTP:
		return fmt.Errorf("broker URL %q: the credentials would travel in clear over http; use https, or allow it with --broker-allow-http", cfg.BaseURL)
	}
	return nil
}

// authorize puts the credentials on a request.
func (cfg Config) authorize(r *http.Request) {
	switch {
	case cfg.Token != "":
		r.Header.Set("Authorization", "Bearer "+cfg.Token)
	case cfg.Username != "":
		r.SetBasicAuth(cfg.Username, cfg.Password)
	}
}

// masker knows the secrets, and the one text that holds the password in base64.
func (cfg Config) masker() *mask.Masker {
	secrets := append(transport.ProxySecrets(cfg.BaseURL), cfg.Token, cfg.Password)
	if cfg.Username != "" {
		pair := cfg.Username + ":" + cfg.Password
		secrets = append(secrets, pair, base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return mask.NewEverywhere(mask.Parts(secrets...)...)
}
