package broker

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"graphpact/internal/mask"
	"graphpact/internal/transport"
)

const (
	defaultTimeout = 30 * time.Second
	// bodyLimit is how many bytes of an answer are read, after decompression.
	bodyLimit = 4 << 20
)

// Config says where the broker is and how to get in. A field that is zero has the
// default that its comment names.
type Config struct {
	// BaseURL is the broker's address, with the path under which it is mounted if it
	// has one.
	BaseURL string
	// Token is a bearer token, as PactFlow uses; it excludes Username.
	Token string
	// Username and Password are for basic authentication, as the open source broker
	// uses.
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
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "graphpact"
	}
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

func parseBase(raw string) (*url.URL, error) {
	const mend = "give the broker's address, as https://broker.example.org"
	if raw == "" {
		return nil, errors.New("broker URL: empty; " + mend)
	}
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if u != nil && u.User != nil || err != nil && strings.Contains(raw, "@") {
		return nil, errors.New("broker URL: it holds a user name or password; put them into PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD instead")
	}
	// A query may hold a key: it is not shown.
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		plain, _, _ := strings.Cut(raw, "?")
		plain, _, _ = strings.Cut(plain, "#")
		return nil, fmt.Errorf("broker URL %q: %w; %s", plain, err, mend)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("broker URL: it has a query or a fragment after it; take it away")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("broker URL %q: not an absolute http or https URL; %s", raw, mend)
	}
	return u, nil
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
	secrets := []string{cfg.Token, cfg.Password}
	if cfg.Username != "" {
		pair := cfg.Username + ":" + cfg.Password
		secrets = append(secrets, pair, base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return mask.New(mask.Parts(secrets...)...)
}
