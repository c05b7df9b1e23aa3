package mockgraph

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// hook makes the hooks of a behaviour for one route of one server.
type hook func(r *route) hooks

// hooks are what a behaviour does at the points of a request's way; nil is nothing. Each finds the
// route, and of a path that names an entity its parameters, in the call.
type hooks struct {
	// before comes first: it may change the request, or answer it.
	before func(c *call) *answer
	// around are run in place of the stages of these names, which they are given.
	around map[string]func(c *call, run stage) *answer
	// after may change the finished answer before it is sent, and how it is sent.
	after func(c *call, a *answer)
}

// together is what several hooks do that wrap different stages.
func together(all ...hook) hook {
	return func(r *route) hooks {
		out := hooks{around: map[string]func(*call, stage) *answer{}}
		for _, one := range all {
			h := one(r)
			maps.Copy(out.around, h.around)
			if h.after != nil {
				out.after = h.after
			}
		}
		return out
	}
}

// around wraps a stage, for reads too.
func around(name string, f func(c *call, run stage) *answer) hook {
	return func(*route) hooks { return hooks{around: map[string]func(*call, stage) *answer{name: f}} }
}

// inStage wraps a stage of an update.
func inStage(name string, f func(c *call, run stage) *answer) hook {
	return around(name, func(c *call, run stage) *answer {
		if !c.updates() {
			return run(c)
		}
		return f(c, run)
	})
}

// onRead goes on where a read has found its entity.
func onRead(f func(c *call)) hook {
	return around(stageFindEntity, func(c *call, run stage) *answer {
		a := run(c)
		if a == nil && !c.updates() {
			f(c)
		}
		return a
	})
}

// afterApply goes on where an update was applied: old is the entity before it. It may
// change the store, and c.record, which is what the answer shows.
func afterApply(f func(c *call, old *record)) hook {
	return inStage(stageApply, func(c *call, run stage) *answer {
		old := c.record
		if a := run(c); a != nil {
			return a
		}
		f(c, old)
		return nil
	})
}

// stores changes the entity once more where an update that is so was applied.
func stores(when func(c *call) bool, change func(c *call, o Object) Object) hook {
	return afterApply(func(c *call, _ *record) {
		if when(c) {
			c.change(func(o Object) Object { return change(c, o) })
		}
	})
}

// dropUpdate leaves an update without effect where the request is so, and answers as if
// it had one.
func dropUpdate(when func(c *call) bool) hook {
	return afterApply(func(c *call, old *record) {
		if when(c) {
			c.route.store.restore(old)
		}
	})
}

// answerIf answers an update by an error of its own where the request is so.
func answerIf(status int, code string, when func(c *call) bool) hook {
	return inStage(stageValidate, func(c *call, run stage) *answer {
		if a := run(c); a != nil {
			return a
		}
		if when(c) {
			return c.refuse(status, code, "The server refuses this update.")
		}
		return nil
	})
}

func onAny(change func(c *call, a *answer)) hook {
	return func(*route) hooks { return hooks{after: change} }
}

func onAnswer(when func(c *call, a *answer) bool, change func(c *call, a *answer)) hook {
	return onAny(func(c *call, a *answer) {
		if when(c, a) {
			change(c, a)
		}
	})
}

func onSuccess(change func(c *call, a *answer)) hook {
	return onAnswer(func(c *call, a *answer) bool { return c.updates() && succeeds(a) }, change)
}

// onRefusal changes the answer to an update that did not succeed.
func onRefusal(change func(c *call, a *answer)) hook {
	return onAnswer(func(c *call, a *answer) bool { return c.updates() && a.status >= http.StatusBadRequest }, change)
}

// onStatusOf changes the answers with the status, to updates or to reads.
func onStatusOf(updates bool, status int, change func(c *call, a *answer)) hook {
	return onAnswer(func(c *call, a *answer) bool { return c.updates() == updates && a.status == status }, change)
}

func onStatus(from, to int) hook {
	return onStatusOf(true, from, func(_ *call, a *answer) { a.status = to })
}

func succeeds(a *answer) bool         { return a.status >= 200 && a.status < 300 }
func hasBody(_ *call, a *answer) bool { return len(a.body) > 0 }

// onShown changes the answer to an update that succeeded and shows the entity.
func onShown(change func(c *call, a *answer)) hook {
	return onAnswer(func(c *call, a *answer) bool { return c.updates() && succeeds(a) && hasBody(c, a) }, change)
}

// onEntity changes the entity in each answer that shows it, to a read or an update.
func onEntity(change func(c *call, o Object) Object) hook {
	return onAny(func(c *call, a *answer) {
		if succeeds(a) {
			a.edit(func(o Object) Object { return change(c, o) })
		}
	})
}

func onUpdated(change func(c *call, o Object) Object) hook {
	return onSuccess(func(c *call, a *answer) {
		a.edit(func(o Object) Object { return change(c, o) })
	})
}

// path is the path of the entity below the service root.
func (c *call) path() string { return c.route.template.expand(c.params) }

// change puts another body in the place of the entity's, and has the answer show that one.
func (c *call) change(body func(o Object) Object) { c.record = c.route.store.change(c.params, body) }

func always(*call) bool { return true }

// sets reports whether an update sets anything; emptyBody, whether its body is {}.
func sets(c *call) bool      { return len(c.patch) > 0 }
func emptyBody(c *call) bool { return c.body != nil && len(c.body) == 0 }

func sends(name string) func(c *call) bool {
	return func(c *call) bool { return c.r.Header.Get(name) != "" }
}

func sendsMediaType(part string) func(c *call) bool {
	return func(c *call) bool { return strings.Contains(c.r.Header.Get("Content-Type"), part) }
}

// annotated reports whether the body has an annotation beyond the type.
func annotated(c *call) bool {
	return slices.ContainsFunc(c.body, func(m Member) bool {
		return strings.Contains(m.Name, "@") && m.Name != "@odata.type" && m.Name != "@type"
	})
}

// peek reads the body of the request and leaves it there.
func (c *call) peek() []byte {
	data, err := io.ReadAll(c.r.Body)
	if err != nil {
		return nil // the stage that reads it says why
	}
	c.r.Body = io.NopCloser(bytes.NewReader(data))
	return data
}

// seenMembers gives the members of a JSON object up to the first mistake, as a server does that
// applies what it reads while it reads.
func seenMembers(data []byte) Object { return splitObject(data).withoutAnnotations() }

func (c *call) keep(members Object) {
	c.route.store.change(c.params, func(body Object) Object {
		for _, m := range members {
			if m.Name != c.route.model.key {
				body = body.with(m.Name, m.Value)
			}
		}
		return body
	})
}

// perPath is something that a behaviour remembers of each entity.
type perPath[T any] struct {
	mu     sync.Mutex
	values map[string]T
}

// get gives what is remembered, the zero value for nothing.
func (p *perPath[T]) get(path string) T {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.values[path]
}

// update remembers what f makes of the value, and gives that.
func (p *perPath[T]) update(path string, f func(known T) T) T {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(path, f(p.values[path]))
	return p.values[path]
}

// set remembers a value. The caller holds the lock.
func (p *perPath[T]) set(path string, value T) {
	if p.values == nil {
		p.values = map[string]T{}
	}
	p.values[path] = value
}

// swap gives what was remembered and remembers another value.
func (p *perPath[T]) swap(path string, value T) (old T) {
	p.update(path, func(known T) T { old = known; return value })
	return old
}

// first gives what is remembered, and remembers the value where there is nothing.
func (p *perPath[T]) first(path string, value T) T {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old, known := p.values[path]; known {
		return old
	}
	p.set(path, value)
	return value
}

// take gives what was remembered and forgets it.
func (p *perPath[T]) take(path string) T {
	var nothing T
	return p.swap(path, nothing)
}

func oneMore(n int) int { return n + 1 }

// value gives the value of a member, nil where there is none.
func (o Object) value(name string) json.RawMessage {
	value, _ := o.Get(name)
	return value
}

// without gives the object without a member.
func (o Object) without(name string) Object {
	return slices.DeleteFunc(slices.Clone(o), func(m Member) bool { return m.Name == name })
}

// withoutAnnotations gives the object without its control information and other annotations.
func (o Object) withoutAnnotations() Object {
	return slices.DeleteFunc(slices.Clone(o), func(m Member) bool { return strings.Contains(m.Name, "@") })
}

// set gives the object with another value for a member that it has.
func (o Object) set(name string, value json.RawMessage) Object {
	if _, ok := o.Get(name); !ok {
		return o
	}
	return o.with(name, value)
}

// setEach gives the object with the value for those of the members that it has.
func (o Object) setEach(names []string, value json.RawMessage) Object {
	for _, name := range names {
		o = o.set(name, value)
	}
	return o
}

// shift moves a timestamp by d; what is none stays.
func shift(raw json.RawMessage, d time.Duration) json.RawMessage {
	return retimed(raw, func(t time.Time) any { return timestamp(t.Add(d)) })
}

// retimed writes a timestamp in another way; what is none stays.
func retimed(raw json.RawMessage, write func(t time.Time) any) json.RawMessage {
	if t, ok := timeOf(raw); ok {
		return encode(write(t))
	}
	return raw
}

func timeOf(raw json.RawMessage) (time.Time, bool) {
	s, ok := text(raw)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

// encode gives a decoded value as JSON.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return null // cannot be: the value is of JSON's types
	}
	return raw
}

// decodedJSON gives a JSON value as contract's functions take it.
func decodedJSON(raw json.RawMessage) any {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil
	}
	return v
}
