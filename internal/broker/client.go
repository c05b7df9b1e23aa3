// Package broker talks to a Pact Broker over its HTTP API: publishing pacts, fetching
// those to verify, publishing results, asking can-i-deploy, recording deployments. It
// follows the HAL links of the broker's index (draft-kelly-json-hal), so it works
// wherever the broker puts its resources.
package broker

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"graphpact/internal/mask"
)

// Client talks to one broker. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
	mask *mask.Masker

	mu        sync.Mutex
	fromIndex *resource // the index, once it was read
}

// New makes a client; nothing is sent. An error names the setting that is wrong and
// how to mend it, and shows no secret.
func New(cfg Config) (*Client, error) {
	cfg, base, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: base, mask: cfg.masker()}
	c.http = &http.Client{Transport: cfg.Transport, CheckRedirect: c.checkRedirect}
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
		return nil, err
	}
	c.fromIndex = res
	return res, nil
}
