package result

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is a report as a file holds it.
func written(t testing.TB, change func(r *Run)) []byte {
	t.Helper()
	r := Run{
		Version: Version, Tool: Tool{Name: "graphpact", Version: "1.2.3", GoVersion: "go1.26"},
		Target: Target{Kind: "endpoint", BaseURL: "https://graph.example/beta"},
		Pages:  []Page{{File: "lamp-update.md", Title: "Update lamp", Digest: "sha256:1", Operation: "PATCH /lamps/{lampId}"}},
		Requirements: []Requirement{
			{ID: "UPD-01", Case: "color=blue", Operation: "PATCH /lamps/{lampId}", Level: Must, Verdict: Pass, Checks: []Check{}},
			{ID: "UPD-02", Operation: "PATCH /lamps/{lampId}", Level: Should, Verdict: Warn, Checks: []Check{}},
		},
		Findings: []Finding{},
		Suite:    &Suite{Digest: "sha256:2", Omitted: []Subject{{"PATCH /lamps/{lampId}", "UPD-03"}}},
		Command:  &Command{Name: "run", Arguments: []string{"--endpoint=https://graph.example/beta"}, Withheld: []string{"header"}},
	}
	if change != nil {
		change(&r)
	}
	if r.Totals == (Totals{}) {
		r.Totals = Count(r.Requirements)
	}
	headline, why := r.Headline()
	data, err := json.Marshal(struct {
		Headline Headline `json:"headline"`
		Reasons  []string `json:"headlineReasons"`
		Later    string   `json:"addedLater"`
		Run
	}{headline, why, "a member of a later graphpact", r})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadGivesWhatWasWritten(t *testing.T) {
	t.Parallel()
	var want *Run
	data := written(t, func(r *Run) { want = r })
	got, err := Read("report.json", data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	whole := string(written(t, nil))
	edit := func(old, text string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("no %s in %s", old, whole)
		}
		return strings.Replace(whole, old, text, 1)
	}
	var version *VersionError
	var document *DocumentError
	for _, tc := range []struct {
		name, data, want string
		as               any
	}{
		{"nothing", "", "unexpected end of JSON input", &document},
		{"no JSON", "a\n{", "line 1: invalid character 'a'", &document},
		{"half of it", whole[:len(whole)/2], "line 1: unexpected end", &document},
		{"more after it", whole + "{}", "after top-level value", &document},
		{"another document", `{"consumer":{}}`, "it has no version", &version},
		{"a list", `[]`, "cannot unmarshal array", &document},
		{"an older version", edit(`"version":"2"`, `"version":"1"`), `version "1", and this graphpact reads version "2"`, &version},
		{"a version that is a number", edit(`"version":"2"`, `"version":2`), `version "2", and`, &version},
		{"a hostile version", edit(`"version":"2"`, `"version":"\u001b[2J"`), `of version "`, &version},
		{"a headline of its own", edit(`"headline":"CONFORMANT"`, `"headline":"FINE"`), `unknown headline "FINE"`, &document},
		{"no headline", edit(`"headline":`, `"x":`), `unknown headline ""`, &document},
		{"an unknown verdict", edit(`"verdict":"pass"`, `"verdict":"passed"`), `UPD-01[color=blue] has the unknown verdict "passed"`, &document},
		{"an unknown level", edit(`"level":"must"`, `"level":"shall"`), `the unknown level "shall"`, &document},
		{"no id", edit(`"id":"UPD-02"`, `"id":""`), "requirement 2 has no id", &document},
		{"a text for a list", edit(`"requirements":[`, `"requirements":"x","y":[`), "cannot unmarshal string", &document},
		{"totals changed by hand", edit(`"pass":1`, `"pass":2`), "totals are not those of its requirements: 2 passed of 2 are written, and 1 of 2", &document},
		{"a requirement twice", string(written(t, func(r *Run) { r.Requirements = append(r.Requirements, r.Requirements[0]) })), "UPD-01[color=blue] of PATCH /lamps/{lampId} is there twice", &document},
		{"a shard beyond the last", string(written(t, func(r *Run) { r.Shard = &Shard{Index: 3, Count: 2, Requirements: 9} })), "shard 3 of 2", &document},
		{"a shard of more than all", string(written(t, func(r *Run) { r.Shard = &Shard{Index: 1, Count: 2, Requirements: 1} })), "with 2 of 1 requirements", &document},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := Read("report.json", []byte(tc.data))
			if r != nil || err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "report.json is ") {
				t.Fatalf("%v, %v, want %q", r, err, tc.want)
			}
			if strings.ContainsRune(err.Error(), '\x1b') {
				t.Errorf("a terminal escape in %q", err)
			}
			if !errors.As(err, tc.as) {
				t.Errorf("%T, want %T", err, tc.as)
			}
		})
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := written(t, nil)
	if _, _, err := ReadFile(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), want, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, File)} {
		r, data, err := ReadFile(path)
		if err != nil || string(data) != string(want) || len(r.Requirements) != 2 {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, _, err := ReadFile("/dev/zero"); err == nil {
		t.Error("a device was read")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, nil))
	f.Add([]byte(`{"version":"2","headline":"CONFORMANT","requirements":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read("report.json", data)
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err == nil && r.Totals != Count(r.Requirements) {
			t.Error("totals of something else")
		}
	})
}
