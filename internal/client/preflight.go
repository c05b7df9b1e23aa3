package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"graphpact/internal/schema"
)

// UnreachableError says that the target gave no complete answer.
type UnreachableError struct {
	URL string
	Err error
}

func (e *UnreachableError) Error() string {
	why := e.Err.Error()
	var send *SendError
	var slow *ThrottledError
	switch {
	case errors.As(e.Err, &slow) && slow.Tries > 0:
		return fmt.Sprintf("%s is down: %d %s at each of %d tries; %s", e.URL, slow.Status, http.StatusText(slow.Status), slow.Tries, e.Hint())
	case errors.As(e.Err, &slow):
		return fmt.Sprintf("%s is throttled: %d %s until the waiting budget of %s was used up; %s", e.URL, slow.Status, http.StatusText(slow.Status), slow.Budget, e.Hint())
	case errors.As(e.Err, &send):
		why = send.Text
	}
	return fmt.Sprintf("%s is not reachable: %s; %s", e.URL, why, e.Hint())
}

// Hint says what to do about it.
func (e *UnreachableError) Hint() string {
	var send *SendError
	switch {
	case errors.As(e.Err, new(*ThrottledError)):
		return "try again later"
	case errors.As(e.Err, &send):
		return send.Hint()
	}
	return "check the base URL and the network"
}

// Unwrap gives the error of the exchange.
func (e *UnreachableError) Unwrap() error { return e.Err }

// AuthError says that the target does not let the caller in: 401 or 403.
type AuthError struct {
	URL    string
	Status int
	// TokenFrom says where the token comes from, and TokenHint how to give one where none
	// was sent.
	TokenFrom, TokenHint string
	TokenSent            bool
}

func (e *AuthError) Error() string {
	return fmt.Sprintf("%s answers %d %s; %s", e.URL, e.Status, http.StatusText(e.Status), e.Hint())
}

// Hint says what to do about it.
func (e *AuthError) Hint() string {
	switch {
	case !e.TokenSent:
		return "no token was sent: " + e.TokenHint
	case e.Status == http.StatusForbidden:
		return e.TokenFrom + " lacks the permission: the page lists those that it needs"
	}
	return e.TokenFrom + " was refused: is it expired, or for another service?"
}

// NotFoundError says that the target has no such entity: 404.
type NotFoundError struct {
	URL string
	// Path is that of the entity, below the base URL.
	Path string
}

func (e *NotFoundError) Error() string { return e.URL + " answers 404 Not Found; " + e.Hint() }

// Hint says what to do about it.
func (e *NotFoundError) Hint() string {
	return "check the path parameters (--param) in " + e.Path + ", and that the base URL ends with the version segment"
}

// NotGraphError says that what answers is not the API: there is no JSON object where
// the entity was expected.
type NotGraphError struct {
	URL    string
	Status int
	// What says what came instead.
	What string
}

func (e *NotGraphError) Error() string {
	return e.URL + " answers " + e.What + " where a JSON object was expected; " + e.Hint()
}

// Hint says what to do about it.
func (e *NotGraphError) Hint() string { return "check that the base URL is that of the API" }

// Preflight gets the entity once, so that a wrong URL, token or path parameter shows
// before anything is judged. The error is an *UnreachableError, *AuthError,
// *NotFoundError, *NotGraphError or *CredentialError; where the call was stopped, it wraps the
// context's error and is none of these.
func (c *Client) Preflight(ctx context.Context, entityPath string) (*Exchange, error) {
	ex := c.Do(ctx, Request{Purpose: "pre-flight check", Method: http.MethodGet, Path: entityPath})
	shown := c.Mask(ex.URL)
	var send *SendError
	switch {
	case errors.As(ex.Err, &send) && send.Cause == CauseCancelled:
		return ex, ex.Err
	case errors.As(ex.Err, &send) && send.Cause == CauseCredential:
		return ex, &CredentialError{Err: send}
	case ex.Err != nil:
		return ex, &UnreachableError{URL: shown, Err: ex.Err}
	case ex.Status == http.StatusUnauthorized, ex.Status == http.StatusForbidden:
		return ex, c.authError(ex)
	case ex.Status == http.StatusNotFound:
		return ex, &NotFoundError{URL: shown, Path: c.Mask(entityPath)}
	}
	if what := c.notEntity(ex); what != "" {
		return ex, &NotGraphError{URL: shown, Status: ex.Status, What: what}
	}
	return ex, nil
}

// Reach is Preflight for a target without a GET of the entity. It sends a HEAD, which
// changes nothing, and looks for no more than that something answers and lets the
// caller in: a server without GET may refuse a HEAD in many ways. The error is an
// *UnreachableError, a *CredentialError, or an *AuthError for 401; where the call was
// stopped, it wraps the context's error.
func (c *Client) Reach(ctx context.Context, entityPath string) (*Exchange, error) {
	ex := c.Do(ctx, Request{Purpose: "pre-flight check without GET", Method: http.MethodHead, Path: entityPath})
	var send *SendError
	switch {
	case ctx.Err() != nil:
		return ex, ex.Err
	case errors.As(ex.Err, &send) && send.Cause == CauseCredential:
		return ex, &CredentialError{Err: send}
	case ex.Err != nil:
		return ex, &UnreachableError{URL: c.Mask(ex.URL), Err: ex.Err}
	case ex.Status == http.StatusUnauthorized:
		return ex, c.authError(ex)
	}
	return ex, nil
}

func (c *Client) authError(ex *Exchange) *AuthError {
	return &AuthError{
		URL: c.Mask(ex.URL), Status: ex.Status, TokenFrom: c.cfg.TokenFrom, TokenHint: c.TokenHint(), TokenSent: c.cfg.authenticated(),
	}
}

// notEntity says what the answer is where it is not an entity, and "" where it is.
func (c *Client) notEntity(ex *Exchange) string {
	status := statusLine(ex.Status)
	body := bytes.TrimSpace(ex.Body)
	switch location := ex.Header.Get("Location"); {
	case ex.Status/100 == 3 && location != "":
		return status + ", a redirect to " + c.Line(location, errorLimit) + ","
	case ex.Status/100 != 2:
		return status
	case ex.Truncated:
		return fmt.Sprintf("%s with a body of more than %d bytes", status, c.cfg.BodyLimit)
	case len(body) == 0:
		return status + " without a body"
	case body[0] == '<', strings.HasPrefix(ex.Header.Get("Content-Type"), "text/html"):
		return status + " with a web page, as for a login,"
	}
	if _, err := DecodeObject(body); err != nil {
		return status + " with another body (" + c.Line(err.Error(), errorLimit) + ")"
	}
	return ""
}

// DecodeObject reads a JSON object as strictly as the scenarios do. Numbers stay as
// they are written (json.Number): a state that is restored must not be rounded.
func DecodeObject(body []byte) (map[string]any, error) {
	value, err := schema.Decode(body)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return object, nil
}
