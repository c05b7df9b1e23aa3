package pact

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"graphpact/internal/pact/wire"
)

// DefaultTimeout bounds each wait of a Session.
const DefaultTimeout = 30 * time.Second

// Options are the settings of a Session.
type Options struct {
	Installation
	// Consumer and Provider are the names in the pact.
	Consumer, Provider string
	// Dir is a folder in which one for the parts of the pact is made while the session
	// lasts; empty means the system's temporary folder.
	Dir string
	// Timeout bounds each wait for the helper, and each test; 0 means DefaultTimeout.
	Timeout time.Duration
	// Partial says what was left out of the contract on purpose, in sentences for the pact's
	// metadata; empty for a whole one.
	Partial []string
	// Secrets must not be in the pact: Finish refuses to give one out that holds any.
	Secrets []string
}

// Session records interactions against mock servers of the helper process and makes one
// pact of them. Its methods may be called side by side.
type Session struct {
	opts Options
	// work holds a folder for each recording: the library merges into a file that is there
	// by reading it all again, which makes the 200th interaction slow.
	work string

	mu sync.Mutex
	process
	// broken is why no helper can be started.
	broken error
	count  int
	// recorded and failed are by identity.
	recorded map[string]recorded
	failed   map[string]string
}

// errClosed is what a session says after its end.
var errClosed = errors.New("the Pact session is closed")

// Open makes a session. It finds the helper and its library, and starts the helper at
// the first Record. The end of ctx ends the session and kills the helper. Call Close when done.
func Open(ctx context.Context, opts Options) (*Session, error) {
	for _, role := range []struct{ name, value string }{{"consumer", opts.Consumer}, {"provider", opts.Provider}} {
		if err := CheckName(role.name, role.value); err != nil {
			return nil, err
		}
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	var err error
	if opts.Installation, err = opts.find(); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(opts.Dir, ".graphpact-pact-")
	if err == nil {
		work, err = filepath.Abs(work)
	}
	if err != nil {
		return nil, fmt.Errorf("the folder for the parts of the pact: %w", err)
	}
	s := &Session{
		process:  newProcess(ctx, opts.Installation, opts.Timeout),
		opts:     opts,
		work:     work,
		recorded: map[string]recorded{},
		failed:   map[string]string{},
	}
	return s, nil
}

// CheckName checks the name of a consumer or provider (the role), which becomes part of a file name.
func CheckName(role, name string) error {
	if strings.TrimSpace(name) == "" {
		return fmt.Errorf("the pact needs a name for its %s", role)
	}
	if hasControl(name) || strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("the name %q of the %s holds a slash or a control character; it becomes part of a file name", name, role)
	}
	return nil
}

// FileName is the name that Pact tools give the file of a pact.
func FileName(consumer, provider string) string { return consumer + "-" + provider + ".json" }

// Record starts a mock server that expects the interaction's request and answers with
// its response, and has test, which is the consumer's, send the request to baseURL. It
// returns a *MismatchError where another request came, or none; errors of test; and an
// error when the helper ends. Then the pact does not hold the interaction, and Finish
// fails, unless a later Record of the same interaction succeeds.
func (s *Session) Record(ctx context.Context, i Interaction, test func(ctx context.Context, baseURL string) error) error {
	if err := Check([]Interaction{i}); err != nil {
		return err
	}
	id, err := identity(i)
	if err != nil {
		return err
	}
	dir, err := s.reserve(id, i)
	if err != nil {
		return err
	}
	if err := s.record(ctx, i, dir, test); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recorded[id] = recorded{i, dir}
	delete(s.failed, id)
	return nil
}

// reserve gives the interaction a folder. Until it is recorded it counts as failed.
func (s *Session) reserve(id string, i Interaction) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, done := s.recorded[id]; done {
		return "", fmt.Errorf("interaction %q: an interaction with the same description and states was recorded already; the later would replace the earlier", i.Description)
	}
	s.failed[id] = i.Description
	s.count++
	return filepath.Join(s.work, strconv.Itoa(s.count)), nil
}

func (s *Session) record(ctx context.Context, i Interaction, dir string, test func(context.Context, string) error) error {
	wired, err := encode(i)
	if err != nil {
		return fmt.Errorf("interaction %q: %w", i.Description, err)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interaction %q: %w", i.Description, context.Cause(ctx))
	}
	h, err := s.running()
	if err != nil {
		return fmt.Errorf("interaction %q: %w", i.Description, err)
	}
	// The mock server is stopped also after the end of ctx, and when test panics.
	// Each call is bounded by the timeout.
	calls := context.WithoutCancel(ctx)
	var server wire.MockServer
	start, err := h.call(calls, wire.OpMockStart, wire.MockStart{
		Dir: dir, Consumer: s.opts.Consumer, Provider: s.opts.Provider, Interaction: wired,
	}, &server)
	if err != nil {
		return fmt.Errorf("interaction %q: %w", i.Description, err)
	}
	var result wire.MockStopped
	stopped := false
	defer func() {
		if !stopped {
			_, _ = h.call(calls, wire.OpMockStop, wire.MockStop{Start: start}, nil)
		}
	}()
	tested := h.runTest(ctx, server.URL, test)
	stopped = true
	if _, err := h.call(calls, wire.OpMockStop, wire.MockStop{Start: start}, &result); err != nil {
		return errors.Join(fmt.Errorf("interaction %q: %w", i.Description, err), tested)
	}
	mismatch := newMismatchError(i.Description, result.Mismatches)
	switch {
	case mismatch == nil:
		return tested
	case tested == nil:
		return mismatch
	case mismatch.onlyMissing():
		// The error of the test says why no request came.
		return tested
	}
	return errors.Join(mismatch, tested)
}

// runTest calls test. Its context ends with ctx, after the timeout, and with the helper.
func (h *helper) runTest(ctx context.Context, url string, test func(context.Context, string) error) error {
	ctx, cancelTimeout := context.WithTimeout(ctx, h.timeout)
	defer cancelTimeout()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-h.ended:
			cancel(h.err)
		case <-ctx.Done():
		}
	}()
	return test(ctx, url)
}

// running gives a helper that runs: the one there is, or a new one in place of one that died.
func (s *Session) running() (*helper, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, s.broken
	}
	h, err := s.process.running()
	s.broken = err
	return h, err
}

// Finish ends the helper and gives the pact file: Pact specification V4, with exactly
// the interactions recorded, in the order of requirement and description, each with its
// requirement and sources in its comments. The same interactions give the same bytes.
// It fails when any Record failed, since a pact that lacks an interaction promises too
// little. The session is closed then, whatever the outcome.
func (s *Session) Finish(ctx context.Context) ([]byte, error) {
	defer s.Close()
	s.mu.Lock()
	h := s.helper
	s.helper = nil
	all := slices.Collect(maps.Values(s.recorded))
	failed := slices.Sorted(maps.Values(s.failed))
	s.mu.Unlock()
	if err := s.ended(); err != nil {
		return nil, fmt.Errorf("no pact: %w", err)
	}
	if h != nil {
		if err := h.close(ctx); err != nil && len(failed) == 0 {
			return nil, fmt.Errorf("no pact: %w", err)
		}
	}
	switch {
	case len(failed) > 0:
		return nil, fmt.Errorf("no pact: %d of %d interactions failed: %s", len(failed), len(failed)+len(all), strings.Join(failed, "; "))
	case len(all) == 0:
		return nil, errors.New("no pact: no interaction was recorded")
	}
	data, err := assemble(s.opts, all)
	if err != nil {
		return nil, fmt.Errorf("no pact: %w", err)
	}
	if err := refuseSecrets(data, s.opts.Secrets); err != nil {
		return nil, fmt.Errorf("no pact: %w", err)
	}
	return data, nil
}

// Close ends the session and the helper, and removes what it wrote. It may be called
// more than once, and after Finish.
func (s *Session) Close() {
	s.end(errClosed)
	s.mu.Lock()
	h := s.helper
	s.helper = nil
	s.mu.Unlock()
	if h != nil {
		<-h.ended
	}
	// What cannot be removed from a temporary folder is not worth an error.
	_ = os.RemoveAll(s.work)
}
