package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"graphpact/internal/hint"
	"graphpact/internal/mask"
	"graphpact/internal/transport"
)

const (
	defaultTokenEnv  = "GRAPH_TOKEN"
	defaultUserAgent = "graphpact"
	defaultTimeout   = 30 * time.Second
	defaultBodyLimit = 4 << 20
	defaultBudget    = 2 * time.Minute
	defaultGiveUp    = 5

	// A lower rate would take hours, a higher one limits nothing.
	minRate, maxRate = 0.01, 10_000.0
)

// Config says what the target is and how to send to it. A field that is zero has
// the default that its comment names.
type Config struct {
	// BaseURL ends with the version segment, as https://graph.microsoft.com/beta.
	BaseURL string
	// Token is the bearer token without the word Bearer; empty means that none is sent.
	Token string
	// Credential gives the token of each request in place of Token; nil means Token.
	Credential Credential
	// TokenFrom says in errors where the token comes from, as "the token in GRAPH_TOKEN",
	// which is the default.
	TokenFrom string
	// TokenEnv is the environment variable that curl lines and errors name in place
	// of the token; default GRAPH_TOKEN.
	TokenEnv string
	// AuthHeader is the header that carries the token; default Authorization. AuthScheme
	// is the word before the token, or "none"; by default Bearer in Authorization, and
	// none in any other header.
	AuthHeader, AuthScheme string
	// ClientRequestIDHeader carries an id of each request; default client-request-id.
	ClientRequestIDHeader string
	// Query is a part of the URL of each request, as an api-version. It is in reports,
	// so a name that says secret is refused.
	Query url.Values
	// Header is sent with each request. A header with a secret-looking name counts as
	// a credential: it goes with AuthToken only, and its value is masked in reports.
	Header http.Header
	// Secrets are masked like the credentials; empty ones are ignored.
	Secrets []string
	// Timeout bounds one send, from the dial to the last byte of the answer; default 30s.
	Timeout time.Duration
	// BodyLimit is how many bytes of a response body are read, after decompression; default 4 MiB.
	BodyLimit int64
	// RetryBudget is how long all requests of the client together may wait for 429 and
	// 503 to pass; default 2m. A negative budget means no waiting. What is restored at
	// the end of a run has the same again for itself (WithOwnBudget).
	RetryBudget time.Duration
	// Rate is how many requests a second all of the client's together may send, evenly
	// spaced (a burst of one); 0 means no limit.
	Rate float64
	// GiveUp is after how many requests in a row without a complete answer, or twice as
	// many timeouts in all, the client sends nothing more; default 5. A negative number means never.
	GiveUp int
	// UserAgent is sent with each request; default graphpact.
	UserAgent string
	// NoGet is set where the target has no GET of an entity: the client sends none of its own.
	NoGet bool
	// ReadOnly refuses every request but GET, HEAD and OPTIONS before anything is sent:
	// its error wraps ErrReadOnly.
	ReadOnly bool
	// RunID is the id of the run, a GUID in lower case: the client-request-id of each
	// request begins with its first three groups. Empty means a random one.
	RunID string
	// TLS names certificates beside the system's. A Transport that is given knows nothing of them.
	TLS transport.TLSFiles
	// Transport carries the requests; nil means a transport of the client's own.
	Transport http.RoundTripper
	// Sleep waits for d or until the context ends, which it returns as an error; nil
	// means the real clock.
	Sleep func(ctx context.Context, d time.Duration) error
	// Now is the time; nil means time.Now.
	Now func() time.Time
	// OnSend, when set, is called with each request before the Transport is asked, once
	// however often it is sent. It may be called from many goroutines at once.
	OnSend func(PlannedRequest)
	// Observe, when set, is called with each request before it is sent for the first time, and
	// may add headers to it that say nothing to the target of what is tested. What it returns
	// is called when the exchange is complete, if not nil. It may be called from many
	// goroutines at once, and must not keep what the exchange holds.
	Observe func(ctx context.Context, ex *Exchange) func()
}

// complete checks the configuration and fills in the defaults. No error shows a
// value that may be secret.
func (cfg Config) complete() (Config, error) {
	base, err := transport.ParseBase(cfg.BaseURL)
	if err != nil {
		return cfg, err
	}
	cfg.BaseURL = base.String()

	cfg.TokenEnv = cmp.Or(cfg.TokenEnv, defaultTokenEnv)
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(cfg.TokenEnv) {
		return cfg, hint.Errorf("use letters, digits and _", "token variable %q: not the name of an environment variable", cfg.TokenEnv)
	}
	cfg.TokenFrom = cmp.Or(cfg.TokenFrom, "the token in "+cfg.TokenEnv)
	if err := checkToken(cfg.Token, cfg.TokenFrom); err != nil {
		return cfg, err
	}
	if cfg.Header, err = parseHeader(cfg.Header, cfg.TokenEnv); err != nil {
		return cfg, err
	}
	if cfg, err = cfg.completeHeaderNames(); err != nil {
		return cfg, err
	}
	if credential := cfg.credential(); credential != "" && transport.InClear(cfg.BaseURL) {
		return cfg, hint.Errorf("use https, or leave it out", "base URL %q: %s would travel in clear over http", cfg.BaseURL, credential)
	}

	if cfg.Timeout < 0 {
		return cfg, hint.Errorf("give a duration as 30s", "timeout %s: negative", cfg.Timeout)
	}
	if cfg.BodyLimit < 0 {
		return cfg, hint.Errorf("give a number of bytes", "body limit %d: negative", cfg.BodyLimit)
	}
	if cfg.Rate != 0 && !(cfg.Rate >= minRate && cfg.Rate <= maxRate) { // NaN is neither
		return cfg, fmt.Errorf("rate %v: give a number of requests a second from %v to %v, or 0 for no limit", cfg.Rate, minRate, maxRate)
	}
	cfg.GiveUp = cmp.Or(cfg.GiveUp, defaultGiveUp)
	cfg.Timeout = cmp.Or(cfg.Timeout, defaultTimeout)
	cfg.BodyLimit = cmp.Or(cfg.BodyLimit, defaultBodyLimit)
	cfg.RetryBudget = cmp.Or(cfg.RetryBudget, defaultBudget)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, defaultUserAgent)
	if err := checkHeader("User-Agent", cfg.UserAgent); err != nil {
		return cfg, err
	}
	if cfg.RunID == "" {
		if cfg.RunID, err = NewID(rand.Reader); err != nil {
			return cfg, err
		}
	}
	if !guid.MatchString(cfg.RunID) {
		return cfg, fmt.Errorf("run id %q: not a GUID in lower case", cfg.RunID)
	}
	if cfg.Transport == nil {
		if cfg.Transport, err = transport.New(cfg.TLS, cfg.Timeout); err != nil {
			return cfg, err
		}
	}
	if cfg.Sleep == nil {
		cfg.Sleep = transport.Sleep
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg, nil
}

// credential names one of the credentials that the configuration sends.
func (cfg Config) credential() string {
	if cfg.authenticated() {
		return cfg.TokenFrom
	}
	for name := range cfg.Header {
		if mask.SecretHeader(name) {
			return "the header " + name
		}
	}
	return ""
}
