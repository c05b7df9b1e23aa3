package report

import (
	"encoding/json"
	"strings"
	"testing"

	"graphpact/internal/result"
)

func parseCucumber(t testing.TB, data []byte) []cucumberFeature {
	t.Helper()
	var features []cucumberFeature
	if err := json.Unmarshal(data, &features); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, data)
	}
	return features
}

// elementStatus is the status that Cucumber's readers compute for a scenario: the
// worst of its steps and hooks.
func elementStatus(e *cucumberElement) string {
	rank := map[string]int{statusPassed: 0, statusSkipped: 1, statusFailed: 2}
	worst := statusPassed
	note := func(s string) {
		if rank[s] > rank[worst] {
			worst = s
		}
	}
	for _, s := range e.Steps {
		note(s.Result.Status)
	}
	for _, h := range e.After {
		note(h.Result.Status)
	}
	return worst
}

func assertCucumber(t testing.TB, run *result.Run, data []byte) {
	t.Helper()
	ids := map[string]bool{}
	elements, failed := 0, 0
	for _, f := range parseCucumber(t, data) {
		if ids[f.ID] {
			t.Errorf("id %q stands twice", f.ID)
		}
		ids[f.ID] = true
		for _, e := range f.Elements {
			elements++
			if elementStatus(&e) == statusFailed {
				failed++
			}
			if ids[e.ID] {
				t.Errorf("id %q stands twice", e.ID)
			}
			ids[e.ID] = true
		}
	}
	totals := result.Count(run.Requirements)
	wantElements, wantFailed := totals.Requirements, totals.Fail+totals.Flaky+totals.Error
	if len(run.AllProblems()) > 0 {
		wantElements++
		wantFailed++
	}
	if elements != wantElements || failed != wantFailed {
		t.Errorf("%d scenarios with %d failed, want %d with %d", elements, failed, wantElements, wantFailed)
	}
}

func TestCucumber(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { assertCucumber(t, s.run, render(t, CucumberJSON, s.run)) })
	}
}

// TestCucumberShowsTheVerdict: whatever the steps say, a reader sees the verdict.
func TestCucumberShowsTheVerdict(t *testing.T) {
	t.Parallel()
	passed := []result.Step{{Text: "a", Verdict: result.Pass}}
	failed := []result.Step{{Text: "a", Verdict: result.Fail, Message: "m1"}, {Text: "b", Verdict: result.Fail, Message: "m2"}}
	check := []result.Check{{Name: "c", Verdict: result.Fail, Expected: "x", Actual: "y"}}
	for _, tc := range []struct {
		name    string
		verdict result.Verdict
		steps   []result.Step
		status  string
		hook    bool
		output  string
	}{
		{"pass", result.Pass, passed, statusPassed, false, ""},
		{"pass without steps", result.Pass, nil, statusPassed, false, ""},
		{"failure in the steps", result.Fail, failed, statusFailed, false, ""},
		{"failure beside the steps", result.Fail, passed, statusFailed, true, ""},
		{"error without steps", result.Error, nil, statusFailed, true, ""},
		{"unknown verdict", "", passed, statusFailed, true, ""},
		{"warning in a step", result.Warn, failed, statusPassed, false, "WARNING: c: expected x, got y"},
		{"warning beside the steps", result.Warn, passed, statusPassed, true, "WARNING: c: expected x, got y"},
		{"flaky in the steps", result.Flaky, failed, statusFailed, false, ""},
		{"flaky without steps", result.Flaky, nil, statusFailed, true, ""},
		{"waived in a step", result.Waived, failed, statusSkipped, false, "WAIVED: c: expected x, got y"},
		{"waived beside the steps", result.Waived, passed, statusSkipped, true, "WAIVED: c: expected x, got y"},
		{"skip beside the steps", result.Skip, passed, statusSkipped, true, "why"},
		{"skip in a step", result.Skip, []result.Step{{Verdict: result.Skip, Message: "why"}}, statusSkipped, false, "why"},
		{"a step warns in a failed scenario", result.Fail, []result.Step{{Verdict: result.Warn}}, statusFailed, true, "WARNING"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &result.Requirement{ID: "R", Level: result.Must, Verdict: tc.verdict, Reason: "why", Steps: tc.steps, Checks: check}
			e := newElement("f", r)
			if got := elementStatus(&e); got != tc.status {
				t.Errorf("status %s, want %s", got, tc.status)
			}
			if got := len(e.After) > 0; got != tc.hook {
				t.Errorf("hook %v, want %v", got, tc.hook)
			}
			var output []string
			for _, s := range e.Steps {
				output = append(output, s.Output...)
			}
			for _, h := range e.After {
				output = append(output, h.Output...)
			}
			if got := strings.Join(output, "\n"); !strings.Contains(got, tc.output) || (tc.output == "" && got != "") {
				t.Errorf("output %q, want %q", got, tc.output)
			}
		})
	}
}

// TestCucumberFeaturePerOperation: one feature file runs for each page.
func TestCucumberFeaturePerOperation(t *testing.T) {
	t.Parallel()
	a, b := drift("PF-UPD-02", "", "s", 20), drift("PF-UPD-02", "", "s", 20)
	b.Operation = "PATCH /other"
	run := &result.Run{Requirements: []result.Requirement{a, b, a}}
	run.Requirements[2].Case = "again"
	run.Totals = result.Count(run.Requirements)
	out := render(t, CucumberJSON, run)
	assertCucumber(t, run, out)
	features := parseCucumber(t, out)
	if len(features) != 2 || len(features[0].Elements) != 2 || features[1].Description != b.Operation {
		t.Errorf("features %+v", features)
	}
}

func TestCucumberStep(t *testing.T) {
	t.Parallel()
	r := drift("PF-UPD-02", "a", "s", 20)
	e := newElement("f", &r)
	if e.Keyword != "Scenario Outline" || e.Line != 20 || e.Tags[0].Name != "@req:PF-UPD-02" || e.Tags[1].Name != "@must" {
		t.Errorf("element %+v", e)
	}
	if s := e.Steps[1]; s.Result.Duration != 11_250_000 || s.Keyword != "When " || s.Line != 22 {
		t.Errorf("step %+v", s)
	}
	if s := e.Steps[2]; !strings.Contains(s.Result.Error, "actual    204") || !strings.Contains(s.Result.Error, "curl ") {
		t.Errorf("no evidence in %q", s.Result.Error)
	}
}
