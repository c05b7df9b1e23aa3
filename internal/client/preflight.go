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
		return fmt.Sprintf("%s is down: %s at each of %d tries; %s", e.URL, StatusLine(slow.Status), slow.Tries, e.Hint())
	case errors.As(e.Err, &slow):
		return fmt.Sprintf("%s is throttled: %s until the waiting budget of %s was used up; %s", e.URL, StatusLine(slow.Status), slow.Budget, e.Hint())
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

// AnswerError says that the target answered with something else than the entity: 401 or 403,
// 404, or what is not the API.
type AnswerError struct {
	URL    string
	Status int
	// What says what came, and Todo what to do about it.
	What, Todo string
}

func (e *AnswerError) Error() string { return e.URL + " answers " + e.What + "; " + e.Todo }

// Hint says what to do about it.
func (e *AnswerError) Hint() string { return e.Todo }

// Preflight gets the entity once, so that a wrong URL, token or path parameter shows
// before anything is judged. The error is an *UnreachableError, *AnswerError or
// *CredentialError; where the call was stopped, it wraps the context's error and is none of these.
func (c *Client) Preflight(ctx context.Context, entityPath string) (*Exchange, error) {
	ex := c.Do(ctx, Request{Purpose: "pre-flight check", Method: http.MethodGet, Path: entityPath})
	switch {
	case ex.Err != nil:
		return ex, c.noAnswer(ex)
	case ex.Status == http.StatusUnauthorized, ex.Status == http.StatusForbidden:
		return ex, c.notLetIn(ex)
	case ex.Status == http.StatusNotFound:
		todo := "check the path parameters (--param) in " + c.Mask(entityPath) + ", and that the base URL ends with the version segment"
		return ex, c.answerError(ex, StatusLine(ex.Status), todo)
	}
	if what := c.notEntity(ex); what != "" {
		return ex, c.answerError(ex, what+" where a JSON object was expected", "check that the base URL is that of the API")
	}
	return ex, nil
}

// Reach is Preflight for a target without a GET of the entity. It sends a HEAD, which
// changes nothing, and looks for no more than that something answers and lets the
// caller in: a server without GET may refuse a HEAD in many ways. The error is an
// *UnreachableError, a *CredentialError, or an *AnswerError for 401; where the call was
// stopped, it wraps the context's error.
func (c *Client) Reach(ctx context.Context, entityPath string) (*Exchange, error) {
	ex := c.Do(ctx, Request{Purpose: "pre-flight check without GET", Method: http.MethodHead, Path: entityPath})
	switch {
	case ex.Err != nil:
		return ex, c.noAnswer(ex)
	case ex.Status == http.StatusUnauthorized:
		return ex, c.notLetIn(ex)
	}
	return ex, nil
}

// noAnswer is the error of an exchange without a complete answer.
func (c *Client) noAnswer(ex *Exchange) error {
	send, _ := errors.AsType[*SendError](ex.Err)
	switch {
	case send != nil && send.Cause == CauseCancelled:
		return send
	case send != nil && send.Cause == CauseCredential:
		return &CredentialError{Err: send}
	}
	return &UnreachableError{URL: c.Mask(ex.URL), Err: ex.Err}
}

// notLetIn is the error of 401 and 403.
func (c *Client) notLetIn(ex *Exchange) *AnswerError {
	todo := c.cfg.TokenFrom + " was refused: is it expired, or for another service?"
	switch {
	case !c.cfg.authenticated():
		todo = "no token was sent: " + c.TokenHint()
	case ex.Status == http.StatusForbidden:
		todo = c.cfg.TokenFrom + " lacks the permission: the page lists those that it needs"
	}
	return c.answerError(ex, StatusLine(ex.Status), todo)
}

func (c *Client) answerError(ex *Exchange, what, todo string) *AnswerError {
	return &AnswerError{URL: c.Mask(ex.URL), Status: ex.Status, What: what, Todo: todo}
}

// notEntity says what the answer is where it is not an entity, and "" where it is.
func (c *Client) notEntity(ex *Exchange) string {
	status := StatusLine(ex.Status)
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
