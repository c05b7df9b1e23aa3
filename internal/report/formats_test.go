package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"graphpact/internal/result"
	"graphpact/schemas/schematest"
)

func TestParseFormats(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ names, want, err string }{
		{"", "", ""},
		{"html", "html", ""},
		{"html, junit", "html,junit", ""},
		{"html,all", "", ""},
		{"htlm", "", `"htlm" is no format of a report: did you mean html? (there are json, junit, cucumber, ctrf, sarif, markdown, html)`},
		{"pdf", "", `"pdf" is no format of a report (there are`},
		{"html,", "", `"" is no format`},
	} {
		var names []string
		if tc.names != "" {
			names = strings.Split(tc.names, ",")
		}
		got, err := ParseFormats(names)
		var list []string
		for _, f := range got {
			list = append(list, string(f))
		}
		if s := strings.Join(list, ","); s != tc.want || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%q gives %q and the error %v, want %q and %q", tc.names, s, err, tc.want, tc.err)
		}
	}
}

func TestWriteOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got, err := Write(dir, passRun(), "html", "junit")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(dir, JUnitFile), filepath.Join(dir, HTMLFile)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func ctrfSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile("testdata/ctrf/ctrf-schema-0.0.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// assertCTRF holds a report to the published schema of the format and to the run.
func assertCTRF(t testing.TB, run *result.Run, data []byte) {
	t.Helper()
	schematest.Matches(t, ctrfSchema(t), data)
	var d ctrfDocument
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	more := 0
	if len(run.AllProblems()) > 0 {
		more = 1
	}
	s, n := d.Results.Summary, run.Totals
	if s.Tests != len(d.Results.Tests) || s.Tests != n.Requirements+more {
		t.Errorf("%d tests, and a summary of %d, of %d requirements", len(d.Results.Tests), s.Tests, n.Requirements)
	}
	if s.Passed != n.Pass+n.Warn || s.Failed != n.Fail+n.Flaky+more || s.Skipped != n.Skip+n.Waived || s.Other != n.Error {
		t.Errorf("the summary %+v is not that of %+v", s, n)
	}
	if run.Clean() != d.Results.Environment.Healthy {
		t.Errorf("healthy is %t of a run that is clean: %t", d.Results.Environment.Healthy, run.Clean())
	}
}

func TestCTRF(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			data := render(t, CTRF, s.run)
			assertCTRF(t, s.run, data)
			if s.name == "mixed" && !bytes.Contains(data, []byte(`"message": "status is the documented one (status-drift): expected 200, got 204"`)) {
				t.Error("the message of a failure is not there")
			}
			if s.name == "waived" && !bytes.Contains(data, []byte(`waived until 2026-12-31`)) {
				t.Error("the waiver is not there")
			}
		})
	}
}

// TestCTRFSchemaRefuses shows that the schema sees what is wrong.
func TestCTRFSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := ctrfSchema(t)
	good := string(render(t, CTRF, sampleRun()))
	for _, tc := range [][2]string{{`"status": "passed"`, `"status": "pass"`}, {`"specVersion": "0.0.0"`, `"specVersion": "0"`}, {`"rawStatus"`, `"raw"`}} {
		bad := strings.Replace(good, tc[0], tc[1], 1)
		if bad == good {
			t.Fatalf("%s is not in the report", tc[0])
		}
		schematest.Refuses(t, schema, []byte(bad))
	}
}

// TestCucumberTags: a scenario that is a part of the Pact says so.
func TestCucumberTags(t *testing.T) {
	t.Parallel()
	run := passRun()
	run.Requirements[0].Tags = []string{"@req:PF-UPD-01", "@must", "@source:doc", "@fact:enum", "@pact"}
	var features []cucumberFeature
	if err := json.Unmarshal(render(t, CucumberJSON, run), &features); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tag := range features[0].Elements[0].Tags {
		got = append(got, tag.Name)
	}
	if diff := cmp.Diff([]string{"@req:PF-UPD-01", "@must", "@source:doc", "@fact:enum", "@pact"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
