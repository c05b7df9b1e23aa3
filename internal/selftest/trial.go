// Package selftest proves that the suite can see: it has the suite played against
// servers that are wrong in one way (faults), right in another way than usual (variants),
// both at once (pairs), and no Graph at all (controls), and judges what the suite said.
// It knows verdicts and sends nothing: how a trial is played is handed in.
package selftest

import (
	"context"

	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
)

// Kind is the kind of a trial.
type Kind string

// The kinds.
const (
	// Baseline is the mock as it is: what passes there is what can be killed.
	Baseline Kind = "baseline"
	// Fault is the mock with one fault.
	Fault Kind = "fault"
	// Variant is the mock with one variant.
	Variant Kind = "variant"
	// Pair is the mock with a fault and a variant.
	Pair Kind = "pair"
	// Control is a server that is no Graph.
	Control Kind = "control"
)

// Trial is one play of the whole suite against one server.
type Trial struct {
	Kind Kind
	// Behaviours are those of the mock: none for a baseline, the fault before the variant
	// for a pair.
	Behaviours []mockgraph.Behaviour
	// Control is set for a control only.
	Control *negative.Control
}

// Name is "baseline", the name of the behaviour or the control, or for a pair both names
// with a plus sign.
func (t Trial) Name() string {
	switch {
	case t.Control != nil:
		return t.Control.Name
	case len(t.Behaviours) == 0:
		return string(Baseline)
	}
	name := t.Behaviours[0].Name
	for _, b := range t.Behaviours[1:] {
		name += " + " + b.Name
	}
	return name
}

// Play plays the suite against the server of the trial and gives a requirement for each
// case. It is called from many goroutines at once.
type Play func(ctx context.Context, t Trial) ([]result.Requirement, error)
