package report

import (
	"io"
	"strconv"
	"strings"

	"graphpact/internal/result"
)

// JUnit writes the run in the common JUnit XML form: a suite for each operation, a
// case for each requirement, counts that equal the cases.
//
// JUnit has no warnings: a requirement with the verdict warn passes, and keeps its
// warning as a property and its evidence in system-out. The verdict error becomes
// <error>, and flaky a <failure> of the type "flaky".
//
// A waived requirement is <skipped>, with the waiver in its message: CI servers show
// skipped tests apart and with their message, and fail for none of them, while a
// property of a passed test is shown by hardly any. Its evidence is in system-out. Where the run itself went wrong one more suite says so with an <error>.
func JUnit(w io.Writer, run *result.Run) error { return write(w, run, renderJUnit) }

func renderJUnit(run *result.Run) ([]byte, error) {
	var suites []suite
	for _, reqs := range group(run.Requirements, func(r *result.Requirement) string { return r.Operation }) {
		s := suite{name: reqs[0].Operation}
		for _, r := range reqs {
			s.add(junitCase(r))
		}
		suites = append(suites, s)
	}
	if problems := run.AllProblems(); len(problems) > 0 {
		s := suite{name: runItself}
		s.add(testcase{
			attrs:   []string{"name", runItself, "classname", "graphpact", "time", "0"},
			outcome: "error", kind: "run", message: problems[0],
			detail: strings.Join(problems, "\n"),
		})
		suites = append(suites, s)
	}

	x := &xmlWriter{}
	x.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	var all suite
	for i := range suites {
		all.count(&suites[i])
	}
	x.open("testsuites", append([]string{"name", "graphpact"}, all.attrs(seconds(run.DurationMS))...)...)
	for i := range suites {
		suites[i].write(x, run)
	}
	x.close("testsuites")
	return x.Bytes(), nil
}

// suite is a <testsuite> with its counts.
type suite struct {
	name                             string
	cases                            []testcase
	tests, failures, errors, skipped int
	ms                               float64
}

func (s *suite) add(c testcase) {
	s.cases = append(s.cases, c)
	s.tests++
	s.ms += c.ms
	switch c.outcome {
	case "failure":
		s.failures++
	case "error":
		s.errors++
	case "skipped":
		s.skipped++
	}
}

func (s *suite) count(o *suite) {
	s.tests += o.tests
	s.failures += o.failures
	s.errors += o.errors
	s.skipped += o.skipped
}

func (s *suite) attrs(time string) []string {
	return []string{
		"tests", strconv.Itoa(s.tests),
		"failures", strconv.Itoa(s.failures),
		"errors", strconv.Itoa(s.errors),
		"skipped", strconv.Itoa(s.skipped),
		"time", time,
	}
}

func (s *suite) write(x *xmlWriter, run *result.Run) {
	attrs := append([]string{"name", s.name}, s.attrs(seconds(s.ms))...)
	// The common form has no zone in its timestamps; ours are UTC.
	attrs = append(attrs, "timestamp", run.StartedAt.UTC().Format("2006-01-02T15:04:05"))
	x.open("testsuite", attrs...)
	x.properties(append([][2]string{
		{"tool", run.Tool.Name + " " + run.Tool.Version},
		{"target", run.Target.BaseURL},
		{"target kind", run.Target.Kind},
		{"run", run.ID},
	}, waiting(&run.Target)...))
	for i := range s.cases {
		s.cases[i].write(x)
	}
	x.close("testsuite")
}

// testcase is a <testcase>. Its outcome is the element that it holds: failure,
// error, skipped, or none for a case that passed.
type testcase struct {
	attrs                  []string
	ms                     float64
	properties             [][2]string
	outcome, kind, message string
	detail, out            string
}

func junitCase(r *result.Requirement) testcase {
	c := testcase{
		attrs: []string{
			"name", r.Key() + " " + r.Scenario,
			"classname", className(r),
			"file", r.Feature.URI,
			"line", strconv.Itoa(r.Feature.Line),
			"time", seconds(r.DurationMS),
		},
		ms: r.DurationMS,
		properties: [][2]string{
			{"requirement", r.ID},
			{"level", string(r.Level)},
			{"source", sourceText(r.Source)},
			{"verdict", string(r.Verdict)},
			{"plays", playsText(r.Plays)},
			{"retries", retriesOf(r)},
			{"repeat", r.Repeat},
		},
	}
	switch r.Verdict {
	case result.Pass:
	case result.Skip:
		c.outcome, c.message = "skipped", r.Reason
	case result.Warn:
		c.properties = append(c.properties, [2]string{"warning", summaryLine(r)})
		c.out = evidenceText(r)
	case result.Waived:
		c.outcome, c.message = "skipped", summaryLine(r)
		if r.Waiver != nil {
			c.message = "waived " + waiverText(r.Waiver) + "; " + string(r.Waiver.Of) + ": " + c.message
		}
		c.out = evidenceText(r)
	case result.Flaky:
		c.outcome, c.kind = "failure", string(result.Flaky)
	case result.Fail:
		c.outcome, c.kind = "failure", class(r)
		if c.kind == "" {
			c.kind = "requirement not met"
		}
	default:
		c.outcome, c.kind = "error", "not judged"
	}
	if c.outcome == "failure" || c.outcome == "error" {
		c.message = summaryLine(r) + " [" + levelText(r.Level) + ", " + sourceName(r.Source) + "]"
		c.detail, c.out = judgementText(r), exchangesText(r)
	}
	return c
}

// className is the operation and the feature file: CI servers group by it, taking
// what stands before the last dot for the package.
func className(r *result.Requirement) string {
	feature := strings.TrimSuffix(r.Feature.URI, ".feature")
	return r.Operation + "." + strings.ReplaceAll(feature, ".", "_")
}

func (c *testcase) write(x *xmlWriter) {
	x.open("testcase", c.attrs...)
	x.properties(c.properties)
	switch c.outcome {
	case "":
	case "skipped":
		x.text("skipped", "", "message", c.message)
	default:
		x.text(c.outcome, c.detail, "message", c.message, "type", c.kind)
	}
	if c.out != "" {
		x.text("system-out", c.out)
	}
	x.close("testcase")
}
