package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/lint"
)

// sarifPlaces gives the rule, the place, the message and the fingerprint of each result of a
// SARIF file that keep takes by its rule and level.
func sarifPlaces(t *testing.T, file string, keep func(rule, level string) bool) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Runs []struct {
			Results []struct {
				RuleID, Level       string
				Message             struct{ Text string }
				PartialFingerprints map[string]string
				Locations           []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(data, &d); err != nil || len(d.Runs) != 1 {
		t.Fatalf("%s: %d runs, %v", file, len(d.Runs), err)
	}
	var out []string
	for _, r := range d.Runs[0].Results {
		if !keep(r.RuleID, r.Level) {
			continue
		}
		p := r.Locations[0].PhysicalLocation
		out = append(out, fmt.Sprintf("%s %s:%d %s %s", r.RuleID, filepath.Base(p.ArtifactLocation.URI), p.Region.StartLine, r.Message.Text, r.PartialFingerprints["graphpact/v1"]))
	}
	slices.Sort(out)
	return out
}

// TestSARIFOfRunAndLint: a run's file has the findings of its pages under the rules, at the lines
// and with the fingerprints of lint, also those in a file beside the page.
func TestSARIFOfRunAndLint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(projectRoot(t), "internal/contract/testdata/reference"))); err != nil {
		t.Fatal(err)
	}
	permissions := filepath.Join(dir, "permissions.json")
	if err := os.WriteFile(permissions, []byte(`{"permissions": {"Kiln.ReadWrite": {"pathSets": [{"schemeKeys": ["DelegatedWork"],
		"methods": ["PATCH"], "paths": {"/workshops/{id}/kilns/{id}": "least=DelegatedWork"}}]}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "api/kiln-update.md")
	beside := []string{"--metadata", filepath.Join(dir, "metadata.xml"), "--permissions", permissions}
	quiet(t, 0, nil, append([]string{"lint", page, "--fail-on", "never", "--format", "sarif", "--out", filepath.Join(dir, "lint.sarif")}, beside...)...)
	quiet(t, 0, nil, append([]string{
		"run", "--no-pact", "--waivers", "none", "--doc", page, "--only", "UPD-02", "--report", "sarif", "--out", filepath.Join(dir, "out"),
	}, beside...)...)

	alone := []string{lint.RulePageRefused, lint.RuleVersionMixed, lint.RuleNotInContents, lint.RuleOperationRepeated}
	want := sarifPlaces(t, filepath.Join(dir, "lint.sarif"), func(rule, _ string) bool { return !slices.Contains(alone, rule) })
	got := sarifPlaces(t, filepath.Join(dir, "out/report.sarif"), func(_, level string) bool { return level == "note" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-lint +run)\n%s", diff)
	}
	for _, place := range []string{"metadata-disagrees kiln-update.md:", "permissions-disagree kiln-update-permissions.md:9 "} {
		if !slices.ContainsFunc(want, func(s string) bool { return strings.HasPrefix(s, place) }) {
			t.Errorf("lint has no %s in %s", place, strings.Join(want, "\n"))
		}
	}
}
