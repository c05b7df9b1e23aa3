// Package credential gets the bearer token for a target: from a file, from a command,
// or from Microsoft Entra ID by the Azure SDK. It owns where a token comes from, how
// long it is kept, what is in it, and what to do when there is none. No text of
// its errors holds a secret.
package credential

import (
	"context"
	"time"
)

// Token is a bearer token without the word Bearer.
type Token struct {
	Value string
	// Expires is the time from which nobody takes the token any more; zero where it is not known.
	Expires time.Time
}

// Source gives a new token each time it is asked. It is asked by one goroutine at a time.
type Source interface {
	Token(ctx context.Context) (Token, error)
}

const (
	// maxMargin is how long before its expiry a token is replaced. The Azure SDK holds to
	// the same five minutes; a token that lives for less than 25 has a fifth of its life.
	maxMargin = 5 * time.Minute
	// unknownLife is how long a token is kept that does not say when it expires.
	unknownLife = 5 * time.Minute
	// retryPause is the least time until a source is asked again that gave none, or gave a
	// token that is old from the start (a clock may be wrong).
	retryPause = 10 * time.Second
)

// Credential keeps the token of a source and replaces it before it expires. It is safe
// for concurrent use.
type Credential struct {
	source Source
	now    func() time.Time
	// always is set for a source that is cheap to ask each time.
	always bool
	// busy is held by the goroutine that reads or replaces what follows. It is a channel
	// so that waiting for it can be called off.
	busy  chan struct{}
	token Token
	// failed is why the source gave no token the last time.
	failed error
	// renewAt is the time to ask the source again.
	renewAt time.Time
}

// Keep makes a credential of a source. now is the time; nil means time.Now.
func Keep(source Source, now func() time.Time) *Credential {
	if now == nil {
		now = time.Now
	}
	return &Credential{source: source, now: now, busy: make(chan struct{}, 1)}
}

// Token gives a token that is good for now, without the word Bearer.
func (c *Credential) Token(ctx context.Context) (string, error) {
	t, err := c.Get(ctx)
	return t.Value, err
}

// Get gives a token that is good for now, with its expiry. Where the source gives none
// and the token before it has not expired, it gives that one.
func (c *Credential) Get(ctx context.Context) (Token, error) {
	select {
	case c.busy <- struct{}{}:
		defer func() { <-c.busy }()
	case <-ctx.Done():
		return Token{}, ctx.Err()
	}
	if now := c.now(); !c.always && now.Before(c.renewAt) {
		return c.latest(now)
	}
	next, err := c.source.Token(ctx)
	now := c.now()
	if err != nil && ctx.Err() != nil {
		return Token{}, err // it says nothing about the source
	}
	if c.failed = err; err == nil {
		c.token, c.renewAt = next, renewal(next, now)
		return next, nil
	}
	c.renewAt = now.Add(retryPause)
	if expires := c.token.Expires; now.Before(expires) && expires.Before(c.renewAt) {
		c.renewAt = expires
	}
	return c.latest(now)
}

// latest gives what came of the source the last time: a token that is still good goes before an error.
func (c *Credential) latest(now time.Time) (Token, error) {
	if c.failed != nil && !now.Before(c.token.Expires) {
		return Token{}, c.failed
	}
	return c.token, nil
}

// renewal is the time to replace a token that came now.
func renewal(t Token, now time.Time) time.Time {
	if t.Expires.IsZero() {
		return now.Add(unknownLife)
	}
	life := t.Expires.Sub(now)
	if life <= 0 {
		return now.Add(retryPause)
	}
	return t.Expires.Add(-min(life/5, maxMargin))
}
