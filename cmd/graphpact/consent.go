package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/result"
	"graphpact/internal/target"
)

// consent shows what is going to be done to another machine and asks whether it may be.
// A no is an orderly end: nothing was written, and the reports of an earlier run stay.
func (a *app) consent(ctx context.Context, f *writeFlags, base string, plan writePlan) error {
	fmt.Fprint(a.stderr, plan.text(base))
	ok, err := a.agree(ctx, f, base, "Go on?")
	switch {
	case err != nil:
		return &exitError{exitInterrupted, errors.New("interrupted; nothing was written")}
	case !ok:
		return &exitError{exitNothingRan, errors.New("the answer was not yes; nothing was written")}
	}
	return nil
}

// consentToRun asks where a run writes to another machine.
func (a *app) consentToRun(ctx context.Context, o *runOptions, t *endpoint, selected []selection, conv *convention.Set) error {
	if o.url == "" || o.readOnly || !target.Foreign(t.base) {
		return nil
	}
	plan, err := o.writePlan(ctx, t, selected, conv)
	if err != nil {
		return err
	}
	return a.consent(ctx, &o.write, t.base, plan)
}

// writePlan says what is going to be written.
type writePlan struct {
	entities []string
	// sets are the properties that updates set, and frozen those whose value no update
	// could put back, so that none sets it.
	sets, frozen []string
	// tries are what updates name although no client may set it, and moves what a server
	// sets by itself: no update puts either back.
	tries, moves []string
	// after says what becomes of what was set, where it is not put back.
	after string
	// sends is how much is sent, and journal the file of the first state.
	sends, journal string
}

func (p *writePlan) text(base string) string {
	host := base
	if u, err := url.Parse(base); err == nil {
		host = u.Host
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s is on another machine. This is going to be done there:\n", host)
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
	after := p.after
	if after == "" {
		after = "what is there now is put back at the end"
	}
	list("sets", p.sets, "; "+after)
	list("leaves", p.frozen, ": the documented update could not put back what is there now")
	list("tries", p.tries, ": no endpoint should take these; one that does cannot be brought back")
	list("moves", p.moves, ", which the server sets at each update; that cannot be put back")
	line("sends", p.sends)
	line("journal", p.journal)
	return b.String()
}

// addOperation adds what updates of the operation that named the properties do to an
// entity in the state.
func (p *writePlan) addOperation(op *contract.Operation, state map[string]any, named []string) {
	var frozen []string
	if state != nil { // it is not known without a GET
		frozen = op.CannotRestore(state)
	}
	for _, name := range named {
		prop, _ := op.Property(name)
		switch {
		case slices.Contains(frozen, name): // no update sets it
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
func (o *runOptions) writePlan(ctx context.Context, t *endpoint, selected []selection, conv *convention.Set) (writePlan, error) {
	token := ""
	if t.authenticated() {
		token = madeUpToken() // nothing is sent, so nothing needs the real one
	}
	var requests, writes atomic.Int64
	count := func(r target.PlannedRequest) {
		requests.Add(1)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writes.Add(1)
		}
	}
	twin, err := o.rehearsal(token, selected, conv, count)
	if err != nil {
		return writePlan{}, err
	}
	// These remember nothing that is to be put back; they only hear of each update.
	named := make([]names, len(selected))
	twin.keepers = nil
	for i, s := range selected {
		k := target.NewKeeper(twin.client, s.RestoreBody)
		named[i] = names{}
		k.UseJournal(named[i])
		twin.keepers = append(twin.keepers, k)
	}
	one := *o
	one.plays = 1
	if _, err := twin.play(ctx, &one, selected, conv, func(result.Requirement) {}); err != nil {
		return writePlan{}, err
	}
	played, playedWrites := requests.Load(), writes.Load()
	if o.putsBack(o) {
		twin.putBack(ctx)
	}
	plays := int64(max(o.plays, 1))
	cases := 0
	p := writePlan{after: o.stateAfter()}
	if t.journal != nil {
		p.journal = t.journal.Path() + ", until the first state is back"
	}
	for i, s := range selected {
		cases += len(s.cases)
		path := s.Path.Template // the state endpoint says which entity
		if i < len(t.paths) {
			path = t.paths[i]
		}
		p.entities = append(p.entities, t.client.Mask(t.base+path))
		p.addOperation(s.Operation, t.seen[path], slices.Collect(maps.Keys(named[i])))
	}
	p.sends = fmt.Sprintf("%d scenarios, about %d requests, about %d of them updates",
		cases, played*plays+requests.Load()-played, playedWrites*plays+writes.Load()-playedWrites)
	return p, nil
}

// names is a journal in memory: the properties that updates have named.
type names map[string]bool

// Touch notes the names.
func (n names) Touch(_ string, _ map[string]any, touched []string) error {
	for _, name := range touched {
		n[name] = true
	}
	return nil
}

// Restored has nothing to forget.
func (n names) Restored(string) error { return nil }
