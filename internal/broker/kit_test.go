package broker_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"graphpact/internal/broker"
	"graphpact/internal/broker/brokertest"
)

func startBroker(t testing.TB) *brokertest.Server {
	t.Helper()
	s := brokertest.Start()
	t.Cleanup(s.Stop)
	return s
}

// newClient makes a client that does not wait between its tries.
func newClient(t testing.TB, url string, change ...func(*broker.Config)) *broker.Client {
	t.Helper()
	cfg := broker.Config{BaseURL: url, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	for _, f := range change {
		f(&cfg)
	}
	c, err := broker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func setFault(t testing.TB, s *brokertest.Server, name string) {
	t.Helper()
	if err := s.SetFault(name); err != nil {
		t.Fatal(err)
	}
}

// pactFile is a pact of another package's tests: a real one of specification V4.
func pactFile(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../pact/testdata/lamps.pact.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// otherPact is pactFile with another content.
func otherPact(t testing.TB) []byte {
	t.Helper()
	other := bytes.Replace(pactFile(t), []byte("sets the colour"), []byte("sets another colour"), 1)
	if bytes.Equal(other, pactFile(t)) {
		t.Fatal("the pact has no such description")
	}
	return other
}

func publication(t testing.TB, version string) broker.Publication {
	t.Helper()
	return broker.Publication{Consumer: "consumer", Version: version, Branch: "main",
		Contracts: []broker.Contract{{Provider: "provider", Content: pactFile(t)}}}
}

func publish(t testing.TB, c *broker.Client, p broker.Publication) {
	t.Helper()
	if _, err := c.Publish(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// wantKind checks the error's kind, and that its text holds the words.
func wantKind(t testing.TB, err error, kind broker.Kind, words ...string) {
	t.Helper()
	if got := broker.KindOf(err); got != kind {
		t.Fatalf("error %v (%T) of kind %q, want %q", err, err, got, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q, want one with %q", err, w)
		}
	}
}

// BenchmarkPublish publishes the same pact again, the index being known.
func BenchmarkPublish(b *testing.B) {
	s := startBroker(b)
	c := newClient(b, s.URL)
	p := publication(b, "1")
	for b.Loop() {
		publish(b, c, p)
	}
}

// BenchmarkPactsForVerification selects and fetches one pact.
func BenchmarkPactsForVerification(b *testing.B) {
	s := startBroker(b)
	c := newClient(b, s.URL)
	publish(b, c, publication(b, "1"))
	for b.Loop() {
		if _, err := c.PactsForVerification(b.Context(), "provider", broker.PactQuery{}); err != nil {
			b.Fatal(err)
		}
	}
}

// hintOf gives what the user can do about err, "" where nothing is known to help.
func hintOf(err error) string {
	var e *broker.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
