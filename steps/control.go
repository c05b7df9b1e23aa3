package steps

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
)

// roots are the requirements that say once what would fail all others.
type roots struct {
	// update fails where no update is taken, and read where none is shown; the zero Case
	// where no such scenario is played.
	update, read scenario.Case
}

// rootsOf chooses them among the cases that are played: the plainest update first.
func rootsOf(cases []scenario.Case) (r roots) {
	first := func(wanted ...[]string) scenario.Case {
		for _, sentences := range wanted {
			i := slices.IndexFunc(cases, func(c scenario.Case) bool {
				return !slices.ContainsFunc(sentences, func(s string) bool { return !says(c, s) })
			})
			if i >= 0 {
				return cases[i]
			}
		}
		return scenario.Case{}
	}
	r.update = first([]string{whenUpdate, thenStatus}, []string{whenUpdate, thenSucceeds}, []string{whenUpdate, thenSucceedsBody})
	r.read = first([]string{whenUpdate, thenNextGetShows}, []string{whenUpdate, thenGetShowsUpdate}, []string{whenSetOnly, thenGetShowsSent})
	return r
}

func says(c scenario.Case, sentence string) bool {
	return slices.ContainsFunc(c.Steps, func(s result.Step) bool { return compiled(sentence).MatchString(s.Text) })
}

// controls are properties with two values that the endpoint takes.
type controls []probe.Property

// are reports whether the property is one of them; without a probe all are.
func (c controls) are(name string) bool {
	return c == nil || slices.ContainsFunc(c, func(p probe.Property) bool { return p.Name == name })
}

// controls gives the properties for an update that is known to work: those that the probe saw
// taken and shown, or at least taken.
func (l *Live) controls() controls {
	if l.Probe == nil {
		return nil
	}
	with := func(outcomes ...probe.Outcome) controls {
		out := controls{}
		for _, p := range l.Probe.Properties {
			if slices.Contains(outcomes, p.Outcome) {
				out = append(out, p)
			}
		}
		return out
	}
	if shown := with(probe.Taken); len(shown) > 0 {
		return shown
	}
	return with(probe.Ignored, probe.NotShown, probe.Unseen)
}

// unshown reports whether the endpoint takes updates, and a GET shows none of them.
func (l *Live) unshown() bool {
	known := l.controls()
	return !l.NoGet && len(known) > 0 && known[0].Outcome != probe.Taken
}

// control is a documented update of the state. After a probe it is one that the endpoint is
// known to take, with one of two values in turn, so that no value climbs out of its bounds.
// An error ends the scenario: it proves nothing where no update is taken.
func (w *world) control(current map[string]any) (map[string]any, error) {
	if w.live.Probe == nil {
		body, ok := w.live.Operation.Update(current, w.frozen...)
		switch {
		case ok:
			return body, nil
		case len(w.frozen) > 0:
			return nil, w.skip("no property of the entity can be set and restored; not %s", strings.Join(w.frozen, ", "))
		}
		return nil, w.skip(nothingToSet)
	}
	for _, one := range w.live.controls() {
		if v, ok := w.turn(one, current[one.Name]); ok {
			return map[string]any{one.Name: v}, nil
		}
	}
	return w.uncontrolled()
}

// turn gives the one of the two known values of a property that is another than the current.
func (w *world) turn(one probe.Property, current any) (any, bool) {
	second := one.First
	if w.live.NoGet {
		second = one.Second
	}
	for _, v := range []any{one.Sent.JSON, second} {
		if !w.live.Operation.Shows(one.Name, current, v) {
			return v, true
		}
	}
	return nil, false
}

// uncontrolled ends the scenario where the endpoint takes no update. One scenario shows it.
func (w *world) uncontrolled() (map[string]any, error) {
	all := w.live.Probe.Properties
	i := slices.IndexFunc(all, func(p probe.Property) bool { return p.Outcome == probe.Refused && p.Sent.Vouched() })
	own := slices.IndexFunc(all, func(p probe.Property) bool { return p.OwnTaken })
	vouched := i >= 0
	if !vouched && own >= 0 {
		// The endpoint takes updates; no value is known that it must take.
		return nil, w.untried(all[own].Name, all[own].Sent)
	}
	if !vouched {
		i = slices.IndexFunc(all, func(p probe.Property) bool { return p.Outcome == probe.Refused })
	}
	if i < 0 {
		return nil, w.skip("no property of the entity can be set and restored: %s", w.live.outcomes())
	}
	body := map[string]any{all[i].Name: all[i].Sent.JSON}
	if !vouched && !w.live.NoGet {
		body[all[i].Name] = all[i].First // what the endpoint itself shows
	}
	root := w.live.roots.update
	if w.c.Key() == root.Key() {
		return body, nil
	}
	by := "blocked"
	if root.ID != "" {
		by = "blocked by " + root.Key()
		w.live.settling.block(root.Key())
	}
	return nil, w.skip("%s: the endpoint takes no update of the entity; %s answers %s", by, w.live.Operation.Method.Value, answerText(all[i].Answer))
}

// answerText is the status of an answer with the message of its error.
func answerText(r *entity.Response) string {
	if r.Err != nil {
		return "nothing (" + r.Err.Error() + ")"
	}
	inner, _ := r.Object["error"].(map[string]any)
	if message, _ := inner["message"].(string); message != "" {
		return status(r) + ", " + schema.Text(message)
	}
	return status(r)
}

// outcomes lists what the probe found out, "name: outcome".
func (l *Live) outcomes() string {
	var out []string
	for _, p := range l.Probe.Properties {
		out = append(out, p.Name+": "+string(p.Outcome))
	}
	if len(out) == 0 {
		return nothingToSet
	}
	return strings.Join(out, ", ")
}

// untried ends the scenario: the endpoint refused a value that the page does not vouch for.
func (w *world) untried(name string, v contract.Value) error {
	return w.skip("the endpoint refuses %s = %s, and the page does not vouch for that value (it is %s); name one that it takes: --value '%s=…'",
		name, schema.Text(v.JSON), v.From(), name)
}

// known gives a value of the property for an update, as the probe or the page has it.
func (w *world) known(p contract.Property) (any, bool) {
	if w.live.Probe != nil {
		if one, asked := w.live.Probe.Property(p.Name); asked && one.Sent.Origin != "" {
			return w.turn(one, w.before[p.Name])
		}
	}
	return p.Other(w.before[p.Name])
}

// judgedBefore judges what the probe saw already, without asking again: that every update of
// the property is refused, or that one changed more than it named. done reports whether that
// is so.
func (w *world) judgedBefore(name string) (done bool, err error) {
	if w.live.Probe == nil {
		return false, nil
	}
	one, asked := w.live.Probe.Property(name)
	if one.Outcome == probe.Moves {
		return true, w.skip("%s moves at each update, whatever that names: the server counts it", name)
	}
	if len(one.Others) > 0 {
		w.sent(one.Answer)
		w.sent(one.Read)
		for _, d := range one.Others {
			w.record(false, check{name: "the rest is as it was", on: one.Read, pointer: d.Pointer, expected: d.Before, actual: d.After,
				message: "seen in the first update that set " + name})
		}
		return true, w.failure()
	}
	if !asked || one.Outcome != probe.Refused {
		return false, nil
	}
	if len(w.live.controls()) == 0 {
		if _, err := w.uncontrolled(); err != nil {
			return true, err
		}
	}
	if !one.Sent.Vouched() && (one.Answer.Status == http.StatusForbidden || refused(one.Answer)) {
		return true, w.untried(name, one.Sent)
	}
	w.sent(one.Answer)
	return true, w.expect(false, check{
		name: "an update of " + name + " succeeds", on: one.Answer, expected: w.successStatuses(), actual: status(one.Answer),
		message: fmt.Sprintf("the value is %s, %s", schema.Text(one.Sent.JSON), one.Sent.From()), source: w.rule("patch-status"),
	})
}

// proven ends the scenario where a refusal of a wrong value of the property would prove
// nothing: no right one is taken either.
func (w *world) proven(name string) error {
	if w.live.Probe == nil {
		return nil
	}
	one, asked := w.live.Probe.Property(name)
	if asked && slices.Contains(w.frozen, name) && one.Outcome == probe.Fixed {
		return nil // touchable says why
	}
	if len(w.live.controls()) == 0 {
		_, err := w.uncontrolled()
		return err
	}
	if !asked {
		return nil
	}
	first := entity.Show(one.First, true)
	// Every other outcome is one of an update that was taken.
	//exhaustive:ignore
	switch one.Outcome {
	case probe.Moves:
		return w.skip("%s moves at each update, whatever that names: the server counts it", name)
	case probe.Sensitive:
		return w.skip("%s is not touched: %s", name, one.Why)
	case probe.NotCleared:
		if one.First != nil {
			return w.skip("the endpoint takes no null for what %s lacks (%s): a value that has it could not be restored", name, answerText(one.Answer))
		}
		return w.skip("%s is null, and the endpoint takes no null for it (%s): another value could not be restored", name, answerText(one.Answer))
	case probe.NotRestored:
		return w.skip("%s cannot be restored to %s: the endpoint answers %s", name, first, answerText(one.Answer))
	case probe.Refused:
		if !one.OwnTaken {
			return w.skip("the endpoint takes no update of %s (%s): what else it refuses of it proves nothing", name, answerText(one.Answer))
		}
	}
	return nil
}

// vouched reports whether the page, the user, or the endpoint itself vouches for each value
// of a body.
func (w *world) vouched(body map[string]any) (name string, v contract.Value, ok bool) {
	if w.live.Probe == nil {
		return "", contract.Value{}, true
	}
	for _, p := range w.live.Operation.Settable() {
		sent, is := body[p.Name]
		if !is || w.live.settling.has(w.subject.Path, p, sent) {
			continue
		}
		if one, asked := w.live.Probe.Property(p.Name); asked && one.Outcome == probe.Taken && p.Same(one.Sent.JSON, sent) {
			continue
		}
		if value := w.valueOf(p, sent); !value.Vouched() {
			return p.Name, value, false
		}
	}
	return "", contract.Value{}, true
}

func (w *world) valueOf(p contract.Property, sent any) contract.Value {
	value := contract.Value{JSON: sent, Origin: contract.MadeUp}
	for _, candidate := range p.Values(w.before[p.Name], 8) {
		if p.Same(candidate.JSON, sent) {
			value = candidate
		}
	}
	return value
}
