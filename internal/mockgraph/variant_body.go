package mockgraph

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
)

// bodyVariants are other legal representations of the same entity.
func bodyVariants() []Behaviour {
	annotations := []string{"annotations"}
	with := func(members ...Member) hook {
		return onEntity(func(_ *call, o Object) Object {
			for _, m := range members {
				o = o.with(m.Name, m.Value)
			}
			return o
		})
	}
	return alike(Behaviour{Touches: annotations}, []Behaviour{
		{Name: "extra-properties", Summary: "The entity has properties that the page does not name.",
			Touches: []string{"extra"}, hook: with(Member{"graphpactNote", quote("more than the page says")},
				Member{"graphpactDetails", json.RawMessage(`{"parts":[{"size":1.5e3},[],null]}`)})},
		{Name: "null-properties", Summary: "The entity has more properties, without a value.",
			Touches: []string{"extra"}, hook: with(Member{"graphpactNothing", null})},
		{Name: "non-ascii-text", Summary: "The entity has text beyond ASCII, as UTF-8.",
			Touches: []string{"extra"}, hook: with(Member{"graphpactText", quote("Zürich, 東京, 😀")})},
		{Name: "counter-property", Summary: "The entity has a number that grows with each update.",
			Touches: []string{"extra"}, hook: counts},
		{Name: "ageing-property", Summary: "The entity has a property that the page does not name, and that is another in each answer.",
			Touches: []string{"extra"}, hook: onEntity(func(c *call, o Object) Object { return o.with("graphpactSeen", quote(c.id)) })},
		{Name: "property-order", Summary: "The properties come in another order, and in one of its own for a read.",
			Touches: []string{"order"}, hook: onEntity(reorders)},
		{Name: "odata-type-derived", Summary: "@odata.type names a type that derives from the page's.",
			NotApplicable: needsNamespace, hook: onEntity(func(c *call, o Object) Object {
				return o.with("@odata.type", quote("#"+c.route.op.Namespace.Value+".derivedFor"+c.route.op.Resource.Value))
			})},
		{Name: "odata-type-absolute", Summary: "@odata.type is an absolute URL with the type behind the number sign.",
			NotApplicable: needsTypeName, hook: onEntity(func(c *call, o Object) Object {
				name := "#" + c.route.op.QualifiedType()
				if given, ok := o.Get("@odata.type"); ok {
					name, _ = text(given)
				}
				return o.with("@odata.type", quote("https://graph.example/beta/$metadata"+name))
			})},
		{Name: "odata-type-absent", Summary: "The entity has no @odata.type.",
			hook: onEntity(func(_ *call, o Object) Object { return o.without("@odata.type") })},
		{Name: "annotations-more", Summary: "The entity and its properties carry more annotations.", hook: onEntity(annotates)},
		{Name: "annotations-none", Summary: "The entity carries no annotation (odata.metadata=none).",
			Touches: []string{"annotations", "media-type", "etag"},
			hook: onAnswer(func(c *call, a *answer) bool { return succeeds(a) && hasBody(c, a) }, func(_ *call, a *answer) {
				a.header.Set("Content-Type", "application/json;odata.metadata=none")
				a.edit(Object.withoutAnnotations)
			})},
	})
}

// annotates puts more annotations on an entity: control information of full metadata,
// and one of another vendor's on each property.
func annotates(_ *call, o Object) Object {
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
	return together(
		afterApply(func(c *call, _ *record) { seen.update(c.path(), oneMore) }),
		onEntity(func(c *call, o Object) Object { return o.with("graphpactVersion", encode(seen.get(c.path()))) }),
	)(r)
}

// reorders turns the properties round in the answer to an update, and sorts them in a
// read. The annotations stay in front (OData 4.01 JSON Format 4.4).
func reorders(c *call, o Object) Object {
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
}

// timestampVariants are the legal forms of a DateTimeOffset (OData 4.01 ABNF).
func timestampVariants() []Behaviour {
	dates := []string{"dates"}
	// form writes the dates that the server sets; the client's own come back as they are.
	form := func(write func(t time.Time) string) hook {
		return onEntity(func(c *call, o Object) Object {
			for _, m := range o {
				if t, ok := timeOf(m.Value); ok && c.route.serverDate(m.Name) {
					o = o.with(m.Name, quote(write(t)))
				}
			}
			return o
		})
	}
	layout := func(l string) hook {
		return form(func(t time.Time) string { return t.UTC().Format(l) })
	}
	zone := func(hours, minutes int) hook {
		z := time.FixedZone("", (hours*60+minutes)*60)
		return form(func(t time.Time) string { return t.In(z).Format("2006-01-02T15:04:05.0000000-07:00") })
	}
	return alike(Behaviour{Touches: dates, NotApplicable: needsDate}, []Behaviour{
		{Name: "timestamp-offset-zero", Summary: "Dates end in +00:00.",
			hook: form(func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000") + "+00:00" })},
		{Name: "timestamp-offset-east", Summary: "Dates are in the zone +05:30.", hook: zone(5, 30)},
		{Name: "timestamp-offset-west", Summary: "Dates are in the zone -08:00.", hook: zone(-8, 0)},
		{Name: "timestamp-offset-in-read", Summary: "A read shows dates with an offset, an update with Z.",
			hook: func(r *route) hooks {
				shown := zone(2, 0)(r).after
				return onAnswer(func(c *call, _ *answer) bool { return !c.updates() }, shown)(r)
			}},
		{Name: "timestamp-whole-seconds", Summary: "Dates have no fraction of a second.", hook: layout("2006-01-02T15:04:05Z")},
		{Name: "timestamp-to-the-minute", Summary: "Dates are cut to the minute.",
			hook: form(func(t time.Time) string { return t.UTC().Truncate(time.Minute).Format("2006-01-02T15:04:05Z") })},
		{Name: "timestamp-3-digits", Summary: "Dates have milliseconds.", hook: layout("2006-01-02T15:04:05.000Z")},
		{Name: "timestamp-6-digits", Summary: "Dates have microseconds.", hook: layout("2006-01-02T15:04:05.000000Z")},
		{Name: "timestamp-12-digits", Summary: "Dates have twelve fraction digits, as many as OData allows.",
			hook: form(func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000") + "00000Z" })},
		{Name: "timestamp-trimmed", Summary: "Dates leave the zeros at the end of the fraction out.",
			hook: layout("2006-01-02T15:04:05.9999999Z")},
		{Name: "modified-null-at-first", Summary: "There is no date of the last modification before the first update.",
			NotApplicable: needsModified, hook: nullAtFirst},
		{Name: "no-op-leaves-modified", Summary: "An update that changes no value leaves the date of the last modification.",
			NotApplicable: needsModified, hook: afterApply(func(c *call, old *record) {
				if string(old.body.merge(c.patch).json()) == string(old.body.json()) {
					c.route.store.restore(old)
					c.record = old
				}
			})},
		{Name: "empty-update-moves-modified", Summary: "An update that names no property moves the date of the last modification.",
			NotApplicable: needsModified, hook: stores(emptyBody, func(c *call, o Object) Object {
				for _, name := range c.route.model.modified {
					o = o.set(name, quote(nextTimestamp(o.value(name), c.now)))
				}
				return o
			})},
	})
}

// serverDate reports whether the server keeps the date of that name.
func (r *route) serverDate(name string) bool {
	p, _ := r.op.Property(name)
	return p.Role == contract.RoleCreated || slices.Contains(r.model.modified, name)
}

// nullAtFirst shows null for the date of the last modification until there was one.
func nullAtFirst(r *route) hooks {
	updated := &perPath[bool]{}
	return together(
		afterApply(func(c *call, _ *record) {
			if sets(c) {
				updated.swap(c.path(), true)
			}
		}),
		onEntity(func(c *call, o Object) Object {
			if updated.get(c.path()) {
				return o
			}
			return o.setEach(r.model.modified, null)
		}),
	)(r)
}
