package broker

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"graphpact/internal/transport"
)

const (
	attempts     = 3 // sends of a request that may be sent again
	firstWait    = 250 * time.Millisecond
	maxWait      = 30 * time.Second
	maxRedirects = 5
	mediaHAL     = "application/hal+json"
	mediaJSON    = "application/json"
	mediaPatch   = "application/merge-patch+json"
)

// answer is a complete response.
type answer struct {
	method string
	url    *url.URL // after redirects
	status int
	header http.Header
	body   []byte
}

// send gives the broker's answer if it is a success; any other is an *Error. The
// value, if not nil, is sent as JSON. GET and PUT, which may be sent twice (RFC 9110
// 9.2.2), are tried again after a fault of the server or a connection that broke.
func (c *Client) send(ctx context.Context, method string, u *url.URL, value any) (*answer, error) {
	var body []byte
	if value != nil {
		var err error
		if body, err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	repeatable := method == http.MethodGet || method == http.MethodPut
	wait := firstWait
	for n := 1; ; n++ {
		a, err := c.sendOnce(ctx, method, u, body)
		if err == nil {
			err = c.judge(a)
		}
		if err == nil || !repeatable || n == attempts || !passing(err) || transport.Refused(err) {
			return a, err
		}
		if asked := retryAfter(a); asked > 0 {
			wait = min(asked, maxWait)
		}
		if err := c.cfg.Sleep(ctx, wait); err != nil {
			return nil, c.transportError(ctx, method, u, err, true)
		}
		wait *= 2
	}
}

// passing reports whether the failure may pass by itself, as one of a broker that is being
// restarted does.
func passing(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Kind == Server || e.Kind == Unreachable &&
		(errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || transport.Reset(err) || transport.Refused(err)))
}

func retryAfter(a *answer) time.Duration {
	if a == nil {
		return 0
	}
	seconds, err := strconv.ParseUint(a.header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func (c *Client) sendOnce(parent context.Context, method string, u *url.URL, body []byte) (*answer, error) {
	if !sameOrigin(c.base, u) {
		return nil, c.elsewhere(method, u, "the address")
	}
	ctx, cancel := context.WithTimeout(parent, c.cfg.Timeout)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), reader)
	if err != nil {
		return nil, c.transportError(parent, method, u, err, false)
	}
	req.Header.Set("Accept", mediaHAL)
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if body != nil {
		req.Header.Set("Content-Type", mediaJSON)
	}
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", mediaPatch)
	}
	c.cfg.authorize(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.transportError(parent, method, u, err, sent.Load())
	}
	defer func() { _ = resp.Body.Close() }()
	a := &answer{method: method, url: resp.Request.URL, status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, bodyLimit+1))
	if err != nil {
		return nil, c.transportError(parent, method, u, err, true)
	}
	if len(a.body) > bodyLimit {
		return nil, c.fault(a, NotBroker, fmt.Sprintf("the answer is longer than %d bytes", bodyLimit))
	}
	return a, nil
}

func sameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// checkRedirect follows a redirect only on the broker's own origin, where the
// credentials may go, and only as the same request: net/http would turn a POST into a
// GET, and nothing would be published.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case !sameOrigin(c.base, req.URL):
		return c.elsewhere(via[0].Method, req.URL, "a redirect")
	case req.Method != via[0].Method:
		return &Error{Kind: NotBroker, Method: via[0].Method, URL: c.shown(via[0].URL),
			Text: "the broker redirects to " + c.shown(req.URL) + " in a way that would lose the request; give that address as the broker's"}
	case len(via) > maxRedirects:
		return &Error{Kind: NotBroker, Method: via[0].Method, URL: c.shown(via[0].URL), Text: fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	return nil
}

// elsewhere is the error of an address outside the broker's origin.
func (c *Client) elsewhere(method string, u *url.URL, what string) *Error {
	return &Error{Kind: NotBroker, Method: method, URL: c.shown(u),
		Text: fmt.Sprintf("%s leads away from %s, and the credentials stay there; if it is the right place give it as the broker's address, or set the broker's own base URL", what, c.cfg.BaseURL)}
}

// transportError puts the causes for which no answer came into plain words.
func (c *Client) transportError(parent context.Context, method string, u *url.URL, err error, sent bool) error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own // a redirect that was refused
	}
	e := &Error{Kind: Unreachable, Method: method, URL: c.shown(u), NothingSent: !sent, Err: err}
	var (
		network net.Error
		dns     *net.DNSError
	)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		e.Err = wrapped.Err // its text would show the URL again
	}
	switch {
	case parent.Err() != nil:
		e.Kind, e.Err, e.Text = Cancelled, parent.Err(), "stopped: "+parent.Err().Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		e.Text = fmt.Sprintf("no complete answer within %s", c.cfg.Timeout)
	case errors.As(err, &dns):
		e.Text = "the host name " + dns.Name + " could not be resolved: " + dns.Err
	case transport.Refused(err):
		e.Text, e.Hint = "connection refused, so nothing was sent", "is the broker running, and is this its address?"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), transport.Reset(err):
		e.Text = "the broker closed the connection before its answer was complete"
	default:
		e.Text, e.Hint = e.Err.Error(), tlsHint(err)
	}
	e.Text = c.clean(e.Text)
	if c.Mask(e.Err.Error()) != e.Err.Error() {
		e.Err = nil
	}
	return e
}

// tlsHint says what to do about a certificate that is not trusted; "" where the error is
// another one.
func tlsHint(err error) string {
	switch {
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "if the issuer of its certificate is one of your own, name that one's certificate with --broker-ca-cert"
	case errors.As(err, new(x509.HostnameError)):
		return "use the name that its certificate is for in the broker's address"
	}
	return ""
}

// shown is a URL as it may be printed.
func (c *Client) shown(u *url.URL) string {
	bare := *u
	bare.User = nil
	return c.Mask(bare.String())
}
