// Package client sends requests to the target and records the answers: credentials,
// throttling, time limits, and what of it a report may show.
package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"graphpact/internal/mask"
	"graphpact/internal/transport"
)

// Client sends to one target. It is safe for concurrent use.
type Client struct {
	cfg     Config
	mask    *mask.Masker
	budget  *budget
	breaker *breaker
	limiter *rate.Limiter // nil where there is no rate
	meter   *meter
	sent    *atomic.Uint64 // how many ids of requests were given
	known   *preconditions
	// own is set where the transport is the client's own, and others are further ones of the
	// same settings.
	own    bool
	others *[]http.RoundTripper
}

// New makes a client. An error names the setting that is wrong and says what to do.
func New(cfg Config) (*Client, error) {
	own := cfg.Transport == nil
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	secrets := slices.Concat(cfg.Secrets, mask.HeaderSecrets(cfg.Header), transport.ProxySecrets(cfg.BaseURL))
	c := &Client{cfg: cfg, mask: mask.New(secrets...), meter: &meter{}, sent: &atomic.Uint64{}, own: own, others: &[]http.RoundTripper{}}
	c.known = &preconditions{entities: map[string]*tagged{}}
	c.mask.Learn(cfg.Token)
	if cfg.Rate > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(cfg.Rate), 1)
	}
	return c.WithOwnBudget(), nil
}

// WithOwnBudget gives the same client with a retry budget of its own, and a count of its
// own of requests without an answer (Config.GiveUp). The rate stays shared.
func (c *Client) WithOwnBudget() *Client {
	own := *c
	own.budget = &budget{left: c.cfg.RetryBudget, vain: map[string]int{}}
	own.breaker = &breaker{limit: max(c.cfg.GiveUp, 0)}
	return &own
}

// WithOwnConnections gives the same client with connections of its own, where it made its
// transport itself: one that a server keeps busy, as by HTTP/2 frames without an end, is no
// way to restore what was changed over it. It is not for concurrent use.
func (c *Client) WithOwnConnections() *Client {
	if !c.own {
		return c
	}
	t, err := transport.New(c.cfg.TLS, c.cfg.Timeout)
	if err != nil {
		return c // its files have changed: the connections that there are must do
	}
	own := *c
	own.cfg.Transport = t
	*c.others = append(*c.others, t)
	return &own
}

// URL is the whole URL of a path below the base URL, with secrets masked.
func (c *Client) URL(path string) string { return c.Mask(c.cfg.BaseURL + path) }

// Sleep waits by the client's clock, as Config.Sleep does.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.cfg.Sleep(ctx, d) }

// Close ends the connections that nothing uses. A server that shuts down in order
// waits for a connection on which nothing was sent yet (net/http: five seconds).
func (c *Client) Close() {
	for _, t := range append([]http.RoundTripper{c.cfg.Transport}, *c.others...) {
		transport.CloseIdle(t)
	}
}

// Do sends the request and gives the exchange, never nil. A redirect is an
// answer like any other: it is not followed, so no credential goes anywhere else.
//
// 429 and 503 are waited out within the retry budget. When it is used up, Err is a
// *ThrottledError beside the last answer; when the client has given up on the target
// (Config.GiveUp) it is a *GivenUpError, and nothing is sent. Any other Err is a
// *SendError, which wraps context.Canceled when the context was.
//
// 502, 504, a connection that was cut and, on updates in quick succession, 409 are tried
// again a few times; the last outcome is the request's. An update carries If-Match where
// the target needs it (RequireIfMatch).
//
// Started and Duration span all sends and the waits between them.
func (c *Client) Do(ctx context.Context, r Request) *Exchange {
	started := c.cfg.Now()
	c.readTag(ctx, r)
	token, noToken := c.token(ctx, r.Auth)
	ex, err := c.prepare(r, token)
	ex.Started = started
	defer func() { ex.Duration = c.cfg.Now().Sub(ex.Started) }()
	switch {
	case err != nil:
		ex.Err = c.newSendError(ex, CauseRequest, err)
		return ex
	case noToken != nil:
		ex.Err = c.tokenError(ctx, ex, noToken)
		return ex
	}
	if c.cfg.OnSend != nil {
		c.cfg.OnSend(c.plan(ex))
	}
	if c.cfg.Observe != nil {
		if done := c.cfg.Observe(ctx, ex); done != nil {
			defer func() {
				ex.Duration = c.cfg.Now().Sub(ex.Started)
				done()
			}()
		}
	}
	for {
		if open := c.breaker.err(); open != nil {
			own := *open
			own.Method, own.URL = ex.Method, c.Mask(ex.URL)
			ex.Err = &own
			return ex
		}
		if err := c.hold(ctx); err != nil {
			ex.Err = c.sendError(ctx, ex, err)
			return ex
		}
		ex.Attempts++
		ex.Err = c.send(ctx, ex)
		again := c.again(ctx, r, ex)
		c.learn(r, ex)
		if !again {
			c.breaker.note(ex.Err)
			c.countAnswer(ex)
			return ex
		}
		if err := c.renew(ctx, r, ex); err != nil {
			ex.Err = c.tokenError(ctx, ex, err)
			return ex
		}
	}
}

// send sends once and records the answer.
func (c *Client) send(parent context.Context, ex *Exchange) error {
	ex.Status, ex.Proto, ex.Header, ex.Body, ex.Truncated = 0, "", nil, nil, false

	ctx, cancel := context.WithTimeout(parent, c.cfg.Timeout)
	defer cancel()
	var connections atomic.Int64
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connections.Add(1) }})
	var body io.Reader
	if ex.RequestBody != nil {
		body = bytes.NewReader(ex.RequestBody)
	}
	req, err := http.NewRequestWithContext(ctx, ex.Method, ex.URL, body)
	if err != nil {
		return c.newSendError(ex, CauseRequest, err)
	}
	req.Header = ex.RequestHeader.Clone()
	// The transport is asked directly: http.Client would refuse a redirect whose
	// Location it cannot read, and here that is an answer to judge.
	resp, answer, more, err := transport.Exchange(c.cfg.Transport, req, c.cfg.BodyLimit) //nolint:bodyclose // Exchange has read and closed it
	// net/http sends a request again by itself where the connection was one used before,
	// closed meanwhile, and the request was safe or not sent yet (RFC 9110 9.2.2).
	for range connections.Load() - 1 {
		ex.Attempts++
		ex.Retries = append(ex.Retries, Retry{})
	}
	if resp == nil {
		return c.sendError(parent, ex, err)
	}
	if resp.StatusCode < 100 { // as 000, which net/http lets pass (RFC 9110 15)
		return c.newSendError(ex, CauseOther, fmt.Errorf("the status %q is none of HTTP", resp.Status))
	}
	ex.Status, ex.Proto, ex.Header = resp.StatusCode, resp.Proto, resp.Header
	if ex.Body, ex.Truncated = answer, more; err != nil {
		return c.sendError(parent, ex, err)
	}
	return nil
}
