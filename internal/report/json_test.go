package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"graphpact/internal/result"
	"graphpact/schemas"
	"graphpact/schemas/schematest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reportSchema compiles the published schema, formats asserted.
func reportSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	return schematest.Compile(t, schemas.Report)
}

func assertMatchesSchema(t testing.TB, s *jsonschema.Schema, report []byte) {
	t.Helper()
	schematest.Matches(t, s, report)
}

func TestJSONMatchesItsSchema(t *testing.T) {
	t.Parallel()
	s := reportSchema(t)
	for _, sample := range samples() {
		t.Run(sample.name, func(t *testing.T) {
			assertMatchesSchema(t, s, render(t, JSON, sample.run))
		})
	}
}

// TestSchemaRefuses shows that the schema sees what is wrong with a report.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := reportSchema(t)
	good := string(render(t, JSON, sampleRun()))
	for _, tc := range []struct{ name, old, new string }{
		{"another version", `"version": "2"`, `"version": "1"`},
		{"an unknown verdict", `"verdict": "pass"`, `"verdict": "passed"`},
		{"an unknown level", `"level": "must"`, `"level": "shall"`},
		{"an unknown property", `"attempts": 1`, `"attempts": 1, "retries": 0`},
		{"a missing property", `"baseUrl"`, `"base"`},
		{"null for a list", `"headers": [`, `"headers": null, "x": [`},
		{"a time that is none", `"2026-11-23T16:00:00Z"`, `"yesterday"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := strings.Replace(good, tc.old, tc.new, 1)
			if bad == good {
				t.Fatalf("%q is not in the report", tc.old)
			}
			schematest.Refuses(t, s, []byte(bad))
		})
	}
}

// TestIndentJSON holds our own indentation to that of the standard library.
func TestIndentJSON(t *testing.T) {
	t.Parallel()
	values := []any{
		map[string]any{}, []any{}, nil, "a", 1.5, []any{map[string]any{}, []any{}, []any{[]any{}}}, "{\"[,:]}\\",
		map[string]any{"a\"b": []any{1, "x,y:{}", map[string]any{"c\\": nil}}, "": map[string]any{"d": []any{}}},
	}
	for _, s := range samples() {
		values = append(values, s.run)
	}
	for _, v := range values {
		compact, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, compact, "", "  "); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), indentJSON(compact, 0)); diff != "" {
			t.Errorf("%.100s (-want +got)\n%s", compact, diff)
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	want := passRun()
	var got result.Run
	if err := json.Unmarshal(render(t, JSON, want), &got); err != nil {
		t.Fatal(err)
	}
	full := withLists(*want)
	if diff := cmp.Diff(&full, &got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestJSONTimeIsUTC(t *testing.T) {
	t.Parallel()
	run := emptyRun()
	run.StartedAt = time.Date(2026, 11, 23, 18, 0, 0, 0, time.FixedZone("", 2*3600))
	if out := render(t, JSON, run); !bytes.Contains(out, []byte(`"startedAt": "2026-11-23T16:00:00Z"`)) {
		t.Errorf("not in UTC:\n%s", out)
	}
}

// TestSchemaEqualsStructs holds the model and the schema together.
func TestSchemaEqualsStructs(t *testing.T) {
	t.Parallel()
	schematest.EqualsStruct(t, schemas.Report, reflect.TypeFor[document](), result.Version, schematest.Enums{
		reflect.TypeFor[result.Headline](): {"CONFORMANT", "NOT CONFORMANT", "INCOMPLETE"},
		reflect.TypeFor[result.Verdict]():  {"pass", "skip", "warn", "fail", "error", "flaky", "waived"},
		reflect.TypeFor[result.Level]():    {"must", "should", "may"},
	})
}

func TestEncodeJSONGivesTheError(t *testing.T) {
	t.Parallel()
	if _, err := encodeJSON(func() {}, 0); err == nil {
		t.Error("a function was encoded")
	}
}

func TestEncodeJSONEscapesWhatDoesNotPrint(t *testing.T) {
	t.Parallel()
	const s = "é 世 😀 \u007f \u009b31m \u202e \U000e0001 \ufffd"
	got, err := encodeJSON(s, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"é 世 😀 \u007f \u009b31m \u202e \udb40\udc01 ` + "\ufffd\"\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var back string
	if err := json.Unmarshal([]byte(got), &back); err != nil || back != s {
		t.Errorf("%q, %v", back, err)
	}
}
