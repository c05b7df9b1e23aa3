package steps

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
)

func (w *world) whens(b bindings) {
	w.reads(b)
	b[whenSet] = func(ctx context.Context, name, value string) error {
		return w.updateWith(ctx, name, func(contract.Property) (any, bool) { return value, true })
	}
	b[whenUpdate] = func(ctx context.Context) error { return w.documented(ctx) }
	b[whenAnother] = func(ctx context.Context) error {
		w.before = maps.Clone(w.before)
		maps.Copy(w.before, w.body)
		return w.documented(ctx)
	}
	b[whenSetOnly] = func(ctx context.Context, name string) error {
		if done, err := w.judgedBefore(name); done {
			return err
		}
		return w.updateWith(ctx, name, w.known)
	}
	b[whenForged] = w.sets(func(p contract.Property) (any, bool) { return p.Forged(w.before[p.Name]) })
	b[whenSentinel] = w.sets(text(contract.Property.Sentinel))
	b[whenOutsideEnum] = w.sets(text(contract.Property.Undocumented))
	b[whenWrongCase] = w.sets(text(func(p contract.Property) (string, bool) { return p.WrongCase(w.before[p.Name]) }))
	b[whenWrongType] = w.sets(contract.Property.WrongType)
	b[whenOutsideLimit] = w.outsideLimit
	b[whenSetMember] = w.setMember
	b[whenEmpty] = func(ctx context.Context) error {
		if err := w.proven(""); err != nil {
			return err
		}
		return w.update(ctx, map[string]any{})
	}
	b[whenUnknown] = w.unknown
	b[whenMalformed] = w.malformed
	b[whenRepeat] = w.repeat
	b[whenTwoAtOnce] = w.twoAtOnce
	b[whenMediaType] = func(ctx context.Context, mediaType string) error {
		return w.documented(ctx, entity.WithHeader("Content-Type", mediaType))
	}
	for sentence, auth := range map[string]client.Auth{
		whenNoAuth: client.AuthNone, whenBadToken: client.AuthInvalid, whenExpiredToken: client.AuthExpired,
	} {
		b[sentence] = func(ctx context.Context) error { return w.documented(ctx, entity.WithAuth(auth)) }
	}
	b[whenOtherEntity] = w.updateOther
	b[whenAnnotation] = w.annotated
	b[whenOldETag] = func(ctx context.Context) error { return w.documented(ctx, entity.WithHeader("If-Match", w.etag)) }
	b[whenCurrentETag] = w.withCurrentETag
	b[whenAnsweredETag] = w.withAnsweredETag
	b[whenPreference] = func(ctx context.Context, preference string) error {
		if required := w.live.Operation.RequiredHeaders()["Prefer"]; strings.Contains(required, "return=") {
			return w.skip("the page requires Prefer: %s of each update", required)
		}
		return w.documented(ctx, entity.WithHeader("Prefer", preference))
	}
	b[whenClientRequest] = func(ctx context.Context) error {
		w.clientRequestID = w.live.Client.NewRequestID()
		return w.documented(ctx, entity.WithHeader(w.live.Client.ClientRequestIDHeader(), w.clientRequestID))
	}
}

// withCurrentETag sends an update on the condition of the noted ETag. Where a 412 follows a retry,
// the update before it may have been applied, and then the ETag was current no more: a GET tells,
// and the update is made once more on the condition of the ETag that it shows.
func (w *world) withCurrentETag(ctx context.Context) error {
	for {
		if err := w.documented(ctx, entity.WithHeader("If-Match", w.etag)); err != nil || !w.afterRetry(http.StatusPreconditionFailed) {
			return err
		}
		const what = "the update got no answer of the endpoint itself, was sent again, and then answered 412"
		if w.live.NoGet || len(w.exchanges) > maxExchanges {
			return errors.New(what + ": whether the first one was applied is unknown")
		}
		now, err := w.readBefore(ctx, "see whether the update before the retry was applied")
		if err != nil {
			return err
		}
		if now.ETag() == w.etag {
			return nil // it was not, so that the ETag was the current one
		}
		w.note("the update is made once more", what+": the ETag shows that the first one was applied")
		w.responses = w.responses[:len(w.responses)-1]
		w.before, w.etag = now.Object, now.ETag()
	}
}

// maxExchanges is how many exchanges a scenario may have until it is given up.
const maxExchanges = 20

// afterRetry reports whether the update got the status after a try of which it is not known
// whether it was applied. 409 and 429 say that it was not.
func (w *world) afterRetry(status int) bool {
	unknown := func(r client.Retry) bool {
		return r.Status != http.StatusTooManyRequests && r.Status != http.StatusConflict
	}
	return w.response.Status == status && slices.ContainsFunc(w.response.Retries, unknown)
}

const (
	underTest    = "the update under test"
	nothingToSet = "the page documents no property that graphpact can set"
)

func (w *world) update(ctx context.Context, body map[string]any, opts ...entity.Option) error {
	data, err := entity.Encode(w.live.Operation.Body(body))
	if err != nil {
		return err
	}
	w.body = body
	return w.updateRaw(ctx, data, body, opts...)
}

// updateRaw sends the update under test with exactly these bytes, which mean the body.
func (w *world) updateRaw(ctx context.Context, data []byte, body map[string]any, opts ...entity.Option) error {
	w.after = nil
	if err := w.touch(body); err != nil {
		return err
	}
	res := w.subject.UpdateRaw(ctx, underTest, data, opts...)
	w.wasSent(res, body)
	return w.got(res)
}

// wasSent takes note of what the entity should be after the answer to an update.
func (w *world) wasSent(res *entity.Response, body map[string]any) {
	switch {
	case w.succeeded(res):
		w.sentTo(w.subject.Path, body, res)
	case res.Err != nil || res.Status >= http.StatusInternalServerError:
		w.live.settling.forget(w.subject.Path, body)
	}
}

// touch reports to the keeper of the entity which properties an update names. On an error
// the update must not be sent: its first state would be lost with the process.
func (w *world) touch(body map[string]any) error {
	if w.live.First != nil {
		w.live.First.wrote(w.subject.Path, body)
	}
	if w.live.Keeper == nil {
		return nil
	}
	return w.live.Keeper.Touched(w.subject.Path, body)
}

// got keeps the response to the update under test, which must be complete; where none
// came at all there is nothing to judge.
func (w *world) got(res *entity.Response) error {
	w.response = w.sent(res)
	w.responses = append(w.responses, res)
	return w.complete(res)
}

// complete expects an answer that began to come to its end, and one that begins where the
// connection ends at each try. Another answer that never began, a limit of time or waiting,
// and a stop by the user are no verdict on the endpoint.
func (w *world) complete(res *entity.Response) error {
	var failed *client.SendError
	if res.Err == nil || !errors.As(res.Err, &failed) || failed.Cause != client.CauseCut && failed.Cause != client.CauseOther {
		return res.Err
	}
	if res.Status == 0 && (failed.Cause != client.CauseCut || len(res.Retries) < 2) {
		return res.Err
	}
	return w.expect(false, check{
		name: "the response is complete", on: res, expected: "the whole body that the header announces", actual: failed.Text,
		source: w.rule("complete-response"),
	})
}

// documented sends an update that the page allows and that changes the state.
func (w *world) documented(ctx context.Context, opts ...entity.Option) error {
	body, err := w.documentedUpdate()
	if err != nil {
		return err
	}
	return w.update(ctx, body, opts...)
}

func (w *world) documentedUpdate() (map[string]any, error) { return w.control(w.before) }

func (w *world) updateWith(ctx context.Context, name string, value func(contract.Property) (any, bool)) error {
	p, err := w.mayTouch(name)
	if err != nil {
		return err
	}
	v, ok := value(p)
	if !ok {
		return w.skip("there is no such value for %s", name)
	}
	return w.update(ctx, map[string]any{name: v})
}

// sets is the step that does so for the property that it names.
func (w *world) sets(value func(contract.Property) (any, bool)) func(ctx context.Context, name string) error {
	return func(ctx context.Context, name string) error { return w.updateWith(ctx, name, value) }
}

func text(f func(contract.Property) (string, bool)) func(contract.Property) (any, bool) {
	return func(p contract.Property) (any, bool) { return f(p) }
}

// unknown sends a property that the page does not name, behind a documented update where
// there is one: a server that applies what it reads while it reads has then done half of
// what it refuses.
func (w *world) unknown(ctx context.Context) error {
	if open := w.live.Operation.OpenType; open.Value {
		return w.skip("the page calls the type open (%s): it may keep names that the page does not know", open.Source.Short())
	}
	body, _ := w.live.Operation.Update(w.before, w.frozen...)
	if w.live.Probe != nil {
		var err error
		if body, err = w.documentedUpdate(); err != nil {
			return err
		}
	}
	if body == nil {
		body = map[string]any{}
	}
	name := w.live.Operation.UnknownName()
	data, err := entity.Encode(w.live.Operation.Body(body))
	if err != nil {
		return err
	}
	last, err := entity.Encode(map[string]any{name: "x"})
	if err != nil {
		return err
	}
	if len(body) > 0 {
		last = slices.Concat(data[:len(data)-1], []byte{','}, last[1:])
	}
	body[name] = "x"
	w.body = body
	return w.updateRaw(ctx, last, body)
}

func (w *world) malformed(ctx context.Context) error {
	body, err := w.documentedUpdate()
	if err != nil {
		return err
	}
	data, err := entity.Encode(w.live.Operation.Body(body))
	if err != nil {
		return err
	}
	w.body = nil
	return w.updateRaw(ctx, data[:len(data)-1], body)
}

// repeat sends the same update again, with a look at the state between the two.
func (w *world) repeat(ctx context.Context) error {
	between, err := w.shownBy(ctx, w.showsUpdate)
	if err != nil {
		return err
	}
	w.between = between.Object
	return w.update(ctx, w.body)
}

// withAnsweredETag sends another update, on the condition of what the first one said.
func (w *world) withAnsweredETag(ctx context.Context) error {
	if err := w.success(w.response, "the first update succeeds"); err != nil {
		return err
	}
	if err := w.readable(); err != nil {
		return err
	}
	tag := w.response.ETag()
	if tag == "" {
		return w.skip("the answer to an update has no ETag")
	}
	if w.etag = tag; w.live.NoGet {
		w.before = w.body // what the answer said is all that is known
		return w.withCurrentETag(ctx)
	}
	now, err := w.readBefore(ctx, "state between the two updates")
	if err != nil {
		return err
	}
	w.before = now.Object
	return w.withCurrentETag(ctx)
}

func (w *world) updateOther(ctx context.Context, _ string) error {
	body, err := w.documentedUpdate()
	if err != nil {
		return err
	}
	w.body = body
	return w.got(w.other.Update(ctx, underTest, body))
}

// annotated adds an instance annotation in a namespace of our own (OData 4.01 JSON
// Format 4.5: "@" namespace "." term).
func (w *world) annotated(ctx context.Context) error {
	body, err := w.documentedUpdate()
	if err != nil {
		return err
	}
	body[unknownAnnotation] = "unknown to the server"
	return w.update(ctx, body)
}

const unknownAnnotation = "@graphpact.probe"
