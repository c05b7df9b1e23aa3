package steps

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
)

func (w *world) thens(b bindings) {
	w.statusThens(b)
	w.bodyThens(b)
	w.stateThens(b)
	w.dateThens(b)
	w.headerThens(b)
	w.readThens(b)
}

// classStatusDrift names the drift that users of Graph report most: one success
// status documented, the other one returned.
const classStatusDrift = "status-drift"

func (w *world) statusThens(b bindings) {
	b[thenStatus] = w.documentedStatus
	b[thenSucceeds] = func() error { return w.success(w.response, "the update succeeds") }
	b[thenSucceedsBody] = w.successWithBody
	b[thenBothSucceed] = func() error {
		for i, r := range w.responses {
			if err := w.success(r, fmt.Sprintf("update %d succeeds", i+1)); err != nil {
				return err
			}
		}
		return nil
	}
	b[thenAtLeastOne] = w.atLeastOneSucceeds
	b[thenEither] = func() error {
		// A value that is read-only may also be forbidden, or in conflict with what is.
		other := []int{http.StatusForbidden, http.StatusConflict}
		return w.expectAnswer(w.succeeded(w.response) || refused(w.response) || slices.Contains(other, w.response.Status), w.response,
			"the update succeeds or is refused", w.successStatuses()+", or 400, 403, 409 or 422")
	}
	b[thenRefused] = func() error {
		return w.expectAnswer(refused(w.response), w.response, "the update is refused", "400 or 422")
	}
	b[thenMediaRefused] = func() error {
		ok := w.response.Status == http.StatusUnsupportedMediaType || w.response.Status == http.StatusBadRequest
		return w.expectAnswer(ok, w.response, "the media type is refused", "415 (or 400)")
	}
	b[then401] = w.unauthorized
	b[then404] = func() error {
		ok, expected := w.absent(w.response)
		if err := w.expectAnswer(ok, w.response, "the status", expected); err != nil {
			return err
		}
		return w.errorBody()
	}
	b[then412] = func() error { return w.expectStatus(http.StatusPreconditionFailed) }
}

// status names the status of a response as a person writes it.
func status(r *entity.Response) string { return statusText(r.Status) }

func statusText(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}

func (w *world) expectStatus(code int) error {
	return w.expectAnswer(w.response.Status == code, w.response, "the status", statusText(code))
}

// allowed are the success statuses of an update (OData 4.01 Protocol 11.4.3).
var allowed = []int{http.StatusOK, http.StatusNoContent}

func (w *world) documentedStatus() error {
	doc := w.live.Operation.Success
	if doc.Source.Line == 0 {
		// A page that is silent on the status promises none: the convention is what is left.
		return w.success(w.response, "the update succeeds")
	}
	expected := statusText(doc.Status)
	for _, a := range doc.Alternatives {
		if a.Contradicts && (w.response.Status == doc.Status || w.response.Status == a.Status) {
			w.note("the documented status", fmt.Sprintf("either is right: the page says %d (%s), and its example shows %d (%s); the endpoint answers %d",
				doc.Status, doc.Source.Short(), a.Status, a.Source.Short(), w.response.Status))
			return nil
		}
		if !a.OnlyWithPrefer {
			expected += ", or " + statusText(a.Status)
		}
	}
	c := check{
		name: "the documented status", on: w.response, expected: expected, actual: status(w.response),
		source: fact(doc.Source, "the page promises "+doc.Describe()),
	}
	if _, ok := doc.Allows(w.response.Status, false); ok {
		return w.expect(true, c)
	}
	if slices.Contains(allowed, w.response.Status) && slices.Contains(allowed, doc.Status) {
		rule := w.rule("patch-status")
		c.class = classStatusDrift
		c.message = fmt.Sprintf("status drift: %s allows 200 and 204, and the page promises %s (%s); the endpoint answers %d",
			rule.Clause, doc.Describe(), doc.Source.Short(), w.response.Status)
	}
	return w.expect(w.response.Status == doc.Status, c)
}

// succeeded reports whether the update got a success status: the documented one, or
// the other one that OData allows. Which of the two it is is judged where a scenario
// asks for the documented status, so that a drift does not fail all the others.
func (w *world) succeeded(r *entity.Response) bool {
	doc := w.live.Operation.Success
	_, alternative := doc.Allows(r.Status, true)
	return r.Status == doc.Status || alternative || slices.Contains(allowed, r.Status)
}

func (w *world) successStatuses() string {
	doc := w.live.Operation.Success.Status
	for _, s := range allowed {
		if s != doc {
			return fmt.Sprintf("%d (or %d)", doc, s)
		}
	}
	return strconv.Itoa(doc)
}

func (w *world) success(r *entity.Response, name string) error {
	if name, v, ok := w.vouched(w.body); !ok && refused(r) {
		return w.untried(name, v)
	}
	if err := w.expect(w.succeeded(r), check{
		name: name, on: r, expected: w.successStatuses(), actual: status(r), source: w.rule("patch-status"),
	}); err != nil || r.Status != http.StatusNoContent {
		return err
	}
	return w.noContent(r)
}

// noContent expects that a 204 announces no body. A body itself no client sees: it ends
// the answer with the header (RFC 9112 6.3), and what follows spoils the connection.
func (w *world) noContent(r *entity.Response) error {
	length := r.Header.Get("Content-Length")
	return w.expect(length == "" || length == "0", check{
		name: "a 204 has no content", on: r, expected: "no Content-Length, or 0", actual: orAbsent(length), source: w.rule("no-content"),
	})
}

// successWithBody leaves the scenario where a success has no body: that it should
// have one is the requirement on the status.
func (w *world) successWithBody() error {
	if err := w.success(w.response, "the update succeeds"); err != nil {
		return err
	}
	if w.response.Status == http.StatusNoContent {
		return w.skip("the endpoint answers 204, which has no body to look at (RFC 9110 15.3.5)")
	}
	if w.bodiless(w.response) {
		return w.skip("the endpoint answers %s without a body, which the page allows", status(w.response))
	}
	return nil
}

// bodiless reports whether an answer has no body and need not have one: 204, and another status
// that the page allows beside the one that it promises a body for.
func (w *world) bodiless(r *entity.Response) bool {
	doc := w.live.Operation.Success
	_, alternative := doc.Allows(r.Status, true)
	contradicts := slices.ContainsFunc(doc.Alternatives, func(a contract.Alternative) bool { return a.Contradicts })
	return r.Status == http.StatusNoContent ||
		len(r.Body) == 0 && r.Err == nil && w.succeeded(r) && (!doc.Body.Value || contradicts || alternative && r.Status != doc.Status)
}

func (w *world) atLeastOneSucceeds() error {
	conflict := []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked}
	succeeded := false
	for i, r := range w.responses {
		ok := w.succeeded(r)
		succeeded = succeeded || ok
		err := w.expectAnswer(ok || slices.Contains(conflict, r.Status), r,
			fmt.Sprintf("update %d of two at once", i+1), w.successStatuses()+", or a conflict (409, 412, 423)")
		if err != nil {
			return err
		}
	}
	return w.expect(succeeded, check{
		name: "at least one of two updates at once succeeds", on: w.responses[0],
		expected: "one success", actual: "none",
	})
}

// refused reports whether the endpoint said that the update is wrong. Other 4xx
// codes say something else (no permission, not found, too many requests), and
// taking them for a refusal would let a server pass that never read the body.
func refused(r *entity.Response) bool {
	return r.Status == http.StatusBadRequest || r.Status == http.StatusUnprocessableEntity
}

func (w *world) unauthorized() error {
	if err := w.expectStatus(http.StatusUnauthorized); err != nil {
		return err
	}
	got := w.response.Header.Get("WWW-Authenticate")
	return w.expect(got != "", check{
		name: "the WWW-Authenticate header", on: w.response, expected: "a challenge, as Bearer …", actual: orAbsent(got),
	})
}

func orAbsent(s string) string {
	if s == "" {
		return "(absent)"
	}
	return s
}
