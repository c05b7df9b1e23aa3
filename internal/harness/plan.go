package harness

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/credential"
	"graphpact/internal/entity"
	"graphpact/internal/restore"
	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// Planned is what a run would send for one purpose: a scenario, or what comes before the
// first or after the last.
type Planned struct {
	Purpose  string
	Requests []client.PlannedRequest
}

// Plan gives to onPlanned every request that a run would send, in order, and counts them.
// Nothing is sent: the scenarios play against a mock in memory, so the requests hold what
// they would hold if the entity were in the state of the mock's.
func (c *RunConfig) Plan(ctx context.Context, onPlanned func(Planned)) (Counts, error) {
	// No service is asked for a token; the requests show where it goes.
	named := newSession(&c.Target, nil)
	if err := named.authenticate(); err != nil {
		return Counts{}, err
	}
	token := named.token
	if token == "" && !transport.InClear(c.Target.URL) {
		token = MockToken()
	}
	p := &planner{onPlanned: onPlanned}
	s, err := c.Target.rehearse(token, operations(c.Selected), c.Pages.Conventions, p.add)
	if err != nil {
		return Counts{}, err
	}
	defer closeQuietly(s)
	if err := s.check(ctx); err != nil {
		return p.counts, err
	}
	p.end("before the first scenario")
	one := *c
	one.Repetitions, one.Parallel = 1, 1 // the requests of a scenario stay together
	one.probed = func(result.Probe) { p.end("to find out what the endpoint does with each property") }
	reqs, err := one.play(ctx, s, func(r result.Requirement) {
		what := r.Key() + "  " + r.Scenario
		if r.Verdict == result.Skip {
			what += " (skipped: " + r.Reason + ")"
		}
		p.end(what)
	})
	if err != nil {
		return p.counts, err
	}
	if c.Target.URL != "" && len(s.keepers) > 0 {
		s.restore(ctx)
		p.end("at the end, to restore the first state")
	}
	if ctx.Err() != nil {
		return p.counts, errInterrupted()
	}
	for _, r := range reqs {
		if r.Verdict == result.Error {
			return p.counts, &Error{NotConformant, fmt.Errorf("%s cannot be planned: %s", r.Key(), r.Reason)}
		}
	}
	return p.counts, nil
}

// Authenticated reports whether a run would send a token.
func (t *Target) Authenticated() bool {
	m := t.Credential.Method
	return t.URL == "" || t.Token != "" || m != credential.MethodNone && m != credential.MethodToken
}

// Counts are numbers of requests, of which Updates change the entity.
type Counts struct{ Requests, Updates int }

// planner counts requests, and gathers them for each purpose.
type planner struct {
	// onPlanned is nil where they are only counted.
	onPlanned func(Planned)
	mu        sync.Mutex
	pending   []client.PlannedRequest
	counts    Counts
}

func (p *planner) add(r client.PlannedRequest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.Requests++
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		p.counts.Updates++
	}
	if p.onPlanned != nil {
		p.pending = append(p.pending, r)
	}
}

func (p *planner) end(purpose string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onPlanned(Planned{purpose, p.pending})
	p.pending = nil
}

// WritePlan says what is going to be written.
type WritePlan struct {
	base     string
	entities []string
	// sets are the properties that updates set, and frozen those whose value no update
	// could restore, so that none sets it.
	sets, frozen []string
	// tries are what updates name although no client may set it, and moves what a server
	// sets by itself: no update restores either.
	tries, moves []string
	// after says what state is left, where the first is not restored.
	after string
	// sends is how much is sent, and journal the file of the first state.
	sends, journal string
}

// String is the plan as it is shown before the question.
func (p *WritePlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s is on another machine. This is going to be done there:\n", host(p.base))
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", what, text)
		}
	}
	list := func(what string, names []string, rest string) {
		if len(names) > 0 {
			line(what, strings.Join(names, ", ")+rest)
		}
	}
	for _, e := range p.entities {
		line("entity", e)
	}
	list("sets", p.sets, "; "+cmp.Or(p.after, "what is there now is restored at the end"))
	list("leaves", p.frozen, ": the documented update could not restore what is there now")
	list("tries", p.tries, ": no endpoint should take these; one that does cannot be restored")
	list("moves", p.moves, ", which the server sets at each update; that cannot be restored")
	line("sends", p.sends)
	line("journal", p.journal)
	return b.String()
}

func (s *session) newWritePlan() *WritePlan {
	p := &WritePlan{base: s.base, after: s.cfg.finalState()}
	if s.journal != nil {
		p.journal = s.journal.Path() + ", until the first state is back"
	}
	return p
}

// add adds what updates of the operation that name the properties do to an entity in the
// state, which is nil where it is not known.
func (p *WritePlan) add(op *contract.Operation, state map[string]any, named []string) {
	var frozen []string
	if state != nil {
		frozen = op.CannotRestore(state)
	}
	for _, name := range named {
		prop, _ := op.Property(name)
		switch {
		case entity.IsAnnotation(name), slices.Contains(frozen, name): // no update sets it
		case prop.Settable():
			p.sets = append(p.sets, name)
		default:
			p.tries = append(p.tries, name)
		}
	}
	p.frozen = append(p.frozen, frozen...)
	if prop, ok := op.WithRole(contract.RoleModified); ok {
		p.moves = append(p.moves, prop.Name)
	}
	for _, names := range []*[]string{&p.sets, &p.frozen, &p.tries, &p.moves} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
}

// writePlan counts what the run is going to send by playing it against a mock in memory.
func (c *RunConfig) writePlan(ctx context.Context, s *session) (*WritePlan, error) {
	token := ""
	if s.authenticated() {
		token = MockToken() // nothing is sent, so nothing needs the real one
	}
	var sent planner
	memory, err := c.Target.rehearse(token, s.operations, c.Pages.Conventions, sent.add)
	if err != nil {
		return nil, err
	}
	defer closeQuietly(memory)
	// These keepers restore nothing; they record which properties updates name.
	named := make([]touched, len(s.operations))
	memory.keepers = nil
	for i, op := range s.operations {
		k := restore.NewKeeper(memory.client, op)
		named[i] = touched{}
		k.UseJournal(named[i])
		memory.keepers = append(memory.keepers, k)
	}
	one := *c
	one.Repetitions, one.probed = 1, nil
	if _, err := one.play(ctx, memory, nil); err != nil {
		return nil, err
	}
	played := sent.counts
	if c.Target.restores() {
		memory.restore(ctx)
	}
	cases := 0
	p := s.newWritePlan()
	for i, sel := range c.Selected {
		cases += len(sel.Cases)
		path := sel.Path.Template // the state endpoint says which entity
		if i < len(s.paths) {
			path = s.paths[i]
		}
		p.entities = append(p.entities, s.client.Mask(s.base+path))
		p.add(sel.Operation.Operation, s.seen[path], slices.Collect(maps.Keys(named[i])))
	}
	more := max(c.Repetitions, 1) - 1
	p.sends = fmt.Sprintf("%d scenarios, about %d requests, about %d of them updates",
		cases, sent.counts.Requests+more*played.Requests, sent.counts.Updates+more*played.Updates)
	return p, nil
}

// touched is a journal in memory: the properties that updates have named.
type touched map[string]bool

// Touch records the names.
func (t touched) Touch(_ string, c restore.Change) error {
	for _, name := range c.Names {
		t[name] = true
	}
	return nil
}

// Restored has nothing to forget.
func (t touched) Restored(string) error { return nil }
