package steps

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"graphpact/internal/entity"
)

// twoUpdates gives two bodies that differ in each property that can be set to two more
// values. With alike, properties are left out of which the page vouches for one value alone:
// a server may refuse the other.
func (w *world) twoUpdates(alike bool) []map[string]any {
	first, second := map[string]any{}, map[string]any{}
	for _, p := range w.live.Operation.Settable() {
		values := p.Values(w.before[p.Name], 2)
		if len(values) < 2 || slices.Contains(w.frozen, p.Name) || !w.live.controls().are(p.Name) || alike && values[0].Vouched() != values[1].Vouched() {
			continue
		}
		first[p.Name], second[p.Name] = values[0].JSON, values[1].JSON
	}
	if len(first) == 0 {
		return nil
	}
	return []map[string]any{first, second}
}

// twoAtOnce sends two updates that differ in every property that can be set, at the
// same time, and from a state that is neither. A mixture of both takes two properties: where those
// that are alike are fewer, all are tried first, and what is refused then says nothing.
func (w *world) twoAtOnce(ctx context.Context) error {
	w.bodies = w.twoUpdates(true)
	all := w.twoUpdates(false)
	if all == nil {
		return w.skip("the page documents no property with two more values to set")
	}
	alike := w.bodies != nil
	if alike && (len(w.bodies[0]) > 1 || len(all[0]) == 1 || w.live.NoGet) {
		return w.bothAtOnce(ctx, false)
	}
	w.bodies = all
	err := w.bothAtOnce(ctx, true)
	if w.skipped == "" || !alike {
		return err
	}
	w.skipped = ""
	now, err := w.readBefore(ctx, "state before two updates at once with fewer properties")
	if err != nil {
		return err
	}
	w.before = now.Object
	if w.bodies = w.twoUpdates(true); w.bodies == nil {
		return w.skip("the endpoint refuses values that the page does not vouch for, and of no property it vouches for two more")
	}
	return w.bothAtOnce(ctx, false)
}

// bothAtOnce sends the two updates, and leaves the scenario where one was refused for a value that
// the page does not vouch for; with mixed also without a probe.
func (w *world) bothAtOnce(ctx context.Context, mixed bool) error {
	for _, body := range w.bodies {
		if err := w.touch(body); err != nil {
			return err
		}
	}
	if err := w.sendBoth(ctx); err != nil {
		return err
	}
	w.live.settling.forget(w.subject.Path, w.bodies[0])
	for i, body := range w.bodies {
		if !refused(w.responses[i]) {
			continue
		}
		if name, v, ok := w.vouched(body); !ok {
			return w.untried(name, v)
		}
		for _, p := range w.live.Operation.Settable() {
			if sent, is := body[p.Name]; is && mixed && !w.valueOf(p, sent).Vouched() {
				return w.untried(p.Name, w.valueOf(p, sent))
			}
		}
	}
	return nil
}

// sendBoth sends the two updates at the same time. Where each must carry If-Match, both carry the
// same ETag: the client would send one that gets 412 again, and that one is no update at once.
// Where both get 412 the read that showed the ETag was late, and the client finds the current one.
func (w *world) sendBoth(ctx context.Context) error {
	var opts []entity.Option
	if w.live.Client.IfMatchRequired() && !w.live.NoGet {
		now, err := w.readBefore(ctx, "take note of the ETag that both updates carry")
		if err != nil {
			return err
		}
		if tag := now.ETag(); tag != "" {
			opts = []entity.Option{entity.WithHeader("If-Match", tag)}
		}
	}
	for {
		w.responses = make([]*entity.Response, 2)
		var wg sync.WaitGroup
		for i, body := range w.bodies {
			wg.Go(func() {
				w.responses[i] = w.subject.Update(ctx, fmt.Sprintf("update %d of two at once", i+1), body, opts...)
			})
		}
		wg.Wait()
		outdated := opts != nil
		for _, r := range w.responses {
			w.sent(r)
			if err := w.complete(r); err != nil {
				return err
			}
			outdated = outdated && r.Status == http.StatusPreconditionFailed
		}
		if !outdated {
			return nil
		}
		opts = nil
	}
}
