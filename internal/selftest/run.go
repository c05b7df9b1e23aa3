// Package selftest proves that the suite can see: it has the suite played against
// servers that are wrong in one way (faults), right in another way than usual (variants),
// both at once (pairs), and no Graph at all (controls), and judges what the suite said.
// It knows verdicts and sends nothing: how a trial is played is handed in.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// Kind is the kind of a trial.
type Kind string

// The kinds.
const (
	// Baseline is the mock as it is: what passes there is what can be killed.
	Baseline Kind = "baseline"
	// Fault is the mock with one fault.
	Fault Kind = "fault"
	// Variant is the mock with one variant.
	Variant Kind = "variant"
	// Pair is the mock with a fault and a variant.
	Pair Kind = "pair"
	// Control is a server that is no Graph.
	Control Kind = "control"
)

// Trial is one play of the whole suite against one server.
type Trial struct {
	Kind Kind
	// Behaviours are those of the mock: none for a baseline, the fault before the variant
	// for a pair.
	Behaviours []mockgraph.Behaviour
	// Control is set for a control only.
	Control *negative.Control
	// OneEntity is set where all scenarios share one entity, one after the other, as they do
	// at a real endpoint; else each has an entity of its own.
	OneEntity bool
}

// Entities says what entities the scenarios of a trial have.
type Entities string

// The choices: an entity for each scenario, one for all of them, or faults and variants
// in both ways.
const (
	EntitiesFresh Entities = "fresh"
	EntitiesOne   Entities = "one"
	EntitiesBoth  Entities = "both"
)

// Name is "baseline", the name of the behaviour or the control, or for a pair both names
// with a plus sign.
func (t Trial) Name() string {
	switch {
	case t.Control != nil:
		return t.Control.Name
	case len(t.Behaviours) == 0:
		return string(Baseline)
	}
	name := t.Behaviours[0].Name
	for _, b := range t.Behaviours[1:] {
		name += " + " + b.Name
	}
	return name
}

// Player plays the suite against the server of the trial and gives a requirement for each
// case. It is called from many goroutines at once.
type Player func(ctx context.Context, t Trial) ([]result.Requirement, error)

// Config is what a selftest needs.
type Config struct {
	Operation *contract.Operation
	// Cases are the scenarios that every trial plays.
	Cases    []scenario.Case
	Faults   []mockgraph.Behaviour
	Variants []mockgraph.Behaviour
	Controls []negative.Control
	// Pairs is how many pairs of a fault and a variant are sampled, and Seed what the
	// sample depends on.
	Pairs int
	Seed  int
	// Parallel is the number of trials at a time, at least 1.
	Parallel int
	// Entities says what entities the scenarios have; empty means EntitiesFresh.
	Entities Entities
	// Partial is set where only some of the behaviours are tried: which requirements are
	// killed stays unknown then.
	Partial bool
}

// NotApplicable says why the behaviour cannot be shown on the page, "" where it can.
func (c Config) NotApplicable(b mockgraph.Behaviour) string {
	if b.NotApplicable == nil {
		return ""
	}
	return b.NotApplicable(c.Operation)
}

func (c Config) fit(list []mockgraph.Behaviour) []mockgraph.Behaviour {
	return slices.DeleteFunc(slices.Clone(list), func(b mockgraph.Behaviour) bool { return c.NotApplicable(b) != "" })
}

// Trials is how many trials there are.
func (c Config) Trials() int { return len(c.trials()) }

// trials are the trials in the order in which they begin.
func (c Config) trials() []Trial {
	out := []Trial{{Kind: Baseline}}
	faults, variants := c.fit(c.Faults), c.fit(c.Variants)
	// Variants first: the slow one is the longest of all.
	for _, b := range variants {
		out = append(out, Trial{Kind: Variant, Behaviours: []mockgraph.Behaviour{b}})
	}
	for _, b := range faults {
		out = append(out, Trial{Kind: Fault, Behaviours: []mockgraph.Behaviour{b}})
	}
	for _, p := range samplePairs(faults, variants, c.Pairs, c.Seed) {
		out = append(out, Trial{Kind: Pair, Behaviours: p[:]})
	}
	for i := range c.Controls {
		out = append(out, Trial{Kind: Control, Control: &c.Controls[i]})
	}
	for i := range out {
		out[i].OneEntity = c.Entities == EntitiesOne
	}
	if c.Entities == EntitiesBoth {
		for _, t := range c.oneEntity().trials() {
			t.OneEntity = true
			out = append(out, t)
		}
	}
	return out
}

// oneEntity is the part of the selftest that is tried again with one entity.
func (c Config) oneEntity() Config {
	c.Entities, c.Pairs, c.Controls = EntitiesOne, 0, nil
	c.Partial = true // what kills a requirement is seen with an entity each
	return c
}

// samplePairs gives n pairs of a fault and a variant that share no aspect, all of them
// where there are fewer. The same seed gives the same pairs, and each behaviour comes as
// often as any other, as far as n allows.
func samplePairs(faults, variants []mockgraph.Behaviour, n, seed int) [][2]mockgraph.Behaviour {
	var all [][2]mockgraph.Behaviour
	for _, f := range faults {
		for _, v := range variants {
			if !shareAspect(f, v) {
				all = append(all, [2]mockgraph.Behaviour{f, v})
			}
		}
	}
	rand.New(rand.NewPCG(uint64(seed), 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	used := map[string]int{}
	var out [][2]mockgraph.Behaviour
	for len(out) < n && len(all) > 0 {
		least := 0
		for i, p := range all {
			if used[p[0].Name]+used[p[1].Name] < used[all[least][0].Name]+used[all[least][1].Name] {
				least = i
			}
		}
		pair := all[least]
		used[pair[0].Name]++
		used[pair[1].Name]++
		out = append(out, pair)
		all = slices.Delete(all, least, least+1)
	}
	return out
}

func shareAspect(a, b mockgraph.Behaviour) bool {
	return slices.ContainsFunc(a.Touches, func(s string) bool { return slices.Contains(b.Touches, s) })
}

// Outcome is what came of a trial.
type Outcome struct {
	Trial
	// Requirements are in the order of the cases.
	Requirements []result.Requirement
	// Err says why the trial could not be played; its requirements count for nothing then.
	Err error
}

// Run plays all trials, some at a time, and judges them. onDone, if not nil, is called
// after each trial, one call at a time, with the number of trials ended and of all.
//
// When ctx ends, what has been played is judged and the report says that it is not all.
func Run(ctx context.Context, cfg Config, play Player, onDone func(o Outcome, ended, all int)) *Report {
	trials := cfg.trials()
	outcomes := make([]*Outcome, len(trials))
	var (
		plays errgroup.Group
		mu    sync.Mutex
		ended int
	)
	plays.SetLimit(max(cfg.Parallel, 1))
	for i := range trials {
		if ctx.Err() != nil {
			break
		}
		plays.Go(func() error {
			o := playOne(ctx, trials[i], play)
			if ctx.Err() != nil {
				return nil // half a trial is none
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[i] = &o
			ended++
			if onDone != nil {
				onDone(o, ended, len(trials))
			}
			return nil
		})
	}
	_ = plays.Wait() // an outcome has its error

	var first, again []Outcome
	for _, o := range outcomes {
		switch {
		case o == nil:
		case cfg.Entities == EntitiesBoth && o.OneEntity:
			again = append(again, *o)
		default:
			first = append(first, *o)
		}
	}
	r := judge(cfg, first)
	if cfg.Entities == EntitiesBoth {
		r.OneEntity = newOneEntity(judge(cfg.oneEntity(), again))
	}
	r.Interrupted = len(first)+len(again) < len(trials)
	return r
}

// playOne plays a trial; a panic of one must not cost the others.
func playOne(ctx context.Context, t Trial, play Player) (o Outcome) {
	o.Trial = t
	defer func() {
		if v := recover(); v != nil {
			o.Requirements, o.Err = nil, fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	o.Requirements, o.Err = play(ctx, t)
	if o.Err == nil && len(o.Requirements) == 0 {
		o.Err = errors.New("the suite gave no verdict at all")
	}
	return o
}
