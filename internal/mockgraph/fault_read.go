package mockgraph

import (
	"encoding/json"
	"net/http"
)

// readFaults break what a GET shows, and leave updates alone.
func readFaults() []Behaviour {
	read := []string{"read"}
	// shown changes the answer to a read that found its entity.
	shown := func(change func(r *route, c *call, a *answer)) func(*route) hooks {
		return func(r *route) hooks {
			return hooks{after: func(c *call, a *answer) {
				if !c.updates() && a.status == http.StatusOK {
					change(r, c, a)
				}
			}}
		}
	}
	onStatusOfRead := func(status int, change func(c *call, a *answer)) func(*route) hooks {
		return onAny(func(c *call, a *answer) {
			if !c.updates() && a.status == status {
				change(c, a)
			}
		})
	}
	admits := func(when func(c *call) bool) func(*route) hooks {
		return func(*route) hooks {
			return hooks{around: map[string]func(*call, stage) *answer{
				stageAuthenticate: func(c *call, run stage) *answer {
					if !c.updates() && when(c) {
						return nil
					}
					return run(c)
				},
			}}
		}
	}
	return []Behaviour{
		{Name: "read-property-missing", Summary: "A read leaves out a property that an update shows.",
			DetectedBy: []string{"UPD-32"}, Touches: read, NotApplicable: all(needsBody, needsShown),
			hook: shown(func(r *route, _ *call, a *answer) {
				p, _ := shownProperty(r.op)
				a.edit(func(o Object) Object { return o.without(p.Name) })
			})},
		{Name: "read-property-wrong-type", Summary: "A read shows a property with another JSON type than the page documents.",
			DetectedBy: []string{"UPD-32"}, Touches: read, NotApplicable: all(needsBodyFact, needs(typedProperty, "the page gives no property a type")),
			hook: shown(func(r *route, _ *call, a *answer) {
				p, _ := typedProperty(r.op)
				v, _ := p.WrongType()
				a.edit(func(o Object) Object { return o.with(p.Name, encode(v)) })
			})},
		{Name: "read-content-type-text", Summary: "A read labels its JSON as text/plain.",
			DetectedBy: []string{"UPD-33"}, Touches: []string{"read", "media-type"},
			hook: shown(func(_ *route, _ *call, a *answer) { a.header.Set("Content-Type", "text/plain") })},
		{Name: "read-flickers", Summary: "Every other read shows a property without its value.",
			DetectedBy: []string{"UPD-34"}, Touches: read, NotApplicable: needsSettable,
			hook: func(r *route) hooks {
				p, _ := settable(r.op)
				seen := &perPath[int]{}
				return shown(func(_ *route, c *call, a *answer) {
					path := r.template.expand(c.params)
					seen.update(path, func(n int) int { return n + 1 })
					if seen.get(path)%2 == 0 {
						a.edit(func(o Object) Object { return o.set(p.Name, json.RawMessage("null")) })
					}
				})(r)
			}},
		{Name: "read-absent-answered", Summary: "A read of an absent entity shows an empty one.",
			DetectedBy: []string{"UPD-35"}, Touches: []string{"absent"}, NotApplicable: needsParam,
			hook: onStatusOfRead(http.StatusNotFound, func(_ *call, a *answer) {
				a.status, a.body = http.StatusOK, []byte("{}")
			})},
		{Name: "read-absent-400", Summary: "A read of an absent entity gets 400.",
			DetectedBy: []string{"UPD-35"}, Touches: []string{"absent"}, NotApplicable: needsKnownForm,
			hook: onStatusOfRead(http.StatusNotFound, func(_ *call, a *answer) { a.status = http.StatusBadRequest })},
		{Name: "read-absent-without-error", Summary: "A read of an absent entity gets 404 without an error in its body.",
			DetectedBy: []string{"UPD-35"}, Touches: []string{"error-body"}, NotApplicable: needsParam,
			hook: onStatusOfRead(http.StatusNotFound, func(_ *call, a *answer) { a.body = []byte("{}") })},
		{Name: "read-without-token", Summary: "Anybody can read, without a token.",
			DetectedBy: []string{"UPD-36"}, Touches: []string{"authentication"},
			hook: admits(func(c *call) bool { return !sends("Authorization")(c) })},
		{Name: "read-with-bad-token", Summary: "Anybody can read, with any token.",
			DetectedBy: []string{"UPD-37"}, Touches: []string{"authentication"}, hook: admits(sends("Authorization"))},
		{Name: "read-401-without-challenge", Summary: "The 401 to a read has no WWW-Authenticate.",
			DetectedBy: []string{"UPD-36", "UPD-37"}, Touches: []string{"authentication"},
			hook: onStatusOfRead(http.StatusUnauthorized, func(_ *call, a *answer) { a.header.Del("WWW-Authenticate") })},
		{Name: "read-key-of-another", Summary: "A read shows another key than the one in its path.",
			DetectedBy: []string{"UPD-38"}, Touches: []string{"read", "key"}, NotApplicable: all(needsKey, needsKeyInPath),
			hook: shown(func(r *route, _ *call, a *answer) {
				a.edit(func(o Object) Object { return o.set(r.model.key, r.forgedKey(o)) })
			})},
		{Name: "if-none-match-412", Summary: "A read with the current ETag as If-None-Match gets 412.",
			DetectedBy: []string{"UPD-39"}, Touches: []string{"etag"},
			hook: onStatusOfRead(http.StatusNotModified, func(c *call, a *answer) { a.replace(c.preconditionFailed()) })},
		{Name: "if-none-match-500", Summary: "A read with If-None-Match makes the server fail.",
			DetectedBy: []string{"UPD-39"}, Touches: []string{"etag"},
			hook: onAny(func(c *call, a *answer) {
				if !c.updates() && sends("If-None-Match")(c) && a.status < http.StatusBadRequest {
					a.replace(c.refuse(http.StatusInternalServerError, "InternalServerError", "The header could not be read."))
				}
			})},
	}
}
