package steps

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/edm"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// settling is what the scenarios of a run share about reads that come late.
type settling struct {
	mu sync.Mutex
	// lag is the longest time after which a read was up to date, so far.
	lag time.Duration
	// reads counts those that may be late, and late those that were.
	reads, late int
	// vain is how long it may still be waited for what never comes. A server that loses
	// what it is told would else make each scenario wait.
	vain   time.Duration
	states map[string]*history
	// shown are the ends of the last updates that a read has shown, by path, and wavers is set
	// where an older state came after that: of several replicas one is late, or the reads flicker.
	shown  map[string]time.Time
	wavers bool
	// repeats counts the updates that were repeated, see maxRepeats.
	repeats int
	// blocked is the requirement by which others are blocked.
	blocked string
	// end is why the run has ended before its last scenario, nil where it has not; look is held
	// by who looks for that.
	end  *EndedError
	look sync.Mutex
}

type history struct {
	// last are the values that it should have now.
	last map[string]any
	// seen are all values that it has had, by property.
	seen map[string][]any
	// updated is when the last update was answered.
	updated time.Time
	// modified is the newest date of the last modification: values that alternate do not
	// tell an old state from a new one.
	modified time.Time
	// valued are the properties that an answer has shown with another value than null.
	valued map[string]bool
	// ageing says what changes by itself.
	ageing ageing
}

// settleRounds is how many times the whole settle time may be waited in vain.
const settleRounds = 3

func newSettling(l *Live) *settling {
	s := &settling{vain: settleRounds * l.Settle, states: map[string]*history{}, shown: map[string]time.Time{}}
	if l.Probe != nil {
		s.lag = l.Probe.Lag
		if s.lag > 0 {
			s.reads, s.late = 1, 1
		}
		s.observe(l.Operation, l.Probe.Path, l.Probe.First)
		for _, p := range l.Probe.Properties {
			if p.Outcome == probe.Taken {
				s.observe(l.Operation, l.Probe.Path, map[string]any{p.Name: p.Sent.JSON})
			}
		}
		s.observe(l.Operation, l.Probe.Path, l.Probe.Last)
		s.of(l.Probe.Path).ageing.aged(l.Probe.Ages...)
		s.showed(l.Probe.Path, l.Probe.First)
		s.showed(l.Probe.Path, l.Probe.Last)
		for _, p := range l.Probe.Properties {
			for _, r := range []*entity.Response{p.Answer, p.Read} {
				if r != nil {
					s.showed(l.Probe.Path, r.Object)
				}
			}
		}
	}
	return s
}

// showed takes note of the properties of an answer that have a value.
func (s *settling) showed(path string, body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, v := range body {
		if v != nil {
			s.of(path).valued[name] = true
		}
	}
}

func (s *settling) valued(path, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(path).valued[name]
}

func (s *settling) of(path string) *history {
	h := s.states[path]
	if h == nil {
		h = &history{last: map[string]any{}, seen: map[string][]any{}, valued: map[string]bool{}}
		s.states[path] = h
	}
	return h
}

// observe takes note of values that the entity at the path has.
func (s *settling) observe(op *contract.Operation, path string, state map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.of(path)
	h.dated(op, state)
	for _, p := range op.Settable() {
		v, has := state[p.Name]
		if !has {
			continue
		}
		h.last[p.Name] = v
		if !slices.ContainsFunc(h.seen[p.Name], func(old any) bool { return p.Same(old, v) }) {
			h.seen[p.Name] = append(h.seen[p.Name], v)
		}
	}
}

func (h *history) dated(op *contract.Operation, state map[string]any) {
	if at, ok := modifiedOf(op, state); ok && at.After(h.modified) {
		h.modified = at
	}
}

// forget says that the values of the properties are not known any more.
func (s *settling) forget(path string, body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range body {
		delete(s.of(path).last, name)
	}
}

func (s *settling) has(path string, p contract.Property, v any) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.of(path).seen[p.Name], func(old any) bool { return p.Same(old, v) })
}

// stale reports whether a state shows a value that the entity had before the present one.
func (s *settling) stale(op *contract.Operation, path string, state map[string]any) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.of(path)
	return slices.ContainsFunc(op.Settable(), func(p contract.Property) bool {
		last, known := h.last[p.Name]
		v, has := state[p.Name]
		return known && has && !p.Shows(v, last) && slices.ContainsFunc(h.seen[p.Name], func(old any) bool { return p.Same(old, v) })
	})
}

// older reports whether a state has an earlier date of the last modification than one that
// was read before.
func (s *settling) older(op *contract.Operation, path string, state map[string]any) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := modifiedOf(op, state)
	return ok && at.Before(s.of(path).modified)
}

func modifiedOf(op *contract.Operation, state map[string]any) (time.Time, bool) {
	p, ok := op.WithRole(contract.RoleModified)
	text, isText := state[p.Name].(string)
	at, err := edm.ParseDateTimeOffset(text)
	return at, ok && isText && err == nil
}

func (s *settling) limit(settle time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vain > 0 {
		return settle
	}
	return min(settle, 2*s.lag)
}

// block takes note that scenarios were not played for what the requirement shows.
func (s *settling) block(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked = key
}

// unfounded is an error where others were blocked by a requirement that has passed: they are
// not judged then.
func (s *settling) unfounded(reqs []result.Requirement) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range reqs {
		if r.Key() == s.blocked && (r.Verdict == result.Pass || r.Verdict == result.Skip) {
			return fmt.Errorf("%s has passed, and before the scenarios the endpoint did not do what it asks for: what is blocked by it is not judged; run again", r.Key())
		}
	}
	return nil
}

func (s *settling) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
}

// saw takes note of a read that shows the newest state, or an older one.
func (s *settling) saw(path string, newest bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, before := s.shown[path]
	if before && at.Equal(s.of(path).updated) {
		s.wavers = s.wavers || !newest
	} else if newest {
		s.shown[path] = s.of(path).updated
	}
}

// answered takes note of the answer to an update that was taken.
func (s *settling) answered(op *contract.Operation, path string, answer *entity.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(path).updated = endOf(answer)
	s.of(path).dated(op, answer.Object)
}

// doubt reports whether reads waver, and how long after the last update of the entity they may
// still do so where no more than one replica is late.
func (s *settling) doubt(path string, settle time.Duration) (since time.Time, limit time.Duration, wavers bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(path).updated, min(settle, max(probe.PromptWait, 3*s.lag)), s.wavers
}

// wait ends a wait: it was for something that came so late, or in vain.
func (s *settling) wait(took time.Duration, came bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !came {
		s.vain -= took
		return
	}
	s.late++
	s.lag = max(s.lag, took)
}

func (l *Live) sleep(ctx context.Context, d time.Duration) error {
	if l.Sleep != nil {
		return l.Sleep(ctx, d)
	}
	return transport.Sleep(ctx, d)
}

func endOf(r *entity.Response) time.Time { return r.Started.Add(r.Duration) }

// shownBy gives the state after the update as a GET shows it, which is read again while it
// is not as expected: a server may be eventually consistent. What comes late has passed, with
// a note. After the settle time the newest state stands, whatever it shows.
func (w *world) shownBy(ctx context.Context, ok func(state map[string]any) bool) (*entity.Response, error) {
	after, err := w.readBack(ctx)
	fresh := func(state map[string]any) bool {
		newest := ok(state) && !w.live.settling.older(w.live.Operation, w.subject.Path, state)
		w.live.settling.saw(w.subject.Path, newest)
		return newest
	}
	if err != nil || w.live.Settle <= 0 {
		return after, err
	}
	defer func() { w.live.settling.observe(w.live.Operation, w.subject.Path, w.after.Object) }()
	if fresh(after.Object) {
		return after, nil
	}
	since, limit := after.Started, w.live.settling.limit(w.live.Settle)
	if w.response != nil && w.response.Err == nil {
		since = endOf(w.response)
	}
	enough, inARow, ageing := 1, 0, w.ageing()
	if w.twice { // it was shown before, and a server that flickers shows it now and then
		enough = 2
	}
	at, came := after.Started, false
	err = probe.Poll(ctx, w.live.sleep, since, limit, func() (time.Time, bool, error) {
		res, err := w.read(ctx, "read again: a read may be late")
		if err != nil {
			return at, false, err
		}
		w.after, at = res, res.Started
		if inARow++; !fresh(res.Object) {
			inARow = 0
		}
		came = inARow >= enough
		return at, came, nil
	})
	if err != nil {
		return nil, err
	}
	// A late replica has had its time. An endpoint that answers in turn from two states, for good,
	// shows the other one among a few reads.
	for i := 0; i < looks && w.twice && !came; i++ {
		res, err := w.read(ctx, "read again: a replica has had its time")
		if err != nil {
			return nil, err
		}
		if w.after = res; !fresh(res.Object) {
			break
		}
	}
	if came && w.ageing() > ageing {
		return w.after, nil // it was no late read: the GETs have shown what changes by itself
	}
	w.live.settling.wait(at.Sub(since), came)
	if came {
		w.note("reads may be late", fmt.Sprintf("%s late: a GET showed an older state until then", seconds(at.Sub(since))))
	}
	return w.after, nil
}

// seconds shows a duration as "1.4 s".
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// rest waits until a change would be shown, before it is judged that there is none.
func (w *world) rest(ctx context.Context) error {
	s := w.live.settling
	s.mu.Lock()
	lag := s.lag
	s.mu.Unlock()
	if w.after != nil || w.live.NoGet || w.live.Settle <= 0 || lag <= 0 {
		return nil
	}
	return w.live.sleep(ctx, min(w.live.Settle, lag+50*time.Millisecond))
}

// readBefore reads the state before the update, until it is no older one.
func (w *world) readBefore(ctx context.Context, purpose string) (*entity.Response, error) {
	res, err := w.read(ctx, purpose)
	if err != nil || w.live.Settle <= 0 {
		return res, err
	}
	w.live.settling.count()
	stale := func() (old bool) {
		s := w.live.settling
		defer func() { s.saw(w.subject.Path, !old) }()
		return s.stale(w.live.Operation, w.subject.Path, res.Object) || s.older(w.live.Operation, w.subject.Path, res.Object)
	}
	if since := res.Started; stale() {
		err = probe.Poll(ctx, w.live.sleep, since, w.live.settling.limit(w.live.Settle), func() (time.Time, bool, error) {
			again, err := w.read(ctx, purpose+": a read may be late")
			if err != nil {
				return time.Time{}, false, err
			}
			res = again
			return res.Started, !stale(), nil
		})
		if err != nil {
			return nil, err
		}
		w.live.settling.wait(res.Started.Sub(since), !stale())
	}
	w.live.settling.observe(w.live.Operation, w.subject.Path, res.Object)
	w.knew = w.live.settling.known(w.subject.Path)
	return res, nil
}

// sentTo takes note of what a successful update should have made of the entity. What the
// page does not allow may have become anything.
func (w *world) sentTo(path string, body map[string]any, answer *entity.Response) {
	w.live.settling.answered(w.live.Operation, path, answer)
	w.live.settling.forget(path, body)
	values := map[string]any{}
	for name, v := range body {
		if p, ok := w.live.Operation.Property(name); ok && p.Settable() && settableValue(p, v) {
			values[name] = v
		}
	}
	w.live.settling.observe(w.live.Operation, path, values)
}

// readsInTime says how late the reads of the whole run were.
func (w *world) readsInTime() error {
	s := w.live.settling
	s.mu.Lock()
	reads, late, lag := s.reads, s.late, s.lag
	s.mu.Unlock()
	actual := "none was late"
	if late > 0 {
		actual = fmt.Sprintf("%d of %d reads late, by up to %s", late, reads, seconds(lag))
	}
	return w.expect(late == 0, check{
		name: "reads show the update before them", on: w.response, expected: "none was late", actual: actual,
	})
}

// settableValue reports whether the page allows the value to be set, as far as it says.
func settableValue(p contract.Property, v any) bool {
	return !p.Type.IsEnum() || slices.ContainsFunc(p.Type.SettableMembers(), func(m contract.Member) bool { return any(m.Value) == v })
}
