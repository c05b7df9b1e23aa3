package mockgraph

import (
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

// accessFaults break who may update, and what is there to be updated.
func accessFaults() []Behaviour {
	both := []string{"UPD-22", "UPD-23"}
	turnedAway := func(change func(a *answer)) hook {
		return onAnswer(unauthorized, func(_ *call, a *answer) { change(a) })
	}
	return alike(Behaviour{DetectedBy: both, Touches: []string{"authentication"}}, []Behaviour{
		{Name: "auth-not-checked", Summary: "Any request is let in, with or without a token.",
			DetectedBy: append([]string{"UPD-40"}, both...), hook: admits(true, always)},
		{Name: "missing-token-accepted", Summary: "A request without a token is let in.",
			DetectedBy: []string{"UPD-22"}, hook: admits(true, func(c *call) bool { return !sends("Authorization")(c) })},
		{Name: "bad-token-accepted", Summary: "A request with any token at all is let in.",
			DetectedBy: []string{"UPD-23", "UPD-40"}, hook: admits(true, sends("Authorization"))},
		{Name: "expired-token-accepted", Summary: "A token in the form of a JWT is let in, whatever its signature and its date of expiry say.",
			DetectedBy: []string{"UPD-40"}, hook: admits(true, looksLikeJWT)},
		{Name: "kept-after-expired-token", Summary: "An update with an expired token gets 401, and is kept.",
			DetectedBy: []string{"UPD-40"}, Touches: []string{"refusal-state"}, NotApplicable: needsSettable,
			hook: keeps(stageAuthenticate, looksLikeJWT)},
		{Name: "401-without-challenge", Summary: "401 comes without WWW-Authenticate.",
			hook: turnedAway(func(a *answer) { a.header.Del("WWW-Authenticate") })},
		{Name: "401-as-403", Summary: "A request without a valid token gets 403.",
			hook: turnedAway(func(a *answer) { a.status = http.StatusForbidden })},
		{Name: "401-as-404", Summary: "A request without a valid token gets 404.",
			hook: turnedAway(func(a *answer) { a.status = http.StatusNotFound })},
		{Name: "401-as-redirect", Summary: "A request without a valid token is sent to a page to sign in.",
			hook: turnedAway(func(a *answer) {
				a.empty(http.StatusFound)
				a.header.Set("Location", "/signin")
			})},
	})
}

func unauthorized(_ *call, a *answer) bool { return a.status == http.StatusUnauthorized }

// admits lets an update, or a read, in that should be turned away.
func admits(updates bool, when func(c *call) bool) hook {
	return around(stageAuthenticate, func(c *call, run stage) *answer {
		if c.updates() == updates && when(c) {
			return nil
		}
		return run(c)
	})
}

// absentFaults break what an update of an entity does that is not there.
func absentFaults() []Behaviour {
	return alike(Behaviour{DetectedBy: []string{"UPD-24"}, Touches: []string{"absent"}, NotApplicable: needsParam}, []Behaviour{
		{Name: "absent-created", Summary: "An update of an absent entity creates it and answers 201.", hook: upserts(true)},
		{Name: "absent-404-creates", Summary: "An update of an absent entity answers 404 and creates it all the same.",
			hook: upserts(false)},
		{Name: "absent-400", Summary: "An update of an absent entity answers 400.",
			NotApplicable: needsKnownForm, hook: onStatus(http.StatusNotFound, http.StatusBadRequest)},
		{Name: "absent-500", Summary: "An update of an absent entity makes the server fail.",
			hook: onStatus(http.StatusNotFound, http.StatusInternalServerError)},
		{Name: "absent-204", Summary: "An update of an absent entity answers 204 and does nothing.",
			hook: onStatusOf(true, http.StatusNotFound, func(_ *call, a *answer) { a.empty(http.StatusNoContent) })},
		{Name: "any-key-answered", Summary: "Any key leads to an entity.",
			hook: around(stageFindEntity, func(c *call, run stage) *answer {
				a := run(c)
				if a == nil || c.record != nil || a.status != http.StatusNotFound {
					return a
				}
				c.record = c.route.store.all()[0]
				c.params = c.record.params
				return nil
			})},
	})
}

// looksLikeJWT reports whether the token has the three parts of a JWT (RFC 7519 3).
func looksLikeJWT(c *call) bool {
	_, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	return strings.Count(token, ".") == 2
}

// upserts makes the entity that an update did not find: said in the answer, or not.
func upserts(said bool) hook {
	return inStage(stageFindEntity, func(c *call, run stage) *answer {
		a := run(c)
		if a == nil || c.params == nil || c.record != nil || a.status != http.StatusNotFound {
			return a
		}
		made := c.route.store.all()[0]
		body := made.body
		if param, ok := c.route.template.keyParam(); ok {
			body = body.set(c.route.model.key, quote(c.params[param]))
		}
		c.route.store.place(Entity{Params: c.params, Body: body})
		if !said {
			return a
		}
		b := newAnswer(http.StatusCreated).withJSON(body)
		b.header.Set("Location", c.r.URL.Path)
		return b
	})
}

// conditionFaults break preconditions and preferences.
func conditionFaults() []Behaviour {
	etag, prefer := []string{"etag"}, []string{"prefer"}
	return alike(Behaviour{Touches: etag, NotApplicable: needsSettable}, []Behaviour{
		{Name: "stale-if-match-accepted", Summary: "If-Match is not read.",
			DetectedBy: []string{"UPD-27"}, hook: inStage(stageConditions, func(c *call, run stage) *answer {
				c.r.Header.Del("If-Match")
				return run(c)
			})},
		{Name: "stale-if-match-400", Summary: "A stale If-Match gets 400.",
			DetectedBy: []string{"UPD-27"}, hook: onStatus(http.StatusPreconditionFailed, http.StatusBadRequest)},
		{Name: "stale-if-match-409", Summary: "A stale If-Match gets 409.",
			DetectedBy: []string{"UPD-27"}, hook: onStatus(http.StatusPreconditionFailed, http.StatusConflict)},
		{Name: "if-match-always-refused", Summary: "An update with If-Match gets 412, whatever the ETag.",
			DetectedBy: []string{"UPD-28"}, hook: inStage(stageConditions, func(c *call, run stage) *answer {
				if a := run(c); a != nil || !sends("If-Match")(c) {
					return a
				}
				return c.preconditionFailed()
			})},
		{Name: "if-match-drops-update", Summary: "An update with the current ETag as If-Match is answered as done, and is not.",
			DetectedBy: []string{"UPD-28"}, Touches: []string{"etag", "state"}, hook: dropUpdate(sends("If-Match"))},
		{Name: "etag-constant", Summary: "The ETag never changes, so that an update with it is always accepted.",
			DetectedBy: []string{"UPD-27"}, hook: constantETag()},
		{Name: "etag-of-the-answer", Summary: "Each answer has an ETag of its own, which no update accepts.",
			DetectedBy: []string{"UPD-28"}, hook: shownETag(func(c *call, _ string) string { return `W/"` + c.id + `"` })},
		{Name: "etag-without-quotes", Summary: "The ETag is shown without its quotes, and not accepted so.",
			DetectedBy: []string{"UPD-28"},
			hook:       shownETag(func(_ *call, tag string) string { return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`) })},
		{Name: "etag-before-update", Summary: "The answer to an update carries the ETag from before it.",
			DetectedBy: []string{"UPD-42"}, hook: afterApply(func(c *call, old *record) {
				c.record = &record{c.record.params, c.record.body, old.etag}
			})},
		{Name: "minimal-said-as-representation", Summary: "return=minimal gets 204, said to be return=representation.",
			DetectedBy: []string{"UPD-29"}, Touches: prefer, hook: onSuccess(func(c *call, a *answer) {
				if c.prefer.ret == "minimal" {
					a.header.Set("Preference-Applied", "return=representation")
				}
			})},
		{Name: "minimal-said-with-body", Summary: "return=minimal is said to be applied, beside the whole entity.",
			DetectedBy: []string{"UPD-29"}, Touches: prefer, NotApplicable: all(needsBody, needsSettable),
			hook: inStage(stageRepresent, func(c *call, run stage) *answer {
				minimal := c.prefer.ret == "minimal"
				c.prefer.ret = ""
				a := run(c)
				if minimal {
					a.header.Set("Preference-Applied", "return=minimal")
				}
				return a
			})},
		{Name: "minimal-with-content", Summary: "The 204 to return=minimal announces a body and sends it.",
			DetectedBy: []string{"UPD-29"}, Touches: []string{"prefer", "framing", "protocol"},
			hook: onSuccess(func(c *call, a *answer) {
				if c.prefer.ret == "minimal" && a.status == http.StatusNoContent {
					a.body, a.wire.raw = c.record.body.json(), true
				}
			})},
		{Name: "preference-refused", Summary: "An update with a preference is refused.",
			DetectedBy: []string{"UPD-29"}, Touches: prefer, hook: answerIf(http.StatusBadRequest, "BadRequest", sends("Prefer"))},
		{Name: "minimal-drops-update", Summary: "An update with return=minimal is answered as done, and is not.",
			DetectedBy: []string{"UPD-29"}, Touches: []string{"prefer", "state"}, hook: dropUpdate(sends("Prefer"))},
		{Name: "annotation-refused", Summary: "An update with an annotation that the server does not know is refused.",
			DetectedBy: []string{"UPD-25"}, Touches: []string{"annotations"},
			hook: answerIf(http.StatusBadRequest, "BadRequest", annotated)},
		{Name: "annotation-drops-update", Summary: "An update with an annotation that the server does not know is answered as done, and is not.",
			DetectedBy: []string{"UPD-25"}, Touches: []string{"annotations", "state"}, hook: dropUpdate(annotated)},
		{Name: "charset-refused", Summary: "A charset parameter on the media type is refused.",
			DetectedBy: []string{"UPD-26"}, Touches: []string{"request-media-type"},
			hook: answerIf(http.StatusUnsupportedMediaType, "UnsupportedMediaType", sendsMediaType("charset"))},
		{Name: "charset-drops-update", Summary: "An update with a charset parameter is answered as done, and is not.",
			DetectedBy: []string{"UPD-26"}, Touches: []string{"request-media-type", "state"}, hook: dropUpdate(sendsMediaType("charset"))},
	})
}

// shownETag shows another ETag than the entity has, in the header and in the body.
func shownETag(change func(c *call, tag string) string) hook {
	return onAny(func(c *call, a *answer) {
		if tag := a.header.Get("ETag"); tag != "" {
			a.header.Set("ETag", change(c, tag))
		}
		a.edit(func(o Object) Object {
			value, _ := o.Get("@odata.etag")
			if tag, ok := text(value); ok {
				return o.with("@odata.etag", quote(change(c, tag)))
			}
			return o
		})
	})
}

// constantETag shows one ETag for every state, and compares what an update asks for with that one.
func constantETag() hook {
	const tag = `W/"1"`
	return together(shownETag(func(*call, string) string { return tag }), inStage(stageConditions, func(c *call, run stage) *answer {
		if match, err := parseCondition(c.r.Header, "If-Match"); err == nil && match.matches(tag) {
			c.r.Header.Set("If-Match", "*")
		}
		return run(c)
	}))
}

// concurrencyFaults break two updates of one entity at once. Two are at once where no
// read of the entity comes between them.
func concurrencyFaults() []Behaviour {
	return alike(Behaviour{DetectedBy: []string{"UPD-14"}, Touches: []string{"concurrency", "state"}, NotApplicable: needsTwoValues}, []Behaviour{
		{Name: "concurrent-updates-lost", Summary: "Two updates at once are both answered as done, and neither is kept.",
			hook: afterSecond(func(c *call, first, _ *record) *answer {
				c.route.store.restore(first)
				return nil
			})},
		{Name: "concurrent-conflict-kept", Summary: "The second of two updates at once is answered with 409, and kept.",
			hook: afterSecond(func(c *call, _, _ *record) *answer {
				return c.refuse(http.StatusConflict, "Conflict", "Another update is under way.")
			})},
		{Name: "concurrent-update-500", Summary: "The second of two updates at once makes the server fail.",
			hook: afterSecond(func(c *call, _, _ *record) *answer {
				return c.refuse(http.StatusInternalServerError, "InternalServerError", "The row is locked.")
			})},
		{Name: "concurrent-updates-mixed", Summary: "Two updates at once leave a mixture of both.",
			NotApplicable: needsMixture, hook: atOnce(func(c *call, _, _ *record, run stage) *answer {
				if len(c.patch) > 1 {
					c.patch = c.patch[:len(c.patch)/2]
				}
				return run(c)
			})},
	})
}

// twoValued gives the settable properties of which two more values are known than a made-up entity
// has.
func twoValued(op *contract.Operation) []contract.Property {
	return slices.DeleteFunc(op.Settable(), func(p contract.Property) bool {
		return len(p.Values(decodedJSON(maker{op: op}.property(p)), 2)) < 2
	})
}

// atOnce runs f in place of stageApply at the second of two updates at once; first is the
// entity before the first one, before the one before the second. Two updates with no read
// between them count as such, however they come in time: the second one may ask for the ETag from
// before the first one, as where both were compared before either was applied. An update that was
// taken and is sent again, as after a cut answer, is no second one: the same client-request-id says
// so.
func atOnce(f func(c *call, first, before *record, run stage) *answer) hook {
	type update struct {
		before *record
		taken  []string // the client-request-ids since the last read
	}
	return func(r *route) hooks {
		unread := &perPath[*update]{}
		read := onRead(func(c *call) { unread.take(c.path()) })
		compare := inStage(stageConditions, func(c *call, run stage) *answer {
			a := run(c)
			last := unread.get(c.path())
			if a != nil && a.status == http.StatusPreconditionFailed && last != nil && c.conditions.allow(last.before.etag) {
				return nil
			}
			return a
		})
		write := inStage(stageApply, func(c *call, run stage) *answer {
			path := c.path()
			this := &update{before: r.store.get(c.params)}
			last := unread.get(path)
			if last != nil {
				if slices.Contains(last.taken, c.clientID) {
					return run(c)
				}
				this.taken = last.taken
				if c.conditions.allow(last.before.etag) {
					c.conditions = conditions{}
				}
			}
			unread.swap(path, this)
			var a *answer
			if last == nil {
				a = run(c)
			} else {
				a = f(c, last.before, this.before, run)
			}
			if a == nil && c.clientID != "" {
				this.taken = append(this.taken, c.clientID)
			}
			return a
		})
		return together(read, compare, write)(r)
	}
}

// afterSecond calls f when the second of two updates at once was applied.
func afterSecond(f func(c *call, first, before *record) *answer) hook {
	return atOnce(func(c *call, first, before *record, run stage) *answer {
		if a := run(c); a != nil || len(c.patch) == 0 {
			return a
		}
		return f(c, first, before)
	})
}
