package result

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/safetext"
)

// Ended is what ended a run before its last scenario: the target gave good answers, and then none
// any more. It is told once: what follows from it is no verdict about the target.
type Ended struct {
	// Cause is one of the causes of client.GoneError, as "no answer".
	Cause string `json:"cause"`
	// Requirement is the key of the scenario in which it showed; empty where it was none.
	Requirement string `json:"requirement,omitempty"`
	// Request is the request that showed it, as "GET https://…", and Error what came of it.
	Request string `json:"request"`
	Error   string `json:"error"`
	// Answered is how many good answers the target had given before.
	Answered int `json:"answered"`
	// State is what is known of the state of the entity, and Restore the command that restores
	// it; empty where there is nothing to restore.
	State   string `json:"state,omitempty"`
	Restore string `json:"restore,omitempty"`
	// Problems are those of the problems of the run that follow from it.
	Problems []string `json:"problems,omitempty"`
}

// NotPlayed counts the requirements that were not played to their end, as the run had ended.
func (r *Run) NotPlayed() int {
	n := 0
	for i := range r.Requirements {
		if r.Requirements[i].NotPlayed {
			n++
		}
	}
	return n
}

// whatEnded says for each cause what happened.
var whatEnded = map[string]string{
	"no answer":  "The endpoint stopped answering",
	"gateway":    "The endpoint is not reached any more: what stands before it answers in its place",
	"locked out": "The endpoint lets the caller in no more (is the token still valid, and is the account still enabled?)",
	"no token":   "There is no token any more",
}

// EndedText is EndedSummary with the command that restores the first state.
func (r *Run) EndedText() string {
	if r.Ended == nil || r.Ended.Restore == "" {
		return r.EndedSummary()
	}
	return r.EndedSummary() + " Restore it with: " + r.Ended.Restore
}

// EndedSummary tells in one paragraph what ended the run, what was played, and what is known of the
// state of the entity; empty where nothing ended it.
func (r *Run) EndedSummary() string {
	e := r.Ended
	if e == nil {
		return ""
	}
	var b strings.Builder
	what := whatEnded[e.Cause]
	if what == "" {
		what = "The run was ended"
	}
	b.WriteString(what)
	if e.Requirement != "" {
		b.WriteString(", in " + e.Requirement)
	}
	fmt.Fprintf(&b, ": %s: %s. It had given %s before. ", e.Request, strings.TrimSuffix(e.Error, "."), safetext.Counted(e.Answered, "good answer"))
	t, left := r.Totals, r.NotPlayed()
	fmt.Fprintf(&b, "%s passed", safetext.Counted(t.Pass, "scenario"))
	for _, other := range []struct {
		n    int
		what string
	}{{t.Fail, "failed"}, {t.Flaky, "were flaky"}, {t.Warn, "have a warning"}} {
		if other.n > 0 {
			fmt.Fprintf(&b, ", %d %s", other.n, other.what)
		}
	}
	fmt.Fprintf(&b, "; %d not played, so that the run is %s.", left, strings.ToLower(string(Incomplete)))
	if e.State != "" {
		b.WriteString(" " + e.State)
	}
	return b.String()
}

// ownProblems are the problems of the run that do not follow from what ended it.
func (r *Run) ownProblems() []string {
	if r.Ended == nil {
		return r.Problems
	}
	return slices.DeleteFunc(slices.Clone(r.Problems), func(p string) bool { return slices.Contains(r.Ended.Problems, p) })
}
