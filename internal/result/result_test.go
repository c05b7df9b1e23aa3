package result

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWorst(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		level  Level
		checks []Verdict
		want   Verdict
	}{
		{"no check at all", Must, nil, Skip},
		{"only skipped checks", Must, []Verdict{Skip, Skip}, Skip},
		{"all held", Must, []Verdict{Pass, Pass}, Pass},
		{"a skip beside a pass", Must, []Verdict{Skip, Pass, Skip}, Pass},
		{"failed MUST", Must, []Verdict{Pass, Fail, Pass}, Fail},
		{"failed SHOULD", Should, []Verdict{Pass, Fail}, Warn},
		{"failed MAY", May, []Verdict{Fail}, Warn},
		{"failure beats skip", Must, []Verdict{Fail, Skip}, Fail},
		{"advisory check of a MUST", Must, []Verdict{Pass, Warn, Pass}, Warn},
		{"failure beats warning", Must, []Verdict{Fail, Warn}, Fail},
		{"failure after a warning", Must, []Verdict{Warn, Fail}, Fail},
		{"error beats failure", Must, []Verdict{Fail, Error, Pass}, Error},
		{"error of a SHOULD stays an error", Should, []Verdict{Error}, Error},
		{"a verdict left unset never passes", Must, []Verdict{Pass, ""}, Error},
		{"an unknown verdict never passes", Must, []Verdict{"passed"}, Error},
		{"a level left unset counts as MUST", "", []Verdict{Fail}, Fail},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var checks []Check
			for _, v := range tc.checks {
				checks = append(checks, Check{Verdict: v})
			}
			if got := Worst(tc.level, checks); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		verdicts []Verdict
		want     Totals
	}{
		{"none", nil, Totals{}},
		{
			"one of each, two of some",
			[]Verdict{Pass, Fail, Warn, Skip, Error, Pass, Skip},
			Totals{Requirements: 7, Pass: 2, Fail: 1, Warn: 1, Skip: 2, Error: 1},
		},
		{"an unknown verdict is an error", []Verdict{"", "ok"}, Totals{Requirements: 2, Error: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var reqs []Requirement
			for _, v := range tc.verdicts {
				reqs = append(reqs, Requirement{Verdict: v})
			}
			got := Count(reqs)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if sum := got.Pass + got.Fail + got.Warn + got.Skip + got.Error; sum != got.Requirements {
				t.Errorf("the verdicts add up to %d of %d requirements", sum, got.Requirements)
			}
		})
	}
}

func TestHeadlineAndAllProblems(t *testing.T) {
	t.Parallel()
	update := func(operation string, v Verdict) Requirement {
		return Requirement{Operation: operation, Verdict: v, Proves: ProvesUpdate}
	}
	for _, tc := range []struct {
		name     string
		run      Run
		headline Headline
		why      []string
		problems []string
	}{
		{"passed", Run{Totals: Totals{Pass: 3}}, Conformant, nil, nil},
		{"warnings and skips are no failure", Run{Totals: Totals{Pass: 1, Warn: 2, Skip: 4}}, Conformant, nil, nil},
		{"something is waived", Run{Totals: Totals{Pass: 1, Waived: 4}}, Conformant, nil, nil},
		{"only warnings", Run{Totals: Totals{Warn: 1}}, Incomplete, []string{"nothing passed: there are only warnings and waivers"}, nil},
		{"only waivers", Run{Totals: Totals{Waived: 1, Skip: 3}}, Incomplete, []string{"nothing passed: there are only warnings and waivers"}, nil},
		{"a pact was written", Run{Totals: Totals{Pass: 1}, Pact: &Pact{Interactions: 2}}, Conformant, nil, nil},
		{"no pact", Run{Totals: Totals{Pass: 1}, Pact: &Pact{Error: "no library"}}, Incomplete, []string{"no pact was written: no library"}, []string{"no pact was written: no library"}},
		{"a failure", Run{Totals: Totals{Pass: 9, Fail: 1}}, NotConformant, []string{"1 failed"}, nil},
		{"flaky", Run{Totals: Totals{Pass: 9, Flaky: 2}}, NotConformant, []string{"2 flaky"}, nil},
		{"an error", Run{Totals: Totals{Pass: 9, Error: 1}}, NotConformant, []string{"1 could not be judged"}, nil},
		{"a problem", Run{Totals: Totals{Pass: 9}, Problems: []string{"a"}}, NotConformant, []string{"1 problem with the run"}, []string{"a"}},
		{"nothing ran", Run{}, Incomplete, []string{"nothing was tested"}, []string{"nothing was tested"}},
		{"everything skipped", Run{Totals: Totals{Skip: 5}}, Incomplete, []string{"nothing was tested"}, []string{"nothing was tested"}},
		{
			"interrupted", Run{Totals: Totals{Pass: 1, Error: 2}, Interrupted: true}, Incomplete,
			[]string{"2 could not be judged", "the run was interrupted before its end"}, []string{"the run was interrupted before its end"},
		},
		{
			"the time was up", Run{Totals: Totals{Pass: 1, Skip: 1}, Requirements: []Requirement{{Verdict: Pass}, {Verdict: Skip, NotPlayed: true}}, Interrupted: true, StoppedBy: "5m are over"}, Incomplete,
			[]string{"1 not played", "5m are over"}, []string{"5m are over"},
		},
		{
			"interrupted after a failure", Run{Totals: Totals{Pass: 1, Fail: 1}, Interrupted: true}, NotConformant,
			[]string{"1 failed", "the run was interrupted before its end"}, []string{"the run was interrupted before its end"},
		},
		{"narrowed", Run{Totals: Totals{Pass: 1}, Partial: []string{"only A", "only B"}}, Incomplete, []string{"partial: only A, only B"}, nil},
		{"narrowed, and a failure", Run{Totals: Totals{Fail: 1}, Partial: []string{"only A"}}, NotConformant, []string{"1 failed", "partial: only A"}, nil},
		{
			"no update on one of two pages",
			Run{Totals: Totals{Pass: 2, Skip: 2}, Requirements: []Requirement{update("A", Skip), update("B", Skip), update("B", Pass), {Operation: "A", Verdict: Pass}, update("A", Skip)}},
			Incomplete, []string{"no successful update could be tested: A"}, []string{"no successful update could be tested: A"},
		},
		{"a waived failure is tested", Run{Totals: Totals{Pass: 1, Waived: 1}, Requirements: []Requirement{update("A", Waived), {Operation: "A", Verdict: Pass}}}, Conformant, nil, nil},
		{
			"every kind of trouble",
			Run{Problems: []string{"a", "b"}, Interrupted: true, Pact: &Pact{Error: "no library"}},
			NotConformant,
			[]string{"2 problems with the run", "the run was interrupted before its end", "no pact was written: no library", "nothing was tested"},
			[]string{"a", "b", "the run was interrupted before its end", "no pact was written: no library", "nothing was tested"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, why := tc.run.Headline()
			if got != tc.headline {
				t.Errorf("the headline is %s, want %s", got, tc.headline)
			}
			if diff := cmp.Diff(tc.why, why); diff != "" {
				t.Errorf("why (-want +got)\n%s", diff)
			}
			if tc.run.Conformant() != (tc.headline == Conformant) {
				t.Errorf("Conformant() = %v beside %s", tc.run.Conformant(), tc.headline)
			}
			if diff := cmp.Diff(tc.problems, tc.run.AllProblems()); diff != "" {
				t.Errorf("AllProblems (-want +got)\n%s", diff)
			}
			// The two must agree, or a report would look green beside a red exit code.
			totals := tc.run.Totals
			clean := totals.Fail == 0 && totals.Flaky == 0 && totals.Error == 0 && len(tc.run.AllProblems()) == 0
			if clean != tc.run.Clean() {
				t.Error("AllProblems and Clean disagree")
			}
			if tc.headline == Conformant && (!clean || totals.Pass == 0) {
				t.Error("conformant, and something is wrong or nothing passed")
			}
		})
	}
}

func TestAllProblemsLeavesTheRunAlone(t *testing.T) {
	t.Parallel()
	problems := make([]string, 1, 4)
	problems[0] = "a"
	run := Run{Problems: problems, Interrupted: true}
	run.AllProblems()
	if got := problems[:2][1]; got != "" {
		t.Errorf("AllProblems wrote %q behind the caller's slice", got)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		req  Requirement
		want string
	}{
		{Requirement{ID: "UPD-01"}, "UPD-01"},
		{Requirement{ID: "UPD-01", Case: "ready"}, "UPD-01[ready]"},
	} {
		if got := tc.req.Key(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}
