package target

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
)

// RestoreFunc compares an entity as it was with what it is now. It gives the body of
// the update that brings the first state back, empty where none is needed, and the
// names of the properties that differ but cannot be set. It must change neither map.
type RestoreFunc func(original, current map[string]any) (body map[string]any, unsettable []string)

// Keeper remembers the first state of entities and puts it back. It is safe for
// concurrent use.
type Keeper struct {
	c       *Client
	restore RestoreFunc
	journal Journal

	mu    sync.Mutex
	paths []string
	first map[string]map[string]any
	// set holds the properties that updates named, by path.
	set map[string]map[string]bool
}

// NewKeeper makes a keeper that sends through the client, with a retry budget and a
// patience of its own: a run that used up the client's must still be able to clean up.
func NewKeeper(c *Client, restore func(original, current map[string]any) (body map[string]any, unsettable []string)) *Keeper {
	return &Keeper{c: c.fresh(), restore: restore, first: map[string]map[string]any{}, set: map[string]map[string]bool{}}
}

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

// copyObject makes a copy that has nothing in common with the caller's map, in the
// form in which the current state will be read.
func copyObject(body map[string]any) map[string]any {
	if data, err := json.Marshal(body); err == nil {
		if own, err := decodeObject(data); err == nil {
			return own
		}
	}
	// It did not come from JSON; then as it is is the best there is.
	return body
}

// StateError says that an entity does not have its first state.
type StateError struct {
	URL string
	// Left are the properties that still differ, sorted; empty where the current state
	// could not be read.
	Left []string
	// Curl is a command that mends it, masked values to be filled in by hand; empty
	// where no update can, or where its body is too long to show.
	Curl string
	// BodyBytes is the length of the update's body, 0 where there is none.
	BodyBytes int
	// Err is what stood in the way; nil where all was sent and yet something differs.
	Err error
}

func (e *StateError) Error() string {
	var b strings.Builder
	b.WriteString(e.URL + ": the first state is not back")
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if len(e.Left) > 0 {
		b.WriteString("; still different: " + strings.Join(e.Left, ", "))
	}
	switch {
	case e.Curl == "" && e.BodyBytes > 0:
		fmt.Fprintf(&b, "; the update that mends it has a body of %d bytes, too long to show", e.BodyBytes)
	case e.Curl == "":
		b.WriteString("; no update can set that")
	case strings.Contains(e.Curl, masked):
		b.WriteString("; mend it with (fill in what is " + masked + "): " + e.Curl)
	default:
		b.WriteString("; mend it with: " + e.Curl)
	}
	return b.String()
}

// Unwrap gives what stood in the way.
func (e *StateError) Unwrap() error { return e.Err }

// PutBack brings each remembered entity to its first state, in the order remembered,
// and reads it again to be sure. It goes on after an error; each is a *StateError, or
// the journal's.
// An entity that was not touched and has its first state gets no more than a GET.
func (k *Keeper) PutBack(ctx context.Context) []error {
	k.mu.Lock()
	paths := slices.Clone(k.paths)
	k.mu.Unlock()
	var errs []error
	for _, path := range paths {
		err := k.putBack(ctx, path)
		if err == nil && k.journal != nil {
			err = k.journal.Restored(path)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (k *Keeper) putBack(ctx context.Context, path string) error {
	k.mu.Lock()
	original, touched := k.first[path], maps.Clone(k.set[path])
	k.mu.Unlock()

	current, err := k.read(ctx, path)
	if err != nil {
		// What is there now is unknown. What the run touched is set all the same, as far as
		// it can be; the mend sets all that can be set.
		body, _ := k.restore(original, map[string]any{})
		mine := maps.Clone(body)
		maps.DeleteFunc(mine, func(name string, _ any) bool { return !touched[name] })
		if len(mine) == 0 {
			return k.newError(path, body, nil, err)
		}
		return k.confirm(ctx, path, original, body, andThen(err, k.write(ctx, path, mine)))
	}
	_, unsettable := k.restore(original, current)
	// What was touched counts as lost, so that it is set in any case.
	maps.DeleteFunc(current, func(name string, _ any) bool { return touched[name] })
	body, _ := k.restore(original, current)
	if len(body) == 0 {
		return k.newError(path, nil, unsettable, nil)
	}
	return k.confirm(ctx, path, original, body, k.write(ctx, path, body))
}

// confirm reads the entity until it shows its first state, a few times: the update may
// have been applied although its answer said otherwise, and a GET may lag behind it.
func (k *Keeper) confirm(ctx context.Context, path string, original, body map[string]any, written error) error {
	for try := 1; ; try++ {
		current, err := k.read(ctx, path)
		if err != nil {
			return k.newError(path, body, nil, andThen(written, err))
		}
		left, unsettable := k.restore(original, current)
		if len(left) == 0 && len(unsettable) == 0 {
			return nil
		}
		if try == confirmTries || k.c.cfg.Sleep(ctx, confirmPause) != nil {
			return k.newError(path, left, append(names(left), unsettable...), written)
		}
	}
}

// andThen joins two errors in one line; what is said twice stands once.
func andThen(first, second error) error {
	switch {
	case first == nil:
		return second
	case second == nil || strings.HasSuffix(first.Error(), second.Error()):
		return first
	}
	return fmt.Errorf("%w; %w", first, second)
}

// mendShown is the longest body, in bytes, that stands in a command to paste.
const mendShown = 16 << 10

// How often, and how far apart, PutBack looks for the first state.
const (
	confirmTries = 4
	confirmPause = 500 * time.Millisecond
)

// newError gives nil where nothing is left to mend.
func (k *Keeper) newError(path string, body map[string]any, left []string, err error) error {
	if err == nil && len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	e := &StateError{URL: k.c.Mask(k.c.cfg.BaseURL + path), Left: slices.Compact(left), Err: err}
	if len(body) > 0 {
		if r, err := updateOf(path, body); err == nil {
			e.BodyBytes = len(r.Body)
			if ex, err := k.c.prepare(r, k.c.placeholder()); err == nil && len(r.Body) <= mendShown {
				e.Curl = k.c.curl(ex)
			}
		}
	}
	return e
}

func (k *Keeper) read(ctx context.Context, path string) (map[string]any, error) {
	ex := k.c.Do(ctx, Request{Purpose: "read the state to put back", Method: http.MethodGet, Path: path})
	switch {
	case ex.Err != nil:
		return nil, ex.Err
	case ex.Status != http.StatusOK:
		return nil, fmt.Errorf("GET answers %d %s", ex.Status, http.StatusText(ex.Status))
	case ex.Truncated:
		return nil, errors.New("GET answers more than the body limit")
	}
	current, err := decodeObject(ex.Body)
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
		return fmt.Errorf("PATCH answers %d %s", ex.Status, http.StatusText(ex.Status))
	}
	return nil
}

// updateOf is the request that sets the properties in body.
func updateOf(path string, body map[string]any) (Request, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return Request{}, fmt.Errorf("PATCH %s: %w", path, err)
	}
	return Request{
		Purpose: "put the first state back",
		Method:  http.MethodPatch,
		Path:    path,
		Header:  http.Header{"Content-Type": {"application/json"}},
		Body:    data,
	}, nil
}

func names(body map[string]any) []string {
	out := make([]string, 0, len(body))
	for name := range body {
		out = append(out, name)
	}
	return out
}
