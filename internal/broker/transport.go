package broker

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"graphpact/internal/transport"
)

// newTransport carries the requests of a client that was given no transport.
func newTransport(cfg Config) (http.RoundTripper, error) {
	t, err := transport.New(transport.TLSFiles{CA: cfg.CACert}, cfg.Timeout)
	if err != nil {
		return nil, fmt.Errorf("the broker: %w", err)
	}
	return t, nil
}

// parseBase reads the address of a broker. No error shows a secret of it.
func parseBase(raw string) (*url.URL, error) {
	return transport.BaseReader{
		Name:     "broker URL",
		Hint:     "give the broker's address, as https://broker.example.org",
		UserHint: "put them into PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD instead",
	}.Read(raw)
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
