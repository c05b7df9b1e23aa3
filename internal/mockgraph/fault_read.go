package mockgraph

import (
	"net/http"
)

// readFaults break what a GET shows, and leave updates alone.
func readFaults() []Behaviour {
	read := []string{"read"}
	// shown changes the answer to a read that found its entity.
	shown := func(change func(c *call, a *answer)) hook { return onStatusOf(false, http.StatusOK, change) }
	absent := func(change func(c *call, a *answer)) hook { return onStatusOf(false, http.StatusNotFound, change) }
	entity := func(change func(c *call, o Object) Object) hook {
		return shown(func(c *call, a *answer) {
			a.edit(func(o Object) Object { return change(c, o) })
		})
	}
	return alike(Behaviour{Touches: read}, []Behaviour{
		{Name: "read-property-missing", Summary: "A read leaves out a property that an update shows.",
			DetectedBy: []string{"UPD-32"}, NotApplicable: all(needsBody, needsShown),
			hook: entity(withoutShown)},
		{Name: "read-property-wrong-type", Summary: "A read shows a property with another JSON type than the page documents.",
			DetectedBy: []string{"UPD-32"}, NotApplicable: all(needsBodyFact, needsTyped),
			hook: entity(withWrongType)},
		{Name: "read-content-type-text", Summary: "A read labels its JSON as text/plain.",
			DetectedBy: []string{"UPD-33"}, Touches: []string{"read", "media-type"},
			hook: shown(func(_ *call, a *answer) { a.header.Set("Content-Type", "text/plain") })},
		{Name: "read-flickers", Summary: "Every other read shows a property without its value.",
			DetectedBy: []string{"UPD-34"}, NotApplicable: needsSettable, hook: func(r *route) hooks {
				seen := &perPath[int]{}
				return entity(func(c *call, o Object) Object {
					if p, _ := settable(r.op); seen.update(c.path(), oneMore)%2 == 0 {
						return o.set(p.Name, null)
					}
					return o
				})(r)
			}},
		{Name: "read-absent-answered", Summary: "A read of an absent entity shows an empty one.",
			DetectedBy: []string{"UPD-35"}, Touches: []string{"absent"}, NotApplicable: needsParam,
			hook: absent(func(_ *call, a *answer) {
				a.status, a.body = http.StatusOK, []byte("{}")
			})},
		{Name: "read-absent-400", Summary: "A read of an absent entity gets 400.",
			DetectedBy: []string{"UPD-35"}, Touches: []string{"absent"}, NotApplicable: needsKnownForm,
			hook: absent(func(_ *call, a *answer) { a.status = http.StatusBadRequest })},
		{Name: "read-absent-without-error", Summary: "A read of an absent entity gets 404 without an error in its body.",
			DetectedBy: []string{"UPD-35"}, Touches: []string{"error-body"}, NotApplicable: needsParam,
			hook: absent(func(_ *call, a *answer) { a.body = []byte("{}") })},
		{Name: "read-without-token", Summary: "Anybody can read, without a token.",
			DetectedBy: []string{"UPD-36"}, Touches: []string{"authentication"},
			hook: admits(false, func(c *call) bool { return !sends("Authorization")(c) })},
		{Name: "read-with-bad-token", Summary: "Anybody can read, with any token.",
			DetectedBy: []string{"UPD-37"}, Touches: []string{"authentication"}, hook: admits(false, sends("Authorization"))},
		{Name: "read-401-without-challenge", Summary: "The 401 to a read has no WWW-Authenticate.",
			DetectedBy: []string{"UPD-36", "UPD-37"}, Touches: []string{"authentication"},
			hook: onStatusOf(false, http.StatusUnauthorized, func(_ *call, a *answer) { a.header.Del("WWW-Authenticate") })},
		{Name: "read-key-of-another", Summary: "A read shows another key than the one in its path.",
			DetectedBy: []string{"UPD-38"}, Touches: []string{"read", "key"}, NotApplicable: all(needsKey, needsKeyInPath),
			hook: entity(withForgedKey)},
		{Name: "if-none-match-412", Summary: "A read with the current ETag as If-None-Match gets 412.",
			DetectedBy: []string{"UPD-39"}, Touches: []string{"etag"},
			hook: onStatusOf(false, http.StatusNotModified, func(c *call, a *answer) { a.replace(c.preconditionFailed()) })},
		{Name: "if-none-match-500", Summary: "A read with If-None-Match makes the server fail.",
			DetectedBy: []string{"UPD-39"}, Touches: []string{"etag"}, hook: onAny(func(c *call, a *answer) {
				if !c.updates() && sends("If-None-Match")(c) && a.status < http.StatusBadRequest {
					a.replace(c.refuse(http.StatusInternalServerError, "InternalServerError", "The header could not be read."))
				}
			})},
	})
}
