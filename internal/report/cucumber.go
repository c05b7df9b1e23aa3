package report

import (
	"io"
	"slices"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// CucumberJSON writes the run in the classic Cucumber JSON form: features, their
// scenarios as elements, steps with a status and a duration in nanoseconds.
//
// Cucumber has no warnings. A step that did not hold in a requirement with the
// verdict warn is shown as passed, since the run does not fail for it, with the
// warning and its evidence in the step's output. The verdict error is "failed".
// So is flaky. A waived requirement is "skipped", with the waiver and its evidence in
// the step's output. Where no step shows the verdict of its requirement, a hook after the scenario
// does; and where the run itself went wrong, one more feature says so.
func CucumberJSON(w io.Writer, run *result.Run) error {
	groups := group(run.Requirements, func(r *result.Requirement) string {
		return r.Operation + "\n" + r.Feature.URI
	})
	n, problems := len(groups), run.AllProblems()
	if len(problems) > 0 {
		n++
	}
	return writeItems(w, "[", "]\n", 0, n, func(i int) any {
		if i == len(groups) {
			return runFeature(problems)
		}
		return newFeature(groups[i])
	})
}

type cucumberFeature struct {
	URI         string            `json:"uri"`
	ID          string            `json:"id"`
	Keyword     string            `json:"keyword"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Line        int               `json:"line"`
	Elements    []cucumberElement `json:"elements"`
}

type cucumberElement struct {
	ID          string         `json:"id"`
	Keyword     string         `json:"keyword"`
	Type        string         `json:"type"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Line        int            `json:"line"`
	Tags        []cucumberTag  `json:"tags,omitempty"`
	Steps       []cucumberStep `json:"steps"`
	After       []cucumberHook `json:"after,omitempty"`
}

type cucumberTag struct {
	Name string `json:"name"`
}

type cucumberStep struct {
	Keyword string `json:"keyword"`
	Name    string `json:"name"`
	Line    int    `json:"line"`
	cucumberHook
}

type cucumberHook struct {
	Match  cucumberMatch  `json:"match"`
	Result cucumberResult `json:"result"`
	Output []string       `json:"output,omitempty"`
}

type cucumberMatch struct {
	Location string `json:"location"`
}

type cucumberResult struct {
	Status string `json:"status"`
	// Duration is in nanoseconds.
	Duration int64  `json:"duration"`
	Error    string `json:"error_message,omitempty"`
}

// newFeature makes the feature of requirements that share a file and an operation.
func newFeature(reqs []*result.Requirement) cucumberFeature {
	first := reqs[0]
	f := cucumberFeature{ // the same feature may run for several operations; a Run knows the lines of scenarios only
		URI: first.Feature.URI, ID: dashed(first.Operation + " " + first.Feature.Feature), Keyword: "Feature", Line: 1,
		Name: first.Feature.Feature, Description: first.Operation,
	}
	for _, r := range reqs {
		f.Elements = append(f.Elements, newElement(f.ID, r))
	}
	return f
}

func newElement(feature string, r *result.Requirement) cucumberElement {
	e := cucumberElement{
		ID: feature + ";" + dashed(r.Key()+" "+r.Scenario), Keyword: "Scenario", Type: "scenario", Line: r.Feature.Line,
		Name:        r.Key() + " " + r.Scenario,
		Description: strings.Join(append([]string{sourceText(r.Source)}, notes(r)...), "\n"),
		Steps:       make([]cucumberStep, 0, len(r.Steps)),
	}
	for _, tag := range tags(r) {
		e.Tags = append(e.Tags, cucumberTag{tag})
	}
	if r.Case != "" {
		e.Keyword = "Scenario Outline"
	}
	match := cucumberMatch{r.Feature.URI}
	shown := r.Verdict == result.Pass
	for i := range r.Steps {
		s := &r.Steps[i]
		res, output := stepResult(r, s.Verdict, s.Message, !shown)
		res.Duration = int64(millis(s.DurationMS))
		e.Steps = append(e.Steps, cucumberStep{strings.TrimSpace(s.Keyword) + " ", s.Text, s.Line, cucumberHook{match, res, output}})
		shown = shown || shows(r.Verdict, res, output)
	}
	if !shown {
		res, output := stepResult(r, r.Verdict, r.Reason, true)
		e.After = []cucumberHook{{match, res, output}}
	}
	return e
}

// tags are the requirement's own, which every scenario has, and then all others that it carries.
func tags(r *result.Requirement) []string {
	out := []string{"@req:" + r.ID, "@" + string(r.Level), "@source:" + r.Source.Kind}
	for _, tag := range r.Tags {
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

// stepResult is the result and the output of a step, or of the hook, with verdict v. The
// first that is broken carries the requirement's evidence, the others their message.
func stepResult(r *result.Requirement, v result.Verdict, message string, first bool) (cucumberResult, []string) {
	if !isBroken(v) {
		res := cucumberResult{Status: cucumberStatus(v)}
		if v == result.Skip && message != "" {
			return res, []string{message}
		}
		return res, nil
	}
	if first {
		message = evidenceText(r)
	}
	if v == result.Waived || r.Verdict == result.Waived {
		return cucumberResult{Status: statusSkipped}, []string{"WAIVED: " + summaryLine(r) + "\n" + message}
	}
	if v == result.Warn || r.Verdict == result.Warn {
		return cucumberResult{Status: statusPassed}, []string{"WARNING: " + summaryLine(r) + "\n" + message}
	}
	return cucumberResult{Status: statusFailed, Error: message}, nil
}

// shows reports whether a step's result lets a reader see the requirement's verdict.
func shows(v result.Verdict, res cucumberResult, output []string) bool {
	if v == result.Warn || v == result.Waived {
		return len(output) > 0
	}
	return res.Status == cucumberStatus(v)
}

// cucumberStatus gives the status that Cucumber has for a verdict.
func cucumberStatus(v result.Verdict) string {
	if status := lookOf(v).status; status != statusOther {
		return status
	}
	return statusFailed
}

// runFeature says what went wrong with the run itself.
func runFeature(problems []string) cucumberFeature {
	f := cucumberFeature{URI: "graphpact", ID: dashed(runItself), Keyword: "Feature", Name: runItself, Line: 1}
	e := cucumberElement{ID: f.ID + ";" + dashed(runItself), Keyword: "Scenario", Type: "scenario", Name: runItself, Line: 1}
	for _, p := range problems {
		failed := cucumberHook{Match: cucumberMatch{"graphpact"}, Result: cucumberResult{Status: statusFailed, Error: safetext.Line(p)}}
		e.Steps = append(e.Steps, cucumberStep{"Then ", "the run has no problem", 1, failed})
	}
	f.Elements = []cucumberElement{e}
	return f
}

// dashed joins the words of a name with dashes, as Cucumber's ids do. Case is kept:
// two rows may differ in nothing else.
func dashed(s string) string { return strings.Join(strings.Fields(s), "-") }
