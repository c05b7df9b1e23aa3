package restore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/mask"
)

// BodyFunc compares an entity as it was with what it is now. It gives the body of the
// update that restores the first state, empty where none is needed, and the names of the
// properties that differ but cannot be set. It must change neither map.
type BodyFunc func(original, current map[string]any) (body map[string]any, unsettable []string)

// Keeper remembers the first state of entities and restores it. It is safe for concurrent
// use.
type Keeper struct {
	c        *client.Client
	bodyFor  BodyFunc
	recorder Recorder

	mu    sync.Mutex
	paths []string
	first map[string]map[string]any
	// set holds the properties that updates named, by path.
	set map[string]map[string]bool
}

// Recorder keeps beyond the life of the process what a Keeper remembers. It is for a
// target whose state outlives the process too.
type Recorder interface {
	// Touch is called before an update of the entity at the path is sent, unless an
	// earlier call covers it: first is the entity's first state, to be left as it is,
	// and names are all properties that updates have named so far, sorted. On an error
	// the update is not sent.
	Touch(path string, first map[string]any, names []string) error
	// Restored is called when the entity has its first state again.
	Restored(path string) error
}

// NewKeeper makes a keeper that sends through the client, with a retry budget of its own:
// a run that used up the client's must still be able to clean up.
func NewKeeper(c *client.Client, bodyFor BodyFunc) *Keeper {
	return &Keeper{c: c.WithOwnBudget(), bodyFor: bodyFor, first: map[string]map[string]any{}, set: map[string]map[string]bool{}}
}

// UseJournal makes the keeper write down what it remembers. It is called before the first
// update; without it nothing is written.
func (k *Keeper) UseJournal(r Recorder) { k.recorder = r }

// Remember keeps the entity at the path, below the base URL, as it is before anything
// changes it. The first call for a path wins. The body is one that was read from JSON,
// best with json.Number for numbers: floats lose digits.
func (k *Keeper) Remember(path string, body map[string]any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.first[path]; known {
		return
	}
	k.first[path] = copyObject(body)
	k.paths = append(k.paths, path)
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

// Touched says that an update that names the properties is about to be sent. Restore sets
// them, whatever a GET shows then, because a GET may lag behind. On an error, which is the
// journal's, the update must not be sent.
func (k *Keeper) Touched(path string, names ...string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, known := k.set[path]
	all := maps.Clone(before)
	if all == nil {
		all = map[string]bool{}
	}
	for _, n := range names {
		all[n] = true
	}
	if k.recorder != nil && (!known || len(all) > len(before)) {
		first, remembered := k.first[path]
		if !remembered {
			return fmt.Errorf("%s is about to be changed, and nobody remembers its first state", k.c.Mask(path))
		}
		if err := k.recorder.Touch(path, withoutCredentials(k.c, first), slices.Sorted(maps.Keys(all))); err != nil {
			return err
		}
	}
	k.set[path] = all
	return nil
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
	// could not be read.
	Left []string
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
	if len(e.Left) > 0 {
		b.WriteString("; still different: " + strings.Join(e.Left, ", "))
	}
	b.WriteString("; " + e.Hint())
	return b.String()
}

// Hint says how to restore the state by hand.
func (e *StateError) Hint() string {
	switch {
	case e.Curl == "" && e.BodyBytes > 0:
		return fmt.Sprintf("the update that restores it has a body of %d bytes, too long to show", e.BodyBytes)
	case e.Curl == "":
		return "no update can set that"
	case strings.Contains(e.Curl, mask.Text):
		return "restore it with (fill in what is " + mask.Text + "): " + e.Curl
	}
	return "restore it with: " + e.Curl
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
// An entity that was not touched and has its first state gets no more than a GET.
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
	original, touched := k.first[path], maps.Clone(k.set[path])
	k.mu.Unlock()

	current, err := k.read(ctx, path)
	if err != nil {
		// What is there now is unknown. What the run touched is set all the same, as far as
		// it can be; the command in the error sets all that can be set.
		body, _ := k.bodyFor(original, map[string]any{})
		mine := maps.Clone(body)
		maps.DeleteFunc(mine, func(name string, _ any) bool { return !touched[name] })
		if len(mine) == 0 {
			return k.newError(path, body, nil, err)
		}
		return k.confirm(ctx, path, original, body, andThen(err, k.write(ctx, path, mine)))
	}
	_, unsettable := k.bodyFor(original, current)
	// What was touched counts as lost, so that it is set in any case.
	maps.DeleteFunc(current, func(name string, _ any) bool { return touched[name] })
	body, _ := k.bodyFor(original, current)
	if len(body) == 0 {
		return k.newError(path, nil, unsettable, nil)
	}
	return k.confirm(ctx, path, original, body, k.write(ctx, path, body))
}

const (
	// curlShown is the longest body, in bytes, that is part of a command to paste.
	curlShown = 16 << 10
	// How often, and how far apart, Restore looks for the first state.
	confirmTries = 4
	confirmPause = 500 * time.Millisecond
)

// confirm reads the entity until it shows its first state, a few times: the update may
// have been applied although its answer said otherwise, and a GET may lag behind it.
func (k *Keeper) confirm(ctx context.Context, path string, original, body map[string]any, written error) error {
	for try := 1; ; try++ {
		current, err := k.read(ctx, path)
		if err != nil {
			return k.newError(path, body, nil, andThen(written, err))
		}
		left, unsettable := k.bodyFor(original, current)
		if len(left) == 0 && len(unsettable) == 0 {
			return nil
		}
		if try == confirmTries || k.c.Sleep(ctx, confirmPause) != nil {
			return k.newError(path, left, slices.AppendSeq(unsettable, maps.Keys(left)), written)
		}
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

// newError gives nil where nothing is left to restore.
func (k *Keeper) newError(path string, body map[string]any, left []string, err error) error {
	if err == nil && len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	e := &StateError{URL: k.c.URL(path), Left: slices.Compact(left), Err: err}
	if len(body) > 0 {
		if r, err := updateOf(path, body); err == nil {
			if e.BodyBytes = len(r.Body); e.BodyBytes <= curlShown {
				e.Curl = k.c.Curl(r)
			}
		}
	}
	return e
}

func (k *Keeper) read(ctx context.Context, path string) (map[string]any, error) {
	ex := k.c.Do(ctx, client.Request{Purpose: "read the state to restore", Method: http.MethodGet, Path: path})
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
	return current, nil
}

func (k *Keeper) write(ctx context.Context, path string, body map[string]any) error {
	r, err := updateOf(path, body)
	if err != nil {
		return err
	}
	ex := k.c.Do(ctx, r)
	switch {
	case ex.Err != nil:
		return ex.Err
	case ex.Status/100 != 2:
		return &StatusError{http.MethodPatch, ex.Status}
	}
	return nil
}

// updateOf is the request that sets the properties in body.
func updateOf(path string, body map[string]any) (client.Request, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return client.Request{}, fmt.Errorf("PATCH %s: %w", path, err)
	}
	return client.Request{
		Purpose: "restore the first state",
		Method:  http.MethodPatch,
		Path:    path,
		Header:  http.Header{"Content-Type": {"application/json"}},
		Body:    data,
	}, nil
}
