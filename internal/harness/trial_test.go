package harness

import (
	"testing"

	"graphpact/internal/selftest"
)

// BenchmarkTrial is one trial of a selftest: a server, a client, all scenarios.
func BenchmarkTrial(b *testing.B) {
	bench, err := NewBench(testPages(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.Play(b.Context(), selftest.Trial{Kind: selftest.Baseline}); err != nil {
			b.Fatal(err)
		}
	}
}

// testPages are those in the program.
func testPages(t testing.TB) *Pages {
	t.Helper()
	pages, err := LoadPages(PageConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}
