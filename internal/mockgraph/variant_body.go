package mockgraph

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/edm"
)

// bodyVariants are other legal representations of the same entity.
func bodyVariants() []Behaviour {
	annotations := []string{"annotations"}
	with := func(members ...Member) func(*route) hooks {
		return onEntity(func(_ *route, o Object) Object {
			for _, m := range members {
				o = o.with(m.Name, m.Value)
			}
			return o
		})
	}
	return []Behaviour{
		{Name: "extra-properties", Summary: "The entity has properties that the page does not name.",
			Touches: []string{"extra"},
			hook: with(Member{"graphpactNote", quote("more than the page says")},
				Member{"graphpactDetails", json.RawMessage(`{"parts":[{"size":1.5e3},[],null]}`)})},
		{Name: "null-properties", Summary: "The entity has more properties, without a value.",
			Touches: []string{"extra"}, hook: with(Member{"graphpactNothing", json.RawMessage("null")})},
		{Name: "non-ascii-text", Summary: "The entity has text beyond ASCII, as UTF-8.",
			Touches: []string{"extra"}, hook: with(Member{"graphpactText", quote("Zürich, 東京, 😀")})},
		{Name: "counter-property", Summary: "The entity has a number that grows with each update.",
			Touches: []string{"extra"}, hook: counts},
		{Name: "ageing-property", Summary: "The entity has a property that the page does not name, and that is another in each answer.",
			Touches: []string{"extra"},
			hook: onAny(func(c *call, a *answer) {
				if succeeds(a) {
					a.edit(func(o Object) Object { return o.with("graphpactSeen", quote(c.id)) })
				}
			})},
		{Name: "property-order", Summary: "The properties come in another order, and in one of its own for a read.",
			Touches: []string{"order"}, hook: reorders},
		{Name: "odata-type-derived", Summary: "@odata.type names a type that derives from the page's.",
			Touches: annotations, NotApplicable: needsNamespace,
			hook: onEntity(func(r *route, o Object) Object {
				return o.with("@odata.type", quote("#"+r.op.Namespace.Value+".derivedFor"+r.op.Resource.Value))
			})},
		{Name: "odata-type-absolute", Summary: "@odata.type is an absolute URL with the type behind the number sign.",
			Touches: annotations, NotApplicable: needsTypeName,
			hook: onEntity(func(r *route, o Object) Object {
				name := "#" + r.op.QualifiedType()
				if given, ok := o.Get("@odata.type"); ok {
					name, _ = text(given)
				}
				return o.with("@odata.type", quote("https://graph.example/beta/$metadata"+name))
			})},
		{Name: "odata-type-absent", Summary: "The entity has no @odata.type.",
			Touches: annotations, hook: onEntity(func(_ *route, o Object) Object { return o.without("@odata.type") })},
		{Name: "annotations-more", Summary: "The entity and its properties carry more annotations.",
			Touches: annotations, hook: onEntity(annotates)},
		{Name: "annotations-none", Summary: "The entity carries no annotation (odata.metadata=none).",
			Touches: []string{"annotations", "media-type", "etag"},
			hook: onAny(func(_ *call, a *answer) {
				if !succeeds(a) || len(a.body) == 0 {
					return
				}
				a.header.Set("Content-Type", "application/json;odata.metadata=none")
				a.edit(func(o Object) Object {
					return slices.DeleteFunc(slices.Clone(o), func(m Member) bool { return strings.Contains(m.Name, "@") })
				})
			})},
	}
}

// annotates puts more annotations on an entity: control information of full metadata,
// and one of another vendor's on each property.
func annotates(_ *route, o Object) Object {
	out := Object{
		{"@odata.id", quote("things('1')")}, {"@odata.editLink", quote("things('1')")},
		{"@graphpact.tips", quote("Use $select to choose only the properties your app needs.")},
	}
	for _, m := range o {
		if !strings.Contains(m.Name, "@") {
			out = append(out, Member{m.Name + "@graphpact.note", quote("annotated")})
		}
		out = append(out, m)
	}
	return out
}

// counts shows how often an entity was updated.
func counts(r *route) hooks {
	seen := &perPath[int]{}
	update := afterApply(func(r *route, c *call, _ *record) {
		seen.update(r.template.expand(c.params), func(n int) int { return n + 1 })
	})(r)
	update.after = func(c *call, a *answer) {
		if !succeeds(a) {
			return
		}
		n := seen.get(r.template.expand(c.params))
		a.edit(func(o Object) Object { return o.with("graphpactVersion", encode(n)) })
	}
	return update
}

// reorders turns the properties round in the answer to an update, and sorts them in a
// read. The annotations stay in front (OData 4.01 JSON Format 4.4).
func reorders(*route) hooks {
	return hooks{after: func(c *call, a *answer) {
		if !succeeds(a) {
			return
		}
		a.edit(func(o Object) Object {
			at := slices.IndexFunc(o, func(m Member) bool { return !strings.Contains(m.Name, "@") })
			if at < 0 {
				return o
			}
			o = slices.Clone(o)
			if c.updates() {
				slices.Reverse(o[at:])
			} else {
				slices.SortFunc(o[at:], func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
			}
			return o
		})
	}}
}

// timestampVariants are the legal forms of a DateTimeOffset (OData 4.01 ABNF).
func timestampVariants() []Behaviour {
	dates := []string{"dates"}
	// form writes the dates that the server sets; the client's own come back as they are.
	form := func(write func(t time.Time) string) func(*route) hooks {
		return onEntity(func(r *route, o Object) Object {
			for _, m := range o {
				if t, ok := timeOf(m.Value); ok && r.serverDate(m.Name) {
					o = o.with(m.Name, quote(write(t)))
				}
			}
			return o
		})
	}
	layout := func(l string) func(*route) hooks {
		return form(func(t time.Time) string { return t.UTC().Format(l) })
	}
	zone := func(hours, minutes int) func(*route) hooks {
		z := time.FixedZone("", (hours*60+minutes)*60)
		return form(func(t time.Time) string { return t.In(z).Format("2006-01-02T15:04:05.0000000-07:00") })
	}
	return []Behaviour{
		{Name: "timestamp-offset-zero", Summary: "Dates end in +00:00.", Touches: dates, NotApplicable: needsDate,
			hook: form(func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000") + "+00:00" })},
		{Name: "timestamp-offset-east", Summary: "Dates are in the zone +05:30.", Touches: dates, NotApplicable: needsDate, hook: zone(5, 30)},
		{Name: "timestamp-offset-west", Summary: "Dates are in the zone -08:00.", Touches: dates, NotApplicable: needsDate, hook: zone(-8, 0)},
		{Name: "timestamp-offset-in-read", Summary: "A read shows dates with an offset, an update with Z.", Touches: dates, NotApplicable: needsDate,
			hook: func(r *route) hooks {
				shown := zone(2, 0)(r).after
				return hooks{after: func(c *call, a *answer) {
					if !c.updates() {
						shown(c, a)
					}
				}}
			}},
		{Name: "timestamp-whole-seconds", Summary: "Dates have no fraction of a second.", Touches: dates, NotApplicable: needsDate,
			hook: layout("2006-01-02T15:04:05Z")},
		{Name: "timestamp-to-the-minute", Summary: "Dates are cut to the minute.", Touches: dates, NotApplicable: needsDate,
			hook: form(func(t time.Time) string { return t.UTC().Truncate(time.Minute).Format("2006-01-02T15:04:05Z") })},
		{Name: "timestamp-3-digits", Summary: "Dates have milliseconds.", Touches: dates, NotApplicable: needsDate,
			hook: layout("2006-01-02T15:04:05.000Z")},
		{Name: "timestamp-6-digits", Summary: "Dates have microseconds.", Touches: dates, NotApplicable: needsDate,
			hook: layout("2006-01-02T15:04:05.000000Z")},
		{Name: "timestamp-12-digits", Summary: "Dates have twelve fraction digits, as many as OData allows.", Touches: dates, NotApplicable: needsDate,
			hook: form(func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000") + "00000Z" })},
		{Name: "timestamp-trimmed", Summary: "Dates leave the zeros at the end of the fraction out.", Touches: dates, NotApplicable: needsDate,
			hook: layout("2006-01-02T15:04:05.9999999Z")},
		{Name: "modified-null-at-first", Summary: "There is no date of the last modification before the first update.",
			Touches: dates, NotApplicable: needsModified, hook: nullAtFirst},
		{Name: "no-op-leaves-modified", Summary: "An update that changes no value leaves the date of the last modification.",
			Touches: dates, NotApplicable: needsModified,
			hook: afterApply(func(r *route, c *call, old *record) {
				if string(old.body.merge(c.patch).json()) == string(old.body.json()) {
					r.store.restore(old)
					c.record = old
				}
			})},
		{Name: "empty-update-moves-modified", Summary: "An update that names no property moves the date of the last modification.",
			Touches: dates, NotApplicable: needsModified,
			hook: afterApply(func(r *route, c *call, _ *record) {
				if emptyBody(c) {
					c.record = r.store.change(c.params, func(o Object) Object {
						for _, name := range r.model.modified {
							was, _ := o.Get(name)
							o = o.set(name, quote(nextTimestamp(was, c.now)))
						}
						return o
					})
				}
			})},
	}
}

// serverDate reports whether the server keeps the date of that name.
func (r *route) serverDate(name string) bool {
	p, _ := r.op.Property(name)
	return p.Role == contract.RoleCreated || slices.Contains(r.model.modified, name)
}

func needsDate(op *contract.Operation) string {
	if needsModified(op) != "" && needsCreated(op) != "" {
		return "the page names no date that the server sets"
	}
	return ""
}

// nullAtFirst shows null for the date of the last modification until there was one.
func nullAtFirst(r *route) hooks {
	updated := &perPath[bool]{}
	h := afterApply(func(r *route, c *call, _ *record) {
		if len(c.patch) > 0 {
			updated.swap(r.template.expand(c.params), true)
		}
	})(r)
	h.after = func(c *call, a *answer) {
		if !succeeds(a) || updated.get(r.template.expand(c.params)) {
			return
		}
		a.edit(func(o Object) Object {
			for _, name := range r.model.modified {
				o = o.set(name, json.RawMessage("null"))
			}
			return o
		})
	}
	return h
}

// habitVariants are other legal answers to what a request asks.
func habitVariants() []Behaviour {
	errorBody, etag := []string{"error-body"}, []string{"etag"}
	// Who refuses what others take, or takes what they refuse, meets the faults of the one
	// and not those of the other.
	otherwise := func(what string) []string {
		return []string{what, "status", "body", "state", "accept", "refusal", "refusal-state", "error-body"}
	}
	readOnly := otherwise("read-only")
	inside := func(change func(c *call, e Object) Object) func(*route) hooks {
		return onAny(func(c *call, a *answer) {
			if a.status >= http.StatusBadRequest {
				a.edit(func(o Object) Object {
					e, _ := o.Get("error")
					return o.set("error", change(c, splitObject(e)).json())
				})
			}
		})
	}
	code := func(spell func(code string) string) func(*route) hooks {
		return inside(func(_ *call, e Object) Object {
			raw, _ := e.Get("code")
			s, _ := text(raw)
			return e.with("code", quote(spell(s)))
		})
	}
	refusesReadOnly := func(status int, code string) func(*route) hooks {
		return func(r *route) hooks {
			return answerIf(status, code, func(c *call) bool {
				return slices.ContainsFunc(c.body, func(m Member) bool { return r.model.known[m.Name] })
			})(r)
		}
	}
	second := func(status int, code string) func(*route) hooks {
		return afterSecond(func(r *route, c *call, _, before *record) *answer {
			r.store.restore(before)
			return c.refuse(status, code, "Another update is under way.")
		})
	}
	return []Behaviour{
		{Name: "error-code-in-camel-case", Summary: "The codes of errors begin with a small letter.",
			Touches: errorBody, hook: code(func(s string) string { return strings.ToLower(s[:1]) + s[1:] })},
		{Name: "error-code-with-dots", Summary: "The codes of errors are made of words with dots between them.",
			Touches: errorBody, hook: code(func(s string) string { return "service.error." + strings.ToLower(s) })},
		{Name: "error-details", Summary: "Errors carry details and a target.",
			Touches: errorBody,
			hook: inside(func(_ *call, e Object) Object {
				return e.with("target", quote("body")).with("details",
					json.RawMessage(`[{"code":"InvalidValue","message":"The value is not allowed.","target":"body"}]`))
			})},
		{Name: "error-innererror-in-lower-case", Summary: "innererror is spelt in lower case and nested, as OData writes it.",
			Touches: errorBody,
			hook: inside(func(_ *call, e Object) Object {
				inner, _ := e.Get("innerError")
				return e.without("innerError").with("innererror", Object{{"code", quote("inner")}, {"innererror", inner}}.json())
			})},
		{Name: "error-without-inner", Summary: "Errors carry a code and a message alone.",
			Touches: errorBody, hook: inside(func(_ *call, e Object) Object { return e.without("innerError") })},
		{Name: "error-message-translated", Summary: "The messages of errors are long, and not in English.",
			Touches: errorBody,
			hook: inside(func(_ *call, e Object) Object {
				return e.with("message", quote(strings.Repeat("Die Anfrage ist ungültig; 要求が正しくありません。\n", 40)))
			})},
		{Name: "challenge-with-authority", Summary: "WWW-Authenticate names the authority, as live Graph does.",
			Touches: []string{"authentication"},
			hook: onAny(func(_ *call, a *answer) {
				if a.status == http.StatusUnauthorized {
					a.header.Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
				}
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
			Touches: otherwise("enum"), NotApplicable: all(needsEnum, needs(foldedEnum, "the enum has no member with letters")),
			hook: forgives(wrongCase, folded)},
		{Name: "read-only-computed", Summary: "A property that the page calls read-only is another one after each update.",
			Touches: readOnly, NotApplicable: needs(computed, "the page calls no text read-only but the key"), hook: computes},
		{Name: "sentinel-refused", Summary: "An update that names the sentinel of an enum is refused with 400.",
			Touches: otherwise("enum"), NotApplicable: needsSentinel,
			hook: func(r *route) hooks {
				return answerIf(http.StatusBadRequest, "BadRequest", func(c *call) bool {
					return slices.ContainsFunc(c.body, func(m Member) bool {
						p, ok := r.op.Property(m.Name)
						return ok && namesSentinel(p.Type, m.Value)
					})
				})(r)
			}},
		{Name: "named-values-only", Summary: "Of a property for which the page names values, no others are taken.",
			Touches: otherwise("values"), NotApplicable: needs(namedValues, "the page names no two values for a property that is no enum"),
			hook: namedOnly},
		{Name: "type-needed", Summary: "An update that does not name @odata.type is refused.",
			Touches: otherwise("type"), NotApplicable: needsTypeAnnotation,
			hook: inStage(stageValidate, func(_ *route, c *call, run stage) *answer {
				if _, named := c.body.Get("@odata.type"); len(c.body) > 0 && !named {
					return c.refuse(http.StatusBadRequest, "BadRequest", "The update must name @odata.type.")
				}
				return run(c)
			})},
		{Name: "header-needed", Summary: "An update without a header that the page requires is refused.",
			Touches: otherwise("header"), NotApplicable: needsHeader,
			hook: func(r *route) hooks {
				return answerIf(http.StatusBadRequest, "BadRequest", func(c *call) bool {
					for name, value := range r.op.RequiredHeaders() {
						if !strings.Contains(strings.Join(c.r.Header.Values(name), ", "), value) {
							return true
						}
					}
					return false
				})(r)
			}},
		{Name: "open-type-keeps", Summary: "Properties that the open type does not name are kept and shown.",
			Touches: otherwise("unknown"), NotApplicable: needsOpen, hook: forgives(unknownName, asSent)},
		{Name: "status-alternative", Summary: "An update is answered with the other status that the page allows.",
			Touches: []string{"status", "body", "prefer"}, NotApplicable: needsAlternative,
			hook: onSuccess(func(c *call, a *answer) {
				if other, ok := alternative(c.route.op); ok && c.prefer.ret == "" {
					if a.status = other; other != http.StatusOK { // 204 has no body, and 202 shows no entity yet
						a.empty()
					}
				}
			})},
		{Name: "prefer-ignored", Summary: "Preferences are ignored.",
			Touches: []string{"prefer"},
			hook: inStage(stageNegotiate, func(_ *route, c *call, run stage) *answer {
				a := run(c)
				c.prefer.ret = ""
				return a
			})},
		{Name: "preference-not-said", Summary: "Preferences are honoured, and no Preference-Applied says so (RFC 7240 3).",
			Touches: []string{"prefer"}, hook: onAny(func(_ *call, a *answer) { a.header.Del("Preference-Applied") })},
		{Name: "etag-absent", Summary: "Entities have no ETag.", Touches: etag,
			hook: onAny(func(_ *call, a *answer) {
				a.header.Del("ETag")
				a.edit(func(o Object) Object { return o.without("@odata.etag") })
			})},
		{Name: "etag-strong", Summary: "ETags are strong ones.", Touches: etag,
			hook: shownETag(func(_ *call, tag string) string { return strings.TrimPrefix(tag, "W/") })},
		{Name: "etag-in-body-only", Summary: "The ETag stands in the body alone.", Touches: etag,
			hook: onAny(func(_ *call, a *answer) { a.header.Del("ETag") })},
		{Name: "etag-in-header-only", Summary: "The ETag stands in the header alone.", Touches: etag,
			hook: onEntity(func(_ *route, o Object) Object { return o.without("@odata.etag") })},
		{Name: "needs-if-match", Summary: "An update without an ETag as If-Match gets 428, and one with `*` gets 400.", Touches: etag,
			hook: inStage(stageConditions, func(_ *route, c *call, run stage) *answer {
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
	}
}

// computed gives a text that the page calls read-only, and that is no key.
func computed(op *contract.Operation) (contract.Property, bool) {
	i := slices.IndexFunc(op.Properties, func(p contract.Property) bool {
		return p.ReadOnly.Value && p.Role == "" && !p.Excluded && p.Type.Edm == edm.String && !p.Type.Collection && !p.Type.IsEnum()
	})
	if i < 0 {
		return contract.Property{}, false
	}
	return op.Properties[i], true
}

// computes sets the property anew at each update.
func computes(r *route) hooks {
	p, _ := computed(r.op)
	return afterApply(func(r *route, c *call, _ *record) {
		if len(c.patch) > 0 {
			c.record = r.store.change(c.params, func(o Object) Object { return o.set(p.Name, quote("set by "+c.id)) })
		}
	})(r)
}

// namedValues gives a property that is no enum and for which the page names two values.
func namedValues(op *contract.Operation) (contract.Property, bool) {
	for _, p := range op.Settable() {
		if takesNamedOnly(p) {
			return p, true
		}
	}
	return contract.Property{}, false
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
		at := r.template.expand(c.params)
		first.update(at, func(known Object) Object {
			if known == nil {
				return c.record.body
			}
			return known
		})
		return slices.ContainsFunc(c.patch, func(m Member) bool {
			p, ok := r.model.settable[m.Name]
			if !ok || !takesNamedOnly(p) || isNull(m.Value) {
				return false
			}
			sent := decodedJSON(m.Value)
			return !p.Same(decodedJSON(first.get(at).value(m.Name)), sent) &&
				!slices.ContainsFunc(p.Named, func(v contract.Value) bool { return p.Same(v.JSON, sent) })
		})
	})(r)
}

func needsTypeAnnotation(op *contract.Operation) string {
	if op.TypeAnnotation.Value == "" {
		return "the page neither shows nor demands @odata.type in an update"
	}
	return ""
}

func needsHeader(op *contract.Operation) string {
	if len(op.RequiredHeaders()) == 0 {
		return "the page requires no header whose value it names"
	}
	return ""
}

func needsOpen(op *contract.Operation) string {
	if !op.OpenType.Value {
		return "the page does not call the type open"
	}
	return ""
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

func needsAlternative(op *contract.Operation) string {
	if _, ok := alternative(op); !ok {
		return "the page allows no other success status than one with a body"
	}
	return ""
}
