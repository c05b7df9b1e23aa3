package steps

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/edm"
	"graphpact/internal/entity"
	"graphpact/internal/jsonpointer"
)

const readUnderTest = "the read under test"

func (w *world) reads(b bindings) {
	get := func(opts ...entity.Option) func(context.Context) error {
		return func(ctx context.Context) error { return w.got(w.subject.Read(ctx, readUnderTest, opts...)) }
	}
	b[whenRead] = get()
	b[whenReadNoAuth] = get(entity.WithAuth(client.AuthNone))
	b[whenReadBadToken] = get(entity.WithAuth(client.AuthInvalid))
	b[whenReadKnown] = func(ctx context.Context) error {
		return get(entity.WithHeader("If-None-Match", w.etag))(ctx)
	}
	b[whenReadOther] = func(ctx context.Context, param string) error {
		if err := w.makeUp(param); err != nil {
			return err
		}
		return w.got(w.other.Read(ctx, readUnderTest))
	}
}

func (w *world) readThens(b bindings) {
	b[thenRead] = func() error { return w.readOK(w.response) }
	b[thenReadOr304] = w.readOr304
	b[thenJSON] = func() error { return w.mediaType("application/json", nil) }
	b[thenReadsSame] = w.readsSame
	b[thenKeyOfPath] = w.keyOfPath
}

func (w *world) readOK(r *entity.Response) error {
	if err := w.expectAnswer(r.Status == http.StatusOK, r, "the read succeeds", "200 OK"); err != nil {
		return err
	}
	if r.Truncated {
		return r.BodyErr // our own cut is not the endpoint's mistake
	}
	return w.expect(r.Object != nil, check{
		name: "the response body is an object", on: r, expected: "a JSON object", actual: bodyState(r), source: w.rule("json-format"),
	})
}

// readOr304 takes either answer to If-None-Match: the entity may have changed since,
// and a server need not look at the header.
func (w *world) readOr304() error {
	r := w.response
	if r.Status == http.StatusOK {
		return w.readOK(r)
	}
	return w.expectAnswer(r.Status == http.StatusNotModified, r, "the read succeeds", "304 Not Modified, or 200 OK")
}

// readsSame compares two reads with nothing between them. What the page does not name
// may count or age by itself.
func (w *world) readsSame(ctx context.Context) error {
	for _, r := range w.responses {
		if err := w.readOK(r); err != nil {
			return err
		}
	}
	first, second := w.responses[0], w.responses[len(w.responses)-1]
	if w.live.Settle > 0 {
		var err error
		if first, second, err = w.valued(ctx, first, second); err != nil {
			return err
		}
		if first, second, err = w.settled(ctx, first, second); err != nil {
			return err
		}
	}
	except := w.unnamed("a property that changes by itself: ", first.Object, second.Object)
	except = append(except, w.aged(first.Object, second.Object)...)
	return w.same("two reads in a row show the same", second, first.Object, second.Object, nil, except...)
}

// valued gives two reads of a state in which the property of a control update is not empty: what
// flickers is not seen in a property that is empty anyhow. Where there is no such state, the reads
// are as they were.
func (w *world) valued(ctx context.Context, first, second *entity.Response) (a, b *entity.Response, err error) {
	known := w.live.controls()
	if len(known) == 0 || w.live.First == nil || !w.equals(first.Object)(second.Object) {
		return first, second, nil
	}
	one := known[0]
	if !empty(first.Object[one.Name]) || empty(one.Sent.JSON) || slices.Contains(w.frozen, one.Name) {
		return first, second, nil
	}
	body := map[string]any{one.Name: one.Sent.JSON}
	if err := w.touch(body); err != nil {
		return nil, nil, err
	}
	res := w.sent(w.subject.Update(ctx, "set a value to see in two reads", body))
	if res.Err != nil || !w.succeeded(res) {
		return first, second, res.Err
	}
	w.sentTo(w.subject.Path, body, res)
	w.body, w.response, w.after = body, res, nil
	if first, err = w.shownBy(ctx, w.showsUpdate); err != nil {
		return nil, nil, err
	}
	w.after = nil
	second, err = w.readBack(ctx)
	return first, second, err
}

// looks is how many reads in a row show the same where no replica is late any more.
const looks = 6

// settled gives two reads to compare. Where two in a row differ, or older states came after newer
// ones, one of several replicas may be late. When it has had its time, a few reads show the same;
// where two of them differ still, the endpoint does not know what it holds.
func (w *world) settled(ctx context.Context, first, second *entity.Response) (a, b *entity.Response, err error) {
	since, limit, wavers := w.live.settling.doubt(w.subject.Path, w.live.Settle)
	if !wavers && w.equals(first.Object)(second.Object) {
		return first, second, nil
	}
	if since.IsZero() {
		since = first.Started
	}
	if err := w.live.sleep(ctx, max(0, since.Add(limit).Sub(endOf(second)))); err != nil {
		return nil, nil, err
	}
	for i := range looks {
		res, err := w.read(ctx, "read again: a replica may have been late")
		if err != nil {
			return nil, nil, err
		}
		if w.after = res; i == 0 {
			first = res
		}
		if second = res; !w.equals(first.Object)(second.Object) {
			return first, second, nil
		}
	}
	w.note("reads may be late", "two reads in a row may differ until a late replica has caught up; then each shows the same")
	return first, second, nil
}

// keyOfPath compares the key with the last part of the path. An alternate key, as a
// user's name in the place of the id, leads to the same entity (OData 4.01 URL
// Conventions 4.3.5); then the path says nothing about the key.
func (w *world) keyOfPath() error {
	key, err := w.role(contract.RoleKey)
	if err != nil {
		return err
	}
	param, ok := w.live.Operation.Path.KeyParam()
	if !ok {
		return w.skip("the path does not end in a key")
	}
	want := w.params[param]
	got, present := w.response.Object[key.Name]
	if !present {
		return w.skip("the response does not show %s", key.Name)
	}
	same := sameKey(got, want)
	if !same {
		for name, v := range w.response.Object {
			if sameKey(v, want) {
				return w.skip("the path names the entity by its %s, an alternate key", name)
			}
		}
		// Two GUIDs are keys of the same kind.
		alike := edm.IsGUID(want) && edm.IsGUID(contract.PathText(got))
		if path := w.live.Operation.Path; path.AlternateKey() && !alike {
			return w.skip("the page lets the path name the entity by another key (%s)", path.Source.Short())
		}
	}
	return w.expect(same, check{
		name: "the key in the path", on: w.response, pointer: jsonpointer.Of(key.Name),
		expected: entity.Show(want, true), actual: entity.Show(got, present),
	})
}

// sameKey compares a value with its text in a path; hexadecimal digits of a GUID have
// no case (RFC 9562 4).
func sameKey(v any, text string) bool {
	s := contract.PathText(v)
	return s == text || edm.IsGUID(text) && strings.EqualFold(s, text)
}
