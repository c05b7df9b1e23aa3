package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"graphpact/internal/transport"
)

// Cause says in a word why no complete response came.
type Cause string

// The causes.
const (
	// CauseRequest: the request could not be made, so nothing was sent.
	CauseRequest Cause = "request"
	// CauseCredential: there was no token to send, so nothing was sent.
	CauseCredential Cause = "credential"
	// CauseCancelled: the context of the call ended.
	CauseCancelled Cause = "cancelled"
	// CauseTimeout: the time limit of one send was reached.
	CauseTimeout Cause = "timeout"
	// CauseName: the host name could not be resolved.
	CauseName Cause = "name"
	// CauseRefused: nothing accepts connections there.
	CauseRefused Cause = "refused"
	// CauseTLS: the TLS connection could not be made, or its certificate is not trusted.
	CauseTLS Cause = "tls"
	// CauseCut: the connection ended before the response did.
	CauseCut Cause = "cut"
	// CauseOther: none of these.
	CauseOther Cause = "other"
)

// errorLimit bounds error texts, in bytes: some quote what the target sent.
const errorLimit = 512

// SendError says why a request got no complete response. Neither its text nor that
// of any error it wraps holds a secret.
type SendError struct {
	Method, URL string
	Cause       Cause
	// Text is the cause in plain words.
	Text string
	// Err is the error beneath; nil where its text holds a secret.
	Err error
}

func (e *SendError) Error() string { return e.Method + " " + e.URL + ": " + e.Text }

// Hint says what to do about it.
func (e *SendError) Hint() string {
	switch e.Cause {
	case CauseName:
		return "check the host in the base URL"
	case CauseRefused:
		return "is the server up, and is the port in the base URL the right one?"
	case CauseTLS:
		return tlsHint(e)
	case CauseTimeout:
		return "check the network and the proxy, or allow more time"
	case CauseRequest, CauseCredential, CauseCancelled, CauseCut, CauseOther:
	}
	return "check the base URL and the network"
}

// Unwrap gives the error beneath.
func (e *SendError) Unwrap() error { return e.Err }

func (c *Client) newSendError(ex *Exchange, cause Cause, err error) *SendError {
	return c.describe(ex, cause, err, err.Error())
}

func (c *Client) describe(ex *Exchange, cause Cause, err error, text string) *SendError {
	if raw := err.Error(); c.Mask(raw) != raw {
		err = nil
	}
	return &SendError{Method: ex.Method, URL: c.Mask(ex.URL), Cause: cause, Text: c.Line(text, errorLimit), Err: err}
}

// sendError tells the causes apart. The parent context is the caller's, without the
// time limit of the send.
func (c *Client) sendError(parent context.Context, ex *Exchange, err error) *SendError {
	if ended := parent.Err(); ended != nil {
		return c.describe(ex, CauseCancelled, ended, "stopped: "+ended.Error())
	}
	var (
		network net.Error
		dns     *net.DNSError
		record  tls.RecordHeaderError
		dials   *transport.DialsError
	)
	switch {
	case errors.As(err, &dials):
		return c.describe(ex, CauseCut, err, dials.Error())
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return c.describe(ex, CauseTimeout, err, fmt.Sprintf("timeout: no complete answer within %s", c.cfg.Timeout))
	case errors.As(err, &dns) && dns.IsNotFound:
		return c.describe(ex, CauseName, err, "no such host: "+dns.Name)
	case errors.As(err, &dns):
		return c.describe(ex, CauseName, err, fmt.Sprintf("the host name %s could not be resolved: %s", dns.Name, dns.Err))
	case transport.Refused(err):
		return c.describe(ex, CauseRefused, err, "connection refused")
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return c.describe(ex, CauseTLS, err, "TLS: the server speaks http here, not https")
	case isTLS(err):
		return c.describe(ex, CauseTLS, err, "TLS: "+tlsText(err))
	case transport.Reset(err):
		return c.describe(ex, CauseCut, err, "connection reset by the server"+progress(ex))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return c.describe(ex, CauseCut, err, "connection closed by the server"+progress(ex))
	}
	return c.newSendError(ex, CauseOther, err)
}

func progress(ex *Exchange) string {
	if ex.Status == 0 {
		return " before it answered"
	}
	return fmt.Sprintf(" after %d bytes of the body", len(ex.Body))
}

// alertOf gives the alert of crypto/tls that the error is about, nil where it is about none.
func alertOf(err error) *net.OpError {
	var alert *net.OpError
	if errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error") {
		return alert
	}
	return nil
}

// tlsText is the error in its own words: an alert comes in those of net/http now and then,
// as it meets it while it reads or while it writes.
func tlsText(err error) string {
	if alert := alertOf(err); alert != nil {
		err = alert
	}
	return strings.TrimPrefix(err.Error(), "tls: ")
}

func isTLS(err error) bool {
	return alertOf(err) != nil || errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(tls.RecordHeaderError))
}

// tlsHint says what to do about a TLS connection that could not be made.
func tlsHint(err error) string {
	var (
		issuer  x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		alert   *net.OpError
	)
	switch {
	case errors.As(err, &issuer):
		return "if the issuer of its certificate is one of your own, name that one's certificate with --ca-file"
	case errors.As(err, &name):
		return "use the name that its certificate is for in the base URL"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has to be renewed, unless the clock of this machine is wrong"
	case !errors.As(err, &alert) || alert.Op != "remote error":
	case isAlert(alert.Err, 43, 44, 45, 46):
		// unsupported_certificate, certificate_revoked, _expired and _unknown
		return "it refuses the certificate of --client-cert: name one that it accepts"
	case isAlert(alert.Err, 40, 42, 48, 116):
		// handshake_failure, bad_certificate, unknown_ca and certificate_required
		return "it may ask for a client certificate (mutual TLS): name one that it accepts with --client-cert and --client-key"
	}
	return "check the scheme of the base URL and the certificate of the server"
}

// isAlert reports whether the error is one of the alerts (RFC 8446 6.2), by which servers
// say what they think of a client's certificate. crypto/tls gives a type that it does not
// export, with the texts of tls.AlertError.
func isAlert(err error, alerts ...tls.AlertError) bool {
	return slices.ContainsFunc(alerts, func(a tls.AlertError) bool { return err.Error() == a.Error() })
}
