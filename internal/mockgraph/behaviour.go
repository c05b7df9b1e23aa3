package mockgraph

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

// Kind is fault or variant.
type Kind string

// The kinds.
const (
	// Fault breaks exactly one promise of the page or of a convention: the suite must
	// detect, by the requirements that the Behaviour names.
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
	// DetectedBy are the ids of the requirements each of which must detect a Fault, as
	// "UPD-02"; empty for a Variant.
	DetectedBy []string
	// Touches are the parts of an answer or of the server that it touches, as "status" or
	// "etag". Two behaviours that share one are not combined.
	Touches []string
	// Late is set where reads are late, and right when LateBy has passed.
	Late bool
	// Turns is set where reads show two states in turn, for good: only who waits for late reads
	// can tell that from reads that are late.
	Turns bool
	// NotApplicable says why the behaviour cannot be shown on an Operation, as "the page has no
	// enum"; "" where it can. nil means that it always can.
	NotApplicable func(op *contract.Operation) string

	// hook makes the hooks for one route of one server. What a behaviour has to remember
	// lives in the closures of the call: no two servers share it.
	hook hook
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
		boundFaults(),
		nestedFaults(),
		errorFaults(),
		accessFaults(),
		absentFaults(),
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
		answerVariants(),
		boundVariants(),
		nestedVariants(),
	)
}

func kinds(k Kind, groups ...[]Behaviour) []Behaviour {
	all := slices.Concat(groups...)
	for i := range all {
		all[i].Kind = k
	}
	return all
}

// alike gives behaviours with something in common: each has the DetectedBy, Touches and NotApplicable
// of common where it has none of its own.
func alike(common Behaviour, all []Behaviour) []Behaviour {
	for i := range all {
		b := &all[i]
		if b.DetectedBy == nil {
			b.DetectedBy = common.DetectedBy
		}
		if b.Touches == nil {
			b.Touches = common.Touches
		}
		if b.NotApplicable == nil {
			b.NotApplicable = common.NotApplicable
		}
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

func (b Behaviour) notApplicable(op *contract.Operation) string {
	if b.NotApplicable == nil {
		return ""
	}
	return b.NotApplicable(op)
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
			if why := b.notApplicable(op); why != "" {
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

// The names of the stages, for hooks around them.
const (
	stageAuthenticate = "authenticate"
	stageControl      = "control"
	stageFindEntity   = "findEntity"
	stageNegotiate    = "negotiate"
	stageConditions   = "checkConditions"
	stageDecode       = "decode"
	stageValidate     = "validate"
	stageApply        = "apply"
	stageRepresent    = "represent"
)

type namedStage struct {
	name string
	run  stage
}

// behave puts the behaviours that fit the route around the server's stages: variants
// first, so that a fault spoils what the variant made.
// A route without any has no stages of its own.
func (r *route) behave(all []Behaviour, stages []namedStage) {
	for _, kind := range []Kind{Variant, Fault} {
		for _, b := range all {
			if b.Kind != kind || b.hook == nil || b.notApplicable(r.op) != "" {
				continue
			}
			if r.stages == nil {
				r.stages = slices.Clone(stages)
			}
			r.add(b.hook(r))
		}
	}
}

func (r *route) add(h hooks) {
	if h.before != nil {
		r.before = append(r.before, h.before)
	}
	if h.after != nil {
		r.after = append(r.after, h.after)
	}
	for i, st := range r.stages {
		if around, ok := h.around[st.name]; ok {
			r.stages[i].run = func(c *call) *answer { return around(c, st.run) }
		}
	}
}
