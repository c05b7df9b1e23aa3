package credential

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

const (
	// commandTime bounds one run of a token command. The Azure CLI takes some seconds.
	commandTime = time.Minute
	// saidLimit is how much of what a command says on stderr is kept, in bytes.
	saidLimit = 2 << 10
)

// command is a program that prints a token.
type command struct {
	argv    []string
	environ []string
	// within bounds a run.
	within time.Duration
}

// Token runs the program, without a shell.
func (c command) Token(ctx context.Context) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	var out, said limited
	out.limit, said.limit, out.full = maxToken+len("\r\n"), saidLimit, cancel
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...) //nolint:gosec // it is the user who names it
	cmd.Env, cmd.Stdout, cmd.Stderr = c.environ, &out, &said
	cmd.WaitDelay = time.Second // a child of the program may hold the pipes open
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // the program itself has ended well
	}
	switch {
	case out.over:
		return Token{}, fmt.Errorf("%s printed what is no token: longer than a token can be (%d bytes)", c.argv[0], maxToken)
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Token{}, fmt.Errorf("%s did not end within %s%s", c.argv[0], c.within, quoted(said.String()))
	case ctx.Err() != nil:
		return Token{}, ctx.Err()
	case err != nil:
		if notRun, ok := errors.AsType[*exec.Error](err); ok {
			return Token{}, fmt.Errorf("%s cannot be run: %w", c.argv[0], notRun.Err)
		}
		return Token{}, fmt.Errorf("%s: %w%s", c.argv[0], err, quoted(said.String()))
	}
	value, err := bareToken(out.String())
	if err != nil {
		return Token{}, fmt.Errorf("%s printed what is no token: %w", c.argv[0], err)
	}
	return withExpiry(value), nil
}

// quoted gives what a command said as the end of a sentence; nothing where it said nothing.
func quoted(said string) string {
	if said = strings.TrimSpace(said); said == "" {
		return ""
	}
	return ": " + strings.Join(strings.Fields(said), " ")
}

// limited keeps the beginning of what is written to it.
type limited struct {
	// kept is not embedded: io.Copy would find its ReadFrom, which has no limit.
	kept  bytes.Buffer
	limit int
	// full, if not nil, is called when there was more than the limit, and over is set.
	full func()
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	if l.full != nil && l.kept.Len()+len(p) > l.limit {
		l.over = true
		l.full()
	}
	keep := p[:min(len(p), max(l.limit-l.kept.Len(), 0))]
	if _, err := l.kept.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (l *limited) String() string { return l.kept.String() }
