package mockgraph

import (
	"encoding/json"
	"strings"
	"time"

	"graphpact/internal/contract"
)

// dateFaults break the dates that the server keeps.
func dateFaults() []Behaviour {
	forward, near, created := []string{"UPD-06"}, []string{"UPD-07"}, []string{"UPD-08"}
	// shown changes how the date of the last modification is shown, in every answer.
	shown := func(change func(was json.RawMessage) json.RawMessage) hook {
		return onEntity(func(c *call, o Object) Object {
			for _, name := range c.route.model.modified {
				o = o.set(name, change(o.value(name)))
			}
			return o
		})
	}
	form := func(layout string) hook {
		return shown(func(was json.RawMessage) json.RawMessage {
			return retimed(was, func(t time.Time) any { return t.UTC().Format(layout) })
		})
	}
	// stored changes a date of the entity at each update.
	stored := func(names func(r *route) []string, value func(old, now json.RawMessage) json.RawMessage) hook {
		return afterApply(func(c *call, old *record) {
			if len(c.patch) == 0 {
				return
			}
			c.change(func(o Object) Object {
				for _, name := range names(c.route) {
					o = o.set(name, value(old.body.value(name), o.value(name)))
				}
				return o
			})
		})
	}
	modified := func(r *route) []string { return r.model.modified }
	creation := func(r *route) []string {
		if p, ok := r.op.WithRole(contract.RoleCreated); ok {
			return []string{p.Name}
		}
		return nil
	}
	fixed := func(raw string) func(_, _ json.RawMessage) json.RawMessage {
		return func(_, _ json.RawMessage) json.RawMessage { return json.RawMessage(raw) }
	}
	return alike(Behaviour{DetectedBy: forward, Touches: []string{"dates"}, NotApplicable: needsModified}, []Behaviour{
		{Name: "timestamp-malformed", Summary: "The date of the last modification is a word.",
			hook: shown(func(json.RawMessage) json.RawMessage { return quote("yesterday") })},
		{Name: "timestamp-without-zone", Summary: "The date of the last modification has no offset.",
			hook: form("2006-01-02T15:04:05.0000000")},
		{Name: "timestamp-with-space", Summary: "A space stands for the T in the date of the last modification.",
			hook: form("2006-01-02 15:04:05.0000000Z")},
		{Name: "timestamp-date-only", Summary: "The date of the last modification has no time of day.", hook: form(time.DateOnly)},
		{Name: "timestamp-rfc1123", Summary: "The date of the last modification is written as in an HTTP header.",
			hook: form(time.RFC1123)},
		{Name: "timestamp-offset-without-colon", Summary: "The offset of the date of the last modification has no colon.",
			hook: form("2006-01-02T15:04:05.0000000-0700")},
		{Name: "timestamp-epoch", Summary: "The date of the last modification is a number of seconds.",
			hook: shown(func(was json.RawMessage) json.RawMessage {
				return retimed(was, func(t time.Time) any { return t.Unix() })
			})},
		{Name: "timestamp-impossible-day", Summary: "The date of the last modification is a day that no calendar has.",
			hook: shown(func(was json.RawMessage) json.RawMessage {
				s, _ := text(was)
				_, clock, _ := strings.Cut(s, "T")
				return quote("2026-02-30T" + clock)
			})},
		{Name: "local-time-labelled-utc", Summary: "Dates are local time, two hours ahead, with a Z behind it.",
			DetectedBy: near, hook: shown(func(was json.RawMessage) json.RawMessage { return shift(was, 2*time.Hour) })},
		{Name: "modified-in-future", Summary: "The date of the last modification lies a year ahead.",
			DetectedBy: near, hook: shown(func(was json.RawMessage) json.RawMessage { return shift(was, 365*24*time.Hour) })},
		{Name: "modified-in-past", Summary: "The date of the last modification lies a day behind the server's clock.",
			DetectedBy: near, hook: shown(func(was json.RawMessage) json.RawMessage { return shift(was, -24*time.Hour) })},
		{Name: "modified-backwards", Summary: "An update moves the date of the last modification back.",
			hook: stored(modified, func(old, _ json.RawMessage) json.RawMessage { return shift(old, -time.Hour) })},
		{Name: "modified-not-moved", Summary: "An update leaves the date of the last modification as it was.",
			hook: stored(modified, func(old, _ json.RawMessage) json.RawMessage { return old })},
		{Name: "modified-lost", Summary: "After an update the date of the last modification is null.",
			hook: stored(modified, fixed("null"))},
		{Name: "modified-moved-by-read", Summary: "A read moves the date of the last modification too.",
			DetectedBy: []string{"UPD-11"}, NotApplicable: all(needsModified, needsBody), hook: onRead(func(c *call) {
				for _, name := range c.route.model.modified {
					c.change(func(o Object) Object { return o.set(name, shift(o.value(name), time.Second)) })
				}
			})},
		{Name: "modified-moved-by-refusal", Summary: "An update that is refused moves the date of the last modification.",
			DetectedBy: []string{"UPD-19"}, Touches: []string{"dates", "refusal-state"}, NotApplicable: all(needsModified, needsClosed),
			hook: inStage(stageValidate, func(c *call, run stage) *answer {
				a := run(c)
				if a != nil {
					c.change(func(o Object) Object { return o.setEach(c.route.model.modified, quote(timestamp(c.now))) })
				}
				return a
			})},
		{Name: "created-moved", Summary: "An update moves the date of creation to now.",
			DetectedBy: created, NotApplicable: needsCreated,
			hook: stores(always, func(c *call, o Object) Object { return o.setEach(creation(c.route), quote(timestamp(c.now))) })},
		{Name: "created-rounded", Summary: "An update rounds the date of creation down to the second before it.",
			DetectedBy: created, NotApplicable: needsCreated,
			hook: stored(creation, func(_, now json.RawMessage) json.RawMessage {
				return retimed(now, func(t time.Time) any { return timestamp(t.Truncate(time.Second).Add(-time.Second)) })
			})},
		{Name: "created-lost", Summary: "After an update the date of creation is the zero of the server's clock.",
			DetectedBy: created, NotApplicable: needsCreated, hook: stored(creation, fixed(`"0001-01-01T00:00:00Z"`))},
	})
}
