package mockgraph

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/edm"
)

// answerVariants are other legal answers to what a request asks.
func answerVariants() []Behaviour {
	errorBody, etag := []string{"error-body"}, []string{"etag"}
	// Who refuses what others take, or takes what they refuse, meets the faults of the one
	// and not those of the other.
	otherwise := func(what string) []string {
		return []string{what, "status", "body", "state", "accept", "refusal", "refusal-state", "error-body"}
	}
	readOnly := otherwise("read-only")
	inside := func(change func(e Object) Object) hook {
		return onAnswer(func(_ *call, a *answer) bool { return a.status >= http.StatusBadRequest }, func(_ *call, a *answer) {
			a.editError(change)
		})
	}
	code := func(spell func(code string) string) hook {
		return inside(func(e Object) Object {
			s, _ := text(e.value("code"))
			return e.with("code", quote(spell(s)))
		})
	}
	refusesReadOnly := func(status int, code string) hook {
		return answerIf(status, code, func(c *call) bool {
			return slices.ContainsFunc(c.body, func(m Member) bool { return c.route.model.known[m.Name] })
		})
	}
	second := func(status int, code string) hook {
		return afterSecond(func(c *call, _, before *record) *answer {
			c.route.store.restore(before)
			return c.refuse(status, code, "Another update is under way.")
		})
	}
	return alike(Behaviour{Touches: errorBody}, []Behaviour{
		{Name: "error-code-in-camel-case", Summary: "The codes of errors begin with a small letter.",
			hook: code(func(s string) string { return strings.ToLower(s[:1]) + s[1:] })},
		{Name: "error-code-with-dots", Summary: "The codes of errors are made of words with dots between them.",
			hook: code(func(s string) string { return "service.error." + strings.ToLower(s) })},
		{Name: "error-details", Summary: "Errors carry details and a target.", hook: inside(func(e Object) Object {
			return e.with("target", quote("body")).with("details",
				json.RawMessage(`[{"code":"InvalidValue","message":"The value is not allowed.","target":"body"}]`))
		})},
		{Name: "error-innererror-in-lower-case", Summary: "innererror is spelt in lower case and nested, as OData writes it.",
			hook: inside(func(e Object) Object {
				inner := Object{{"code", quote("inner")}, {"innererror", e.value("innerError")}}
				return e.without("innerError").with("innererror", inner.json())
			})},
		{Name: "error-without-inner", Summary: "Errors carry a code and a message alone.",
			hook: inside(func(e Object) Object { return e.without("innerError") })},
		{Name: "error-message-translated", Summary: "The messages of errors are long, and not in English.",
			hook: inside(func(e Object) Object {
				return e.with("message", quote(strings.Repeat("Die Anfrage ist ungültig; 要求が正しくありません。\n", 40)))
			})},
		{Name: "challenge-with-authority", Summary: "WWW-Authenticate names the authority, as live Graph does.",
			Touches: []string{"authentication"}, hook: onAnswer(unauthorized, func(_ *call, a *answer) {
				a.header.Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", `+
					`client_id="00000003-0000-0000-c000-000000000000"`)
			})},
		{Name: "refusal-422", Summary: "A wrong update is refused with 422.",
			Touches: []string{"refusal"}, hook: onStatus(http.StatusBadRequest, http.StatusUnprocessableEntity)},
		{Name: "media-type-400", Summary: "A wrong media type is refused with 400.",
			Touches: []string{"refusal"}, hook: onStatus(http.StatusUnsupportedMediaType, http.StatusBadRequest)},
		{Name: "read-only-refused", Summary: "An update that names a read-only property is refused with 400.",
			Touches: readOnly, hook: refusesReadOnly(http.StatusBadRequest, "BadRequest")},
		{Name: "read-only-forbidden", Summary: "An update that names a read-only property is refused with 403.",
			Touches: readOnly, hook: refusesReadOnly(http.StatusForbidden, "Forbidden")},
		{Name: "read-only-conflict", Summary: "An update that names a read-only property is refused with 409.",
			Touches: readOnly, hook: refusesReadOnly(http.StatusConflict, "Conflict")},
		{Name: "member-in-other-case-accepted", Summary: "A member of the enum is accepted in any case, and shown as the page spells it.",
			Touches: otherwise("enum"), NotApplicable: needsCase, hook: forgives(wrongCase, folded)},
		{Name: "read-only-computed", Summary: "A property that the page calls read-only is another one after each update.",
			Touches: readOnly, NotApplicable: needs(computed, "the page calls no text read-only but the key"),
			hook: stores(sets, func(c *call, o Object) Object {
				p, _ := computed(c.route.op)
				return o.set(p.Name, quote("set by "+c.id))
			})},
		{Name: "sentinel-refused", Summary: "An update that names the sentinel of an enum is refused with 400.",
			Touches: otherwise("enum"), NotApplicable: needsSentinel,
			hook: answerIf(http.StatusBadRequest, "BadRequest", func(c *call) bool {
				return slices.ContainsFunc(c.body, func(m Member) bool {
					p, ok := c.route.op.Property(m.Name)
					return ok && namesSentinel(p.Type, m.Value)
				})
			})},
		{Name: "named-values-only", Summary: "Of a property for which the page names values, no others are taken.",
			Touches: otherwise("values"), NotApplicable: needs(namedValues, "the page names no two values for a property that is no enum"),
			hook: namedOnly},
		{Name: "type-needed", Summary: "An update that does not name @odata.type is refused.",
			Touches: otherwise("type"), NotApplicable: needsAnnotation,
			hook: inStage(stageValidate, func(c *call, run stage) *answer {
				if _, named := c.body.Get("@odata.type"); len(c.body) > 0 && !named {
					return c.refuse(http.StatusBadRequest, "BadRequest", "The update must name @odata.type.")
				}
				return run(c)
			})},
		{Name: "header-needed", Summary: "An update without a header that the page requires is refused.",
			Touches: otherwise("header"), NotApplicable: needsHeader,
			hook: answerIf(http.StatusBadRequest, "BadRequest", func(c *call) bool {
				for name, value := range c.route.op.RequiredHeaders() {
					if !strings.Contains(strings.Join(c.r.Header.Values(name), ", "), value) {
						return true
					}
				}
				return false
			})},
		{Name: "open-type-keeps", Summary: "Properties that the open type does not name are kept and shown.",
			Touches: otherwise("unknown"), NotApplicable: needsOpen, hook: forgives(unknownName, asSent)},
		{Name: "status-alternative", Summary: "An update is answered with the other status that the page allows.",
			Touches: []string{"status", "body", "prefer"}, NotApplicable: needsAlternative,
			hook: onSuccess(func(c *call, a *answer) {
				if other, ok := alternative(c.route.op); ok && c.prefer.ret == "" {
					if a.status = other; other != http.StatusOK { // 204 has no body, and 202 shows no entity yet
						a.empty(other)
					}
				}
			})},
		{Name: "prefer-ignored", Summary: "Preferences are ignored.",
			Touches: []string{"prefer"}, hook: inStage(stageNegotiate, func(c *call, run stage) *answer {
				a := run(c)
				c.prefer.ret = ""
				return a
			})},
		{Name: "preference-not-said", Summary: "Preferences are honoured, and no Preference-Applied says so (RFC 7240 3).",
			Touches: []string{"prefer"}, hook: onAny(func(_ *call, a *answer) { a.header.Del("Preference-Applied") })},
		{Name: "etag-absent", Summary: "Entities have no ETag.", Touches: etag, hook: onAny(func(_ *call, a *answer) {
			a.header.Del("ETag")
			a.edit(func(o Object) Object { return o.without("@odata.etag") })
		})},
		{Name: "etag-strong", Summary: "ETags are strong ones.",
			Touches: etag, hook: shownETag(func(_ *call, tag string) string { return strings.TrimPrefix(tag, "W/") })},
		{Name: "etag-in-body-only", Summary: "The ETag stands in the body alone.",
			Touches: etag, hook: onAny(func(_ *call, a *answer) { a.header.Del("ETag") })},
		{Name: "etag-in-header-only", Summary: "The ETag stands in the header alone.",
			Touches: etag, hook: onEntity(func(_ *call, o Object) Object { return o.without("@odata.etag") })},
		{Name: "needs-if-match", Summary: "An update without an ETag as If-Match gets 428, and one with `*` gets 400.",
			Touches: etag, hook: inStage(stageConditions, func(c *call, run stage) *answer {
				switch c.r.Header.Get("If-Match") {
				case "":
					return c.refuse(http.StatusPreconditionRequired, "PreconditionRequired", "Name the ETag of the entity in If-Match.")
				case "*":
					return c.refuse(http.StatusBadRequest, "BadRequest", "The value of If-Match is not valid.")
				}
				return run(c)
			})},
		{Name: "conflict-for-one", Summary: "Of two updates at once the second gets 409.",
			Touches: []string{"concurrency"}, hook: second(http.StatusConflict, "Conflict")},
		{Name: "locked-for-one", Summary: "Of two updates at once the second gets 423.",
			Touches: []string{"concurrency"}, hook: second(http.StatusLocked, "ResourceLocked")},
	})
}

// computed gives a text that the page calls read-only, and that is no key.
func computed(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Properties, func(p contract.Property) bool {
		return p.ReadOnly.Value && p.Role == "" && !p.Excluded && p.Type.Edm == edm.String && !p.Type.Collection && !p.Type.IsEnum()
	})
}

// namedValues gives a property that is no enum and for which the page names two values.
func namedValues(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Settable(), takesNamedOnly)
}

func takesNamedOnly(p contract.Property) bool {
	return !p.Type.IsEnum() && !p.Type.Collection && len(p.Named) > 1 && len(p.Values(p.Named[0].JSON, 1)) > 0 &&
		p.Values(p.Named[0].JSON, 1)[0].Vouched()
}

// namedOnly refuses an update with a value that the page could have named and did not. What is
// there at first is always taken, so that it can be restored.
func namedOnly(r *route) hooks {
	first := &perPath[Object]{}
	return answerIf(http.StatusBadRequest, "BadRequest", func(c *call) bool {
		was := first.first(c.path(), c.record.body)
		return slices.ContainsFunc(c.patch, func(m Member) bool {
			p, ok := r.model.settable[m.Name]
			if !ok || !takesNamedOnly(p) || isNull(m.Value) {
				return false
			}
			sent := decodedJSON(m.Value)
			return !p.Same(decodedJSON(was.value(m.Name)), sent) &&
				!slices.ContainsFunc(p.Named, func(v contract.Value) bool { return p.Same(v.JSON, sent) })
		})
	})(r)
}

// alternative gives the other status that the page allows for any update. One with a body
// the mock can only take the body from.
func alternative(op *contract.Operation) (int, bool) {
	for _, a := range op.Success.Alternatives {
		if !a.OnlyWithPrefer && updateStatus(op.Success) != http.StatusNoContent {
			return a.Status, true
		}
	}
	return 0, false
}
