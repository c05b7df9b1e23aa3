package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// junitElement is what a schema says of an element: its children and its attributes by name,
// those that must stand marked with "!", and whether it holds text of its own.
type junitElement struct {
	children, attrs string
	text            bool
}

// junit10 has the rules of the schema junit-10.xsd of the Jenkins xunit plugin, in our words
// (https://github.com/jenkinsci/xunit-plugin, src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/).
// Children stand in any order and number there. The attribute time is checked apart.
func junit10() map[string]junitElement {
	outcome := junitElement{attrs: "type message", text: true}
	rerun := junitElement{children: "stackTrace system-out system-err", attrs: "message type!", text: true}
	text := junitElement{text: true}
	return map[string]junitElement{
		"testsuites": {children: "testsuite", attrs: "name time tests failures errors"},
		"testsuite": {
			children: "testsuite properties testcase system-out system-err",
			attrs:    "name! tests! failures! errors! group time skipped timestamp hostname id package file log url",
		},
		"testcase": {
			children: "skipped error failure rerunFailure rerunError flakyFailure flakyError system-out system-err",
			attrs:    "name! time classname group",
		},
		"properties": {children: "property"},
		"property":   {attrs: "name! value!"},
		"skipped":    outcome, "error": outcome, "failure": outcome,
		"rerunFailure": rerun, "rerunError": rerun, "flakyFailure": rerun, "flakyError": rerun,
		"stackTrace": text, "system-out": text, "system-err": text,
	}
}

// junitExtension is something that graphpact writes and the schema lacks, and who has it.
type junitExtension struct {
	element, attr, child string
	// reader is who reads it, or writes it too.
	reader string
}

func junitExtensions() []junitExtension {
	return []junitExtension{
		{element: "testsuites", attr: "skipped", reader: "listed as common by github.com/testmoapp/junitxml, beside the other counts of the whole file"},
		{element: "testcase", attr: "file", reader: "GitLab links the test to it (docs.gitlab.com, Unit test reports); mikepenz/action-junit-report annotates it"},
		{element: "testcase", attr: "line", reader: "mikepenz/action-junit-report annotates the line"},
		{element: "testcase", child: "properties", reader: "the Jenkins JUnit plugin keeps them (CaseResult, keepProperties); pytest writes them (record_property)"},
	}
}

// surefireTime is the form of a time of suites: digits, and a fraction. The schema lets commas
// group the thousands too, which readers of floats refuse.
var surefireTime = regexp.MustCompile(`^[0-9]*(\.[0-9]*)?$`)

// junitViolations holds an element and what is in it to the schema with the extensions, and
// gives each kind of departure once.
func junitViolations(root *element, extensions []junitExtension) []string {
	schema := junit10()
	for _, x := range extensions {
		e := schema[x.element]
		e.attrs, e.children = e.attrs+" "+x.attr, e.children+" "+x.child
		schema[x.element] = e
	}
	found := map[string]bool{}
	add := func(format string, args ...any) { found[fmt.Sprintf(format, args...)] = true }
	var check func(e *element)
	check = func(e *element) {
		name := e.XMLName.Local
		rule := schema[name]
		attrs := strings.Fields(rule.attrs)
		for _, a := range e.Attrs {
			if !slices.Contains(attrs, a.Name.Local) && !slices.Contains(attrs, a.Name.Local+"!") || a.Name.Space != "" {
				add("<%s> has the attribute %s", name, a.Name.Local)
			}
			if a.Name.Local == "time" && name != "testcase" && !surefireTime.MatchString(a.Value) {
				add("<%s> has the time %q", name, a.Value)
			}
		}
		for _, a := range attrs {
			if want, ok := strings.CutSuffix(a, "!"); ok && !slices.ContainsFunc(e.Attrs, func(x xml.Attr) bool { return x.Name.Local == want }) {
				add("<%s> has no attribute %s", name, want)
			}
		}
		if !rule.text && strings.TrimSpace(e.Text) != "" {
			add("<%s> has text", name)
		}
		for i := range e.Children {
			c := &e.Children[i]
			if !slices.Contains(strings.Fields(rule.children), c.XMLName.Local) || c.XMLName.Space != "" {
				add("<%s> has the child <%s>", name, c.XMLName.Local)
				continue
			}
			check(c)
		}
	}
	if root.XMLName.Local != "testsuites" && root.XMLName.Local != "testsuite" {
		add("the root is <%s>", root.XMLName.Local)
	}
	check(root)
	return slices.Sorted(maps.Keys(found))
}

// TestJUnitSchema: without the extensions, what the schema refuses of a report is just the
// extensions, each of which is used; with them it is nothing.
func TestJUnitSchema(t *testing.T) {
	t.Parallel()
	root := parseJUnit(t, render(t, JUnit, sampleRun()))
	var want []string
	for _, x := range junitExtensions() {
		if x.reader == "" {
			t.Errorf("nobody reads the extension %+v", x)
		}
		if x.attr != "" {
			want = append(want, fmt.Sprintf("<%s> has the attribute %s", x.element, x.attr))
		} else {
			want = append(want, fmt.Sprintf("<%s> has the child <%s>", x.element, x.child))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, junitViolations(root, nil)); diff != "" {
		t.Errorf("the schema alone (-want +got)\n%s", diff)
	}
	if got := junitViolations(root, junitExtensions()); len(got) > 0 {
		t.Errorf("with the extensions: %v", got)
	}
}

// TestJUnitSchemaRefuses shows that the check sees what is wrong.
func TestJUnitSchemaRefuses(t *testing.T) {
	t.Parallel()
	good := render(t, JUnit, sampleRun())
	for _, tc := range []struct{ old, with, want string }{
		{`<testsuites name="graphpact"`, `<testsuites name="graphpact" id="1"`, "<testsuites> has the attribute id"},
		{` time="`, ` time="1e`, `<testsuites> has the time "1e0.143750"`},
		{` classname="`, ` assertions="1" classname="`, "<testcase> has the attribute assertions"},
		{`<property name="tool" value=`, `<property name="tool" text=`, "<property> has no attribute value"},
		{`<testcase name=`, `<testcase id=`, "<testcase> has no attribute name"},
		{`<properties>`, `<properties>text`, "<properties> has text"},
		{`<system-out>`, `<warning></warning><system-out>`, "<testcase> has the child <warning>"},
		{`<system-out>`, `<system-out><b></b>`, "<system-out> has the child <b>"},
		{`<testcase `, `<testcase></testcase><testcase `, "<testcase> has no attribute name"},
		{`<skipped `, `<skipped reason="" `, "<skipped> has the attribute reason"},
	} {
		bad := bytes.Replace(good, []byte(tc.old), []byte(tc.with), 1)
		if bytes.Equal(bad, good) {
			t.Fatalf("%s is not in the report", tc.old)
		}
		if got := junitViolations(parseJUnit(t, bad), junitExtensions()); !slices.Contains(got, tc.want) {
			t.Errorf("%s for %s: %q, want %s", tc.with, tc.old, got, tc.want)
		}
	}
}
