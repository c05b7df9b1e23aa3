package steps

import (
	"testing"

	"graphpact/internal/mockgraph"
)

// TestEveryRequirementHasAFault: what no fault breaks is not known to be seen.
func TestEveryRequirementHasAFault(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	for _, f := range mockgraph.Faults() {
		for _, id := range f.DetectedBy {
			named[id] = true
		}
	}
	b := newBenchFor(t, fixture(t, testPage), fixture(t, testSeeds))
	for _, c := range b.suite.Cases {
		if !named[c.ID] {
			t.Errorf("no fault names %s", c.ID)
		}
	}
}
