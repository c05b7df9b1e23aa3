package report

import (
	"fmt"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// played gives the requirements that were played, or left out for a reason of their own. Those
// that were not since the run had ended are told as one: see unplayedLine.
func played(reqs []result.Requirement) []result.Requirement {
	out := make([]result.Requirement, 0, len(reqs))
	for i := range reqs {
		if !reqs[i].NotPlayed {
			out = append(out, reqs[i])
		}
	}
	return out
}

// unplayedLine counts the scenarios that were not played since the run had ended, and names a few;
// empty for none.
func unplayedLine(run *result.Run) string {
	var keys []string
	for i := range run.Requirements {
		if r := &run.Requirements[i]; r.NotPlayed {
			keys = append(keys, r.Key())
		}
	}
	const named = 3
	switch n := len(keys); {
	case n == 0:
		return ""
	case n <= named:
		return fmt.Sprintf("%s not played: %s", safetext.Counted(n, "scenario"), strings.Join(keys, ", "))
	default:
		return fmt.Sprintf("%s not played: %s to %s", safetext.Counted(n, "scenario"), keys[0], keys[n-1])
	}
}
