package mockgraph

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

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

	// hook makes the hooks for one route of one server. What a behaviour has to remember
	// lives in the closures of the call: no two servers share it.
	hook func(r *route) hooks
	// tls wants the server behind TLS, which brings HTTP/2.
	tls bool
}

// Faults gives every fault, in the same order each time: by what they break.
func Faults() []Behaviour {
	return kinds(Fault,
		statusFaults(),
		bodyFaults(),
		propertyFaults(),
		headerFaults(),
		dateFaults(),
		stateFaults(),
		acceptFaults(),
		keepFaults(),
		refusalFaults(),
		errorFaults(),
		accessFaults(),
		conditionFaults(),
		concurrencyFaults(),
		readFaults(),
	)
}

// Variants gives every variant, in the same order each time: by what they touch.
func Variants() []Behaviour {
	return kinds(Variant,
		transportVariants(),
		bodyVariants(),
		timestampVariants(),
		habitVariants(),
	)
}

func kinds(k Kind, groups ...[]Behaviour) []Behaviour {
	all := slices.Concat(groups...)
	for i := range all {
		all[i].Kind = k
	}
	return all
}

// FindBehaviour gives the fault or variant of that name.
func FindBehaviour(name string) (Behaviour, bool) {
	all := slices.Concat(Faults(), Variants())
	i := slices.IndexFunc(all, func(b Behaviour) bool { return b.Name == name })
	if i < 0 {
		return Behaviour{}, false
	}
	return all[i], true
}

// unfit is Unfit, with its default.
func (b Behaviour) unfit(op *contract.Operation) string {
	if b.Unfit == nil {
		return ""
	}
	return b.Unfit(op)
}

// checkBehaviours refuses two of one name, and one that no Operation can show.
func checkBehaviours(all []Behaviour, ops []*contract.Operation) error {
	seen := map[string]bool{}
	for _, b := range all {
		if b.hook == nil && !b.tls {
			return fmt.Errorf("the behaviour %q is not one of Faults or Variants", b.Name)
		}
		if seen[b.Name] {
			return fmt.Errorf("the %s %s is named twice", b.Kind, b.Name)
		}
		seen[b.Name] = true
		var reasons []string
		for _, op := range ops {
			if why := b.unfit(op); why != "" {
				reasons = append(reasons, why)
			}
		}
		if len(reasons) == len(ops) {
			slices.Sort(reasons)
			return fmt.Errorf("the %s %s cannot be shown: %s", b.Kind, b.Name, strings.Join(slices.Compact(reasons), "; "))
		}
	}
	return nil
}
