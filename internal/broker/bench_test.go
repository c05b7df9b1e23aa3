package broker_test

import (
	"testing"

	"graphpact/internal/broker"
)

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
		if _, err := c.PactsForVerification(b.Context(), "provider", broker.Selection{}); err != nil {
			b.Fatal(err)
		}
	}
}
