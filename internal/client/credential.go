package client

import (
	"context"
	"strings"

	"graphpact/internal/hint"
)

// Credential gives the bearer token for a request, without the word Bearer. It is asked
// before each send, so it keeps the token and gives another one before it expires. No
// text of its errors holds a secret. It is used by many goroutines at once.
type Credential interface {
	Token(ctx context.Context) (string, error)
}

// CredentialError says that there was no token to send.
type CredentialError struct{ Err *SendError }

func (e *CredentialError) Error() string { return "no token: " + e.Err.Text }

// Hint says what to do, "" where that is not known.
func (e *CredentialError) Hint() string {
	if e.Err.Err == nil {
		return ""
	}
	_, todo := hint.Of(e.Err.Err)
	return todo
}

// Unwrap gives the error of the exchange.
func (e *CredentialError) Unwrap() error { return e.Err }

// authenticated reports whether there is a token to send.
func (cfg Config) authenticated() bool { return cfg.Token != "" || cfg.Credential != nil }

// token gives the token to send, "" for none. From then on it is masked everywhere.
func (c *Client) token(ctx context.Context, auth Auth) (string, error) {
	if auth != AuthToken || c.cfg.Credential == nil {
		return c.cfg.Token, nil
	}
	token, err := c.cfg.Credential.Token(ctx)
	if err != nil {
		return "", err
	}
	c.mask.Learn(token)
	return token, checkToken(token, c.cfg.TokenFrom)
}

// renew gives the exchange the token of now: a wait may have outlasted the one before.
func (c *Client) renew(ctx context.Context, r Request, ex *Exchange) error {
	token, err := c.token(ctx, r.Auth)
	if err != nil {
		return err
	}
	again, err := c.prepare(r, token)
	if id, ok := ex.RequestHeader[c.cfg.ClientRequestIDHeader]; ok && err == nil {
		again.RequestHeader[c.cfg.ClientRequestIDHeader] = id // it is the same request still
	}
	ex.RequestHeader = again.RequestHeader
	return err
}

// tokenError says that there was no token to send.
func (c *Client) tokenError(ctx context.Context, ex *Exchange, err error) *SendError {
	if ctx.Err() != nil {
		return c.sendError(ctx, ex, err)
	}
	return c.newSendError(ex, CauseCredential, err)
}

// checkToken holds a token to what a header may carry, and to being a token.
func checkToken(token, from string) error {
	if i := strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
		return hint.Errorf("give the bare token, without the word Bearer", "%s has a space, a line break or a non-ASCII character at position %d", from, i+1)
	}
	return nil
}

// TokenFrom says where the token comes from, as "the token in GRAPH_TOKEN".
func (c *Client) TokenFrom() string { return c.cfg.TokenFrom }

// TokenHint says how to give a token where there is none.
func (c *Client) TokenHint() string {
	return "put one into " + c.cfg.TokenEnv + ", or choose another way with --auth"
}

// Secrets gives the tokens that were sent so far, for those who make sure that they stand nowhere.
func (c *Client) Secrets() []string { return c.mask.Tokens() }
