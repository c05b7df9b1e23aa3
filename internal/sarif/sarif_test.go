package sarif

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"graphpact/internal/golden"
)

var testRules = []Rule{
	{ID: "todo-marker", Level: Warning, Summary: "A TODO is left.", Help: "A TODO is left.\n\nWrite the text, or take it out.", Tags: []string{"defect"}},
	{ID: "status-drift", Level: Error, Summary: "Another status came.", HelpURI: "https://example.com/rules#status-drift"},
}

func document(t *testing.T, tool Tool, results []Result) ([]byte, *sarif.Report) {
	t.Helper()
	data, err := Document(tool, testRules, results)
	if err != nil {
		t.Fatal(err)
	}
	report, err := sarif.FromBytes(data, sarif.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	// The library carries the schema of the OASIS, and validates what is in the file.
	if err := report.Validate(); err != nil {
		t.Errorf("the document is not valid: %v", err)
	}
	return data, report
}

func TestDocument(t *testing.T) {
	t.Parallel()
	data, _ := document(t, Tool{Name: "graphpact", Version: "1.2.3", InformationURI: "https://example.com/graphpact", Category: "graphpact-lint"}, []Result{
		{Rule: "todo-marker", Message: "A marker is left.", File: "./docs/lamp update.md", Line: 7},
		{Rule: "todo-marker", Message: "A marker is left.", File: "docs/lamp update.md", Line: 9},
		{Rule: "status-drift", Message: "204, documented 200.", File: "docs/lamp update.md", Line: 0, Suppressed: "baseline"},
		{Rule: "status-drift", Level: Note, Message: "202, documented 200.", File: "/abs/lamp.md", Line: 3, Fingerprint: "own"},
	})
	golden.Check(t, "document.sarif", data)
}

// A run without a result is a run too: GitHub closes the alerts of the last one by it.
func TestNoResults(t *testing.T) {
	t.Parallel()
	data, _ := document(t, Tool{Name: "graphpact"}, nil)
	var doc struct{ Runs []struct{ Results *[]any } }
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Runs) != 1 || doc.Runs[0].Results == nil || len(*doc.Runs[0].Results) != 0 {
		t.Errorf("want one run with an empty list of results, got %s", data)
	}
}

// A result is known again after its line moved, and apart from a like one in its file.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	marks := func(results ...Result) []string {
		_, report := document(t, Tool{Name: "graphpact"}, results)
		var out []string
		for _, r := range report.Runs[0].Results {
			out = append(out, r.PartialFingerprints["graphpact/v1"])
		}
		return out
	}
	at := func(file string, line int) Result {
		return Result{Rule: "todo-marker", Message: "A marker is left.", File: file, Line: line}
	}
	before, after := marks(at("a.md", 3)), marks(at("a.md", 30))
	if before[0] != after[0] {
		t.Errorf("the line is part of the fingerprint: %s, %s", before[0], after[0])
	}
	many := marks(at("a.md", 3), at("a.md", 4), at("b.md", 3))
	if many[0] != before[0] || many[1] == many[0] || many[2] == many[0] {
		t.Errorf("fingerprints do not tell results apart: %v", many)
	}
	if len(before[0]) > 100 {
		t.Errorf("a fingerprint of %d bytes", len(before[0]))
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules  []Rule
		result Result
		want   string
	}{
		"unknown rule": {testRules, Result{Rule: "nope", Message: "x", File: "a.md"}, `no rule "nope"`},
		"no file":      {testRules, Result{Rule: "todo-marker", Message: "x"}, "has no file"},
		"rule twice":   {append(testRules[:1:1], testRules[0]), Result{}, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Document(Tool{Name: "graphpact"}, c.rules, []Result{c.result})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// GitHub refuses a file with more results than MaxResults: the worst stay.
func TestTooManyResults(t *testing.T) {
	t.Parallel()
	results := make([]Result, MaxResults+2)
	for i := range results {
		results[i] = Result{Rule: "todo-marker", Message: "x", File: "a.md", Line: i}
	}
	results[0].Level = Note
	results[len(results)-1].Rule = "status-drift"
	data, err := Document(Tool{Name: "graphpact"}, testRules, results)
	if err != nil {
		t.Fatal(err)
	}
	report, err := sarif.FromBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	run := report.Runs[0]
	if len(run.Results) != MaxResults || *run.Results[MaxResults-1].RuleID != "status-drift" || run.Results[0].Level == "note" {
		t.Errorf("%d results kept, the last of the rule %s", len(run.Results), *run.Results[len(run.Results)-1].RuleID)
	}
	if notes := run.Invocations[0].ToolExecutionNotifications; len(notes) != 1 || !strings.Contains(*notes[0].Message.Text, "2 results") {
		t.Errorf("nothing says that results were left out: %v", notes)
	}
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		level, other Level
		want         bool
	}{
		{Error, Warning, true}, {Warning, Warning, true}, {Note, Warning, false}, {Error, Note, true}, {"odd", Error, true},
	} {
		if got := c.level.AtLeast(c.other); got != c.want {
			t.Errorf("%s at least %s: %v", c.level, c.other, got)
		}
	}
}
