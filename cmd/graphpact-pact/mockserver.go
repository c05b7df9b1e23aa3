//go:build cgo

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/pact-foundation/pact-go/v2/models"

	"graphpact/internal/pact/wire"
)

// errMismatched makes pact-go stop before it writes the pact file.
var errMismatched = errors.New("the requests do not match the interaction")

// mockServers are the mock servers that run, by the ID of the request that started them.
type mockServers struct{ sync.Map }

// mockServer is one run of pact-go's ExecuteTest. The function that pact-go calls while
// its mock server is up hands out the port, then waits for the end.
type mockServer struct {
	port chan int
	// stop is closed to end it.
	stop chan struct{}
	// mismatches may be read once done is closed; err too.
	mismatches []wire.Mismatch
	err        error
	done       chan struct{}
}

// start starts a mock server for the interaction.
func (m *mockServers) start(id uint64, args wire.MockStart) (wire.MockServer, error) {
	s := &mockServer{port: make(chan int, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go s.run(args)
	select {
	case port := <-s.port:
		m.Store(id, s)
		return wire.MockServer{URL: fmt.Sprintf("http://127.0.0.1:%d", port)}, nil
	case <-s.done:
		return wire.MockServer{}, fmt.Errorf("starting the mock server: %w", s.err)
	}
}

// end stops the mock server. pact-go writes the file when all matched.
func (m *mockServers) end(_ uint64, args wire.MockStop) (wire.MockStopped, error) {
	running, _ := m.LoadAndDelete(args.Start)
	s, ok := running.(*mockServer)
	if !ok {
		return wire.MockStopped{}, fmt.Errorf("no mock server was started by request %d", args.Start)
	}
	close(s.stop)
	<-s.done
	return wire.MockStopped{Mismatches: s.mismatches}, s.err
}

// run is the whole life of the mock server.
func (s *mockServer) run(args wire.MockStart) {
	defer close(s.done)
	defer func() {
		if v := recover(); v != nil {
			s.err = fmt.Errorf("pact-go panicked: %v", v)
		}
	}()
	pact, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{
		Consumer: args.Consumer,
		Provider: args.Provider,
		PactDir:  args.Dir,
		Host:     "127.0.0.1",
	})
	if err != nil {
		s.err = err
		return
	}
	// pact-go asks the testing.T for its name, to print it, and nothing else.
	err = describe(pact, args.Interaction).ExecuteTest(new(testing.T), s.wait)
	if !errors.Is(err, errMismatched) {
		s.err = err
	}
}

// wait keeps the mock server up until the end, and then asks it what it saw.
func (s *mockServer) wait(server consumer.MockServerConfig) error {
	s.port <- server.Port
	<-s.stop
	found, err := mismatches(server.Port)
	if err != nil {
		return err
	}
	s.mismatches = found
	if len(found) > 0 {
		return errMismatched
	}
	return nil
}

// describe gives pact-go the interaction. Bodies and state parameters go in as Go
// strings: pact-go passes those on unchanged, and encodes everything else itself.
func describe(pact *consumer.V4HTTPMockProvider, i wire.Interaction) *consumer.V4InteractionWithResponse {
	builder := pact.AddInteraction().UponReceiving(i.Description)
	for _, s := range i.States {
		params := make(map[string]any, len(s.Params))
		for name, text := range s.Params {
			params[name] = text
		}
		builder.GivenWithParameter(models.ProviderState{Name: s.Name, Parameters: params})
	}
	return builder.
		WithCompleteRequest(consumer.Request{
			Method:  i.Request.Method,
			Path:    matchers.String(i.Request.Path),
			Headers: headers(i.Request.Header),
			Body:    body(i.Request.Body),
		}).
		WithCompleteResponse(consumer.Response{
			Status:  i.Response.Status,
			Headers: headers(i.Response.Header),
			Body:    body(i.Response.Body),
		})
}

// body is nil where there is none: pact-go tells the two apart.
func body(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func headers(in map[string]json.RawMessage) matchers.MapMatcher {
	out := make(matchers.MapMatcher, len(in))
	for name, raw := range in {
		out[name] = header(name, raw)
	}
	return out
}

// header makes a pact-go matcher of a string or a matcher object.
func header(name string, raw json.RawMessage) matchers.Matcher {
	var literal string
	if json.Unmarshal(raw, &literal) == nil {
		return matchers.String(literal)
	}
	var object matchers.StructMatcher
	if err := json.Unmarshal(raw, &object); err != nil {
		panic(fmt.Sprintf("header %s is neither a string nor an object: %v", name, err))
	}
	return object
}
