package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"graphpact/internal/result"
)

// headline is the verdict of the run in one sentence.
func headline(run *result.Run) string {
	if run.Conformant() {
		return "CONFORMANT: " + tested(run.Totals)
	}
	var why []string
	if n := run.Totals.Fail; n > 0 {
		why = append(why, fmt.Sprintf("%d failed", n))
	}
	if n := run.Totals.Flaky; n > 0 {
		why = append(why, fmt.Sprintf("%d flaky", n))
	}
	if n := run.Totals.Error; n > 0 {
		why = append(why, fmt.Sprintf("%d could not be judged", n))
	}
	if n := len(run.Problems); n > 0 {
		why = append(why, plural(n, "problem")+" with the run")
	}
	// The Problems come first in AllProblems and have just been counted.
	why = append(why, run.AllProblems()[len(run.Problems):]...)
	return "NOT CONFORMANT: " + strings.Join(why, "; ")
}

// tested says what a green run rests on.
func tested(t result.Totals) string {
	s := plural(t.Pass, "scenario") + " passed"
	if t.Waived > 0 {
		s += fmt.Sprintf(", %d waived", t.Waived)
	}
	if t.Warn > 0 {
		s += ", " + plural(t.Warn, "warning")
	}
	if t.Skip > 0 {
		s += fmt.Sprintf(", %d not tested", t.Skip)
	}
	return s
}

// totals gives the counts by verdict, those that are zero left out.
func totals(t result.Totals) string {
	parts := []string{}
	for _, p := range []struct {
		n    int
		word string
	}{
		{t.Pass, "passed"},
		{t.Fail, "failed"},
		{t.Flaky, "flaky"},
		{t.Error, "not judged"},
		{t.Waived, "waived"},
		{t.Warn, "with a warning"},
		{t.Skip, "skipped"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	if len(parts) == 0 {
		return plural(t.Requirements, "scenario")
	}
	return plural(t.Requirements, "scenario") + ": " + strings.Join(parts, ", ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// sourceText names a source with its gist, as "page.md:72: what the line says" or
// "OData 4.01 Protocol 11.4.3 (patch-merge): the rule".
func sourceText(s result.Source) string {
	if s.Gist == "" {
		return sourceName(s)
	}
	return sourceName(s) + ": " + s.Gist
}

// sourceName is sourceText without the gist.
func sourceName(s result.Source) string {
	if s.Clause == "" {
		return s.Ref
	}
	return s.Clause + " (" + s.Ref + ")"
}

// summaryLine is the outcome of a requirement in one line, for the formats that
// have a message attribute.
func summaryLine(r *result.Requirement) string {
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Verdict != result.Pass && c.Verdict != result.Skip {
			return checkLine(c)
		}
	}
	if r.Reason != "" {
		return r.Reason
	}
	for i := range r.Steps {
		if m := r.Steps[i].Message; m != "" {
			return m
		}
	}
	return "no reason was given"
}

func checkLine(c *result.Check) string {
	s := c.Name
	if c.Class != "" {
		s += " (" + c.Class + ")"
	}
	switch {
	case c.Expected != "" || c.Actual != "":
		s += ": expected " + orNothing(c.Expected) + ", got " + orNothing(c.Actual)
	case c.Message != "":
		s += ": " + c.Message
	}
	return s
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// levelText is the level as RFC 2119 writes it.
func levelText(l result.Level) string { return strings.ToUpper(string(l)) }

// millis is a duration given in milliseconds.
func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// durationText is a duration for people.
func durationText(ms float64) string {
	switch {
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
}

// seconds is a duration as JUnit writes it.
func seconds(ms float64) string { return strconv.FormatFloat(ms/1000, 'f', 6, 64) }
