package mockgraph

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
)

// stateFaults break what an update leaves behind.
func stateFaults() []Behaviour {
	return alike(Behaviour{DetectedBy: []string{"UPD-10"}, Touches: []string{"state"}}, []Behaviour{
		{Name: "update-not-persisted", Summary: "An update is answered as if it were done, and is not stored.",
			NotApplicable: needsSettable, hook: dropUpdate(always)},
		{Name: "update-not-shown", Summary: "An update is stored, and its answer shows the entity as it was before.",
			DetectedBy: []string{"UPD-01", "UPD-11"}, Touches: []string{"state", "body"}, NotApplicable: all(needsBody, needsSettable),
			hook: afterApply(func(c *call, old *record) { c.record = old })},
		{Name: "stale-read", Summary: "The first read after an update shows the entity as it was before.",
			Touches: []string{"state", "concurrency"}, NotApplicable: needsSettable, hook: staleRead},
		{Name: "reads-late", Summary: "A read shows the entity as it was a second ago, as a server does that is eventually consistent.",
			DetectedBy: []string{"UPD-45"}, Touches: []string{"state", "read", "etag"}, Late: true, NotApplicable: needsSettable,
			hook: lateReads(func(int) bool { return true })},
		{Name: "replica-late", Summary: "Every other read is answered by a replica that is a second behind.",
			DetectedBy: []string{"UPD-45"}, Touches: []string{"state", "read", "etag"}, Late: true, NotApplicable: needsSettable,
			hook: lateReads(func(n int) bool { return n%2 == 0 })},
		{Name: "reads-in-turn", Summary: "Every other read shows the entity as it was before its first update, for good.",
			DetectedBy: []string{"UPD-44"}, Touches: []string{"state", "read", "etag"}, Turns: true, NotApplicable: needsSettable,
			hook: readsInTurn},
		{Name: "property-ignored", Summary: "An update is taken, and leaves one of the properties that a client may set as it is.",
			NotApplicable: needsSecond, hook: inStage(stageApply, func(c *call, run stage) *answer {
				p, _ := secondProperty(c.route.op)
				c.patch = c.patch.without(p.Name)
				return run(c)
			})},
		{Name: "property-refused", Summary: "Every update that names one of the properties that a client may set is refused.",
			Touches: []string{"status"}, NotApplicable: needsSecond,
			hook: answerIf(http.StatusBadRequest, "BadRequest", func(c *call) bool {
				p, _ := secondProperty(c.route.op)
				_, named := c.body.Get(p.Name)
				return named
			})},
		{Name: "update-lost-at-second-read", Summary: "The first read after an update shows it; at the second it is gone.",
			DetectedBy: []string{"UPD-44"}, NotApplicable: needsSettable, hook: lostAtSecondRead},
		{Name: "patch-as-put", Summary: "An update replaces the entity: what it does not name becomes null.",
			NotApplicable: all(needsSettable, needsOther),
			hook:          stores(sets, func(c *call, o Object) Object { return c.route.replaced(o, c.patch) })},
		{Name: "patch-as-put-drops", Summary: "An update replaces the entity: what it does not name is there no more.",
			NotApplicable: all(needsSettable, needsOther), hook: stores(sets, func(c *call, o Object) Object {
				return slices.DeleteFunc(slices.Clone(o), func(m Member) bool { return c.route.loses(m, c.patch) })
			})},
		{Name: "other-property-changed", Summary: "An update changes one more property than it names.",
			NotApplicable: all(needsSettable, needsOther), hook: stores(sets, func(c *call, o Object) Object {
				p, _ := otherProperty(c.route.op)
				if _, named := c.patch.Get(p.Name); named {
					return o
				}
				return o.with(p.Name, other(p, o))
			})},
		{Name: "wrong-entity", Summary: "An update changes another entity of the collection, and shows that one.",
			DetectedBy: []string{"UPD-05", "UPD-10"}, Touches: []string{"state", "key", "body"}, NotApplicable: all(needsSettable, needsKey, needsParam, needsBody),
			hook: afterApply(func(c *call, old *record) {
				c.route.store.restore(old)
				c.record = c.route.neighbour(c, old)
			})},
		{Name: "member-stored-as-another", Summary: "The last member of an enum that can be set is stored as the first one.",
			DetectedBy: []string{"UPD-01"}, Touches: []string{"state", "enum"}, NotApplicable: needsEnum,
			hook: mistakesMembers(func(at, n int) int { return at % (n - 1) })},
		{Name: "members-stored-as-last", Summary: "Each member of an enum that can be set is stored as the last one.",
			DetectedBy: []string{"UPD-01"}, Touches: []string{"state", "enum"}, NotApplicable: needsEnum,
			hook: mistakesMembers(func(_, n int) int { return n - 1 })},
		{Name: "member-refused", Summary: "The last member of the enum that can be set is refused.",
			DetectedBy: []string{"UPD-01"}, Touches: []string{"status", "enum"}, NotApplicable: needsEnum,
			hook: answerIf(http.StatusBadRequest, "BadRequest", func(c *call) bool {
				p, _ := enumProperty(c.route.op)
				members := p.Type.SettableMembers()
				value, _ := text(c.patch.value(p.Name))
				return value == members[len(members)-1].Value
			})},
		{Name: "sentinel-stored", Summary: "The sentinel of an enum is stored as a value.",
			DetectedBy: []string{"UPD-15"}, Touches: []string{"state", "enum"}, NotApplicable: needsSentinel,
			hook: onSentinel(func(_ contract.Property, sent json.RawMessage) json.RawMessage { return sent })},
		{Name: "sentinel-clears", Summary: "The sentinel of an enum sets the property to null.",
			DetectedBy: []string{"UPD-15"}, Touches: []string{"state", "enum"}, NotApplicable: needsSentinel,
			hook: onSentinel(func(contract.Property, json.RawMessage) json.RawMessage { return null })},
		{Name: "key-settable", Summary: "A client can set the key.",
			DetectedBy: []string{"UPD-09"}, Touches: []string{"state", "key"}, NotApplicable: needsKey, hook: storesRole(contract.RoleKey)},
		{Name: "created-settable", Summary: "A client can set the date of creation.",
			DetectedBy: []string{"UPD-09"}, Touches: []string{"state", "dates"}, NotApplicable: needsCreated,
			hook: storesRole(contract.RoleCreated)},
		{Name: "modified-settable", Summary: "A client can set the date of the last modification.",
			DetectedBy: []string{"UPD-09"}, Touches: []string{"state", "dates"}, NotApplicable: needsModified,
			hook: storesRole(contract.RoleModified)},
		{Name: "read-only-settable", Summary: "A client can set a property that the page calls read-only.",
			DetectedBy: []string{"UPD-09"}, Touches: []string{"state", "read-only"}, NotApplicable: needs(forgeable, "the page calls no property read-only for which another value is known"),
			hook: storesServerSet(func(p contract.Property) bool { return p.Role == "" })},
		{Name: "modified-settable-respelt", Summary: "A client can set the date of the last modification, which then shows in another form.",
			DetectedBy: []string{"UPD-09"}, Touches: []string{"state", "dates"}, NotApplicable: needsModified,
			hook: afterApply(func(c *call, _ *record) {
				for _, name := range c.route.model.modified {
					if t, ok := timeOf(c.body.value(name)); ok {
						respelt := quote(t.UTC().Format("2006-01-02T15:04:05.0000000") + "+00:00")
						c.change(func(o Object) Object { return o.with(name, respelt) })
					}
				}
			})},
		{Name: "empty-update-refused", Summary: "An update that names no property is refused.",
			DetectedBy: []string{"UPD-12"}, Touches: []string{"status", "empty"},
			hook: answerIf(http.StatusBadRequest, "BadRequest", emptyBody)},
		{Name: "empty-update-clears", Summary: "An update that names no property sets one to null.",
			DetectedBy: []string{"UPD-12", "UPD-43"}, Touches: []string{"state", "empty"}, NotApplicable: needsSettable,
			hook: stores(emptyBody, func(c *call, o Object) Object {
				p, _ := settable(c.route.op)
				return o.with(p.Name, null)
			})},
		{Name: "empty-update-resets", Summary: "An update that names no property sets one to the value that it had at first.",
			DetectedBy: []string{"UPD-12", "UPD-43"}, Touches: []string{"state", "empty"}, NotApplicable: needsSettable,
			hook: func(r *route) hooks {
				first := &perPath[json.RawMessage]{}
				return afterApply(func(c *call, old *record) {
					p, _ := settable(r.op)
					was, shown := old.body.Get(p.Name)
					if !shown {
						was = null
					}
					if was = first.first(c.path(), was); emptyBody(c) {
						c.change(func(o Object) Object { return o.with(p.Name, was) })
					}
				})(r)
			}},
		{Name: "repeat-refused", Summary: "The same update a second time gets 409.",
			DetectedBy: []string{"UPD-13"}, Touches: []string{"status", "repeat"}, NotApplicable: needsSettable,
			hook: func(r *route) hooks {
				last := &perPath[string]{}
				return answerIf(http.StatusConflict, "Conflict", func(c *call) bool { return repeats(last, c) })(r)
			}},
		{Name: "repeat-undoes", Summary: "The same update a second time takes the first one back.",
			DetectedBy: []string{"UPD-13"}, Touches: []string{"state", "repeat"}, NotApplicable: needsSettable,
			hook: func(r *route) hooks {
				last := &perPath[string]{}
				return stores(func(c *call) bool { return repeats(last, c) }, func(c *call, o Object) Object {
					for _, m := range c.patch {
						if p, ok := r.op.Property(m.Name); ok {
							o = o.with(m.Name, other(p, o))
						}
					}
					return o
				})(r)
			}},
	})
}

// mistakesMembers stores another member of an enum than was sent: of n that can be set, the one
// that stored gives for the one at that place.
func mistakesMembers(stored func(at, n int) int) hook {
	return inStage(stageApply, func(c *call, run stage) *answer {
		for _, m := range c.patch {
			p, _ := c.route.op.Property(m.Name)
			members := p.Type.SettableMembers()
			value, isText := text(m.Value)
			at := slices.IndexFunc(members, func(e contract.Member) bool { return isText && e.Value == value })
			if at >= 0 && len(members) > 1 {
				c.patch = c.patch.with(m.Name, quote(members[stored(at, len(members))].Value))
			}
		}
		return run(c)
	})
}

// staleRead remembers the record before each update, for the next read.
func staleRead(r *route) hooks {
	stale := &perPath[*record]{}
	update := afterApply(func(c *call, old *record) { stale.swap(c.path(), old) })
	read := onRead(func(c *call) {
		if old := stale.take(c.path()); old != nil {
			c.record = old
		}
	})
	return together(update, read)(r)
}

// readsInTurn shows every other read the first state. Its ETag is of that time too.
func readsInTurn(r *route) hooks {
	first, reads := &perPath[*record]{}, &perPath[int]{}
	update := afterApply(func(c *call, old *record) { first.first(c.path(), old) })
	read := onRead(func(c *call) {
		n := reads.update(c.path(), oneMore)
		if old := first.get(c.path()); old != nil && n%2 == 0 {
			c.record = old
		}
	})
	return together(update, read)(r)
}

// LateBy is how late the reads of a Behaviour are that is Late.
const LateBy = time.Second

// lateReads shows the entity to some reads, by their number, as it was before. Its ETag is of
// that time too; what an update asks for is compared with the true one.
func lateReads(late func(n int) bool) hook {
	type past struct {
		until time.Time
		old   *record
	}
	return func(r *route) hooks {
		history, reads := &perPath[[]past]{}, &perPath[int]{}
		update := afterApply(func(c *call, old *record) {
			history.update(c.path(), func(h []past) []past { return append(slices.Clone(h), past{c.now, old}) })
		})
		read := onRead(func(c *call) {
			if !late(reads.update(c.path(), oneMore)) {
				return
			}
			for _, p := range history.get(c.path()) {
				if p.until.After(c.now.Add(-LateBy)) {
					c.record = p.old
					return
				}
			}
		})
		return together(update, read)(r)
	}
}

// secondProperty gives a property that a client may set beside the first such one.
func secondProperty(op *contract.Operation) (contract.Property, bool) {
	p, ok := otherProperty(op)
	return p, ok && p.Settable()
}

// lostAtSecondRead takes an update back when its entity has been read once, as a cache does
// that never wrote it through.
func lostAtSecondRead(r *route) hooks {
	type unsaved struct {
		old  *record
		read bool
	}
	cached := &perPath[unsaved]{}
	update := afterApply(func(c *call, old *record) {
		if sets(c) {
			cached.swap(c.path(), unsaved{old: old})
		}
	})
	read := onRead(func(c *call) {
		switch u := cached.take(c.path()); {
		case u.old == nil:
		case u.read:
			r.store.restore(u.old)
			c.record = u.old
		default:
			cached.swap(c.path(), unsaved{u.old, true})
		}
	})
	return together(update, read)(r)
}

// replaced gives the entity as a PUT of the patch would leave it, but for the key and
// the date of the last modification.
func (r *route) replaced(o, patch Object) Object {
	o = slices.Clone(o)
	for i, m := range o {
		if !r.loses(m, patch) {
			continue
		}
		if o[i].Value = null; isArray(m.Value) {
			o[i].Value = json.RawMessage("[]")
		}
	}
	return o
}

// loses reports whether an entity that a patch replaces loses the member: it keeps what the
// patch names, its key, and what the server sets at each update.
func (r *route) loses(m Member, patch Object) bool {
	_, named := patch.Get(m.Name)
	return !named && m.Name != r.model.key && !slices.Contains(r.model.modified, m.Name) && !strings.Contains(m.Name, "@")
}

// other gives another legal value for a property of the entity, a forged one where only
// the server sets it.
func other(p contract.Property, o Object) json.RawMessage {
	value, _ := o.Get(p.Name)
	v, ok := p.Forged(decodedJSON(value))
	if !ok {
		v, _ = p.Other(decodedJSON(value))
	}
	return encode(v)
}

// neighbour applies the patch to the first other entity of the route, or, where there is
// none, shows the entity under another key.
func (r *route) neighbour(c *call, old *record) *record {
	for _, rec := range r.store.all() {
		if r.template.expand(rec.params) != r.template.expand(old.params) {
			return r.store.change(rec.params, func(o Object) Object { return o.merge(c.patch) })
		}
	}
	return &record{old.params, old.body.merge(c.patch).set(r.model.key, r.forgedKey(old.body)), old.etag}
}

// repeats reports whether the entity got the same body the last time.
func repeats(last *perPath[string], c *call) bool {
	body := string(c.body.json())
	return last.swap(c.path(), body) == body && sets(c)
}

// onSentinel stores something where a body names the sentinel of an enum.
func onSentinel(value func(p contract.Property, sent json.RawMessage) json.RawMessage) hook {
	return inStage(stageApply, func(c *call, run stage) *answer {
		for _, m := range c.body {
			if p, ok := c.route.op.Property(m.Name); ok && namesSentinel(p.Type, m.Value) {
				c.patch = c.patch.with(m.Name, value(p, m.Value))
			}
		}
		return run(c)
	})
}

func storesRole(role contract.Role) hook {
	return storesServerSet(func(p contract.Property) bool { return p.Role == role })
}

// storesServerSet stores what a body says for the properties that only the server sets.
func storesServerSet(which func(p contract.Property) bool) hook {
	return afterApply(func(c *call, _ *record) {
		for _, p := range c.route.op.Properties {
			if v, sent := c.body.Get(p.Name); sent && p.ServerSet() && which(p) {
				c.change(func(o Object) Object { return o.with(p.Name, v) })
			}
		}
	})
}

// forgeable gives a property without a role that only the server sets, and of which another value
// is known than a made-up entity has.
func forgeable(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Properties, func(p contract.Property) bool {
		if !p.ServerSet() || p.Role != "" || p.Excluded {
			return false
		}
		_, ok := p.Forged(decodedJSON(maker{op: op}.property(p)))
		return ok
	})
}
