package mockgraph

import (
	"net/http"

	"graphpact/internal/contract"
)

// boundFaults do not keep to the limits that the page states. A server may take more than its page
// says, so that the first two break no promise; they are reported to a client that relies on the page.
func boundFaults() []Behaviour {
	return alike(Behaviour{Touches: []string{"limits"}, NotApplicable: needsLimit}, []Behaviour{
		{Name: "limit-ignored", Summary: "A value outside of a limit that the page states is accepted and stored.",
			DetectedBy: []string{"UPD-46"}, hook: forgives(outsideBounds, asSent)},
		{Name: "value-outside-limit-dropped", Summary: "A value outside of a limit that the page states is accepted and dropped.",
			DetectedBy: []string{"UPD-46"}, hook: forgives(outsideBounds, nil)},
		{Name: "limit-500", Summary: "A value outside of a limit that the page states makes the server fail with 500.",
			DetectedBy: []string{"UPD-46", "UPD-47"}, hook: inStage(stageValidate, func(c *call, run stage) *answer {
				a := run(c)
				if wrong, _ := c.route.mistaken(c.body, outsideBounds); a != nil && len(wrong) > 0 {
					return c.refuse(http.StatusInternalServerError, "InternalServerError", "The value does not fit.")
				}
				return a
			})},
		{Name: "kept-after-limit-refusal", Summary: "An update with a value outside of a limit that the page states is refused, and kept.",
			DetectedBy: []string{"UPD-46", "UPD-47"}, hook: keepsMember(outsideBounds)},
	})
}

// boundVariants have other values than the page lets a client send.
func boundVariants() []Behaviour {
	return []Behaviour{
		{Name: "value-older-than-limit", Summary: "A property has a value outside of a limit that the page states, from before the limit, and it cannot be set again.",
			Touches: []string{"limits"}, NotApplicable: needsLimit, hook: outsideAtFirst},
	}
}

// limited gives the first settable property for which a value just outside of a limit is known.
func limited(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Settable(), func(p contract.Property) bool { return len(p.Outside()) > 0 })
}

// outsideAtFirst gives an entity such a value before the first request to it.
func outsideAtFirst(r *route) hooks {
	p, _ := limited(r.op)
	met := &perPath[bool]{}
	return around(stageFindEntity, func(c *call, run stage) *answer {
		a := run(c)
		if a == nil && !met.swap(c.path(), true) {
			c.change(func(o Object) Object { return o.with(p.Name, encode(p.Outside()[0].JSON)) })
		}
		return a
	})(r)
}
