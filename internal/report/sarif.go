package report

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
	"graphpact/internal/sarif"
)

// SARIF writes what did not pass as a SARIF 2.1.0 document for code scanning: each at the line
// of the page that the target departs from. The rule is the class of the failure where it has
// one, as "status-drift", and else the requirement. What is waived is suppressed. A requirement
// of a run without a page, as a verification of a pact, has no line, and is left out.
//
// The findings of the pages follow under the rules of `graphpact lint`, at its lines and with its
// fingerprints, so that a service takes both for one. Each is a note: it says nothing of the
// target, and what it weighs is for lint to say.
func SARIF(w io.Writer, run *result.Run) error {
	where := newPositions(run)
	var rules []sarif.Rule
	var results []sarif.Result
	known := map[string]bool{}
	add := func(rule sarif.Rule, found sarif.Result) {
		if !known[rule.ID] {
			known[rule.ID] = true
			rules = append(rules, rule)
		}
		results = append(results, found)
	}
	for i := range run.Requirements {
		r := &run.Requirements[i]
		at, ok := where.of(r)
		if !isBroken(r.Verdict) || !ok || at.file == "" { // SARIF has no place for it
			continue
		}
		rule := driftRule(r)
		found := sarif.Result{
			Rule: rule.ID, Level: driftLevel(r.Verdict), File: at.file, Line: at.line,
			Message:     clip(safetext.Line(driftText(r)), fileLimits.value),
			Fingerprint: sarif.Fingerprint(rule.ID, r.Operation, r.Key()),
		}
		if r.Waiver != nil {
			found.Level, found.Suppressed = driftLevel(r.Waiver.Of), safetext.Line("waived "+waiverText(r.Waiver))
		}
		add(rule, found)
	}
	seen := map[result.Finding]bool{} // pages share what their resource page has
	findings := slices.Clone(run.Findings)
	slices.SortStableFunc(findings, func(a, b result.Finding) int { // as lint, which numbers equal fingerprints
		return cmp.Or(cmp.Compare(a.Source.File, b.Source.File), cmp.Compare(a.Source.Line, b.Source.Line))
	})
	for _, f := range findings {
		if f.Source.File == "" || seen[f] {
			continue
		}
		seen[f] = true
		rule, found := findingResult(&f)
		add(rule, found)
	}
	data, err := sarif.Document(sarif.Tool{Name: run.Tool.Name, Version: run.Tool.Version, Category: "graphpact-run"}, rules, results)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// driftRule is the rule of a requirement that did not pass.
func driftRule(r *result.Requirement) sarif.Rule {
	rule := sarif.Rule{ID: r.ID, Level: sarif.Error, Summary: safetext.Line(r.Scenario), Tags: []string{"drift", string(r.Level)}}
	if r.Level != result.Must {
		rule.Level = sarif.Warning
	}
	if c := firstBroken(r); c != nil && c.Class != "" {
		rule.ID, rule.Summary = safetext.Line(c.Class), safetext.Line(c.Name)
	}
	rule.Help = safetext.Markdown(strings.TrimSuffix(rule.Summary, ".") + ". " + sourceText(askedBy(r)))
	return rule
}

// findingResult is a finding of a page as lint has it, but for the level.
func findingResult(f *result.Finding) (sarif.Rule, sarif.Result) {
	file := filepath.ToSlash(f.Source.File)
	text := f.Text
	if f.Assumed != "" {
		text += " Assumed: " + f.Assumed
	}
	rule := sarif.Rule{ID: safetext.Line(f.Class), Level: sarif.Note, Summary: "The page has a defect of this class.", Tags: []string{f.Kind}}
	if f.Kind == result.KindAssumption {
		rule.Summary = "The page leaves this open, and something was assumed."
	}
	rule.Help = rule.Summary + "\n\n`graphpact lint --rules` says more, and what to do."
	return rule, sarif.Result{
		Rule: rule.ID, Level: sarif.Note, File: file, Line: f.Source.Line,
		Message: clip(safetext.Line(text), fileLimits.value), Fingerprint: sarif.Fingerprint(f.Class, file, f.Text),
	}
}

func driftLevel(v result.Verdict) sarif.Level {
	if v == result.Warn {
		return sarif.Warning
	}
	return sarif.Error
}

// driftText is what did not hold, and what asks for it.
func driftText(r *result.Requirement) string {
	return r.Key() + " " + r.Scenario + ": " + summaryLine(r) + " [" + levelText(r.Level) + ", " + sourceName(askedBy(r)) + "]"
}
