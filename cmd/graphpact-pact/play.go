//go:build cgo

package main

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"

	"graphpact/internal/pact/wire"
)

// errMismatched makes pact-go stop before it writes the pact file.
var errMismatched = errors.New("the requests do not match the interaction")

// plays are the interactions that are being played, by the ID of their begin.
type plays struct {
	mu   sync.Mutex
	byID map[uint64]*play
}

func newPlays() *plays { return &plays{byID: map[uint64]*play{}} }

// play is one run of pact-go's ExecuteTest. The function that pact-go calls while
// its mock server is up hands out the port, then waits for the end.
type play struct {
	port chan int
	// stop is closed at the play's end.
	stop chan struct{}
	// mismatches may be read once done is closed; err too.
	mismatches []wire.Mismatch
	err        error
	done       chan struct{}
}

// begin starts a mock server for the interaction.
func (p *plays) begin(id uint64, args wire.PlayBegin) (wire.Playing, error) {
	pl := &play{port: make(chan int, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go pl.run(args)
	select {
	case port := <-pl.port:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.byID[id] = pl
		return wire.Playing{URL: fmt.Sprintf("http://127.0.0.1:%d", port)}, nil
	case <-pl.done:
		return wire.Playing{}, fmt.Errorf("starting the mock server: %w", pl.err)
	}
}

// end stops the mock server. pact-go writes the file when all matched.
func (p *plays) end(_ uint64, args wire.PlayEnd) (wire.Played, error) {
	p.mu.Lock()
	pl := p.byID[args.Play]
	delete(p.byID, args.Play)
	p.mu.Unlock()
	if pl == nil {
		return wire.Played{}, fmt.Errorf("no play %d is under way", args.Play)
	}
	close(pl.stop)
	<-pl.done
	return wire.Played{Mismatches: pl.mismatches}, pl.err
}

// run is the whole of the play.
func (pl *play) run(args wire.PlayBegin) {
	defer close(pl.done)
	defer func() {
		if v := recover(); v != nil {
			pl.err = fmt.Errorf("pact-go panicked: %v", v)
		}
	}()
	pact, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{
		Consumer: args.Consumer,
		Provider: args.Provider,
		PactDir:  args.Dir,
		Host:     "127.0.0.1",
	})
	if err != nil {
		pl.err = err
		return
	}
	// pact-go asks the testing.T for its name, to print it, and nothing else.
	err = describe(pact, args.Interaction).ExecuteTest(new(testing.T), pl.wait)
	if !errors.Is(err, errMismatched) {
		pl.err = err
	}
}

// wait keeps the mock server up until the end, and then asks it what it saw.
func (pl *play) wait(server consumer.MockServerConfig) error {
	pl.port <- server.Port
	<-pl.stop
	found, err := mismatches(server.Port)
	if err != nil {
		return err
	}
	pl.mismatches = found
	if len(found) > 0 {
		return errMismatched
	}
	return nil
}
