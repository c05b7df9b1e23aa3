package restore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/schema"
)

const (
	// curlShown is the longest body, in bytes, that is part of a command to paste.
	curlShown = 16 << 10
	// valueShown is what is shown of a value in one line, in bytes.
	valueShown = 200
	// How often a GET looks for the first state, and the pause before the second look; each
	// further pause is twice as long.
	settleTries = 6
	settlePause = 250 * time.Millisecond
	// maxRounds bounds the updates of all that was set so far. An endpoint that takes each
	// update for the whole entity needs a second one.
	maxRounds = 4
)

// restorer gives one entity its first state.
type restorer struct {
	c *client.Client
	e *Entity
	// suspect are properties to set although a GET shows their first value.
	suspect map[string]bool
	// force sets also what someone else has changed, and whole counts also what no update has
	// named or can set.
	force, whole bool

	// set is all that was set so far, and refused what an update of its own could not set.
	set     map[string]any
	refused map[string]bool
	// why is what the endpoint answered to an update of one property.
	why map[string]string
	// last is the state that was read last, nil where it could not be read.
	last map[string]any
}

// restore sets what differs in one update, and each property in one of its own where that
// is refused. It looks until a GET shows the first state, and sets what only shows then. The
// error is a *StateError.
func (r *restorer) restore(ctx context.Context) error {
	if r.e.IfMatch {
		r.c.RequireIfMatch()
	}
	r.set, r.refused, r.why = map[string]any{}, map[string]bool{}, map[string]string{}
	current, unread := r.read(ctx)
	var slow *client.ThrottledError
	if errors.As(unread, &slow) && slow.Tries > 0 { // it is down: an update would be waited for as long
		return r.newError(nil, unread)
	}
	for _, p := range r.e.Settable {
		if r.suspect[p.Name] {
			r.set[p.Name] = r.suspected(p.Name, current)
		}
	}
	if unread == nil {
		for _, d := range r.e.compare(current, r.force) {
			if d.action == LeaveOther {
				delete(r.set, d.name)
			}
		}
	} else if len(r.set) == 0 {
		return r.newError(nil, unread)
	}
	var written error
	for round := range maxRounds {
		if !r.add(current) && (round > 0 || len(r.set) == 0) {
			break
		}
		if written = r.write(ctx, r.set); written != nil {
			written = r.writeEach(ctx, written)
		}
		var err error
		if current, err = r.settle(ctx); err != nil {
			return r.newError(nil, andThen(andThen(unread, written), err))
		}
	}
	return r.newError(current, written)
}

// add adds what has to be set to what was set so far, and reports whether there was any.
func (r *restorer) add(current map[string]any) (more bool) {
	if current == nil {
		return false
	}
	for name, v := range r.wanted(current) {
		if !r.tried(name, v) {
			r.set[name], more = v, true
		}
	}
	return more
}

func (r *restorer) tried(name string, v any) bool {
	set, known := r.set[name]
	return known && schema.Equal(set, v)
}

// value is what an update sets the property to: its first value, null where it was absent, with
// null for the members of an object that the run has added. What was cleared so far stays so:
// an endpoint may show that late.
func (r *restorer) value(name string, current map[string]any) any {
	first, known := r.set[name]
	if !known {
		first = r.e.First[name]
	}
	sent := r.e.Sent[name]
	if r.force {
		sent = nil
	}
	v, _ := contract.Clearing(first, current[name], sent)
	return v
}

// suspected is value for a property of which a GET may not show what an update has done: then
// it clears what the run has sent.
func (r *restorer) suspected(name string, current map[string]any) any {
	v, adds := contract.Clearing(r.e.First[name], current[name], r.e.Sent[name])
	if adds {
		return v
	}
	for _, sent := range r.e.Sent[name] {
		v, _ = contract.Clearing(v, sent, nil)
	}
	return v
}

// wanted is the update that is still needed.
func (r *restorer) wanted(current map[string]any) map[string]any {
	body := map[string]any{}
	for _, d := range r.e.compare(current, r.force) {
		if d.action == Set {
			body[d.name] = r.value(d.name, current)
		}
	}
	return body
}

// writeEach sets what still differs property by property, after an update that did not
// succeed. It gives the first error of those, or the update's own.
func (r *restorer) writeEach(ctx context.Context, whole error) error {
	current, err := r.read(ctx)
	body := r.set
	if err == nil {
		body = r.wanted(current)
	}
	if len(r.set) == 1 {
		for name, v := range r.set {
			r.failed(ctx, name, v, whole)
		}
		return whole
	}
	if len(body) == 0 {
		return whole
	}
	var first error
	for next := slices.Sorted(maps.Keys(body)); len(next) > 0; {
		next, first = r.writeInTurn(ctx, next, body)
	}
	return first
}

// writeInTurn sets one property after the other. It gives the first error, and what was refused
// before another one was taken: that may have been in its way.
func (r *restorer) writeInTurn(ctx context.Context, names []string, body map[string]any) (again []string, first error) {
	var refused []string
	for _, name := range names {
		err := r.write(ctx, map[string]any{name: body[name]})
		if err == nil {
			delete(r.why, name)
			delete(r.refused, name)
			again = refused
			continue
		}
		if r.failed(ctx, name, body[name], err); r.refused[name] {
			refused = append(refused, name)
		}
		first = cmp.Or(first, fmt.Errorf("%s: %w", name, err))
	}
	return again, first
}

// failed follows an update of one property that did not succeed. Where it was refused with
// members of an object to clear, the first value alone may do: an endpoint that replaces the
// object needs no more. What the endpoint does not take is kept: there is nothing to wait for
// then.
func (r *restorer) failed(ctx context.Context, name string, v any, err error) {
	var status *StatusError
	refused := errors.As(err, &status) && status.Status/100 == 4
	r.why[name] = err.Error()
	first := r.e.First[name]
	if refused && !schema.Equal(v, first) && r.write(ctx, map[string]any{name: first}) == nil {
		return
	}
	r.refused[name] = r.refused[name] || refused
}

// settle reads the entity until it shows its first state, a few times: an update may have
// been applied although its answer said otherwise, and a GET may lag behind it. It ends
// early where there is more to set.
func (r *restorer) settle(ctx context.Context) (map[string]any, error) {
	pause := settlePause
	for try := 1; ; try++ {
		current, err := r.read(ctx)
		if err != nil {
			return nil, err
		}
		wait := false
		for name, v := range r.wanted(current) {
			if !r.tried(name, v) {
				return current, nil
			}
			// What is not the documented update's to set was worth a try, and no wait.
			_, canSet := r.e.property(name)
			wait = wait || canSet && !r.refused[name]
		}
		stopped := ctx.Err() != nil
		if !wait || try == settleTries || stopped {
			return current, nil //nolint:nilerr // an interrupt ends the looking, and the state is known
		}
		_ = r.c.Sleep(ctx, pause) // where it was stopped, the next look is the last one
		pause *= 2
	}
}

// andThen joins two errors in one line, without the second where the first ends with it.
func andThen(first, second error) error {
	switch {
	case first == nil:
		return second
	case second == nil || strings.HasSuffix(first.Error(), second.Error()):
		return first
	}
	return fmt.Errorf("%w; %w", first, second)
}

// newError gives nil where nothing is left to restore. A current state of nil is unknown:
// then the command in the error sets all that can be set.
func (r *restorer) newError(current map[string]any, err error) error {
	e := &StateError{URL: r.c.URL(r.e.Path), Err: err}
	body := map[string]any{}
	if current == nil {
		for _, p := range r.e.Settable {
			body[p.Name] = r.value(p.Name, nil)
			if slices.Contains(r.e.Touched, p.Name) {
				d := Difference{Was: member(r.c, r.e.First, p.Name, valueShown)}
				e.Changed = append(e.Changed, fmt.Sprintf("%s (was %s)", p.Name, d.value(d.Was)))
			}
		}
	} else {
		left := r.e.left(current, r.force)
		if r.whole {
			left = r.e.leftWhole(current, r.force)
		}
		for _, d := range left {
			if _, canSet := r.e.property(d.name); canSet && d.action == Set {
				body[d.name] = r.value(d.name, current)
			}
		}
		for _, d := range left {
			e.Left = append(e.Left, d.name)
			e.Differences = append(e.Differences, r.e.difference(r.c, current, d, valueShown))
			remedy := Remedy{Why: r.why[d.name]}
			if _, canSet := r.e.property(d.name); canSet && d.action != LeaveUntouched && d.action != CannotSet {
				remedy.Curl = r.curlOf(d.name, body)
			}
			e.Remedies = append(e.Remedies, remedy)
		}
		if len(e.Left) == 0 {
			return nil
		}
	}
	e.Curl, e.BodyBytes = r.curl(body)
	return e
}

// curlOf is the command that sets one property to what it was. Where an update must carry the
// ETag, it sets all that is left: after the first command the ETag of a second is an old one.
func (r *restorer) curlOf(name string, all map[string]any) string {
	body := map[string]any{name: r.value(name, r.last)}
	if _, among := all[name]; among && r.c.IfMatchRequired() {
		body = all
	}
	line, _ := r.curl(body)
	return line
}

// curl is the command that sends the update, empty where its body is too long to show.
func (r *restorer) curl(body map[string]any) (line string, size int) {
	if len(body) == 0 {
		return "", 0
	}
	u, err := r.e.update(body)
	if err != nil || len(u.Body) > curlShown {
		return "", len(u.Body)
	}
	return r.c.Curl(u), len(u.Body)
}

// moved says what the server itself has moved, beside the date of the last modification.
func (r *restorer) moved() (out []string) {
	if r.last == nil {
		return nil
	}
	for _, d := range r.e.compare(r.last, r.force) {
		if d.action == LeaveMoving && !wentOn(r.e.First[d.name], r.last[d.name]) {
			one := r.e.difference(r.c, r.last, d, valueShown)
			out = append(out, fmt.Sprintf("%s (is %s, was %s)", d.name, one.value(one.Is), one.value(one.Was)))
		}
	}
	return out
}

func (r *restorer) read(ctx context.Context) (map[string]any, error) {
	path := r.e.Path
	if len(r.e.Select) > 0 {
		path += "?" + entity.SelectQuery(r.e.Select)
	}
	ex := r.c.Do(ctx, client.Request{Purpose: "read the state to restore", Method: http.MethodGet, Path: path})
	switch {
	case ex.Err != nil:
		return nil, ex.Err
	case ex.Status != http.StatusOK:
		return nil, &StatusError{http.MethodGet, ex.Status}
	case ex.Truncated:
		return nil, errors.New("GET answers more than the body limit")
	}
	current, err := client.DecodeObject(ex.Body)
	if err != nil {
		return nil, fmt.Errorf("GET answers 200: %w", err)
	}
	r.last = current
	return current, nil
}

func (r *restorer) write(ctx context.Context, body map[string]any) error {
	u, err := r.e.update(body)
	if err != nil {
		return err
	}
	ex := r.c.Do(ctx, u)
	switch {
	case ex.Err != nil:
		return ex.Err
	case ex.Status/100 != 2:
		return &StatusError{http.MethodPatch, ex.Status}
	}
	return nil
}

// typeAnnotation says of which type an object is (OData 4.01 JSON Format 4.5.3).
const typeAnnotation = "@odata.type"

// update is the request that sets the properties in body. Where an update must name its
// type, it names the entity's own.
func (e *Entity) update(body map[string]any) (client.Request, error) {
	if e.Type != "" {
		body = maps.Clone(body)
		body[typeAnnotation] = e.Type
		if own, ok := e.First[typeAnnotation].(string); ok {
			body[typeAnnotation] = own
		}
	}
	data, err := json.Marshal(body)
	if err != nil {
		return client.Request{}, fmt.Errorf("PATCH %s: %w", e.Path, err)
	}
	return client.Request{
		Purpose: "restore the first state",
		Method:  http.MethodPatch,
		Path:    e.Path,
		Header:  http.Header{"Content-Type": {"application/json"}}, Documented: e.Headers,
		Body: data,
	}, nil
}
