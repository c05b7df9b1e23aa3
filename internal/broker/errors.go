package broker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"graphpact/internal/transport"
)

// Kind says in a word what went wrong with the broker.
type Kind string

// The kinds.
const (
	// Unreachable: no complete answer came.
	Unreachable Kind = "unreachable"
	// Cancelled: the caller's context ended.
	Cancelled Kind = "cancelled"
	// Unauthenticated: no credentials, wrong ones, or ones of another kind.
	Unauthenticated Kind = "unauthenticated"
	// MayNotWrite: the credentials read well, and the broker refuses what would change something.
	MayNotWrite Kind = "may-not-write"
	// NotBroker: what answers is no Pact Broker, or a broken one: HTML, broken HAL, a
	// wrong path, a link that is missing or leads elsewhere.
	NotBroker Kind = "not-a-broker"
	// NotFound: something that the caller named does not exist.
	NotFound Kind = "not-found"
	// Conflict: 409; the broker holds something else under that name and version.
	Conflict Kind = "conflict"
	// Refused: any other 4xx; the broker names what is wrong with the request.
	Refused Kind = "refused"
	// Server: 5xx, or 429, after the retries.
	Server Kind = "server"
)

// Error says why an operation failed. Neither its text nor that of the error it wraps holds a secret.
type Error struct {
	Kind        Kind
	Method, URL string
	// Status is the broker's, 0 where there is none.
	Status int
	// Link is the HAL relation that is missing or broken; "" where it is none of that.
	Link string
	// Environment is the one that does not exist; "" where it is none of that.
	Environment string
	// Text is what is wrong in plain words.
	Text string
	// Body is what the broker wrote about it, for people; "" where it wrote nothing.
	Body string
	// Hint says what the user can do, as a clause; "" where nothing is known to help.
	Hint string
	// NothingSent is set where the request did not leave, so that nothing has changed.
	NothingSent bool
	// Err is the error beneath; nil where there is none, or where it holds a secret.
	Err error
}

// Error gives what is wrong and then the hint: in the line, or in one of its own where the broker
// wrote something too.
func (e *Error) Error() string {
	s := "broker: "
	if e.Method != "" {
		s += e.Method + " " + e.URL + ": "
	}
	if e.Status != 0 {
		s += transport.Status(e.Status) + ": "
	}
	s += e.Text
	switch {
	case e.Body != "" && e.Hint != "":
		return s + ": " + e.Body + "\nHint: " + e.Hint
	case e.Body != "":
		return s + ": " + e.Body
	case e.Hint != "":
		return s + "; " + e.Hint
	}
	return s
}

// Unwrap gives the error beneath.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the broker's error in err, "" where there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

const (
	credentialsHint = "PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD" //nolint:gosec // names of variables
	pathHint        = "check the path of the broker's address; it is the one under which its index is"
)

// judge turns an answer that is no success into an error.
func (c *Client) judge(a *answer) error {
	read := a.method == http.MethodGet
	if a.status < 300 {
		if read {
			c.hasRead.Store(true)
		}
		return nil
	}
	bare := c.cfg.Token == "" && c.cfg.Username == ""
	switch {
	case a.status < 400:
		return c.fault(a, NotBroker, "a redirect without a usable address")
	case a.status == http.StatusUnauthorized && bare && c.hasRead.Load():
		return c.hinted(a, Unauthenticated, "the broker lets everybody read, and asks for credentials to write", "set "+credentialsHint)
	case a.status == http.StatusUnauthorized && bare:
		return c.hinted(a, Unauthenticated, "the broker asks for credentials", "set "+credentialsHint)
	case a.status == http.StatusUnauthorized && !read && c.hasRead.Load():
		return c.hinted(a, MayNotWrite, "the credentials may read here, and may not write",
			"use credentials that may write; where a broker lets everybody read, a wrong password looks the same")
	case a.status == http.StatusUnauthorized:
		return c.hinted(a, Unauthenticated, "the broker refuses the credentials", "check "+credentialsHint)
	case a.status == http.StatusBadRequest && c.cfg.Token != "" && len(bytes.TrimSpace(a.body)) == 0:
		// The open source broker answers so to any scheme that is not basic.
		return c.hinted(a, Unauthenticated, "the broker takes no bearer token: the credentials are of the wrong kind",
			"PACT_BROKER_TOKEN is for PactFlow; for basic authentication unset it, and set PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD")
	case a.status == http.StatusForbidden:
		return c.fault(a, Unauthenticated, "the credentials are not allowed to do this")
	case a.status == http.StatusNotFound && !json.Valid(a.body):
		return c.hinted(a, NotBroker, "there is no Pact Broker at this address", pathHint+"; behind a proxy the broker needs its own base URL set (PACT_BROKER_BASE_URL where it runs)")
	case a.status == http.StatusNotFound:
		return c.fault(a, NotFound, "the broker knows no such thing")
	case a.status == http.StatusConflict:
		return c.fault(a, Conflict, "the broker holds something else under that name and version")
	case a.status >= 500, a.status == http.StatusTooManyRequests:
		return c.fault(a, Server, "the broker has a fault or is busy")
	}
	return c.fault(a, Refused, "the broker refuses the request")
}

// noBroker is the error of an address that every broker has: one that is not found there
// belongs to something else.
func noBroker(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == NotFound {
		e.Kind, e.Text, e.Hint = NotBroker, "there is no Pact Broker at this address", pathHint
	}
	return err
}

// fault is an error about an answer, with what the broker wrote where it is no success.
func (c *Client) fault(a *answer, kind Kind, text string) *Error {
	e := &Error{Kind: kind, Method: a.method, URL: c.shown(a.url), Text: text}
	if a.status >= 300 {
		e.Status, e.Body = a.status, c.errorBody(a)
	}
	return e
}

func (c *Client) hinted(a *answer, kind Kind, text, hint string) *Error {
	e := c.fault(a, kind, text)
	e.Hint = hint
	return e
}

// bodyShown bounds what is quoted of an error body, in characters.
const bodyShown = 2000

// errorBody gives what the broker wrote about a failure; "" where it wrote nothing that a
// person could read.
func (c *Client) errorBody(a *answer) string {
	var parts []string
	if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); strings.HasPrefix(kind, "text/plain") {
		parts = []string{string(a.body)}
	}
	// The broker's forms: errors as a list or by field, notices, problem details
	// (RFC 9457), {error:{message}}.
	var body struct {
		Errors  any      `json:"errors"`
		Error   any      `json:"error"`
		Notices []Notice `json:"notices"`
		Title   string   `json:"title"`
		Detail  string   `json:"detail"`
	}
	if json.Unmarshal(a.body, &body) == nil {
		for _, n := range body.Notices {
			parts = append(parts, n.Text)
		}
		parts = append(parts, texts("", body.Errors)...)
		parts = append(parts, texts("", body.Error)...)
		if len(parts) == 0 {
			parts = append(parts, body.Title, body.Detail)
		}
	}
	var out []string
	for _, p := range parts {
		p = strings.TrimSpace(c.clean(p))
		// Brokers repeat a notice under errors, after the name of the field.
		repeated := slices.ContainsFunc(out, func(before string) bool { return strings.HasSuffix(p, before) })
		if p != "" && !repeated {
			out = append(out, p)
		}
	}
	shown := []rune(strings.Join(out, "; "))
	if len(shown) > bodyShown {
		shown = append(shown[:bodyShown], '…')
	}
	return string(shown)
}

// texts gathers the strings of a JSON value in order, each with its field's name.
func texts(name string, v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		if name != "" && name != "message" {
			v = name + ": " + v
		}
		return []string{v}
	case []any:
		for _, item := range v {
			out = append(out, texts(name, item)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == "timestamp" || key == "reference" {
				continue // of the broker's log, which the reader cannot see
			}
			out = append(out, texts(key, v[key])...)
		}
	case nil:
	default:
		return []string{fmt.Sprint(v)}
	}
	return out
}

// clean makes a text that came from outside fit to print: without secrets, and
// without the control characters that would move a terminal's cursor.
func (c *Client) clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, c.Mask(s))
}
