package report

import (
	"cmp"
	"fmt"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// cause is one reason why requirements did not pass, in the order of the run.
type cause struct {
	verdict result.Verdict
	// text says in one line what is wrong: the class where it has one.
	text string
	reqs []*result.Requirement
}

// causes groups what did not pass by what is wrong with it. What is waived has a reason of its
// own and is left out.
func causes(reqs []result.Requirement) []*cause {
	var all []*cause
	for _, group := range group(reqs, causeOf) {
		if r := group[0]; isBroken(r.Verdict) && r.Verdict != result.Waived {
			all = append(all, &cause{r.Verdict, cmp.Or(class(r), summaryLine(r)), group})
		}
	}
	return all
}

// causeOf is alike for requirements that did not pass for the same cause: their first check
// that did not hold is of one class, or says the same; without a check, the reason is the same.
// A flaky one has plays of its own, and so a cause of its own.
func causeOf(r *result.Requirement) string {
	key := []string{r.Operation, string(r.Verdict), class(r)}
	switch {
	case r.Verdict == result.Flaky:
		key = append(key, r.Key())
	case key[2] == "":
		key = append(key, summaryLine(r))
		if c := firstBroken(r); c != nil {
			key = append(key, c.Pointer)
		}
	}
	return strings.Join(key, "\x00")
}

// keys are those of the requirements, with commas between.
func (c *cause) keys() string {
	keys := make([]string, len(c.reqs))
	for i, r := range c.reqs {
		keys[i] = r.Key()
	}
	return strings.Join(keys, ", ")
}

// line is the cause in one line: the key where there is one, what is wrong and the keys
// where there are several.
func (c *cause) line(limit int) string {
	if len(c.reqs) == 1 && class(c.reqs[0]) == "" {
		return c.keys()
	}
	return fmt.Sprintf("%s in %s: %s", clip(c.text, limit), safetext.Counted(len(c.reqs), "scenario"), c.keys())
}

// maxScenarios is how many scenarios of one cause a summary names.
const maxScenarios = 100

// scenarios lists the scenarios of a cause, a line each, and says whose evidence follows;
// "" for one alone.
func (c *cause) scenarios() string {
	if len(c.reqs) == 1 {
		return ""
	}
	p := &printer{limits: fileLimits}
	for i, r := range c.reqs {
		if i == maxScenarios {
			p.println(0, "and ", safetext.Counted(len(c.reqs)-i, "more scenario"))
			break
		}
		p.println(0, p.clean(r.Key()+"  "+r.Scenario))
	}
	p.println(0)
	p.println(0, "The evidence of ", p.clean(c.reqs[0].Key()), "; that of the others is in ", JSONFile, ":")
	p.println(0)
	return p.String()
}
