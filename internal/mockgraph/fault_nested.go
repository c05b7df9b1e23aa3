package mockgraph

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
)

// nestedFaults break what an update does with objects and lists (OData 4.01 Protocol 11.4.3): an
// object merges, a list is replaced.
func nestedFaults() []Behaviour {
	return alike(Behaviour{DetectedBy: []string{"UPD-48"}, Touches: []string{"state"}, NotApplicable: needsMembers}, []Behaviour{
		{Name: "object-replaced", Summary: "An update of an object replaces it: the members that it does not name are there no more.",
			hook: ofObjects(func(_, sent Object) Object { return sent })},
		{Name: "object-members-cleared", Summary: "An update of an object sets the members that it does not name to null.",
			hook: ofObjects(func(was, sent Object) Object {
				for _, m := range was {
					if _, named := sent.Get(m.Name); !named && !strings.Contains(m.Name, "@") {
						sent = sent.with(m.Name, null)
					}
				}
				return sent
			})},
		{Name: "object-member-wrong-type", Summary: "A member of an object within the entity is shown with another JSON type than its own.",
			DetectedBy: []string{"UPD-03"}, Touches: []string{"body"}, NotApplicable: all(needsMembers, needsBody),
			hook: onEntity(func(c *call, o Object) Object {
				p, _ := withMembers(c.route.op)
				for _, m := range splitObject(o.value(p.Name)) {
					if q, known := p.Type.Structure.Property(m.Name); known && q.Settable() && q.Type.Structure == nil && !q.Type.Collection && !isNull(m.Value) {
						other := json.RawMessage("7")
						if !isText(m.Value) {
							other = quote("seven")
						}
						return o.with(p.Name, splitObject(o.value(p.Name)).with(m.Name, other).json())
					}
				}
				return o
			})},
		{Name: "list-appended", Summary: "An update of a list adds its items to those that are there.",
			DetectedBy: []string{"UPD-10"}, NotApplicable: needs(withItems, "the page has no list that a client may set"),
			hook: afterApply(func(c *call, old *record) {
				for _, m := range c.patch {
					was := items(old.body.value(m.Name))
					if isArray(m.Value) && len(was) > 0 {
						c.change(func(o Object) Object { return o.with(m.Name, encode(append(was, items(m.Value)...))) })
					}
				}
			})},
	})
}

// nestedVariants show and take objects in other legal ways.
func nestedVariants() []Behaviour {
	return alike(Behaviour{NotApplicable: needsMembers}, []Behaviour{
		{Name: "object-with-more-members", Summary: "Objects within the entity have members that the page does not name, and theirs in another order.",
			Touches: []string{"extra", "order"}, hook: together(
				// A client that restores sends the member too: it is shown, and never stored.
				stores(always, func(c *call, o Object) Object {
					return c.route.withObjects(o, func(inner Object) Object { return inner.without(moreMember) })
				}),
				onEntity(func(c *call, o Object) Object {
					return c.route.withObjects(o, func(inner Object) Object {
						slices.Reverse(inner)
						return append(Object{{moreMember, json.RawMessage(`{"parts":[1,null]}`)}}, inner...)
					})
				}))},
		{Name: "object-wants-all-members", Summary: "An update of an object that does not name all the members that it has is refused.",
			Touches: []string{"other-members"}, hook: inStage(stageValidate, func(c *call, run stage) *answer {
				if a := run(c); a != nil {
					return a
				}
				if slices.ContainsFunc(c.patch, func(m Member) bool { return c.route.lacksMembers(c.record.body.value(m.Name), m) }) {
					return c.refuse(http.StatusBadRequest, "BadRequest", "Name all members of the object.")
				}
				return nil
			})},
	})
}

// moreMember is a member of objects that no page names.
const moreMember = "graphpactMore"

// withObjects changes each object within the entity whose members the page names.
func (r *route) withObjects(o Object, change func(Object) Object) Object {
	for _, m := range o {
		if p, ok := r.op.Property(m.Name); ok && p.HasMembers() && isObject(m.Value) {
			o = o.with(m.Name, change(splitObject(m.Value)).json())
		}
	}
	return o
}

// ofObjects stores what the function makes of an object that was there, and of the one sent.
func ofObjects(store func(was, sent Object) Object) hook {
	return afterApply(func(c *call, old *record) {
		for _, m := range c.patch {
			if was := old.body.value(m.Name); isObject(was) && isObject(m.Value) {
				c.change(func(o Object) Object { return o.with(m.Name, store(splitObject(was), splitObject(m.Value)).json()) })
			}
		}
	})
}

// lacksMembers reports whether an object leaves out a member that the present one has. A value
// that the page names is always taken.
func (r *route) lacksMembers(now json.RawMessage, m Member) bool {
	p, ok := r.op.Property(m.Name)
	if !ok || !p.HasMembers() || !isObject(now) || !isObject(m.Value) ||
		slices.ContainsFunc(p.Named, func(v contract.Value) bool { return p.Same(v.JSON, decodedJSON(m.Value)) }) {
		return false
	}
	sent := splitObject(m.Value)
	return slices.ContainsFunc(splitObject(now), func(one Member) bool {
		q, known := p.Type.Structure.Property(one.Name)
		_, named := sent.Get(one.Name)
		return known && q.Settable() && !named && !isNull(one.Value)
	})
}

// withMembers gives the first object of which an update can name one member alone.
func withMembers(op *contract.Operation) (contract.Property, bool) {
	conventions, err := convention.Load()
	if err != nil {
		return contract.Property{}, false // the server has refused to start without
	}
	return firstProperty(op.Settable(), func(p contract.Property) bool {
		if !p.HasMembers() {
			return false
		}
		_, _, ok := p.OneMember(decodedJSON(maker{op: op, now: time.Now()}.property(p)), conventions.IsSensitive)
		return ok
	})
}

// withItems gives the first list that the seed of the page fills and that a client may set.
func withItems(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Settable(), func(p contract.Property) bool {
		now, _ := decodedJSON(maker{op: op, now: time.Now()}.property(p)).([]any)
		return p.Type.Collection && len(now) > 0 && len(p.Values(now, 1)) > 0
	})
}
