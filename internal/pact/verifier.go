package pact

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"graphpact/internal/pact/wire"
)

// VerifierOptions are the settings of a Verifier.
type VerifierOptions struct {
	Installation
	// RequestTimeout bounds the library's wait for one answer of the provider; 0 means
	// DefaultTimeout. The helper is given a little more before it is ended.
	RequestTimeout time.Duration
}

// Verifier verifies pact files against a provider through the helper process, one
// verification at a time.
type Verifier struct {
	opts VerifierOptions
	// work holds the file that is being verified.
	work string

	mu sync.Mutex
	process
	count int
}

// Verification is one interaction to verify.
type Verification struct {
	// Pact is a pact file of exactly one interaction.
	Pact []byte
	// Provider is the provider's name in it.
	Provider string
	// ProviderURL is where the requests go, as http://127.0.0.1:40123/base: loopback, with its port.
	ProviderURL string
	// StateURL takes Pact's state changes. It must answer 2xx: the library repeats a
	// change that fails for two minutes, and loses its error.
	StateURL string
}

// Verified is the library's word on an interaction.
type Verified = wire.Verified

// Difference is one way in which an answer departs from the pact.
type Difference = wire.Detail

// verifierRoom is how much longer than one answer a verification may take.
const verifierRoom = 30 * time.Second

// OpenVerifier finds the helper and its library, and starts the helper. The end of ctx
// ends both. Call Close when done.
func OpenVerifier(ctx context.Context, opts VerifierOptions) (*Verifier, error) {
	if opts.RequestTimeout <= 0 {
		opts.RequestTimeout = DefaultTimeout
	}
	var err error
	if opts.Installation, err = opts.find(); err != nil {
		return nil, err
	}
	v := &Verifier{opts: opts}
	if v.work, err = os.MkdirTemp("", "graphpact-verify-"); err != nil {
		return nil, fmt.Errorf("a folder for the pact under verification: %w", err)
	}
	v.process = newProcess(ctx, opts.Installation, opts.RequestTimeout+verifierRoom)
	if _, err := v.running(); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// Verify verifies the interaction. The error is about the helper; what the provider did
// is in the result. A helper that died is started anew by the next call.
func (v *Verifier) Verify(ctx context.Context, what Verification) (Verified, error) {
	u, err := url.Parse(what.ProviderURL)
	if err != nil {
		return Verified{}, fmt.Errorf("the address of the provider: %w", err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || u.Hostname() != "127.0.0.1" || u.Scheme != "http" {
		return Verified{}, fmt.Errorf("the address of the provider is %s, and must be http://127.0.0.1 with a port", what.ProviderURL)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	h, err := v.running()
	if err != nil {
		return Verified{}, err
	}
	v.count++
	file := filepath.Join(v.work, strconv.Itoa(v.count)+".json")
	if err := os.WriteFile(file, what.Pact, 0o600); err != nil {
		return Verified{}, fmt.Errorf("the pact under verification: %w", err)
	}
	defer func() { _ = os.Remove(file) }()
	var got Verified
	_, err = h.call(ctx, wire.OpVerify, wire.Verify{
		File: file, Provider: what.Provider, Port: uint16(port), BasePath: u.Path, StateURL: what.StateURL,
		TimeoutMS: uint64(v.opts.RequestTimeout.Milliseconds()),
	}, &got)
	return got, err
}

// Close ends the helper and removes what was written.
func (v *Verifier) Close() {
	v.end(errors.New("the Pact verifier is closed"))
	v.mu.Lock() // a verification under way has ended with the helper
	defer v.mu.Unlock()
	if v.helper != nil {
		<-v.helper.ended
	}
	// What cannot be removed from a temporary folder is not worth an error.
	_ = os.RemoveAll(v.work)
}
