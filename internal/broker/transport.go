package broker

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"graphpact/internal/target"
)

// newTransport carries the requests of a client that was given no transport.
func newTransport(cfg Config) (http.RoundTripper, error) {
	t, err := target.NewTransport(target.TLSFiles{CA: cfg.CACert}, cfg.Timeout)
	if err != nil {
		return nil, fmt.Errorf("the broker: %w", err)
	}
	return t, nil
}

// parseBase reads the address of a broker. No error shows a secret of it.
func parseBase(raw string) (*url.URL, error) {
	const hint = "give the broker's address, as https://broker.example.org"
	if raw == "" {
		return nil, errors.New("broker URL: empty; " + hint)
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
		return nil, fmt.Errorf("broker URL %q: %w; %s", plain, err, hint)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("broker URL: it has a query or a fragment after it; take it away")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("broker URL %q: not an absolute http or https URL; %s", raw, hint)
	}
	return u, nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
