package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"graphpact/internal/cli"
	"graphpact/internal/mockgraph"
	"graphpact/internal/selftest"
	"graphpact/schemas"
	"graphpact/schemas/schematest"
)

// TestSelftest plays it with fresh entities, every fourth behaviour, or with -whole all of it
// (`make matrix-check` plays both modes): every fault is seen by each requirement that it names,
// nothing legal is reported, each requirement is killed, and the report is as its schema says.
func TestSelftest(t *testing.T) {
	t.Parallel()
	args := []string{"selftest", "--format", "json", "--entities", "fresh"}
	if !*whole {
		for i, b := range append(mockgraph.Faults(), mockgraph.Variants()...) {
			if i%4 == 0 {
				args = append(args, "--only", b.Name)
			}
		}
		args = append(args, "--only", "parrot", "--only", "yes-man", "--pairs", "5")
	}
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), args, os.Environ(), nil, &out, &errs)
	var r selftest.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("exit code %d, %v\n%s", code, err, errs.String())
	}
	if code != cli.ExitConformant || !r.Holds() {
		t.Errorf("exit code %d\n%s", code, selftest.Text(&r, false, selftest.TextWidth))
	}
	totals := r.Totals
	faults, variants, pairs, controls := 30, 12, 5, 2
	if *whole {
		faults, variants, pairs, controls = 60, 30, 30, 15
	}
	if totals.Faults-totals.FaultsNotApplicable < faults || totals.Variants-totals.VariantsNotApplicable < variants || totals.Pairs != pairs || totals.Controls < controls {
		t.Errorf("too few were tried: %+v", totals)
	}
	if totals.DetectionRate != 1 || totals.FalseAlarms != 0 || *whole && totals.Killed != totals.Passing {
		t.Errorf("%+v", totals)
	}
	schematest.Matches(t, schematest.Compile(t, schemas.Selftest), out.Bytes())
	for _, f := range r.Faults {
		t.Run(f.Name, func(t *testing.T) { checkDetected(t, &f) })
	}
	explained := map[string][]string{"etag-absent": {"UPD-27", "UPD-28", "UPD-39", "UPD-42"}}
	for _, v := range r.Variants {
		t.Run(v.Name, func(t *testing.T) {
			for _, s := range v.Skips {
				if id, _, _ := strings.Cut(s.Key, "["); !slices.Contains(explained[v.Name], id) {
					t.Errorf("%s: skipped: %s", s.Key, s.Reason)
				}
			}
			if v.NotApplicable == "" && !v.Quiet {
				t.Errorf("%s %+v", v.Problem, v.Alarms)
			}
		})
	}
}

// checkDetected expects a fault that the page has to be detected by each requirement that it
// names.
func checkDetected(t *testing.T, f *selftest.FaultOutcome) {
	t.Helper()
	if f.NotApplicable != "" {
		return
	}
	if f.Problem != "" {
		t.Error(f.Problem)
	}
	marks := map[string]selftest.Cell{}
	for _, c := range f.Cells {
		marks[c.ID] = c
	}
	for _, id := range f.DetectedBy {
		if c := marks[id]; c.Mark != selftest.Detected {
			t.Errorf("%s does not detect: %+v; others: %+v", id, c, f.Cells)
		}
	}
}

// A selftest that is interrupted prints what it has, and leaves a file of an earlier one
// alone.
func TestSelftestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := t.TempDir() + "/matrix.md"
	if err := os.WriteFile(file, []byte("whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := cli.Run(ctx, []string{"selftest", "--out", file}, os.Environ(), nil, &out, &errs)
	if code != cli.ExitInterrupted || !bytes.Contains(out.Bytes(), []byte("interrupted before its end")) || errs.Len() == 0 {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "whole" {
		t.Errorf("the file holds %q, %v", got, err)
	}
}
