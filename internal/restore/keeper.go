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
	"graphpact/internal/mask"
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
	sent, news := k.add(e, copyObject(body))
	if ifMatch := k.c.IfMatchRequired(); k.recorder != nil && (e.sent == nil || news || e.unwritten || ifMatch != e.ifMatch) {
		c := Change{First: withoutCredentials(k.c, e.first), Names: slices.Sorted(maps.Keys(sent)), Sent: sent, IfMatch: ifMatch}
		if err := k.recorder.Touch(path, c); err != nil {
			return err
		}
		e.ifMatch, e.unwritten = ifMatch, false
	}
	e.sent, e.before = sent, e.suspect
	e.suspect = maps.Clone(e.suspect)
	if e.suspect == nil {
		e.suspect = map[string]bool{}
	}
	for name, v := range copyObject(body) {
		was, had := e.first[name]
		e.suspect[name] = !had || !k.op.Same(name, was, v)
	}
	return nil
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
	e := k.entities[ex.Path]
	if ex.Err != nil || e == nil || e.sent == nil {
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
	shown, err := client.DecodeObject(ex.Body)
	if err != nil {
		return
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
	Left        []string
	Differences []Difference
	// Curl is a command that restores the state, masked values to be filled in by hand;
	// empty where no update can, or where its body is too long to show.
	Curl string
	// BodyBytes is the length of the update's body, 0 where there is none.
	BodyBytes int
	// Err is what went wrong; nil where all was sent and yet something differs.
	Err error
}

func (e *StateError) Error() string {
	var b strings.Builder
	b.WriteString(e.URL + ": the first state is not restored")
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	before := "; still different: "
	for i, d := range e.Differences {
		fmt.Fprintf(&b, "%s%s (is %s, was %s", before, e.Left[i], d.value(d.Is), d.value(d.Was))
		if d.Action == LeaveOther {
			b.WriteString("; the run has not sent that, so that it is left alone")
		}
		b.WriteString(")")
		before = ", "
	}
	b.WriteString("; " + e.Hint())
	return b.String()
}

// Hint says how to restore the state by hand.
func (e *StateError) Hint() string {
	switch {
	case e.Curl == "" && e.BodyBytes > 0:
		return fmt.Sprintf("the update that restores it has a body of %d bytes, too long to show", e.BodyBytes)
	case e.Curl != "" && strings.Contains(e.Curl, mask.Text):
		return "restore it with (fill in what is " + mask.Text + "): " + e.Curl
	case e.Curl != "":
		return "restore it with: " + e.Curl
	case len(e.Differences) > 0 && e.Differences[len(e.Differences)-1].Action == LeaveOther:
		return "restore --force sets that too"
	}
	return "no update can set that"
}

// Unwrap gives what went wrong.
func (e *StateError) Unwrap() error { return e.Err }

// StatusError says that the target did not answer a request of a restore as needed.
type StatusError struct {
	Method string
	Status int
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answers %d %s", e.Method, e.Status, http.StatusText(e.Status))
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
	e := newEntity(k.op, path, Change{First: own.first, Names: slices.Sorted(maps.Keys(own.sent)), Sent: own.sent})
	touched, suspect := own.sent != nil, maps.Clone(own.suspect)
	k.mu.Unlock()

	r := &restorer{c: k.c, e: &e, suspect: suspect}
	if !touched {
		if _, err := r.read(ctx); err != nil {
			return r.newError(nil, err)
		}
		return nil
	}
	err := r.restore(ctx)
	if err == nil {
		k.mu.Lock()
		own.suspect = nil
		k.mu.Unlock()
	}
	return err
}
