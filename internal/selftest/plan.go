package selftest

import (
	"math/rand/v2"
	"slices"

	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/scenario"
)

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
	// Partial is set where only some of the behaviours are tried: which requirements are
	// killed cannot be told then.
	Partial bool
}

// Unfit says why the behaviour cannot be shown on the page, "" where it can.
func (c Config) Unfit(b mockgraph.Behaviour) string {
	if b.Unfit == nil {
		return ""
	}
	return b.Unfit(c.Operation)
}

func (c Config) fit(list []mockgraph.Behaviour) []mockgraph.Behaviour {
	return slices.DeleteFunc(slices.Clone(list), func(b mockgraph.Behaviour) bool { return c.Unfit(b) != "" })
}

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
	return out
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
	return slices.ContainsFunc(a.Aspects, func(s string) bool { return slices.Contains(b.Aspects, s) })
}
