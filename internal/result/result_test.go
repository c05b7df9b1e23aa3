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

func TestConformantAndAllProblems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		run        Run
		conformant bool
		problems   []string
	}{
		{"passed", Run{Totals: Totals{Pass: 3}}, true, nil},
		{"warnings and skips are no failure", Run{Totals: Totals{Pass: 1, Warn: 2, Skip: 4}}, true, nil},
		{"only warnings", Run{Totals: Totals{Warn: 1}}, true, nil},
		{"a pact was written", Run{Totals: Totals{Pass: 1}, Pact: &Pact{Interactions: 2}}, true, nil},
		{"a failure", Run{Totals: Totals{Pass: 9, Fail: 1}}, false, nil},
		{"an error", Run{Totals: Totals{Pass: 9, Error: 1}}, false, nil},
		{"nothing ran", Run{}, false, []string{"nothing was tested"}},
		{"everything skipped", Run{Totals: Totals{Skip: 5}}, false, []string{"nothing was tested"}},
		{"interrupted", Run{Totals: Totals{Pass: 1}, Interrupted: true}, false, []string{"the run was interrupted before its end"}},
		{
			"every kind of trouble",
			Run{Problems: []string{"a", "b"}, Interrupted: true, Pact: &Pact{Error: "no library"}},
			false,
			[]string{"a", "b", "the run was interrupted before its end", "no pact was written: no library", "nothing was tested"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.run.Conformant(); got != tc.conformant {
				t.Errorf("Conformant() = %v, want %v", got, tc.conformant)
			}
			if diff := cmp.Diff(tc.problems, tc.run.AllProblems()); diff != "" {
				t.Errorf("AllProblems (-want +got)\n%s", diff)
			}
			// The two must agree, or a report would look green beside a red exit code.
			agree := tc.run.Totals.Fail == 0 && tc.run.Totals.Error == 0 && len(tc.run.AllProblems()) == 0
			if agree != tc.run.Conformant() {
				t.Error("AllProblems and Conformant disagree")
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
