package recording

import (
	"fmt"
	"time"

	"graphpact/internal/convention"
	"graphpact/internal/edm"
	"graphpact/internal/result"
)

// The requirements that a recording can be held to.
const (
	statusDocumented = "REC-01"
	bodyDocumented   = "REC-02"
	answerShows      = "REC-03"
	getDocumented    = "REC-04"
	mergeShown       = "REC-05"
	mergeKept        = "REC-06"
	createdStays     = "REC-07"
	modifiedMoves    = "REC-08"
	errorBody        = "REC-09"
)

// verdicts gathers checks by requirement.
type verdicts struct {
	judge *Judge
	all   []*gathered
	byID  map[string]*gathered
}

type gathered struct {
	result.Requirement
	// held counts the checks that held, failed and unsure the others; unsure ones have
	// another explanation.
	held, failed, unsure int
	// untold are the reasons why something could not be told, and the number of each.
	untold []string
}

func newVerdicts(j *Judge) *verdicts {
	v := &verdicts{judge: j, byID: map[string]*gathered{}}
	op := j.Operation
	doc := func(file string, line int, summary string) result.Source {
		s := op.Success.Source
		s.File, s.Line = file, line
		return result.Source{Kind: "doc", Ref: s.Short(), File: file, Line: line, Summary: summary}
	}
	documented := doc(op.Success.Source.File, op.Success.Source.Line, op.Success.Describe())
	if op.Success.Source.Rule != "" {
		documented = ruleSource(j.Conventions, op.Success.Source.Rule)
	}
	page := doc(op.Method.Source.File, op.Method.Source.Line, op.Method.Value+" "+op.Path.Template)
	for i, r := range []struct {
		id, scenario string
		level        result.Level
		source       result.Source
	}{
		{statusDocumented, "an update that succeeds answers with the documented status", result.Must, documented},
		{bodyDocumented, "the answer to an update is the documented one", result.Must, documented},
		{answerShows, "the answer to an update shows what was sent", result.Must, ruleSource(j.Conventions, "representation")},
		{getDocumented, "a GET shows the documented object", result.Must, page},
		{mergeShown, "a GET after an update shows what was sent", result.Must, ruleSource(j.Conventions, "patch-merge")},
		{mergeKept, "an update leaves alone what it does not send", result.Must, ruleSource(j.Conventions, "patch-merge")},
		{createdStays, "the date of creation does not move", result.Must, ruleSource(j.Conventions, "created-date")},
		{modifiedMoves, "the date of the last modification does not move back", result.Must, ruleSource(j.Conventions, "modified-date")},
		{errorBody, "a refused update has the error body of Graph", result.Must, ruleSource(j.Conventions, "error-body")},
	} {
		g := &gathered{Requirement: result.Requirement{
			ID: r.id, Operation: op.Method.Value + " " + op.Path.Template, Level: r.level, Source: r.source, Scenario: r.scenario,
			Feature: result.Location{URI: "recording", Line: i + 1, Feature: "Recorded traffic"},
			Checks:  []result.Check{}, Repeat: j.Repeat,
		}}
		if r.id == statusDocumented {
			g.Proves = result.ProvesUpdate
		}
		v.all = append(v.all, g)
		v.byID[r.id] = g
	}
	return v
}

func ruleSource(conv *convention.Set, id string) result.Source {
	r, _ := conv.Rule(id)
	return result.Source{Kind: "convention", Ref: id, Clause: r.Clause, Summary: r.Summary}
}

// check takes note of a check; each failure is kept with its exchange, up to a limit.
func (v *verdicts) check(id string, m *message, ok bool, c result.Check) { v.maybe(id, m, ok, true, c) }

// maybe is check where a failure may have another explanation, unless it is proven.
func (v *verdicts) maybe(id string, m *message, ok, proven bool, c result.Check) {
	g := v.byID[id]
	switch {
	case ok:
		g.held++
		return
	case proven:
		g.failed++
		c.Verdict = result.Fail
	default:
		g.unsure++
		c.Verdict = result.Warn
		c.Message = "another client may have written in between, or the read was late: the recording has no ETag that proves otherwise"
	}
	if g.failed+g.unsure > maxFailures {
		return
	}
	g.Exchanges = append(g.Exchanges, v.judge.Report(m.ex))
	c.Exchange = len(g.Exchanges)
	c.Expected, c.Actual = v.judge.Excerpt(c.Expected), v.judge.Excerpt(c.Actual)
	g.Checks = append(g.Checks, c)
}

// untold takes note of what the recording does not show.
func (v *verdicts) untold(id, why string) {
	v.byID[id].untold = append(v.byID[id].untold, v.judge.Excerpt(why))
}

// requirements gives the verdicts.
func (v *verdicts) requirements() []result.Requirement {
	var out []result.Requirement
	for _, g := range v.all {
		if more := g.failed + g.unsure - maxFailures; more > 0 {
			verdict := result.Warn
			if g.failed > 0 {
				verdict = result.Fail
			}
			g.Checks = append(g.Checks, result.Check{Name: fmt.Sprintf("%d more of these", more), Verdict: verdict})
		}
		if g.held > 0 {
			g.Checks = append(g.Checks, result.Check{Name: fmt.Sprintf("it held %d times", g.held), Verdict: result.Pass})
		}
		g.Verdict = result.Worst(g.Level, g.Checks)
		switch n := len(g.untold); {
		case n == 1:
			g.Reason = "could not be judged: " + g.untold[0]
		case n > 1:
			g.Reason = fmt.Sprintf("could not be judged %d times, first: %s", n, g.untold[0])
		case g.Verdict == result.Skip:
			g.Reason = "nothing in the recording shows it"
		}
		out = append(out, g.Requirement)
	}
	return out
}

// date reads a DateTimeOffset.
func date(v any) (time.Time, bool) {
	text, _ := v.(string)
	t, err := edm.ParseDateTimeOffset(text)
	return t, err == nil
}
