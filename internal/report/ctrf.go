package report

import (
	"io"
	"strings"

	"graphpact/internal/edm"
	"graphpact/internal/result"
)

// ctrfVersion is the version of the Common Test Report Format that CTRF writes.
const ctrfVersion = "0.0.0"

// CTRF writes the run in the Common Test Report Format (https://ctrf.io): a test for each
// requirement, with its verdict as the raw status.
//
// CTRF has no warnings: a requirement with the verdict warn is "passed", and keeps its warning
// as the message. What could not be judged is "other", flaky is "failed", and waived is
// "skipped" with the waiver as the message. The attribute "flaky" is left out: CTRF means by it
// a test that passed in the end. Where the run itself went wrong one more test says so, and what was
// not played since the run had ended is one skipped test that counts it.
func CTRF(w io.Writer, run *result.Run) error {
	reqs, own := played(run.Requirements), ctrfOwn(run)
	return writeJSON(w, newCTRF(run, reqs, own), "tests", 2, len(reqs)+len(own), func(i int) any {
		if i < len(reqs) {
			return newCTRFTest(&reqs[i])
		}
		return own[i-len(reqs)]
	})
}

// ctrfOwn are the tests about the run itself.
func ctrfOwn(run *result.Run) []ctrfTest {
	var tests []ctrfTest
	add := func(name, status string, v result.Verdict, message string) {
		tests = append(tests, ctrfTest{Name: name, Status: status, Raw: string(v), Suite: []string{ctrfRun}, Type: ctrfType, Message: message})
	}
	if problems := run.AllProblems(); len(problems) > 0 {
		add(runItself, statusFailed, result.Error, strings.Join(problems, "\n"))
	}
	if line := unplayedLine(run); line != "" {
		add(line, statusSkipped, result.Skip, "the run had ended: see "+runItself)
	}
	return tests
}

type ctrfDocument struct {
	Format      string      `json:"reportFormat"`
	Version     string      `json:"specVersion"`
	ReportID    string      `json:"reportId,omitempty"`
	Timestamp   string      `json:"timestamp"`
	GeneratedBy string      `json:"generatedBy"`
	Results     ctrfResults `json:"results"`
}

type ctrfResults struct {
	Tool        ctrfTool        `json:"tool"`
	Summary     ctrfSummary     `json:"summary"`
	Tests       []ctrfTest      `json:"tests"`
	Environment ctrfEnvironment `json:"environment"`
}

type ctrfTool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type ctrfSummary struct {
	Tests   int `json:"tests"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	Pending int `json:"pending"`
	Other   int `json:"other"`
	Suites  int `json:"suites,omitempty"`
	// Start and Stop are milliseconds since 1970.
	Start    int64             `json:"start"`
	Stop     int64             `json:"stop"`
	Duration int64             `json:"duration"`
	Extra    map[string]string `json:"extra"`
}

type ctrfEnvironment struct {
	ReportName string            `json:"reportName"`
	AppName    string            `json:"appName,omitempty"`
	Healthy    bool              `json:"healthy"`
	Extra      map[string]string `json:"extra,omitempty"`
}

type ctrfTest struct {
	TestID   string            `json:"testId,omitempty"`
	Name     string            `json:"name"`
	Status   string            `json:"status"`
	Duration int64             `json:"duration"`
	Suite    []string          `json:"suite"`
	Message  string            `json:"message,omitempty"`
	Trace    string            `json:"trace,omitempty"`
	Line     int               `json:"line,omitempty"`
	Raw      string            `json:"rawStatus"`
	Tags     []string          `json:"tags,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Type     string            `json:"type"`
	File     string            `json:"filePath,omitempty"`
	Steps    []ctrfStep        `json:"steps,omitempty"`
	Extra    map[string]string `json:"extra,omitempty"`
}

type ctrfStep struct {
	Name   string `json:"name"`
	Status string `json:"status"`
}

// newCTRF is the document without its tests, which it counts: those of the requirements and the
// run's own.
func newCTRF(run *result.Run, reqs []result.Requirement, own []ctrfTest) ctrfDocument {
	start := run.StartedAt.UTC()
	d := ctrfDocument{
		Format: "CTRF", Version: ctrfVersion, ReportID: run.ID, Timestamp: start.Format("2006-01-02T15:04:05Z"), GeneratedBy: run.Tool.Name,
		Results: ctrfResults{
			Tool:        ctrfTool{run.Tool.Name, run.Tool.Version},
			Tests:       []ctrfTest{},
			Environment: ctrfEnvironment{ReportName: headline(run), AppName: run.Target.BaseURL, Healthy: run.Clean(), Extra: run.Target.Params},
		},
	}
	if !edm.IsGUID(run.ID) {
		d.ReportID = ""
	}
	verdict, _ := run.Headline()
	s := &d.Results.Summary
	s.Start, s.Stop, s.Duration = start.UnixMilli(), start.Add(millis(run.DurationMS)).UnixMilli(), int64(run.DurationMS)
	s.Extra = map[string]string{"headline": string(verdict)}
	suites, n := map[string]bool{}, map[string]int{}
	for i := range reqs {
		suites[strings.Join(ctrfSuite(&reqs[i]), "\n")] = true
		n[lookOf(reqs[i].Verdict).status]++
	}
	for i := range own {
		suites[ctrfRun] = true
		n[own[i].Status]++
	}
	s.Tests, s.Suites = len(reqs)+len(own), len(suites)
	s.Passed, s.Failed, s.Skipped, s.Other = n[statusPassed], n[statusFailed], n[statusSkipped], n[statusOther]
	return d
}

// ctrfSuite names the suite of a test.
func ctrfSuite(r *result.Requirement) []string { return []string{r.Operation, r.Feature.Feature} }

// ctrfType is the kind of test, and ctrfRun the suite of those about the run itself.
const (
	ctrfType = "contract"
	ctrfRun  = "graphpact"
)

func newCTRFTest(r *result.Requirement) ctrfTest {
	t := ctrfTest{
		TestID: r.Operation + " " + r.Key(), Name: r.Key() + " " + r.Scenario, Status: lookOf(r.Verdict).status, Raw: string(r.Verdict),
		Duration: int64(r.DurationMS + 0.5), Suite: ctrfSuite(r), Type: ctrfType,
		File: r.Feature.URI, Line: r.Feature.Line, Tags: tags(r),
		Labels: map[string]string{"requirement": r.ID, "level": string(r.Level), "source": sourceName(r.Source)},
	}
	if c := class(r); c != "" {
		t.Labels["class"] = c
	}
	if r.Repeat != "" {
		t.Extra = map[string]string{"repeat": r.Repeat}
	}
	switch {
	case r.Verdict == result.Waived && r.Waiver != nil:
		t.Message = waivedLine(r)
	case isBroken(r.Verdict):
		t.Message = summaryLine(r)
	default:
		t.Message = r.Reason
	}
	t.Message = clip(t.Message, fileLimits.value)
	if isBroken(r.Verdict) {
		t.Trace = evidenceText(r)
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		t.Steps = append(t.Steps, ctrfStep{strings.TrimSpace(s.Keyword) + " " + s.Text, lookOf(s.Verdict).status})
	}
	return t
}
