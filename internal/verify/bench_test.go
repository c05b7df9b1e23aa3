package verify

import (
	"testing"

	"graphpact/internal/pact"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
)

// BenchmarkRun verifies the ten interactions of a pact against the mock Graph.
func BenchmarkRun(b *testing.B) {
	catalog := newCatalog(b)
	srv, base := mock(b, catalog)
	r := &Runner{Library: library(b), Client: newClient(b, base, nil), States: providerstate.NewMock(srv, catalog.Operations...), Catalog: catalog}
	interactions := load(b, "v4.json").Interactions
	for b.Loop() {
		reqs, err := r.Run(b.Context(), interactions, nil)
		if err != nil || result.Count(reqs).Pass != len(interactions) {
			b.Fatalf("%v\n%s", err, verdicts(reqs))
		}
	}
}

func BenchmarkParse(b *testing.B) {
	p := load(b, "v4.json")
	data := p.Interactions[0].Single
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := pact.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
