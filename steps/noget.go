package steps

import (
	"context"

	"graphpact/internal/entity"
)

// noGet is why something cannot be judged on a target without a GET of the entity.
const noGet = "the endpoint has no GET (--no-get)"

// unseen notes a check that takes a GET, where there is none.
func (w *world) unseen(name string) bool {
	if w.live.NoGet {
		w.note(name, noGet)
	}
	return w.live.NoGet
}

// stateShown gives what there is to see of the state after the update: a following GET
// or, without one, the answer of the update itself.
func (w *world) stateShown(ctx context.Context) (*entity.Response, error) {
	if !w.live.NoGet {
		return w.readBack(ctx)
	}
	if w.response.Object == nil {
		return nil, w.skip("%s, and the answer to the update shows no entity", noGet)
	}
	w.after = w.response
	return w.after, nil
}
