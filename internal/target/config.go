package target

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
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
	// Query is a part of the URL of each request, as an api-version. It stands in reports,
	// so a name that says secret is refused.
	Query url.Values
	// Header is sent with each request. A header with a secret-looking name counts as
	// a credential: it goes with AuthToken only, and its value is masked in reports.
	Header http.Header
	// Secrets are masked like the credentials; empty ones are ignored.
	Secrets []string
	// Timeout bounds one send, from the dial to the last byte of the answer; default 30s.
	Timeout time.Duration
	// BodyLimit is how many bytes of a response body are read, after decompression;
	// default 4 MiB.
	BodyLimit int64
	// RetryBudget is how long all requests of the client together may wait for 429 and
	// 503 to pass; default 2m. A negative budget means no waiting. A Keeper has the
	// same again for itself.
	RetryBudget time.Duration
	// Rate is how many requests a second all of the client's together may send, evenly
	// spaced (a burst of one); 0 means no limit.
	Rate float64
	// GiveUp is after how many requests in a row without a complete answer, or twice as
	// many timeouts in all, the client sends nothing more; default 5. A negative number
	// means never.
	GiveUp int
	// UserAgent is sent with each request; default graphpact.
	UserAgent string
	// ReadOnly refuses every request but GET, HEAD and OPTIONS before anything is sent:
	// its error wraps ErrReadOnly.
	ReadOnly bool
	// RunID is the id of the run, a GUID in lower case: the client-request-id of each
	// request begins with its first three groups. Empty means a random one.
	RunID string
	// TLS names certificates beside the system's. A Transport that is given knows
	// nothing of them.
	TLS TLSFiles
	// Transport carries the requests; nil means a transport of the client's own.
	Transport http.RoundTripper
	// Sleep waits for d or until the context ends, which it returns as an error; nil
	// means the real clock.
	Sleep func(ctx context.Context, d time.Duration) error
	// Now is the time; nil means time.Now.
	Now func() time.Time
	// OnSend, when set, is told of each request before the Transport is asked, once
	// however often it is sent. It may be called from many goroutines at once.
	OnSend func(PlannedRequest)
}

// complete checks the configuration and fills in the defaults. No error shows a
// value that may be secret.
func (cfg Config) complete() (Config, error) {
	base, err := parseBase(cfg.BaseURL)
	if err != nil {
		return cfg, err
	}
	cfg.BaseURL = base.String()

	if cfg.TokenEnv == "" {
		cfg.TokenEnv = defaultTokenEnv
	}
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(cfg.TokenEnv) {
		return cfg, fmt.Errorf("token variable %q: not the name of an environment variable; use letters, digits and _", cfg.TokenEnv)
	}
	if cfg.TokenFrom == "" {
		cfg.TokenFrom = "the token in " + cfg.TokenEnv
	}
	if err := checkToken(cfg.Token, cfg.TokenFrom); err != nil {
		return cfg, err
	}
	if cfg.Header, err = parseHeader(cfg.Header, cfg.TokenEnv); err != nil {
		return cfg, err
	}
	if cfg, err = cfg.completeHabits(); err != nil {
		return cfg, err
	}
	if credential := cfg.credential(); credential != "" && base.Scheme == "http" && !IsLoopback(base.Hostname()) {
		return cfg, fmt.Errorf("base URL %q: %s would travel in clear over http; use https, or leave it out", cfg.BaseURL, credential)
	}

	if cfg.Timeout < 0 {
		return cfg, fmt.Errorf("timeout %s: negative; give a duration as 30s", cfg.Timeout)
	}
	if cfg.BodyLimit < 0 {
		return cfg, fmt.Errorf("body limit %d: negative; give a number of bytes", cfg.BodyLimit)
	}
	if cfg.Rate != 0 && !(cfg.Rate >= minRate && cfg.Rate <= maxRate) { // NaN is neither
		return cfg, fmt.Errorf("rate %v: give a number of requests a second from %v to %v, or 0 for no limit", cfg.Rate, minRate, maxRate)
	}
	if cfg.GiveUp == 0 {
		cfg.GiveUp = defaultGiveUp
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.BodyLimit == 0 {
		cfg.BodyLimit = defaultBodyLimit
	}
	if cfg.RetryBudget == 0 {
		cfg.RetryBudget = defaultBudget
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = defaultUserAgent
	}
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
		if cfg.Transport, err = NewTransport(cfg.TLS, cfg.Timeout); err != nil {
			return cfg, err
		}
	}
	if cfg.Sleep == nil {
		cfg.Sleep = Sleep
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
		if secretHeader(name) {
			return "the header " + name
		}
	}
	return ""
}

// CheckBase finds what cannot be a base URL. Its error shows nothing that may be secret.
func CheckBase(baseURL string) error {
	_, err := parseBase(baseURL)
	return err
}

func parseBase(raw string) (*url.URL, error) {
	const mend = "give it with its version segment, as https://graph.microsoft.com/beta"
	const userinfo = "base URL: it holds a user name or password; take them out and give the token through its variable"
	if raw == "" {
		return nil, errors.New("base URL: empty; " + mend)
	}
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if strings.Contains(raw, "@") && (err != nil || u.Host == "") { // then what is before the @ is no User
		return nil, errors.New(userinfo)
	}
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		plain, _, _ := strings.Cut(raw, "?")
		plain, _, _ = strings.Cut(plain, "#")
		return nil, fmt.Errorf("base URL %q: %w; %s", plain, err, mend)
	}
	if u.User != nil {
		return nil, errors.New(userinfo)
	}
	// A query may hold a key: from here on it is not shown.
	shown := *u
	shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = "", false, "", ""
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, fmt.Errorf("base URL %q: not an absolute http or https URL; %s", shown.String(), mend)
	case u.RawQuery != "", u.ForceQuery:
		return nil, fmt.Errorf("base URL %q: it has a query after it; take the ? and the rest away", shown.String())
	case strings.Contains(raw, "#"):
		return nil, fmt.Errorf("base URL %q: it has a fragment after it; take the # and the rest away", shown.String())
	}
	return u, nil
}

// parseHeader copies the configured headers under their canonical names.
func parseHeader(given http.Header, tokenEnv string) (http.Header, error) {
	own := make(http.Header, len(given))
	for name, values := range given {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case canonical == "Authorization":
			return nil, fmt.Errorf("header Authorization: put the bearer token into the variable %s instead, so that it stays out of reports", tokenEnv)
		case canonical == "Proxy-Authorization":
			return nil, errors.New("header Proxy-Authorization: it would reach the target; put the credentials into the proxy's URL in HTTPS_PROXY instead")
		case ownHeader(canonical):
			return nil, fmt.Errorf("header %s: it is set from the URL and the body; leave it out", canonical)
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

// checkHeader holds a header to RFC 9110 5.1 and 5.5. The value is not shown: it
// may be secret.
func checkHeader(name, value string) error {
	bad := func(r rune) bool {
		return !strings.ContainsRune("!#$%&'*+-.^_`|~", r) &&
			(r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if name == "" || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("header %q: not a header name; use letters, digits and -", name)
	}
	for i := range len(value) {
		if b := value[i]; b < ' ' && b != '\t' || b == 0x7f {
			return fmt.Errorf("header %s: its value has a line break or another control character at position %d; take it out", name, i+1)
		}
	}
	return nil
}

// Sleep waits for d or until the context ends, which it returns as an error.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sortedNames gives the header's names in order.
func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
