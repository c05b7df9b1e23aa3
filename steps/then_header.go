package steps

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/edm"
	"graphpact/internal/entity"
	"graphpact/internal/jsonpointer"
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
	return w.expect(len(w.response.Body) > 0 || w.bodiless(w.response), check{
		name: "the body of a response that ignores the preference", on: w.response,
		expected: "the documented object", actual: bodyState(w.response),
	})
}

func (w *world) dateThens(b bindings) {
	b[thenModifiedValid] = func(ctx context.Context) error {
		_, err := w.modified(ctx)
		return err
	}
	b[thenModifiedMoved] = w.modifiedMoved
	b[thenModifiedNear] = w.modifiedNear
	b[thenCreatedSame] = w.createdSame
}

// modified gives the date of the last modification after the update, which must be
// a valid DateTimeOffset.
func (w *world) modified(ctx context.Context) (time.Time, error) {
	p, err := w.role(contract.RoleModified)
	if err != nil {
		return time.Time{}, err
	}
	after, err := w.stateShown(ctx)
	if err != nil {
		return time.Time{}, err
	}
	v, present := after.Object[p.Name]
	s, _ := v.(string)
	at, perr := edm.ParseDateTimeOffset(s)
	err = w.expect(perr == nil, check{
		name: "a valid DateTimeOffset", on: after, pointer: jsonpointer.Of(p.Name),
		expected: "a DateTimeOffset, as 2026-03-22T21:28:02.7164229Z", actual: entity.Show(v, present),
		source: w.rule("datetimeoffset"),
	})
	return at, err
}

func (w *world) modifiedMoved(ctx context.Context) error {
	at, err := w.modified(ctx)
	if err != nil {
		return err
	}
	p, _ := w.live.Operation.WithRole(contract.RoleModified)
	before := w.before
	if w.live.NoGet {
		// What one update answers is the state before the next one.
		before = w.after.Object
		if at, err = w.updateAgain(ctx); err != nil {
			return err
		}
	}
	was, present := before[p.Name]
	s, isText := was.(string)
	moved, expected := true, "a date, where there was none"
	if isText {
		before, err := edm.ParseDateTimeOffset(s)
		if err != nil {
			return fmt.Errorf("the state before has no valid %s to compare with: %s", p.Name, entity.Show(was, present))
		}
		if at.Equal(before) {
			if at, err = w.afterASecond(ctx); err != nil {
				return err
			}
		}
		moved, expected = at.After(before), "a time after "+s
		if !moved && w.toTheMinute(at) {
			w.note("the date of the last modification moves forward", "the date is the current minute: the endpoint keeps no seconds, and two updates lie within one")
			return nil
		}
	}
	return w.expect(moved, check{
		name: "the date of the last modification moves forward", on: w.after, pointer: jsonpointer.Of(p.Name),
		expected: expected, actual: entity.Show(w.after.Object[p.Name], true),
	})
}

// toTheMinute reports whether a date has no seconds, and is the minute of the answer to the
// update, by the endpoint's own clock. A date that stands still is none of the present.
func (w *world) toTheMinute(at time.Time) bool {
	date, err := http.ParseTime(w.response.Header.Get("Date"))
	return err == nil && at.Equal(at.Truncate(time.Minute)) && date.Sub(at) >= 0 && date.Sub(at) < time.Minute+time.Second
}

// afterASecond updates once more when a second has gone by: an endpoint whose clock is
// coarse cannot show two updates within one tick.
func (w *world) afterASecond(ctx context.Context) (time.Time, error) {
	if err := w.live.sleep(ctx, 1100*time.Millisecond); err != nil {
		return time.Time{}, err
	}
	return w.updateAgain(ctx)
}

// updateAgain sends one more update that changes the state, and gives the date of the
// last modification after it.
func (w *world) updateAgain(ctx context.Context) (time.Time, error) {
	body, err := w.control(w.after.Object)
	if err != nil {
		return time.Time{}, err
	}
	if err := w.update(ctx, body); err != nil {
		return time.Time{}, err
	}
	if err := w.success(w.response, "the update succeeds"); err != nil {
		return time.Time{}, err
	}
	return w.modified(ctx)
}

// modifiedNear compares with the Date header of the update's own response (RFC 9110
// 6.6.1), so that a clock of ours that is wrong does no harm.
func (w *world) modifiedNear(ctx context.Context, seconds int) error {
	at, err := w.modified(ctx)
	if err != nil {
		return err
	}
	header := w.response.Header.Get("Date")
	if header == "" {
		return w.skip("the response has no Date header")
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return w.expect(false, check{name: "the Date header", on: w.response, expected: "an HTTP date", actual: header})
	}
	p, _ := w.live.Operation.WithRole(contract.RoleModified)
	off := at.Sub(date).Abs()
	return w.expect(off <= time.Duration(seconds)*time.Second, check{
		name: "the date of the last modification is the server's own time", on: w.after, pointer: jsonpointer.Of(p.Name),
		expected: fmt.Sprintf("within %d s of %s", seconds, header),
		actual:   fmt.Sprintf("%s, off by %s", entity.Show(w.after.Object[p.Name], true), off.Round(time.Second)),
	})
}

func (w *world) createdSame(ctx context.Context) error {
	p, err := w.role(contract.RoleCreated)
	if err != nil {
		return err
	}
	if err := w.shown(p); err != nil {
		return err
	}
	if v, had := w.first()[p.Name]; had {
		w.before[p.Name] = v // nothing may ever move it
	}
	return w.getUnchanged(ctx, p.Name)
}
