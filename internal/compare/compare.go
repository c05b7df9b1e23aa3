// Package compare puts runs beside each other: what is newly broken between two of them, or
// what several implementations do with each requirement. It decides from the reports alone.
package compare

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"graphpact/internal/result"
)

// Version is the version of the JSON form of a Comparison.
const Version = "1"

// Input is a report to compare, with the name that it is shown by.
type Input struct {
	Label string
	Run   *result.Run
}

// Comparison is what two or more runs say of the same requirements.
type Comparison struct {
	Version string `json:"version"`
	// Runs are the runs in the order given; of two the first is the earlier one.
	Runs []Run `json:"runs"`
	// Notes say what makes the runs hard to compare, as another page or another suite.
	Notes []string `json:"notes"`
	// Rows are all requirements, each once, in the order of the runs.
	Rows []Row `json:"rows"`
	// Lateness is how late the endpoints' reads were.
	Lateness []Lateness `json:"lateness"`
	// NewProblems are what went wrong with the last run itself and not with the first.
	NewProblems []string `json:"newProblems"`
}

// Run is one of the runs.
type Run struct {
	Label     string          `json:"label"`
	ID        string          `json:"id,omitempty"`
	Headline  result.Headline `json:"headline"`
	Reasons   []string        `json:"headlineReasons"`
	BaseURL   string          `json:"baseUrl"`
	Tool      result.Tool     `json:"tool"`
	StartedAt time.Time       `json:"startedAt"`
	Totals    result.Totals   `json:"totals"`
}

// Row is what the runs say of one requirement.
type Row struct {
	result.Subject
	Level    result.Level  `json:"level"`
	Scenario string        `json:"scenario"`
	Source   result.Source `json:"source"`
	Change   Change        `json:"change"`  // from the first run to the last
	Differs  bool          `json:"differs"` // two runs that tested it came to different verdicts
	Cells    []Cell        `json:"cells"`   // of the runs, by index
}

// Cell is what one run says of one requirement.
type Cell struct {
	Verdict result.Verdict `json:"verdict,omitempty"` // empty where the run does not have the requirement
	Why     string         `json:"why,omitempty"`     // why it did not pass, or why the run does not have it
	Repeat  string         `json:"repeat,omitempty"`  // the command that runs it again
}

// Change is what happened to a requirement between two runs.
type Change string

// The changes, in the order in which they are told.
const (
	// NewFailure: it failed, was flaky or could not be judged, and was not so before. A
	// requirement that was not there before is one too.
	NewFailure   Change = "new failure"
	StillFailing Change = "still failing"    // so both times
	Fixed        Change = "fixed"            // broken before, and holds
	Untested     Change = "no longer tested" // tested before, and is skipped or was left out
	Gone         Change = "gone"             // there before, and the suite or the page has it no more
	New          Change = "new"              // not there before, and holds or is skipped
	Tested       Change = "newly tested"     // skipped or left out before, and holds
	Warned       Change = "new warning"      // passed before, and there is a warning or a waiver
	Cleared      Change = "warning gone"     // a warning or a waiver before, and it passes
	Same         Change = "same"
)

// Changes gives all of them but Same, in the order in which they are told.
func Changes() []Change {
	return []Change{NewFailure, StillFailing, Fixed, Untested, Gone, New, Tested, Warned, Cleared}
}

// Lateness is how late reads of one operation's entity were, by run; nil where nothing was
// found out.
type Lateness struct {
	Operation string     `json:"operation"`
	LagMS     []*float64 `json:"lagMs"`
}

// Of compares the runs, two at least.
func Of(inputs []Input) *Comparison {
	c := &Comparison{Version: Version, Notes: notes(inputs), Rows: []Row{}, NewProblems: []string{}, Lateness: lateness(inputs)}
	for _, in := range inputs {
		headline, why := in.Run.Headline()
		c.Runs = append(c.Runs, Run{
			Label: in.Label, ID: in.Run.ID, Headline: headline, Reasons: append([]string{}, why...), BaseURL: in.Run.Target.BaseURL,
			Tool: in.Run.Tool, StartedAt: in.Run.StartedAt, Totals: in.Run.Totals,
		})
	}
	first, last := inputs[0].Run, inputs[len(inputs)-1].Run
	for _, p := range last.AllProblems() {
		if !slices.Contains(first.AllProblems(), p) {
			c.NewProblems = append(c.NewProblems, p)
		}
	}
	tables := make([]map[result.Subject]*result.Requirement, len(inputs)) // nil of what was left out
	for i, in := range inputs {
		tables[i] = map[result.Subject]*result.Requirement{}
		if in.Run.Suite != nil {
			for _, s := range in.Run.Suite.Omitted {
				tables[i][s] = nil
			}
		}
		for j := range in.Run.Requirements {
			q := &in.Run.Requirements[j]
			tables[i][q.Subject()] = q
		}
	}
	for _, q := range union(inputs) {
		row := Row{Subject: q.Subject(), Level: q.Level, Scenario: q.Scenario, Source: q.Source}
		for i := range inputs {
			q, listed := tables[i][row.Subject]
			row.Cells = append(row.Cells, cell(q, listed, inputs[i].Run))
		}
		row.Change, row.Differs = change(row.Cells[0], row.Cells[len(row.Cells)-1]), differ(row.Cells)
		c.Rows = append(c.Rows, row)
	}
	return c
}

// union gives each requirement once: those of the last run in its order, and each that it
// does not have behind the one that stands before it in its own run.
func union(inputs []Input) []*result.Requirement {
	var out []*result.Requirement
	known := map[result.Subject]*result.Requirement{} // as it is in out
	for i := len(inputs) - 1; i >= 0; i-- {
		place := 0                     // where the next one that is not known goes
		var before *result.Requirement // the known one before it, where place is still to be found
		for j := range inputs[i].Run.Requirements {
			q := &inputs[i].Run.Requirements[j]
			if at, ok := known[q.Subject()]; ok {
				before = at
				continue
			}
			if before != nil {
				place, before = slices.Index(out, before)+1, nil
			}
			known[q.Subject()] = q
			out = slices.Insert(out, place, q)
			place++
		}
	}
	return out
}

// cell is what a run says of a requirement: nil where it has none, and listed is set where it was left out.
func cell(q *result.Requirement, listed bool, in *result.Run) Cell {
	switch {
	case q != nil && q.Verdict == result.Waived && q.Waiver != nil:
		return Cell{q.Verdict, fmt.Sprintf("%s, waived until %s: %s", q.Waiver.Of, q.Waiver.Expires, q.Waiver.Reason), q.Repeat}
	case q != nil:
		return Cell{q.Verdict, q.Why(), q.Repeat}
	case listed:
		return Cell{Why: leftOut}
	case len(in.Requirements) == 0 && in.Shard == nil:
		return Cell{Why: "the run ended before it"}
	case in.Shard != nil:
		return Cell{Why: "may be of another shard"}
	case len(in.Partial) > 0:
		return Cell{Why: leftOut}
	}
	return Cell{}
}

const leftOut = "left out of the run"

// The three things that a run can say of a requirement, and one that it cannot.
const (
	absent = iota
	untested
	holds
	broken
)

func (c Cell) kind() int {
	switch c.Verdict {
	case result.Pass, result.Warn, result.Waived:
		return holds
	case result.Fail, result.Flaky, result.Error:
		return broken
	case result.Skip:
		return untested
	}
	if c.Why != "" {
		return untested
	}
	return absent
}

func change(was, is Cell) Change {
	before, after := was.kind(), is.kind()
	switch {
	case after == broken && before == broken:
		return StillFailing
	case after == broken:
		return NewFailure
	case before == absent && after != absent:
		return New
	case after == absent && before != absent:
		return Gone
	case after == untested && before != untested:
		return Untested
	case before == untested && after == holds:
		return Tested
	case before == broken:
		return Fixed
	case was.Verdict == result.Pass && is.Verdict != result.Pass && after == holds:
		return Warned
	case was.Verdict != is.Verdict && is.Verdict == result.Pass:
		return Cleared
	}
	return Same
}

// differ reports whether two runs that tested the requirement came to different verdicts.
func differ(cells []Cell) bool {
	seen := map[result.Verdict]bool{}
	for _, c := range cells {
		if k := c.kind(); k == holds || k == broken {
			seen[c.Verdict] = true
		}
	}
	return len(seen) > 1
}

// Having gives the rows with that change.
func (c *Comparison) Having(change Change) []Row {
	return slices.DeleteFunc(slices.Clone(c.Rows), func(r Row) bool { return r.Change != change })
}

// section are the rows with one change, where there are any.
type section struct {
	Name Change
	Rows []Row
}

func (c *Comparison) sections() []section {
	var out []section
	for _, change := range Changes() {
		if rows := c.Having(change); len(rows) > 0 {
			out = append(out, section{change, rows})
		}
	}
	return out
}

// Flaky gives the rows that the last run found to be flaky.
func (c *Comparison) Flaky() []Row {
	return slices.DeleteFunc(slices.Clone(c.Rows), func(r Row) bool { return r.Cells[len(r.Cells)-1].Verdict != result.Flaky })
}

// Regressed reports whether the last run is worse than the first: a requirement is newly
// broken, or the run itself went wrong in a way in which the first did not.
func (c *Comparison) Regressed() bool {
	return len(c.Having(NewFailure)) > 0 || len(c.NewProblems) > 0
}

// LostCoverage reports whether the last run tested less than the first.
func (c *Comparison) LostCoverage() bool {
	return len(c.Having(Untested))+len(c.Having(Gone)) > 0
}

// lateness gathers what the probes found out.
func lateness(inputs []Input) []Lateness {
	out := []Lateness{}
	for i, in := range inputs {
		for _, p := range in.Run.Probes {
			at := slices.IndexFunc(out, func(l Lateness) bool { return l.Operation == p.Operation })
			if at < 0 {
				at = len(out)
				out = append(out, Lateness{p.Operation, make([]*float64, len(inputs))})
			}
			out[at].LagMS[i] = &p.LagMS
		}
	}
	return out
}

// notes says what makes the runs hard to compare.
func notes(inputs []Input) []string {
	out := []string{}
	pages := map[string]string{}
	first := inputs[0]
	for _, p := range first.Run.Pages {
		pages[p.Operation] = p.Digest
	}
	for _, in := range inputs {
		r := in.Run
		if r.Shard != nil {
			out = append(out, fmt.Sprintf("%s is shard %d of %d alone: `graphpact merge` puts the shards together", in.Label, r.Shard.Index, r.Shard.Count))
		}
		if r.Interrupted {
			out = append(out, in.Label+" was interrupted before its end")
		}
	}
	for _, in := range inputs[1:] {
		between := " (" + first.Label + " and " + in.Label + ")"
		changed := map[string]bool{}
		for _, p := range in.Run.Pages {
			if was, ok := pages[p.Operation]; ok && was != p.Digest {
				changed[p.File] = true
			}
		}
		for _, file := range slices.Sorted(maps.Keys(changed)) {
			out = append(out, "the page "+file+" is not the same"+between)
		}
		a, b := first.Run, in.Run
		if a.Suite != nil && b.Suite != nil && a.Suite.Digest != b.Suite.Digest {
			out = append(out, "the scenarios or the conventions are not the same"+between)
		}
		if a.Tool.Version != b.Tool.Version {
			out = append(out, fmt.Sprintf("graphpact is not the same: %s and %s%s", a.Tool.Version, b.Tool.Version, between))
		}
		if !slices.Equal(a.Partial, b.Partial) {
			out = append(out, "the runs were not narrowed alike"+between)
		}
	}
	return out
}
