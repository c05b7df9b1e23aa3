package steps

import (
	"net/http"
	"strings"
)

func (w *world) headerThens(b bindings) {
	b[thenPreferMinimal] = w.preferMinimal
	b[thenRequestID] = w.requestID
	b[thenEchoesID] = w.echoesID
}

func (w *world) requestID() error {
	name := w.live.RequestIDHeader
	if name == "" {
		name = "request-id"
	}
	got := w.response.Header.Get(name)
	return w.expect(got != "", check{
		name: "the " + name + " header", on: w.response, expected: "an id", actual: orAbsent(got),
	})
}

func (w *world) echoesID() error {
	name := strings.ToLower(w.live.Client.ClientRequestIDHeader())
	got := w.response.Header.Get(name)
	return w.expect(strings.EqualFold(got, w.clientRequestID), check{
		name: "the " + name + " header", on: w.response, expected: w.clientRequestID, actual: orAbsent(got),
	})
}

// preferMinimal expects the whole of one answer: 204 and no body; or the documented
// response and no word of the preference. A 204 need not say that it honours the
// preference, which is plain to see (RFC 7240 3), but it cannot have applied the other one.
func (w *world) preferMinimal() error {
	if err := w.success(w.response, "the update succeeds"); err != nil {
		return err
	}
	applied := strings.Join(w.response.Header.Values("Preference-Applied"), ", ")
	says := func(preference string) bool {
		return strings.Contains(strings.ToLower(strings.ReplaceAll(applied, `"`, "")), preference)
	}
	c := check{name: "the Preference-Applied header", on: w.response, actual: orAbsent(applied)}
	if w.response.Status == http.StatusNoContent {
		c.expected = "return=minimal beside 204, or nothing of return"
		return w.expect(!says("return=representation"), c)
	}
	c.expected = "no return=minimal beside a body"
	if err := w.expect(!says("return=minimal"), c); err != nil {
		return err
	}
	return w.expect(len(w.response.Body) > 0 || !w.live.Operation.Success.Body.Value, check{
		name: "the body of a response that ignores the preference", on: w.response,
		expected: "the documented object", actual: bodyState(w.response),
	})
}
