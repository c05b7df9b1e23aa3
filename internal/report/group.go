package report

import (
	"maps"
	"slices"

	"graphpact/internal/result"
)

// runItself is the name of the case that JUnit and Cucumber get when the run itself
// went wrong, so that a reader of that file alone does not see green.
const runItself = "the run itself"

// group splits the requirements by key. Groups come in the order in which their
// first requirement stands, and keep the order within.
func group(reqs []result.Requirement, key func(*result.Requirement) string) [][]*result.Requirement {
	var groups [][]*result.Requirement
	index := map[string]int{}
	for i := range reqs {
		r := &reqs[i]
		at, ok := index[key(r)]
		if !ok {
			at = len(groups)
			index[key(r)] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], r)
	}
	return groups
}

// sortedPairs gives a map's entries in the order of their names.
func sortedPairs(m map[string]string) [][2]string {
	var pairs [][2]string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, [2]string{name, m[name]})
	}
	return pairs
}
