package mockgraph

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

// mistake is what can be wrong with a member of the body of an update.
type mistake string

const (
	unknownName mistake = "unknown"
	outsideEnum mistake = "enum"
	wrongCase   mistake = "case"
	wrongType   mistake = "type"
	// outsideBounds is a value of the right type outside of what the page states.
	outsideBounds mistake = "bounds"
)

// mistakeOf says what is wrong with a member, "" for nothing.
func (r *route) mistakeOf(m Member) mistake {
	if strings.Contains(m.Name, "@") || r.model.known[m.Name] {
		return ""
	}
	p, ok := r.model.settable[m.Name]
	if !ok {
		return unknownName
	}
	if checkProperty(p, m.Value, reading{beyond: true}) == nil {
		return ""
	}
	if value, isText := text(m.Value); isText && p.Type.IsEnum() {
		if slices.ContainsFunc(p.Type.Enum, func(e contract.Member) bool { return strings.EqualFold(e.Value, value) }) {
			return wrongCase
		}
		return outsideEnum
	}
	if p.Bounds = (contract.Bounds{}); checkProperty(p, m.Value, reading{beyond: true}) == nil {
		return outsideBounds
	}
	return wrongType
}

// mistaken gives the members that are wrong in that way.
func (r *route) mistaken(body Object, kind mistake) (wrong, rest Object) {
	rest = Object{}
	for _, m := range body {
		if r.mistakeOf(m) == kind {
			wrong = append(wrong, m)
		} else {
			rest = append(rest, m)
		}
	}
	return wrong, rest
}

// forgives takes an update with a mistake of that kind for a legal one; stored, where
// not nil, gives what a wrong member is stored as, nil for one that is not forgiven.
func forgives(kind mistake, stored func(r *route, m Member) json.RawMessage) hook {
	return inStage(stageValidate, func(c *call, run stage) *answer {
		wrong, rest := c.route.mistaken(c.body, kind)
		if stored != nil {
			for _, m := range wrong {
				if stored(c.route, m) == nil {
					rest = append(rest, m)
				}
			}
			wrong = slices.DeleteFunc(wrong, func(m Member) bool { return stored(c.route, m) == nil })
		}
		c.body = rest
		a := run(c)
		if a != nil || stored == nil {
			return a
		}
		for _, m := range wrong {
			c.patch = c.patch.with(m.Name, stored(c.route, m))
		}
		return nil
	})
}

func asSent(_ *route, m Member) json.RawMessage { return m.Value }

// folded is the member of the enum that a text in another case means; nil where a list is asked for,
// which no text is.
func folded(r *route, m Member) json.RawMessage {
	value, _ := text(m.Value)
	if r.model.settable[m.Name].Type.Collection {
		return nil
	}
	for _, e := range r.model.settable[m.Name].Type.Enum {
		if strings.EqualFold(e.Value, value) {
			return quote(e.Value)
		}
	}
	return m.Value
}

// acceptFaults take what must be refused.
func acceptFaults() []Behaviour {
	return alike(Behaviour{Touches: []string{"accept"}}, []Behaviour{
		{Name: "undocumented-member-stored", Summary: "A value that is no member of the enum is accepted and stored.",
			DetectedBy: []string{"UPD-16"}, NotApplicable: needsEnum, hook: forgives(outsideEnum, asSent)},
		{Name: "undocumented-member-dropped", Summary: "A value that is no member of the enum is accepted and dropped.",
			DetectedBy: []string{"UPD-16"}, NotApplicable: needsEnum, hook: forgives(outsideEnum, nil)},
		{Name: "member-in-other-case-dropped", Summary: "A member of the enum in another case is accepted and dropped.",
			DetectedBy: []string{"UPD-17"}, NotApplicable: needsCase, hook: forgives(wrongCase, nil)},
		{Name: "member-in-other-case-stored", Summary: "A member of the enum is stored in the case in which it was sent.",
			DetectedBy: []string{"UPD-17"}, NotApplicable: needsCase, hook: forgives(wrongCase, asSent)},
		{Name: "wrong-type-stored", Summary: "A value of the wrong JSON type is accepted and stored.",
			DetectedBy: []string{"UPD-18"}, NotApplicable: needsType, hook: forgives(wrongType, asSent)},
		{Name: "wrong-type-dropped", Summary: "A value of the wrong JSON type is accepted and dropped.",
			DetectedBy: []string{"UPD-18"}, NotApplicable: needsType, hook: forgives(wrongType, nil)},
		{Name: "unknown-property-dropped", Summary: "A property that the type does not have is dropped in silence.",
			DetectedBy: []string{"UPD-19"}, NotApplicable: needsClosed, hook: forgives(unknownName, nil)},
		{Name: "unknown-property-stored", Summary: "A property that the type does not have is stored.",
			DetectedBy: []string{"UPD-19"}, NotApplicable: needsClosed, hook: forgives(unknownName, asSent)},
		{Name: "malformed-json-accepted", Summary: "Malformed JSON is taken for an empty object.",
			DetectedBy: []string{"UPD-20"}, hook: repairsJSON(func([]byte) Object { return Object{} })},
		{Name: "malformed-json-applied", Summary: "Of malformed JSON the members before the mistake are applied.",
			DetectedBy: []string{"UPD-20"}, hook: repairsJSON(seenMembers)},
		{Name: "media-type-not-checked", Summary: "A body is read as JSON whatever its media type.",
			DetectedBy: []string{"UPD-21"}, hook: inStage(stageNegotiate, func(c *call, run stage) *answer {
				c.r.Header.Set("Content-Type", "application/json")
				return run(c)
			})},
	})
}

// settableTyped gives the first settable property for which a wrong type is known.
func settableTyped(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Settable(), hasWrongType)
}

// repairsJSON makes an object of a body that is none.
func repairsJSON(repair func(data []byte) Object) hook {
	return inStage(stageDecode, func(c *call, run stage) *answer {
		data := c.peek()
		a := run(c)
		if a != nil && a.status == http.StatusBadRequest {
			c.body, a = repair(data), nil
		}
		return a
	})
}

// keepsMember refuses an update with a mistake of that kind, and keeps it.
func keepsMember(kind mistake) hook {
	return inStage(stageValidate, func(c *call, run stage) *answer {
		a := run(c)
		if wrong, _ := c.route.mistaken(c.body, kind); a != nil && len(wrong) > 0 {
			c.keep(c.body)
		}
		return a
	})
}

// keeps stores the members of a body that the stage refuses, where the request is so.
func keeps(st string, when func(c *call) bool) hook {
	return inStage(st, func(c *call, run stage) *answer {
		data := c.peek()
		a := run(c)
		if a != nil && when(c) {
			c.keep(seenMembers(data))
		}
		return a
	})
}

// keepFaults refuse an update, and keep it all the same: one for each kind of refusal.
func keepFaults() []Behaviour {
	return alike(Behaviour{Touches: []string{"refusal-state"}, NotApplicable: needsSettable}, []Behaviour{
		{Name: "kept-after-enum-refusal", Summary: "An update with a value outside the enum is refused, and kept.",
			DetectedBy: []string{"UPD-16"}, NotApplicable: needsEnum, hook: keepsMember(outsideEnum)},
		{Name: "kept-after-case-refusal", Summary: "An update with a member in another case is refused, and kept.",
			DetectedBy: []string{"UPD-17"}, NotApplicable: needsCase, hook: keepsMember(wrongCase)},
		{Name: "kept-after-type-refusal", Summary: "An update with a value of the wrong type is refused, and kept.",
			DetectedBy: []string{"UPD-18"}, NotApplicable: needsType, hook: keepsMember(wrongType)},
		{Name: "kept-after-unknown-property", Summary: "An update with an unknown property is refused, and the property kept.",
			DetectedBy: []string{"UPD-19"}, NotApplicable: needsClosed, hook: keepsMember(unknownName)},
		{Name: "half-kept-after-unknown-property", Summary: "An update with an unknown property is refused, and what stands before that property kept.",
			DetectedBy: []string{"UPD-19"}, NotApplicable: all(needsSettable, needsClosed),
			hook: inStage(stageValidate, func(c *call, run stage) *answer {
				a := run(c)
				bad := slices.IndexFunc(c.body, func(m Member) bool { return c.route.mistakeOf(m) == unknownName })
				if a != nil && bad > 0 {
					c.keep(c.body[:bad])
				}
				return a
			})},
		{Name: "kept-after-malformed-json", Summary: "Malformed JSON is refused, and what stands before the mistake kept.",
			DetectedBy: []string{"UPD-20"}, hook: keeps(stageDecode, always)},
		{Name: "kept-after-media-type-refusal", Summary: "An update of a wrong media type is refused, and kept.",
			DetectedBy: []string{"UPD-21"}, hook: keeps(stageNegotiate, always)},
		{Name: "kept-after-missing-token", Summary: "An update without a token gets 401, and is kept.",
			DetectedBy: []string{"UPD-22"}, hook: keeps(stageAuthenticate, func(c *call) bool { return !sends("Authorization")(c) })},
		{Name: "kept-after-bad-token", Summary: "An update with a token that nobody issued gets 401, and is kept.",
			DetectedBy: []string{"UPD-23"},
			hook:       keeps(stageAuthenticate, func(c *call) bool { return sends("Authorization")(c) && !looksLikeJWT(c) })},
		{Name: "kept-after-stale-etag", Summary: "An update with a stale ETag gets 412, and is kept.",
			DetectedBy: []string{"UPD-27"}, hook: keeps(stageConditions, always)},
	})
}

// refusalFaults break how a wrong update is refused.
func refusalFaults() []Behaviour {
	as := func(status int) hook { return onStatus(http.StatusBadRequest, status) }
	return alike(Behaviour{DetectedBy: []string{"UPD-19", "UPD-20"}, Touches: []string{"refusal"}}, []Behaviour{
		{Name: "refusal-500", Summary: "A wrong update makes the server fail with 500.", hook: as(http.StatusInternalServerError)},
		{Name: "refusal-403", Summary: "A wrong update is refused as forbidden.", hook: as(http.StatusForbidden)},
		{Name: "refusal-404", Summary: "A wrong update is refused as if the entity were not there.", hook: as(http.StatusNotFound)},
		{Name: "refusal-200", Summary: "A wrong update is refused with 200 and an error in the body.", hook: as(http.StatusOK)},
		{Name: "empty-update-502", Summary: "An empty update makes the server fail, and its gateway answers 502 with a web page.",
			DetectedBy: []string{"UPD-12", "UPD-43"}, hook: inStage(stageValidate, func(c *call, run stage) *answer {
				if len(c.body) == 0 {
					return ofGateway(http.StatusBadGateway)
				}
				return run(c)
			})},
		{Name: "media-type-500", Summary: "A wrong media type makes the server fail with 500.",
			DetectedBy: []string{"UPD-21"}, hook: onStatus(http.StatusUnsupportedMediaType, http.StatusInternalServerError)},
	})
}

// errorFaults break the body of an error.
func errorFaults() []Behaviour {
	inside := func(change func(e Object) Object) hook {
		return onRefusal(func(_ *call, a *answer) { a.editError(change) })
	}
	text := func(mediaType, body string) hook {
		return onRefusal(func(_ *call, a *answer) {
			a.header.Set("Content-Type", mediaType)
			a.body = []byte(body)
		})
	}
	return alike(Behaviour{DetectedBy: []string{"UPD-19", "UPD-20", "UPD-24"}, Touches: []string{"error-body"}}, []Behaviour{
		{Name: "error-without-code", Summary: "An error has no code.", hook: inside(func(e Object) Object { return e.without("code") })},
		{Name: "error-without-message", Summary: "An error has no message.",
			hook: inside(func(e Object) Object { return e.without("message") })},
		{Name: "error-code-empty", Summary: "The code of an error is empty.",
			hook: inside(func(e Object) Object { return e.set("code", quote("")) })},
		{Name: "error-code-number", Summary: "The code of an error is a number.",
			hook: inside(func(e Object) Object { return e.set("code", encode(400)) })},
		{Name: "error-message-object", Summary: "The message of an error is an object with a language, as in OData 3.",
			hook: inside(func(e Object) Object {
				return e.set("message", Object{{"lang", quote("en")}, {"value", e.value("message")}}.json())
			})},
		{Name: "error-unwrapped", Summary: "The code and the message of an error stand outside of its error member.",
			hook: onRefusal(func(_ *call, a *answer) {
				a.edit(func(o Object) Object { return splitObject(o.value("error")) })
			})},
		{Name: "error-named-odata", Summary: "The error stands in a member odata.error, as in OData 3.",
			hook: onRefusal(func(_ *call, a *answer) {
				a.edit(func(o Object) Object { return Object{{"odata.error", o.value("error")}} })
			})},
		{Name: "error-html", Summary: "An error is a web page.", hook: text("text/html", "<!DOCTYPE html><title>Bad Request</title>")},
		{Name: "error-text", Summary: "An error is a line of text.", hook: text("text/plain", "Bad Request")},
		{Name: "error-empty", Summary: "An error has an empty body.", hook: onRefusal(func(_ *call, a *answer) { a.body = []byte{} })},
		{Name: "error-content-type", Summary: "An error in JSON is labelled as application/jsonx.",
			hook: onRefusal(func(_ *call, a *answer) { a.header.Set("Content-Type", "application/jsonx") })},
	})
}
