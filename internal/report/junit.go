package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
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
// property of a passed test is shown by hardly any. Its evidence is in system-out. Where
// the run itself went wrong one more suite says so with an <error>. What was not played since the
// run had ended is one <skipped> case that counts it.
func JUnit(w io.Writer, run *result.Run) error {
	root := junitSuites{Name: "graphpact"}
	left := junitEvidence
	for _, reqs := range group(played(run.Requirements), func(r *result.Requirement) string { return r.Operation }) {
		var cases []junitCase
		ms := 0.0
		for _, r := range reqs {
			c := newJUnitCase(r)
			left -= c.evidence(left)
			cases = append(cases, c)
			ms += r.DurationMS
		}
		root.Suites = append(root.Suites, newJUnitSuite(reqs[0].Operation, run, cases, ms))
	}
	if problems := run.AllProblems(); len(problems) > 0 {
		root.Suites = append(root.Suites, newJUnitSuite(runItself, run, []junitCase{{
			Name: runItself, Class: "graphpact", Time: "0",
			Error: &junitOutcome{Message: attribute(problems[0]), Type: "run", Text: safetext.Escape(strings.Join(problems, "\n"), safetext.Lines)},
		}}, 0))
	}
	if line := unplayedLine(run); line != "" {
		root.Suites = append(root.Suites, newJUnitSuite("not played", run, []junitCase{{
			Name: attribute(line), Class: "graphpact", Time: "0", Skipped: &junitOutcome{Message: "the run had ended: see " + runItself},
		}}, 0))
	}
	for _, s := range root.Suites {
		root.Tests += s.Tests
		root.Failures += s.Failures
		root.Errors += s.Errors
		root.Skipped += s.Skipped
	}
	root.Time = seconds(run.DurationMS)
	if err := writeText(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(root); err != nil {
		return fmt.Errorf("JUnit: %w", err)
	}
	return writeText(w, "\n")
}

// junitEvidence is how many bytes of evidence a file holds: GitLab takes none above 30 MB, and
// what stands beside the evidence of ten thousand scenarios takes the rest.
const junitEvidence = 8 << 20

// attribute is the value of an XML attribute: one line of printable characters, in which
// nothing is left that XML 1.0 forbids (section 2.2), of bounded length.
type attribute string

// MarshalXMLAttr implements xml.MarshalerAttr.
func (a attribute) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	return xml.Attr{Name: name, Value: clip(safetext.Line(string(a)), fileLimits.value)}, nil
}

type junitSuites struct {
	XMLName xml.Name  `xml:"testsuites"`
	Name    attribute `xml:"name,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name attribute `xml:"name,attr"`
	junitCounts
	// Timestamp is UTC: the common form has no zone.
	Timestamp  string           `xml:"timestamp,attr"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase      `xml:"testcase"`
}

type junitCounts struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  attribute `xml:"name,attr"`
	Value attribute `xml:"value,attr"`
}

// junitCase has at most one of Skipped, Error and Failure; none where it passed.
type junitCase struct {
	Name       attribute        `xml:"name,attr"`
	Class      attribute        `xml:"classname,attr"`
	File       attribute        `xml:"file,attr,omitempty"`
	Line       int              `xml:"line,attr,omitempty"`
	Time       string           `xml:"time,attr"`
	Properties *junitProperties `xml:"properties"`
	Skipped    *junitOutcome    `xml:"skipped"`
	Error      *junitOutcome    `xml:"error"`
	Failure    *junitOutcome    `xml:"failure"`
	Out        *junitText       `xml:"system-out"`
}

type junitOutcome struct {
	Message attribute `xml:"message,attr"`
	Type    attribute `xml:"type,attr,omitempty"`
	Text    string    `xml:",cdata"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

func newJUnitSuite(name string, run *result.Run, cases []junitCase, ms float64) junitSuite {
	findings := ""
	if len(run.Findings) > 0 {
		findings = findingsText(run.Findings)
	}
	s := junitSuite{
		Name:        attribute(name),
		junitCounts: junitCounts{Tests: len(cases), Time: seconds(ms)},
		Timestamp:   run.StartedAt.UTC().Format("2006-01-02T15:04:05"),
		Properties: properties(append([][2]string{
			{"tool", run.Tool.Name + " " + run.Tool.Version},
			{"target", run.Target.BaseURL},
			{"target kind", run.Target.Kind},
			{"run", run.ID},
			{"headline", headline(run)},
			{"findings", findings},
		}, append(waiting(&run.Target), probed(run)...)...)),
		Cases: cases,
	}
	for _, c := range cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

// properties leaves out pairs without a value.
func properties(pairs [][2]string) *junitProperties {
	var p junitProperties
	for _, pair := range pairs {
		if pair[1] != "" {
			p.List = append(p.List, junitProperty{attribute(pair[0]), attribute(pair[1])})
		}
	}
	return &p
}

func newJUnitCase(r *result.Requirement) junitCase {
	c := junitCase{
		Name:  attribute(r.Key() + " " + r.Scenario),
		Class: attribute(className(r)),
		File:  attribute(r.Feature.URI),
		Line:  r.Feature.Line,
		Time:  seconds(r.DurationMS),
	}
	pairs := [][2]string{
		{"requirement", r.ID},
		{"level", string(r.Level)},
		{"source", sourceText(r.Source)},
		{"verdict", string(r.Verdict)},
		{"plays", playsText(r.Repetitions)},
		{"retries", retriesOf(r)},
		{"repeat", r.Repeat},
	}
	switch r.Verdict {
	case result.Pass:
	case result.Skip:
		c.Skipped = &junitOutcome{Message: attribute(r.Reason)}
	case result.Warn:
		pairs = append(pairs, [2]string{"warning", summaryLine(r)})
		c.Out = textOf(evidenceText(r))
	case result.Waived:
		message := summaryLine(r)
		if r.Waiver != nil {
			message = waivedLine(r)
		}
		c.Skipped, c.Out = &junitOutcome{Message: attribute(message)}, textOf(evidenceText(r))
	case result.Flaky:
		c.Failure, c.Out = newOutcome(r, string(result.Flaky)), textOf(exchangesText(r))
	case result.Fail:
		c.Failure, c.Out = newOutcome(r, cmp.Or(class(r), "requirement not met")), textOf(exchangesText(r))
	default:
		c.Error, c.Out = newOutcome(r, "not judged"), textOf(exchangesText(r))
	}
	c.Properties = properties(pairs)
	return c
}

// evidence gives how many bytes of evidence the case holds. Where they are more than are left
// it drops them, and says so.
func (c *junitCase) evidence(left int) int {
	n := 0
	var texts []*string
	for _, o := range []*junitOutcome{c.Failure, c.Error} {
		if o != nil {
			texts = append(texts, &o.Text)
		}
	}
	if c.Out != nil {
		texts = append(texts, &c.Out.Text)
	}
	for _, text := range texts {
		if n += len(*text); n > left {
			*text = "The evidence is in " + JSONFile + ": there is too much of it for this file."
		}
	}
	return min(n, left)
}

// newOutcome is a failure or an error with why.
func newOutcome(r *result.Requirement, kind string) *junitOutcome {
	return &junitOutcome{
		Message: attribute(summaryLine(r) + " [" + levelText(r.Level) + ", " + sourceName(r.Source) + "]"),
		Type:    attribute(kind),
		Text:    judgementText(r),
	}
}

func textOf(s string) *junitText {
	if s == "" {
		return nil
	}
	return &junitText{Text: s}
}

// className is the operation and the feature file: CI servers group by it, taking
// what is before the last dot for the package.
func className(r *result.Requirement) string {
	feature := strings.TrimSuffix(r.Feature.URI, ".feature")
	return r.Operation + "." + strings.ReplaceAll(feature, ".", "_")
}
