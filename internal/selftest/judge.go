package selftest

import (
	"cmp"
	"fmt"
	"slices"

	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// judge makes the report of the outcomes. Trials that are missing were not played.
func judge(cfg Config, outcomes []Outcome) *Report {
	j := &judgement{cfg: cfg, alone: map[string]verdicts{}}
	j.report = &Report{
		Version: Version, Seed: cfg.Seed, Partial: cfg.Partial, Entities: cmp.Or(cfg.Entities, EntitiesFresh),
		Faults: []FaultOutcome{}, Variants: []VariantOutcome{}, Pairs: []PairOutcome{}, Controls: []ControlOutcome{},
		Problems: []string{},
	}
	j.baseline(outcomes)
	played := map[string]Outcome{} // of one behaviour, by its name
	for _, o := range outcomes {
		if o.Kind == Fault || o.Kind == Variant {
			played[o.Name()] = o
			if o.Err == nil {
				j.alone[o.Name()] = newVerdicts(o.Requirements)
			}
		}
	}
	for _, b := range cfg.Faults {
		if o, ok := played[b.Name]; ok || cfg.NotApplicable(b) != "" {
			j.report.Faults = append(j.report.Faults, j.fault(b, o.Err))
		}
	}
	for _, b := range cfg.Variants {
		if o, ok := played[b.Name]; ok || cfg.NotApplicable(b) != "" {
			j.report.Variants = append(j.report.Variants, j.variant(b, o.Err))
		}
	}
	for _, o := range outcomes {
		switch o.Kind {
		case Pair:
			j.report.Pairs = append(j.report.Pairs, j.pair(o))
		case Control:
			j.report.Controls = append(j.report.Controls, j.control(o))
		case Baseline, Fault, Variant:
		}
	}
	j.report.count()
	return j.report
}

type judgement struct {
	cfg    Config
	report *Report
	base   verdicts
	// alone are the verdicts on each behaviour without another beside it.
	alone map[string]verdicts
}

// verdicts are what the suite said of one server, by key.
type verdicts map[string]result.Requirement

func newVerdicts(reqs []result.Requirement) verdicts {
	v := make(verdicts, len(reqs))
	for _, r := range reqs {
		v[r.Key()] = r
	}
	return v
}

// of gives the verdict on a key; no verdict at all is an error.
func (v verdicts) of(key string) result.Verdict {
	if r, ok := v[key]; ok {
		return r.Verdict
	}
	return result.Error
}

// why gives the reason of a verdict that is not a pass, in one line.
func (v verdicts) why(key string) string {
	r, ok := v[key]
	if !ok {
		return "the suite gave no verdict on it"
	}
	for _, c := range r.Checks {
		if c.Verdict == result.Fail {
			return fmt.Sprintf("%s: expected %s, got %s", c.Name, c.Expected, c.Actual)
		}
	}
	return r.Reason
}

// failed reports whether a check did not hold: of a MUST, or of a SHOULD or MAY.
func failed(v result.Verdict) bool {
	return v == result.Fail || v == result.Warn || v == result.Flaky
}

// broken reports whether a verdict is neither a pass nor a skip.
func broken(v result.Verdict) bool { return v != result.Pass && v != result.Skip }

// baseline reads the requirements, which must pass or be skipped on the mock as it is.
func (j *judgement) baseline(outcomes []Outcome) {
	i := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Kind == Baseline })
	switch {
	case i < 0:
		j.problem("the baseline was not played: nothing can be compared")
	case outcomes[i].Err != nil:
		j.problem("the baseline could not be played: %v", outcomes[i].Err)
	default:
		j.base = newVerdicts(outcomes[i].Requirements)
	}
	passes := false
	for _, c := range j.cfg.Cases {
		v := j.base.of(c.Key())
		passes = passes || v == result.Pass
		if j.base != nil && broken(v) {
			j.problem("the baseline does not hold: %s %s: %s", c.Key(), v, j.base.why(c.Key()))
		}
		row := Row{Case: c.Row, Verdict: v, KilledBy: []string{}}
		if v != result.Pass {
			row.Reason = j.base.why(c.Key())
		}
		j.addRow(c, row)
	}
	if j.base != nil && !passes {
		j.problem("nothing passes on the baseline: there is nothing that could detect a fault")
	}
}

func (j *judgement) addRow(c scenario.Case, row Row) {
	if q := j.requirement(c.ID); q != nil {
		q.Rows = append(q.Rows, row)
		return
	}
	j.report.Requirements = append(j.report.Requirements, RequirementOutcome{
		ID: c.ID, Level: c.Level, Scenario: c.Outline, Rows: []Row{row},
	})
}

func (j *judgement) requirement(id string) *RequirementOutcome {
	i := slices.IndexFunc(j.report.Requirements, func(q RequirementOutcome) bool { return q.ID == id })
	if i < 0 {
		return nil
	}
	return &j.report.Requirements[i]
}

func (j *judgement) problem(format string, args ...any) {
	j.report.Problems = append(j.report.Problems, fmt.Sprintf(format, args...))
}

// fault judges whether each requirement that the fault names has detected it, where the page gives
// occasion for it and it could be played.
func (j *judgement) fault(b mockgraph.Behaviour, err error) FaultOutcome {
	out := FaultOutcome{
		Name: b.Name, Summary: b.Summary, DetectedBy: append([]string{}, b.DetectedBy...),
		NotApplicable: j.cfg.NotApplicable(b), Cells: []Cell{}, Problem: notPlayed(err),
	}
	if out.NotApplicable != "" || err != nil {
		return out
	}
	got := j.alone[b.Name]
	for _, q := range j.report.Requirements {
		if cell, ok := j.cell(q, got, slices.Contains(b.DetectedBy, q.ID)); ok {
			out.Cells = append(out.Cells, cell)
		}
	}
	for _, id := range b.DetectedBy {
		if j.requirement(id) == nil {
			out.Cells = append(out.Cells, Cell{ID: id, Mark: Missed, Reason: "no scenario has this id"})
		}
	}
	if slices.ContainsFunc(out.Cells, func(c Cell) bool { return c.Mark == Missed }) {
		return out
	}
	// A fault that names nothing, or nothing that the page has, is seen by nobody.
	out.Seen = slices.ContainsFunc(out.Cells, func(c Cell) bool { return c.Mark == Detected })
	if out.Seen {
		j.kill(b, got)
	}
	return out
}

// cell is the place of a requirement in the row of a fault; false where there is nothing
// to say.
func (j *judgement) cell(q RequirementOutcome, got verdicts, named bool) (Cell, bool) {
	var detected, skipped, unjudged, tested []string
	for _, row := range q.Rows {
		key := q.key(row)
		v := got.of(key)
		if row.Verdict == result.Pass {
			tested = append(tested, key)
		}
		switch {
		case failed(v):
			detected = append(detected, key)
		case v == result.Skip && row.Verdict != result.Skip:
			skipped = append(skipped, key)
		case broken(v):
			unjudged = append(unjudged, key)
		}
	}
	switch {
	case len(detected) > 0 && named:
		return Cell{ID: q.ID, Mark: Detected, Keys: detected}, true
	case len(detected) > 0:
		return Cell{ID: q.ID, Mark: Also, Keys: detected}, true
	case named && len(tested) == 0:
		return Cell{ID: q.ID, Mark: Untestable, Reason: q.Rows[0].Reason}, true
	case named && len(unjudged) > 0:
		return Cell{ID: q.ID, Mark: Missed, Keys: unjudged, Reason: "not judged: " + got.why(unjudged[0])}, true
	case named && len(skipped) > 0:
		return Cell{ID: q.ID, Mark: Missed, Keys: skipped, Reason: "skipped: " + got.why(skipped[0])}, true
	case named:
		return Cell{ID: q.ID, Mark: Missed, Keys: tested, Reason: "it passes"}, true
	case len(unjudged) > 0:
		return Cell{ID: q.ID, Mark: Unjudged, Keys: unjudged, Reason: got.why(unjudged[0])}, true
	case len(skipped) > 0:
		return Cell{ID: q.ID, Mark: Skipped, Keys: skipped, Reason: got.why(skipped[0])}, true
	}
	return Cell{}, false
}

// kill marks the rows that the fault makes fail, of the requirements that it names.
func (j *judgement) kill(b mockgraph.Behaviour, got verdicts) {
	for _, id := range b.DetectedBy {
		q := j.requirement(id)
		if q == nil {
			continue
		}
		for i := range q.Rows {
			if row := &q.Rows[i]; row.Verdict == result.Pass && failed(got.of(q.key(*row))) {
				row.KilledBy = append(row.KilledBy, b.Name)
			}
		}
	}
}

// notPlayed says why a trial could not be played, "" where it could.
func notPlayed(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// variant judges whether the suite left a legal server alone.
func (j *judgement) variant(b mockgraph.Behaviour, err error) VariantOutcome {
	out := VariantOutcome{
		Name: b.Name, Summary: b.Summary, NotApplicable: j.cfg.NotApplicable(b),
		Alarms: []CaseVerdict{}, Skips: []CaseVerdict{}, Problem: notPlayed(err),
	}
	if out.NotApplicable != "" || err != nil {
		return out
	}
	got, passes := j.alone[b.Name], false
	for _, c := range j.cfg.Cases {
		key := c.Key()
		v := CaseVerdict{Key: key, Verdict: got.of(key), Reason: got.why(key)}
		switch {
		case broken(v.Verdict), v.Verdict == result.Skip && v.Reason == "":
			out.Alarms = append(out.Alarms, v)
		case v.Verdict == result.Pass:
			passes = true
		case j.base.of(key) != result.Skip:
			out.Skips = append(out.Skips, v)
		}
	}
	if !passes {
		out.Problem = "nothing passes: the suite is blind to this server"
	}
	out.Quiet = len(out.Alarms) == 0 && out.Problem == ""
	return out
}

// pair judges whether the variant left the verdicts on the fault as they are: what the
// fault fails alone still fails in the same way, unless the variant alone skips it, and
// nothing is broken that neither breaks alone.
func (j *judgement) pair(o Outcome) PairOutcome {
	f, v := o.Behaviours[0].Name, o.Behaviours[1].Name
	out := PairOutcome{Fault: f, Variant: v, Changes: []Change{}, Problem: notPlayed(o.Err)}
	fault, okF := j.alone[f]
	variant, okV := j.alone[v]
	if !okF || !okV {
		out.Problem = cmp.Or(out.Problem, "one of the two has no verdicts of its own to compare with")
	}
	if out.Problem != "" {
		return out
	}
	both := newVerdicts(o.Requirements)
	for _, c := range j.cfg.Cases {
		key := c.Key()
		alone, together := fault.of(key), both.of(key)
		lost := failed(alone) && together != alone && variant.of(key) != result.Skip
		added := broken(together) && !broken(alone) && !broken(variant.of(key))
		if lost || added {
			out.Changes = append(out.Changes, Change{Key: key, Alone: alone, Together: together, Reason: both.why(key)})
		}
	}
	out.Kept = len(out.Changes) == 0
	return out
}

// control judges what passed on a server that is no Graph.
func (j *judgement) control(o Outcome) ControlOutcome {
	c := o.Control
	out := ControlOutcome{
		Name: c.Name, Summary: c.Summary, MayPass: j.mayPass(c),
		Passed: []string{}, Unexpected: []string{}, Missing: []string{}, Problem: notPlayed(o.Err),
	}
	if o.Err != nil {
		return out
	}
	got := newVerdicts(o.Requirements)
	for _, q := range j.report.Requirements {
		for _, row := range q.Rows {
			key := q.key(row)
			passed := got.of(key) == result.Pass
			// What the page has nothing for passes nowhere.
			may := slices.ContainsFunc(out.MayPass, func(p negative.Pass) bool {
				return p.ID == q.ID && (row.Verdict == result.Pass || p.OfBody && j.base.of(key) == result.Skip && !j.base[key].NotOnPage)
			})
			if passed {
				out.Passed = append(out.Passed, key)
			}
			switch {
			case passed && !may:
				out.Unexpected = append(out.Unexpected, key)
			case may && !passed:
				out.Missing = append(out.Missing, key)
			}
		}
	}
	out.Held = len(out.Unexpected) == 0 && len(out.Missing) == 0
	return out
}

// mayPass gives what may pass on the control on this page.
func (j *judgement) mayPass(c *negative.Control) []negative.Pass {
	return slices.DeleteFunc(append([]negative.Pass{}, c.Passes...), func(p negative.Pass) bool {
		promised := j.cfg.Operation.Success
		_, allowed := promised.Allows(p.Status, false)
		return p.Status != 0 && p.Status != promised.Status && promised.Status != 0 && !allowed
	})
}

func (r *Report) count() {
	t := Totals{Faults: len(r.Faults), Variants: len(r.Variants), Pairs: len(r.Pairs), Controls: len(r.Controls)}
	for _, f := range r.Faults {
		switch {
		case f.NotApplicable != "":
			t.FaultsNotApplicable++
		case f.Seen:
			t.Seen++
		}
	}
	for _, v := range r.Variants {
		switch {
		case v.NotApplicable != "":
			t.VariantsNotApplicable++
		case !v.Quiet:
			t.FalseAlarms++
		}
	}
	for _, p := range r.Pairs {
		if p.Kept {
			t.PairsKept++
		}
	}
	for _, c := range r.Controls {
		if c.Held {
			t.ControlsHeld++
		}
	}
	for _, q := range r.Requirements {
		for _, row := range q.Rows {
			if row.Verdict != result.Pass {
				continue
			}
			t.Passing++
			if len(row.KilledBy) > 0 {
				t.Killed++
			}
		}
	}
	t.rate()
	r.Totals = t
}
