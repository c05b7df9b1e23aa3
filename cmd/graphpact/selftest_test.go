package main

import (
	"testing"

	"graphpact/internal/selftest"
)

// BenchmarkTrial is one trial of a selftest: a server, a client, 38 scenarios.
func BenchmarkTrial(b *testing.B) {
	bench, err := newTrialBench(&pageFlags{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.play(b.Context(), selftest.Trial{Kind: selftest.Baseline}); err != nil {
			b.Fatal(err)
		}
	}
}
