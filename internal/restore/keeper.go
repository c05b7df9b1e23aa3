package restore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/mask"
	"graphpact/internal/transport"
)

// Keeper remembers the first state of entities of an operation and restores it. It is safe
// for concurrent use.
type Keeper struct {
	c        *client.Client
	op       *contract.Operation
	recorder Recorder

	mu       sync.Mutex
	paths    []string
	entities map[string]*kept
	moved    []string
}

// kept is what a Keeper knows of an entity.
type kept struct {
	first map[string]any
	// sent holds the values that updates have carried, by property; nil where there was no
	// update.
	sent map[string][]any
	// suspect are the properties that may differ from the first state whatever a GET shows,
	// which may lag behind: the last update that named one was not refused and carried
	// another value. before is what it was before the last update.
	suspect, before map[string]bool
	// shown are the properties of the last update, until a GET has shown them: a value may
	// be kept in another form than it was sent in.
	shown map[string]any
	// latest is the newest state that a GET has shown since the last update, nil for none; and
	// others are properties that somebody else has changed, with their values: none of the
	// updates so far has named them.
	latest, others map[string]any
	// moves are properties that the server changes at each update by itself.
	moves []string
	// whole is set where it is known what moves, so that anything else counts.
	whole bool
	// selects are the properties to name in $select of each GET.
	selects []string
	// ifMatch is what the recorder knows, and unwritten is set where it lacks a value.
	ifMatch, unwritten bool
}

// Recorder keeps beyond the life of the process what a Keeper remembers. It is for a
// target whose state outlives the process too.
type Recorder interface {
	// Touch is called before an update of the entity at the path is sent, unless an
	// earlier call covers it. On an error the update is not sent.
	Touch(path string, c Change) error
	// Restored is called when the entity has its first state again.
	Restored(path string) error
}

// NewKeeper makes a keeper that sends through the client, with a retry budget and connections
// of its own: a run that used up the client's must still be able to clean up.
func NewKeeper(c *client.Client, op *contract.Operation) *Keeper {
	return &Keeper{c: c.WithOwnBudget().WithOwnConnections(), op: op, entities: map[string]*kept{}}
}

// UseJournal makes the keeper write down what it remembers. It is called before the first
// update; without it nothing is written.
func (k *Keeper) UseJournal(r Recorder) { k.recorder = r }

// Remember keeps the entity at the path, below the base URL, as it is before anything
// changes it: the last call for a path before its first update wins. The body is one that
// was read from JSON, best with json.Number for numbers: floats lose digits.
func (k *Keeper) Remember(path string, body map[string]any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch e, known := k.entities[path]; {
	case !known:
		k.entities[path] = &kept{first: copyObject(body)}
		k.paths = append(k.paths, path)
	case e.sent == nil:
		e.first = copyObject(body)
	}
}

// copyObject makes a copy that shares nothing with the caller's map, in the form in which
// the current state will be read.
func copyObject(body map[string]any) map[string]any {
	if data, err := json.Marshal(body); err == nil {
		if own, err := client.DecodeObject(data); err == nil {
			return own
		}
	}
	return body // it did not come from JSON
}

// Correct replaces the first value of a property, which was read from JSON: a read that came
// late has shown the true one.
func (k *Keeper) Correct(path, name string, value any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.entities[path]
	if e == nil {
		return fmt.Errorf("%s: nobody remembers its first state", k.c.Mask(path))
	}
	e.first = maps.Clone(e.first)
	e.first[name] = copyObject(map[string]any{name: value})[name]
	if e.sent == nil {
		return nil
	}
	if _, sent := e.sent[name]; sent {
		suspect := map[string]bool{}
		maps.Copy(suspect, e.suspect)
		suspect[name] = true
		e.suspect = suspect
	}
	if k.recorder == nil {
		return nil
	}
	return k.recorder.Touch(path, e.change(k.c, e.sent))
}

// Touched says that an update with the body is about to be sent. On an error, which is the
// journal's, the update must not be sent.
func (k *Keeper) Touched(path string, body map[string]any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.entities[path]
	if e == nil {
		if k.recorder != nil {
			return fmt.Errorf("%s is about to be changed, and nobody remembers its first state", k.c.Mask(path))
		}
		e = &kept{first: map[string]any{}}
		k.entities[path] = e
	}
	e.adopt(body)
	sent, news := k.add(e, copyObject(body))
	if ifMatch := k.c.IfMatchRequired(); k.recorder != nil && (e.sent == nil || news || e.unwritten || ifMatch != e.ifMatch) {
		c := e.change(k.c, sent)
		c.IfMatch = ifMatch
		if err := k.recorder.Touch(path, c); err != nil {
			return err
		}
		e.ifMatch, e.unwritten = ifMatch, false
	}
	e.sent, e.before = sent, e.suspect
	e.suspect = map[string]bool{}
	maps.Copy(e.suspect, e.before)
	for name, v := range copyObject(body) {
		was, had := e.first[name]
		e.suspect[name] = !had || !k.op.Same(name, was, v)
	}
	return nil
}

// change is what the recorder is told, with the values sent so far.
func (e *kept) change(c *client.Client, sent map[string][]any) Change {
	return Change{First: withoutCredentials(c, e.first), Names: slices.Sorted(maps.Keys(sent)), Sent: sent, IfMatch: e.ifMatch, Moves: e.moves, Select: e.selects}
}

// adopt takes for first what somebody else has set of properties that an update is about to
// name for the first time: that is what is there now.
func (e *kept) adopt(body map[string]any) {
	for name := range body {
		v, changed := e.others[name]
		if _, named := e.sent[name]; !changed || named {
			continue
		}
		e.first = maps.Clone(e.first)
		e.first[name] = v
		delete(e.others, name)
	}
}

// saw takes note of a state that a GET shows. What differs from an earlier one, with no update
// of the run between the two, is somebody else's; but not what is lost, which an update may have
// done that shows late. An older state, by its date, is a late one.
func (k *Keeper) saw(e *kept, state map[string]any) {
	if p, ok := k.op.WithRole(contract.RoleModified); ok && wentOn(state[p.Name], e.latest[p.Name]) {
		return
	}
	for name, was := range e.latest {
		is := state[name]
		if _, named := e.sent[name]; named || was == nil || is == nil || entity.IsAnnotation(name) || k.op.Same(name, was, is) {
			continue
		}
		if e.others == nil {
			e.others = map[string]any{}
		}
		e.others[name] = is
	}
	e.latest = state
}

// Learned says which properties of the entity the server changes at each update by itself: like
// the date of the last modification, none of them can be restored. selects are those to name in
// $select of each GET, as some are not shown without; nil for none.
func (k *Keeper) Learned(path string, moves, selects []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.entities[path]; e != nil {
		e.unwritten = e.unwritten || !slices.Equal(e.moves, moves) || !slices.Equal(e.selects, selects)
		e.moves, e.selects, e.whole = slices.Clone(moves), slices.Clone(selects), true
	}
}

// Moved says of each entity what the server itself has moved, beside the date of the last
// modification, as "version (is 39, was 3)"; it is known after Restore.
func (k *Keeper) Moved() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.moved)
}

// add gives the values sent so far and those of the body, and whether one of them is new.
func (k *Keeper) add(e *kept, body map[string]any) (sent map[string][]any, news bool) {
	sent = maps.Clone(e.sent)
	if sent == nil {
		sent = map[string][]any{}
	}
	for name, v := range body {
		if !slices.ContainsFunc(sent[name], func(known any) bool { return k.op.Same(name, known, v) }) {
			sent[name], news = append(slices.Clone(sent[name]), v), true
		}
	}
	return sent, news
}

// Answered takes the answer to an update that Touched was called for, and to a GET. An update
// that was refused leaves no doubt about what a GET shows. What the answer to a successful one
// shows of the properties that it named is the run's own, in the form of the endpoint; and so
// is what the next GET shows of them.
func (k *Keeper) Answered(ex *client.Exchange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	path, _, _ := strings.Cut(ex.Path, "?")
	e := k.entities[path]
	if e == nil || e.sent == nil {
		return
	}
	if ex.Method == http.MethodPatch && (ex.Err != nil || ex.Status/100 != 4) {
		e.latest = nil
	}
	if ex.Err != nil {
		return
	}
	switch update := ex.Method == http.MethodPatch; {
	case update && ex.Status/100 == 4:
		e.suspect, e.shown = e.before, nil
		return
	case update && ex.Status/100 == 2:
		e.shown, _ = client.DecodeObject(ex.RequestBody) // what is no object names nothing
	case ex.Method != http.MethodGet || ex.Status != http.StatusOK:
		return
	}
	if len(e.shown) == 0 && ex.Method != http.MethodGet || ex.Truncated {
		return // nothing of the answer is the run's own, or it is not all there
	}
	shown, err := client.DecodeObject(ex.Body)
	if err != nil {
		return
	}
	if ex.Method == http.MethodGet {
		k.saw(e, maps.Clone(shown))
	}
	maps.DeleteFunc(shown, func(name string, _ any) bool { _, named := e.shown[name]; return !named })
	var news bool
	e.sent, news = k.add(e, shown)
	e.unwritten = e.unwritten || news
	if ex.Method == http.MethodGet {
		e.shown = nil
	}
}

// withoutCredentials gives a state as it may lie on a disk: a member in which the target
// sends one of the client's own credentials back is left out. A value that only looks like
// a secret is the entity's own, and without it the state cannot be restored.
func withoutCredentials(c *client.Client, state map[string]any) map[string]any {
	own := make(map[string]any, len(state))
	for name, v := range state {
		data, err := json.Marshal(map[string]any{name: v})
		if text := string(data); err == nil && c.Conceal(text) == text {
			own[name] = v
		}
	}
	return own
}

// StateError says that an entity does not have its first state.
type StateError struct {
	URL string
	// Left are the properties that still differ, sorted; empty where the current state
	// could not be read. Differences says more of each.
	Left []string
	// Changed are the properties that the run may have changed, each with its first value, as
	// `name (was "Hall")`; only where the current state could not be read.
	Changed     []string
	Differences []Difference
	Remedies    []Remedy
	// Curl is a command that restores the state, masked values to be filled in by hand;
	// empty where no update can, or where its body is too long to show.
	Curl string
	// BodyBytes is the length of the update's body, 0 where there is none.
	BodyBytes int
	// Err is what went wrong; nil where all was sent and yet something differs.
	Err error
}

// Remedy is what there is to do about a property that is left.
type Remedy struct {
	// Curl is a command that sets the property to what it was, masked values to be filled in by
	// hand; empty where no update can, or where its body is too long to show.
	Curl string
	// Why is what the endpoint answered to an update of it; empty where it took it.
	Why string
}

func (e *StateError) Error() string {
	var b strings.Builder
	b.WriteString(e.URL + ": the first state is not restored")
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	before := "; still different: "
	for i, d := range e.Differences {
		fmt.Fprintf(&b, "%s%s (is %s, was %s%s)", before, e.Left[i], d.value(d.Is), d.value(d.Was), d.leftAlone())
		before = ", "
	}
	b.WriteString("; " + e.Hint())
	return b.String()
}

// Lines is the error as a sentence for each property that differs, with both values and what to
// do; one where the state is not known.
func (e *StateError) Lines() []string {
	if len(e.Differences) == 0 {
		return []string{e.Error()}
	}
	var out []string
	for i, d := range e.Differences {
		line := fmt.Sprintf("%s: %s is %s, and was %s at first", e.URL, e.Left[i], d.value(d.Is), d.value(d.Was))
		switch {
		case d.Action == LeaveOther:
			line += d.leftAlone()
		case e.Remedies[i].Why != "":
			line += " (" + e.Remedies[i].Why + ")"
		case e.Err != nil && d.Action == Set:
			line += " (" + e.Err.Error() + ")"
		}
		switch curl := e.Remedies[i].Curl; {
		case curl != "":
			line += "; " + restoreWith(curl)
		case d.Action == Set && e.Curl == "" && e.BodyBytes > 0:
			line += "; " + e.Hint()
		default:
			line += "; no update can set that"
		}
		out = append(out, line)
	}
	return out
}

// Hint says how to restore the state by hand.
func (e *StateError) Hint() string {
	switch {
	case e.Curl == "" && e.BodyBytes > 0:
		return fmt.Sprintf("the update that restores it has a body of %d bytes, too long to show", e.BodyBytes)
	case e.Curl != "":
		return restoreWith(e.Curl)
	case len(e.Differences) > 0 && e.Differences[len(e.Differences)-1].Action == LeaveOther:
		return "restore --force sets that too"
	}
	return "no update can set that"
}

func restoreWith(curl string) string {
	if strings.Contains(curl, mask.Text) {
		return "restore it with (fill in what is " + mask.Text + "): " + curl
	}
	return "restore it with: " + curl
}

// Unwrap gives what went wrong.
func (e *StateError) Unwrap() error { return e.Err }

// StatusError says that the target did not answer a request of a restore as needed.
type StatusError struct {
	Method string
	Status int
}

func (e *StatusError) Error() string {
	return e.Method + " answers " + transport.Status(e.Status)
}

// Is reports whether the other error is a *StatusError of the same status.
func (e *StatusError) Is(other error) bool {
	o, ok := other.(*StatusError)
	return ok && o.Status == e.Status
}

// Restore gives each remembered entity its first state, in the order remembered, and reads
// it again to be sure. It goes on after an error; each is a *StateError, or the journal's.
// An entity that was not touched gets no more than a GET, whatever it holds.
func (k *Keeper) Restore(ctx context.Context) []error {
	k.mu.Lock()
	paths := slices.Clone(k.paths)
	k.mu.Unlock()
	var errs []error
	for _, path := range paths {
		err := k.restore(ctx, path)
		if err == nil && k.recorder != nil {
			err = k.recorder.Restored(path)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (k *Keeper) restore(ctx context.Context, path string) error {
	k.mu.Lock()
	own := k.entities[path]
	e := newEntity(k.op, path, Change{First: own.first, Names: slices.Sorted(maps.Keys(own.sent)), Sent: own.sent, Moves: own.moves, Select: own.selects})
	touched, suspect := own.sent != nil, maps.Clone(own.suspect)
	k.mu.Unlock()

	r := &restorer{c: k.c, e: &e, suspect: suspect, whole: own.whole}
	if !touched {
		if _, err := r.read(ctx); err != nil {
			return r.newError(nil, err)
		}
		return nil
	}
	err := r.restore(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.moved = append(k.moved, r.moved()...); err == nil {
		own.suspect = nil
	}
	return err
}
