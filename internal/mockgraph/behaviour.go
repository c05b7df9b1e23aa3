package mockgraph

import "graphpact/internal/contract"

// Kind tells a fault from a variant.
type Kind string

// The kinds.
const (
	// Fault breaks exactly one promise of the page or of a convention: the suite must
	// notice, by the requirements that the Behaviour names.
	Fault Kind = "fault"
	// Variant is another legal way to keep every promise: the suite must not report it.
	Variant Kind = "variant"
)

// Behaviour is a named way in which a Server departs from what it does by default.
type Behaviour struct {
	// Name is stable, in lower case with hyphens, as "status-204".
	Name string
	Kind Kind
	// Summary says in one sentence what the server does.
	Summary string
	// Noticed are the ids of the requirements each of which must notice a Fault, as
	// "UPD-02"; empty for a Variant.
	Noticed []string
	// Aspects are the parts of an answer or of the server that it touches, as "status" or
	// "etag". Two behaviours that share one are not combined.
	Aspects []string
	// Unfit says why the behaviour cannot be shown on an Operation, as "the page has no
	// enum"; "" where it can. nil means that it always can.
	Unfit func(op *contract.Operation) string
}
