package report

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// look is how a verdict appears. Each sign is distinct without colour.
type look struct {
	verdict result.Verdict
	word    markup // in report.html
	counted string // behind a number of scenarios
	tile    string // below a number of scenarios
	sign    markup // in report.html
	mark    string // on a terminal, and on one that is not UTF-8:
	ascii   string
	sgr     string
	emoji   string // in summary.md
	status  string // in CTRF; in Cucumber too, which has no statusOther
}

const (
	statusPassed  = "passed"
	statusFailed  = "failed"
	statusSkipped = "skipped"
	statusOther   = "other"
)

// looks are those of all verdicts, in the order in which they are counted.
var looks = []look{
	{result.Pass, "pass", "passed", "passed", "✓", "✓", "ok  ", sgrGreen, "✅", statusPassed},
	{result.Fail, "fail", "failed", "failed", "✗", "✗", "FAIL", sgrRed, "❌", statusFailed},
	{result.Flaky, "flaky", "flaky", "flaky", "≈", "~", "FLKY", sgrRed, "🎲", statusFailed},
	{result.Error, "not judged", "not judged", "not judged", "?", "?", "ERR ", sgrRed, "❔", statusOther},
	{result.Waived, "waived", "waived", "waived", "○", "○", "waiv", sgrYellow, "🔕", statusSkipped},
	{result.Warn, "warning", "with a warning", "warnings", "!", "!", "warn", sgrYellow, "⚠️", statusPassed},
	{result.Skip, "not tested", "skipped", "not tested", "–", "-", "skip", sgrDim, "➖", statusSkipped},
}

// lookOf gives the look of a verdict; an unknown one looks like Error.
func lookOf(v result.Verdict) *look {
	is := func(v result.Verdict) func(look) bool { return func(l look) bool { return l.verdict == v } }
	i := slices.IndexFunc(looks, is(v))
	if i < 0 {
		i = slices.IndexFunc(looks, is(result.Error))
	}
	return &looks[i]
}

// headlineLook gives the look of a run with that headline.
func headlineLook(h result.Headline) *look {
	switch h {
	case result.Conformant:
		return lookOf(result.Pass)
	case result.Incomplete:
		return lookOf(result.Warn)
	default:
		return lookOf(result.Fail)
	}
}

// isBroken reports whether a check or step with that verdict needs explaining.
func isBroken(v result.Verdict) bool { return v != result.Pass && v != result.Skip }

// firstBroken is the check that says what is wrong, nil where none does.
func firstBroken(r *result.Requirement) *result.Check {
	for i := range r.Checks {
		if c := &r.Checks[i]; isBroken(c.Verdict) {
			return c
		}
	}
	return nil
}

// askedBy is what asks for what the requirement is held against: the source of the check that says what is
// wrong, or its own.
func askedBy(r *result.Requirement) result.Source {
	if c := firstBroken(r); c != nil && c.Source != nil {
		return *c.Source
	}
	return r.Source
}

// class is the named kind of the first check that did not hold.
func class(r *result.Requirement) string {
	if c := firstBroken(r); c != nil {
		return c.Class
	}
	return ""
}

// headline is the verdict of the run in one sentence.
func headline(run *result.Run) string {
	verdict, why := run.Headline()
	if verdict == result.Conformant {
		return string(verdict) + ": " + tested(run.Totals)
	}
	if verdict == result.Incomplete && run.Totals.Pass+run.Totals.Warn+run.Totals.Waived > 0 {
		played := run.Totals
		played.Skip -= run.NotPlayed()
		why = append([]string{tested(played)}, why...)
	}
	return string(verdict) + ": " + strings.Join(why, "; ")
}

// tested says what a run without a failure rests on.
func tested(t result.Totals) string {
	s := safetext.Counted(t.Pass, "scenario") + " passed"
	if t.Waived > 0 {
		s += fmt.Sprintf(", %d waived", t.Waived)
	}
	if t.Warn > 0 {
		s += ", " + safetext.Counted(t.Warn, "warning")
	}
	if t.Skip > 0 {
		s += fmt.Sprintf(", %d not tested", t.Skip)
	}
	return s
}

// totals gives the counts by verdict, those that are zero left out.
func totals(t result.Totals) string {
	var parts []string
	for _, l := range looks {
		if n := t.Of(l.verdict); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, l.counted))
		}
	}
	if len(parts) == 0 {
		return safetext.Counted(t.Requirements, "scenario")
	}
	return safetext.Counted(t.Requirements, "scenario") + ": " + strings.Join(parts, ", ")
}

// totalsOf is totals with those apart that were not played since the run had ended.
func totalsOf(run *result.Run) string {
	t, n := run.Totals, run.NotPlayed()
	t.Skip -= n
	text := totals(t)
	if n > 0 {
		text += fmt.Sprintf(", %d not played", n)
	}
	return text
}

// played gives the requirements that were played, or left out for a reason of their own. Those
// that were not since the run had ended are told as one: see unplayedLine.
func played(reqs []result.Requirement) []result.Requirement {
	return slices.DeleteFunc(slices.Clone(reqs), func(r result.Requirement) bool { return r.NotPlayed })
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
	n, named := len(keys), strings.Join(keys, ", ")
	switch {
	case n == 0:
		return ""
	case n > 3:
		named = keys[0] + " to " + keys[n-1]
	}
	return fmt.Sprintf("%s not played: %s", safetext.Counted(n, "scenario"), named)
}
