package harness

import (
	"slices"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/verify"
	"graphpact/internal/waiver"
)

// ScenarioWaivers leaves out the waivers for interactions of other tools: verify alone
// plays those.
func ScenarioWaivers(l waiver.List) *waiver.List {
	return &waiver.List{Entries: slices.DeleteFunc(slices.Clone(l.Entries), func(e waiver.Entry) bool {
		return strings.HasPrefix(e.Requirement, verify.IDPrefix)
	})}
}

// judgeWaivers adds to the report what is wrong with the waivers, as far as a shard can tell.
func (c *RunConfig) judgeWaivers(waivers *waiver.Register, r *result.Run) {
	suite := Subjects(c.Pages.Operations)
	if r.Shard == nil {
		r.Problems = append(r.Problems, waivers.Problems(r.Requirements, suite)...)
		return
	}
	problems, open := waivers.ShardProblems(r.Requirements, suite)
	r.Problems, r.Shard.Waivers = append(r.Problems, problems...), open
}

// Subjects are all requirements of the pages, whatever a filter leaves of them.
func Subjects(ops []Operation) []waiver.Subject {
	var out []waiver.Subject
	for _, op := range ops {
		for _, c := range op.Suite.Cases {
			out = append(out, waiver.Subject{Operation: op.ID(), Key: c.Key()})
		}
	}
	return out
}
