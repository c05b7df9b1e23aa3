package steps

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
)

func (w *world) givens(b bindings) {
	b[givenEntity] = w.theEntity
	b[givenEntityOther] = w.theEntityWithOther
	b[givenAsksToken] = w.asksForToken
	b[givenNoSuchEntity] = w.noSuchEntity
	b[givenETag] = w.hasETag
	b[givenUpdatedSince] = w.updatedSince
	b[givenDiffers] = w.differs
}

// theEntity has an entity set up and reads its state.
func (w *world) theEntity(ctx context.Context) error {
	if err := w.ended(); err != nil {
		return err
	}
	params, tearDown, err := w.live.States.SetUpEntity(ctx, w.live.Operation)
	if err != nil {
		return err
	}
	w.params, w.tearDown = params, tearDown
	if err := w.ended(); err != nil { // while it waited for its turn
		return err
	}
	w.started = time.Now() // waiting for a turn is no part of the scenario
	path, err := client.Expand(w.live.Operation.Path.Template, params)
	if err != nil {
		return err
	}
	w.subject = &entity.Subject{Client: w.live.Client, Op: w.live.Operation, Path: path}
	if known := w.live.Probe; known != nil && known.Path == path {
		w.subject.Select = known.Select
	}
	if w.live.NoGet {
		return nil // what the entity holds stays unknown
	}
	res, err := w.readBefore(ctx, "state before")
	if err != nil {
		return err
	}
	w.before = res.Object
	if w.live.First != nil {
		w.live.First.Remember(path, res.Object)
	}
	if w.live.Keeper != nil {
		w.live.Keeper.Remember(path, res.Object)
		w.frozen = w.live.Operation.CannotRestore(w.first())
	}
	return nil
}

// theEntityWithOther makes sure that setting the value will be a change.
func (w *world) theEntityWithOther(ctx context.Context, name, value string) error {
	if err := w.theEntity(ctx); err != nil {
		return err
	}
	if w.before[name] != value && !w.live.NoGet {
		return nil
	}
	p, err := w.mayTouch(name)
	if err != nil {
		return err
	}
	other, ok := p.Other(value)
	if !ok {
		return w.skip("the page documents no value for %s but %q", name, value)
	}
	res, err := w.prepare(ctx, "bring the entity to the state that the scenario needs", map[string]any{name: other}, "")
	if err != nil {
		return err
	}
	if w.before[name] == value {
		return fmt.Errorf("cannot bring %s to %v: it still is %q after %d", name, other, value, res.Status)
	}
	return nil
}

// prepare sends an update that is part of the preparation and reads the state anew. Where the
// endpoint refuses it, the scenario is left for the reason why, or cannot be judged without one.
func (w *world) prepare(ctx context.Context, purpose string, body map[string]any, why string) (*entity.Response, error) {
	if err := w.touch(body); err != nil {
		return nil, err
	}
	res := w.sent(w.subject.Update(ctx, purpose, body))
	switch {
	case res.Err != nil:
		return res, res.Err
	case !w.succeeded(res) && why != "":
		return res, w.skip("%s: %s answered %d", why, res.Method, res.Status)
	case !w.succeeded(res):
		return res, fmt.Errorf("cannot bring the entity to the state that the scenario needs: %s answered %d", res.Method, res.Status)
	}
	w.sentTo(w.subject.Path, body, res)
	if w.live.NoGet {
		return res, nil // its answer is all there is to go by
	}
	now, err := w.readBefore(ctx, "state before")
	if err != nil {
		return res, err
	}
	w.before = now.Object
	w.etag, w.after = now.ETag(), nil
	return res, nil
}

func (w *world) asksForToken() error {
	if !w.live.Authenticated {
		return w.skip("no token was given: whether the endpoint asks for one is unknown")
	}
	return nil
}

// noSuchEntity makes up an entity with another value for the parameter, and makes
// sure by a GET that it does not exist before anything is sent to it.
func (w *world) noSuchEntity(ctx context.Context, param string) error {
	if err := w.makeUp(param); err != nil {
		return err
	}
	return w.expectAbsent(ctx, "make sure that the made-up entity does not exist")
}

// makeUp names an entity with another value for the parameter; nothing is sent.
func (w *world) makeUp(param string) error {
	params := maps.Clone(w.params)
	params[param] = contract.Absent(params[param])
	path, err := client.Expand(w.live.Operation.Path.Template, params)
	if err != nil {
		return err
	}
	w.ownForm = !contract.ShapeKnown(w.params[param])
	w.other = &entity.Subject{Client: w.live.Client, Op: w.live.Operation, Path: path}
	return nil
}

func (w *world) expectAbsent(ctx context.Context, purpose string) error {
	if w.live.NoGet {
		return w.skip(noGet)
	}
	res := w.sent(w.other.Read(ctx, purpose))
	if res.Err != nil {
		return res.Err
	}
	ok, expected := w.absent(res)
	return w.expect(ok, check{
		name: "a GET of the made-up entity", on: res, expected: expected, actual: status(res),
		message: "the endpoint answers for an entity that nobody made",
	})
}

// absent reports whether the answer says that the made-up entity is not there. Where the
// form of the key is the server's own, the made-up one may be malformed, and 400 says so.
func (w *world) absent(res *entity.Response) (ok bool, expected string) {
	if w.ownForm {
		return res.Status == http.StatusNotFound || res.Status == http.StatusBadRequest,
			"404 Not Found, or 400 where the made-up key has not the form of the endpoint's keys"
	}
	return res.Status == http.StatusNotFound, "404 Not Found"
}

func (w *world) hasETag(ctx context.Context) error {
	res, err := w.readBefore(ctx, "take note of the ETag")
	if err != nil {
		return err
	}
	if w.etag = res.ETag(); w.etag == "" {
		return w.skip("a GET of the entity gives no ETag")
	}
	return nil
}

// updatedSince makes the noted ETag a stale one.
func (w *world) updatedSince(ctx context.Context) error {
	if err := w.readable(); err != nil {
		return err
	}
	old := w.etag
	body, err := w.documentedUpdate()
	if err != nil {
		return err
	}
	if _, err := w.prepare(ctx, "make the noted ETag stale", body, ""); err != nil {
		return err
	}
	err = w.expect(w.etag != old, check{
		name: "an update changes the ETag", on: w.exchanges[len(w.exchanges)-1], expected: "another ETag than " + old, actual: w.etag,
		message: "with the same ETag for two states, If-Match protects nothing",
	})
	w.etag = old
	return err
}

// touchable leaves the scenario where a foreign entity's property could not be restored, or
// must not be touched.
func (w *world) touchable(name string) error {
	if err := w.proven(name); err != nil {
		return err
	}
	if slices.Contains(w.frozen, name) {
		v, present := w.first()[name]
		return w.skip("%s of the entity was %s, which the documented update could not restore", name, entity.Show(v, present))
	}
	return nil
}

// role finds the property with the role, and leaves the scenario where the page has none.
func (w *world) role(role contract.Role) (contract.Property, error) {
	p, ok := w.live.Operation.WithRole(role)
	if ok {
		return p, nil
	}
	return p, w.skip("%s", map[contract.Role]string{
		contract.RoleKey:      "the page shows no key",
		contract.RoleCreated:  "the page names no date of creation",
		contract.RoleModified: "the page names no date of the last modification",
	}[role])
}

// mayTouch finds a property that a feature file names, and that is touchable.
func (w *world) mayTouch(name string) (contract.Property, error) {
	p, err := w.property(name)
	if err != nil {
		return p, err
	}
	return p, w.touchable(name)
}

// property finds a property that a feature file names.
func (w *world) property(name string) (contract.Property, error) {
	p, ok := w.live.Operation.Property(name)
	if !ok {
		return p, fmt.Errorf("the page has no property %s", name)
	}
	return p, nil
}
