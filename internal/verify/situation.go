package verify

import (
	"context"
	"net/url"
	"strings"

	"graphpact/internal/client"
)

// States brings a provider to the states of interactions.
type States interface {
	// SetUp brings the provider to all the states. It gives what there is to tell also
	// beside an error.
	SetUp(ctx context.Context, i Interaction) (*Situation, error)
	// TearDown takes the states away again; it is called after each SetUp.
	TearDown(ctx context.Context, i Interaction) (*Situation, error)
}

// Situation is what a provider is like after SetUp.
type Situation struct {
	// Paths leads from escaped paths as the pact has them to those of the provider's own
	// entities.
	Paths map[string]string
	// Values are what the provider's state endpoint answered.
	Values map[string]any
	// Before are called before a request of the interaction is sent, which an error keeps
	// from being sent.
	Before []func(client.Request) error
	// Exchanges are what was sent to get there, fit for a report.
	Exchanges []Sent
}

// Sent is an exchange with the client that sent it, which knows what to mask.
type Sent struct {
	*client.Exchange
	Client *client.Client
}

// rewrite puts the provider's own path in the place of the pact's, also at the
// beginning of a longer one.
func (s *Situation) rewrite(path string) string {
	plain, best, to := respell(path), "", ""
	for from, real := range s.Paths {
		from = respell(from)
		if len(from) > len(best) && (plain == from || strings.HasPrefix(plain, from+"/")) {
			best, to = from, real
		}
	}
	if best == "" {
		return path
	}
	return to + plain[len(best):]
}

// respell writes an escaped path in one way: clients differ in what they escape.
func respell(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if plain, err := url.PathUnescape(p); err == nil {
			parts[i] = url.PathEscape(plain)
		}
	}
	return strings.Join(parts, "/")
}

// add joins what another state brought.
func (s *Situation) add(client *client.Client, ex *client.Exchange) *client.Exchange {
	s.Exchanges = append(s.Exchanges, Sent{ex, client})
	return ex
}
