// Package target sends requests to the system under test and records what came of
// them. It owns what stands between a scenario and the wire: base URL, credentials,
// throttling, time limits, the masking of secrets, and putting state back.
package target

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// invalidToken is what AuthInvalid sends. It is no JWT, so no issuer can have made it.
const invalidToken = "graphpact-made-up-token"

// expiredToken is what AuthExpired sends: a JWT (RFC 7519) whose time is long over, with
// a signature that is none.
func expiredToken() string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." +
		part([]byte(`{"sub":"graphpact","iat":978303600,"exp":978307200}`)) + "." +
		part([]byte("graphpact made this up"))
}

// Client sends to one target. It is safe for concurrent use.
type Client struct {
	cfg     Config
	mask    *masker
	budget  *budget
	breaker *breaker
	limiter *rate.Limiter // nil where there is no rate
	meter   *meter
	ids     *requestIDs
}

// New makes a client. An error names the setting that is wrong and how to mend it.
func New(cfg Config) (*Client, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, mask: newMasker(cfg), meter: &meter{}, ids: newRequestIDs(cfg.RunID)}
	if cfg.Rate > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(cfg.Rate), 1)
	}
	return c.fresh(), nil
}

// NewRequestID gives the next client-request-id of the run: each request gets one by
// itself, unless it brings another.
func (c *Client) NewRequestID() string { return c.ids.next() }

// fresh gives the same client with a patience that nobody else uses up: a retry budget
// and a breaker of its own. The rate stays shared.
func (c *Client) fresh() *Client {
	own := *c
	own.budget = &budget{left: c.cfg.RetryBudget}
	own.breaker = &breaker{limit: max(c.cfg.GiveUp, 0)}
	return &own
}

// Close ends the connections that nothing uses. A server that shuts down in order
// waits for a connection on which nothing was sent yet (net/http: five seconds).
func (c *Client) Close() {
	if t, ok := c.cfg.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Do sends the request and gives what came of it, never nil. A redirect is an
// answer like any other: it is not followed, so no credential goes anywhere else.
//
// 429 and 503 are waited out within the retry budget. When it is used up, Err is a
// *ThrottledError beside the last answer; when the client has given up on the target
// (Config.GiveUp) it is a *GivenUpError, and nothing is sent. Any other Err is a
// *SendError, which wraps context.Canceled when the context was.
//
// Started and Duration span all sends and the waits between them.
func (c *Client) Do(ctx context.Context, r Request) *Exchange {
	started := c.cfg.Now()
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
		c.breaker.note(ex.Err)
		if ex.Err != nil || !throttled(ex.Status) {
			return ex
		}
		c.meter.throttled.Add(1)
		if ex.Err = c.waitOut(ctx, ex); ex.Err != nil {
			return ex
		}
		if err := c.renew(ctx, r, ex); err != nil {
			ex.Err = c.tokenError(ctx, ex, err)
			return ex
		}
	}
}

// prepare makes the exchange of a request that is still to be sent. On an error it
// gives what is known.
func (c *Client) prepare(r Request, token string) (*Exchange, error) {
	ex := &Exchange{
		Purpose:     r.Purpose,
		Method:      r.Method,
		URL:         c.cfg.BaseURL + r.Path,
		Auth:        r.Auth,
		RequestBody: r.Body,
	}
	if !strings.HasPrefix(r.Path, "/") {
		return ex, fmt.Errorf("path %q does not start with a slash", c.Mask(r.Path))
	}
	if strings.Contains(r.Path, "#") {
		return ex, fmt.Errorf("path %q holds a #, which would cut it short; write %%23", c.Mask(r.Path))
	}
	u, err := url.Parse(ex.URL)
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return ex, fmt.Errorf("path %q: %w", c.Mask(r.Path), err)
	}
	if query := c.cfg.Query.Encode(); query != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+query, "&")
	}
	ex.URL = u.String()
	ex.RequestHeader, err = c.header(r, token)
	ex.TokenSent = ex.RequestHeader.Get(c.cfg.AuthHeader) != ""
	if err != nil {
		return ex, err
	}
	return ex, c.checkReadOnly(ex)
}

// header gives all that is sent: our own headers, over them the configured ones,
// over them the request's. A header of the request that has no value is left out.
// The header of the token comes from the auth mode alone.
func (c *Client) header(r Request, token string) (http.Header, error) {
	h := http.Header{
		"Accept":                    {"application/json"},
		"User-Agent":                {c.cfg.UserAgent},
		c.cfg.ClientRequestIDHeader: {c.NewRequestID()},
	}
	for name, values := range c.cfg.Header {
		// A request without a valid token must not get in by another credential.
		if r.Auth == AuthToken || !secretHeader(name) {
			h[name] = values
		}
	}
	for name, values := range r.Header {
		for _, v := range values {
			if err := checkHeader(name, v); err != nil {
				return h, err
			}
		}
		if len(values) == 0 {
			delete(h, http.CanonicalHeaderKey(name))
		} else {
			h[http.CanonicalHeaderKey(name)] = values
		}
	}
	given := h[defaultAuthHeader]
	delete(h, defaultAuthHeader)
	delete(h, c.cfg.AuthHeader)
	switch {
	case r.Auth == AuthAsGiven && len(given) > 0:
		h[defaultAuthHeader] = given
	case r.Auth == AuthInvalid:
		h.Set(c.cfg.AuthHeader, c.cfg.beforeToken()+invalidToken)
	case r.Auth == AuthExpired:
		h.Set(c.cfg.AuthHeader, c.cfg.beforeToken()+expiredToken())
	case r.Auth == AuthToken && token != "":
		h.Set(c.cfg.AuthHeader, c.cfg.beforeToken()+token)
	}
	// The slices are the caller's still.
	return h.Clone(), nil
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
	resp, err := c.cfg.Transport.RoundTrip(req)
	// net/http sends a request again by itself where the connection was one used before,
	// closed meanwhile, and the request was safe or not sent yet (RFC 9110 9.2.2).
	for range connections.Load() - 1 {
		ex.Attempts++
		ex.Retries = append(ex.Retries, Retry{})
	}
	if err != nil {
		return c.sendError(parent, ex, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 100 { // as 000, which net/http lets pass (RFC 9110 15)
		return c.newSendError(ex, CauseOther, fmt.Errorf("the status %q is none of HTTP", resp.Status))
	}
	ex.Status, ex.Proto, ex.Header = resp.StatusCode, resp.Proto, resp.Header
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// What follows is not HTTP, and net/http lets no time limit end the reading of it.
		return nil
	}
	ex.Body, ex.Truncated, err = readLimited(resp.Body, c.cfg.BodyLimit)
	if err != nil {
		return c.sendError(parent, ex, err)
	}
	return nil
}

// readLimited reads up to limit bytes and reports whether there was more.
func readLimited(r io.Reader, limit int64) (body []byte, more bool, err error) {
	body, err = io.ReadAll(io.LimitReader(r, limit))
	if err != nil || int64(len(body)) < limit {
		return body, false, err
	}
	n, err := io.ReadFull(r, make([]byte, 1))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return body, n > 0, err
}
