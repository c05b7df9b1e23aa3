package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"graphpact/internal/result"
)

// junitShape is the form that graphpact writes, which is narrower than the common schema
// (junit10): for each element its children in their order and its attributes, those that must
// stand marked with "!".
var junitShape = map[string]struct{ children, attrs string }{
	"testsuites": {"testsuite", "name! tests! failures! errors! skipped! time!"},
	"testsuite":  {"properties testcase", "name! tests! failures! errors! skipped! time! timestamp!"},
	"properties": {"property", ""},
	"property":   {"", "name! value!"},
	"testcase":   {"properties skipped error failure system-out", "name! classname! time! file line"},
	"skipped":    {"", "message!"},
	"failure":    {"", "message! type!"},
	"error":      {"", "message! type!"},
	"system-out": {"", ""},
}

// element is an XML element.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (e *element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e *element) find(name string) []element {
	var found []element
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			found = append(found, c)
		}
	}
	return found
}

func parseJUnit(t testing.TB, data []byte) *element {
	t.Helper()
	var root element
	dec := xml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&root); err != nil {
		t.Fatalf("no XML: %v\n%s", err, data)
	}
	if err := dec.Decode(&element{}); !errors.Is(err, io.EOF) {
		t.Fatalf("after the end: %v", err)
	}
	return &root
}

// assertJUnit checks shape and counts of a whole report.
func assertJUnit(t testing.TB, run *result.Run, data []byte) {
	t.Helper()
	root := parseJUnit(t, data)
	if root.XMLName.Local != "testsuites" {
		t.Fatalf("root is %s", root.XMLName.Local)
	}
	assertShape(t, root)
	for _, text := range junitViolations(root, junitExtensions()) {
		t.Errorf("against the schema: %s", text)
	}
	all := map[string]int{}
	for _, s := range root.find("testsuite") {
		assertCounts(t, &s, countCases(&s))
		for k, n := range countCases(&s) {
			all[k] += n
		}
	}
	assertCounts(t, root, all)

	want := result.Count(run.Requirements)
	if len(run.AllProblems()) > 0 {
		want.Requirements++
		want.Error++
	}
	// JUnit knows no flaky, which is a failure, and no waived, which is skipped.
	want.Fail, want.Flaky = want.Fail+want.Flaky, 0
	want.Skip, want.Waived = want.Skip+want.Waived, 0
	got := result.Totals{
		Requirements: all["tests"], Pass: all["tests"] - all["failures"] - all["errors"] - all["skipped"] - want.Warn,
		Fail: all["failures"], Error: all["errors"], Skip: all["skipped"], Warn: want.Warn,
	}
	if got != want {
		t.Errorf("cases %+v, run %+v", got, want)
	}
	if green := all["failures"]+all["errors"] == 0; green != run.Clean() {
		t.Errorf("JUnit is green: %v, the run is clean: %v", green, run.Clean())
	}
}

func assertShape(t testing.TB, e *element) {
	t.Helper()
	name := e.XMLName.Local
	shape, ok := junitShape[name]
	if !ok {
		t.Fatalf("no such element in JUnit: %s", name)
	}
	var known []string
	for a := range strings.FieldsSeq(shape.attrs) {
		a, must := strings.CutSuffix(a, "!")
		known = append(known, a)
		if must && !slices.ContainsFunc(e.Attrs, func(x xml.Attr) bool { return x.Name.Local == a }) {
			t.Errorf("<%s> has no %s", name, a)
		}
	}
	for _, a := range e.Attrs {
		if !slices.Contains(known, a.Name.Local) {
			t.Errorf("<%s> has an unknown attribute %s", name, a.Name.Local)
		}
		if a.Name.Local == "time" {
			if _, err := strconv.ParseFloat(a.Value, 64); err != nil || strings.ContainsAny(a.Value, "eE,") {
				t.Errorf("<%s time=%q>", name, a.Value)
			}
		}
	}
	if name == "testcase" {
		if n := len(e.find("failure")) + len(e.find("error")) + len(e.find("skipped")); n > 1 {
			t.Errorf("%s has %d outcomes", e.attr("name"), n)
		}
	}
	children := strings.Fields(shape.children)
	last := -1
	for i := range e.Children {
		c := &e.Children[i]
		at := slices.Index(children, c.XMLName.Local)
		if at < last {
			t.Errorf("<%s> stands in the wrong place in <%s>", c.XMLName.Local, name)
		}
		last = at
		assertShape(t, c)
	}
}

func countCases(s *element) map[string]int {
	n := map[string]int{"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
	for _, c := range s.find("testcase") {
		n["tests"]++
		n["failures"] += len(c.find("failure"))
		n["errors"] += len(c.find("error"))
		n["skipped"] += len(c.find("skipped"))
	}
	return n
}

func assertCounts(t testing.TB, e *element, want map[string]int) {
	t.Helper()
	for k, n := range want {
		if got := e.attr(k); got != strconv.Itoa(n) {
			t.Errorf("<%s %s=%q>, but there are %d", e.XMLName.Local, k, got, n)
		}
	}
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { assertJUnit(t, s.run, render(t, JUnit, s.run)) })
	}
}

// TestJUnitOfTheUnsteady: flaky fails by its own name, and what is waived is skipped
// with the waiver and keeps its evidence.
func TestJUnitOfTheUnsteady(t *testing.T) {
	t.Parallel()
	find := func(run *result.Run, key string) element {
		for _, s := range parseJUnit(t, render(t, JUnit, run)).find("testsuite") {
			for _, c := range s.find("testcase") {
				if strings.HasPrefix(c.attr("name"), key+" ") {
					return c
				}
			}
		}
		t.Fatalf("no case %s", key)
		return element{}
	}
	flaky := find(unsteadyRun(), "PF-UPD-02")
	if f := flaky.find("failure"); len(f) != 1 || f[0].attr("type") != "flaky" || !strings.Contains(f[0].Text, "4 plays: 1 pass, 2 fail, 1 skip") {
		t.Errorf("flaky: %+v", f)
	}
	if out := flaky.find("system-out"); len(out) != 1 || !strings.Contains(out[0].Text, "retried   sent again after 429 (waited 1.00 s), after 429 (waited 500 ms)") {
		t.Errorf("the retries of a failure: %+v", out)
	}
	busy := find(unsteadyRun(), "PF-UPD-01[ready]")
	for name, want := range map[string]string{"plays": "2 plays", "retries": "sent again after 429, 503"} {
		if !slices.ContainsFunc(busy.find("properties")[0].find("property"), func(p element) bool {
			return p.attr("name") == name && p.attr("value") == want
		}) {
			t.Errorf("no property %s=%q", name, want)
		}
	}
	waived := find(waivedRun(), "PF-UPD-02")
	if s := waived.find("skipped"); len(s) != 1 || !strings.Contains(s[0].attr("message"), "waived until 2026-12-31 by team-x@example.org: the 204 is being rolled out") ||
		!strings.Contains(s[0].attr("message"), "(graphpact.waivers.yaml:3); fail: status is the documented one (status-drift): expected 200, got 204") {
		t.Errorf("waived: %+v", s)
	}
	if out := waived.find("system-out"); len(out) != 1 || !strings.Contains(out[0].Text, "< 204 No Content") {
		t.Errorf("the evidence of what is waived: %+v", out)
	}
}

func TestJUnitCases(t *testing.T) {
	t.Parallel()
	root := parseJUnit(t, render(t, JUnit, sampleRun()))
	cases := map[string]element{}
	for _, s := range root.find("testsuite") {
		for _, c := range s.find("testcase") {
			id, _, _ := strings.Cut(c.attr("name"), " ")
			cases[id] = c
		}
	}

	drift := cases["PF-UPD-02"]
	failure := drift.find("failure")
	if len(failure) != 1 || failure[0].attr("type") != "status-drift" || !strings.Contains(failure[0].attr("message"), "expected 200, got 204") {
		t.Errorf("failure: %+v", failure)
	}
	if out := drift.find("system-out"); len(out) != 1 || !strings.Contains(out[0].Text, "< 204 No Content") {
		t.Errorf("evidence: %+v", out)
	}
	if drift.attr("file") != "update.feature" || drift.attr("line") != "20" {
		t.Errorf("place: %+v", drift.Attrs)
	}

	warn := cases["PF-UPD-19"]
	if len(warn.find("failure")) != 0 {
		t.Error("a warning is a failure")
	}
	if out := warn.find("system-out"); len(out) != 1 || !strings.Contains(out[0].Text, "no such header") {
		t.Errorf("the warning's evidence: %+v", out)
	}
	visible := slices.ContainsFunc(warn.find("properties")[0].find("property"), func(p element) bool {
		return p.attr("name") == "warning" && strings.Contains(p.attr("value"), "no such header")
	})
	if !visible {
		t.Error("the warning is no property")
	}

	stale := cases["PF-UPD-17"]
	if skipped := stale.find("skipped"); len(skipped) != 1 || skipped[0].attr("message") != "GET gives no ETag on this target" {
		t.Errorf("skip: %+v", skipped)
	}
	broken := cases["PF-UPD-20"]
	if e := broken.find("error"); len(e) != 1 || !strings.Contains(e[0].attr("message"), "the connection broke") {
		t.Errorf("error: %+v", e)
	}
}

// TestJUnitSize: GitLab takes no file above 30 MB.
func TestJUnitSize(t *testing.T) {
	t.Parallel()
	run := largeRun(10_000)
	long := strings.Repeat("a long value ", 200)
	for i := range run.Requirements {
		r := &run.Requirements[i]
		r.Verdict = result.Fail
		r.Checks = append(r.Checks, result.Check{Name: "the body", Verdict: result.Fail, Expected: long, Actual: long, Exchange: 3})
	}
	run.Totals = result.Count(run.Requirements)
	data := render(t, JUnit, run)
	if len(data) > 30_000_000 {
		t.Errorf("%d bytes for ten thousand failures", len(data))
	}
	if !bytes.Contains(data, []byte("there is too much of it for this file")) {
		t.Error("the file does not say what is left out")
	}
}
