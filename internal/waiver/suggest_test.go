package waiver

import (
	"strings"
	"testing"
	"time"

	"graphpact/internal/result"

	"github.com/google/go-cmp/cmp"
)

func failedRun(texts ...string) *result.Run {
	return &result.Run{
		Target:       result.Target{Kind: "endpoint", BaseURL: here},
		StartedAt:    time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC),
		Requirements: requirements(texts...), Settings: map[string]string{},
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	run := failedRun("UPD-01[red]=fail", "UPD-01[blue]=flaky", "UPD-02=pass", "UPD-03=warn", "UPD-04=error",
		"UPD-05[color=a: b]=fail", "UPD-05[other]=pass", "UPD-06[only]=fail")
	got, left := Suggest(run, 10)
	want := modeline + `waivers:
  - requirement: UPD-01
    reason: <why this is accepted for now>
    owner: <who sees to it>
    expires: 2027-02-22
    endpoint: https://graph.example/beta
  - requirement: 'UPD-05[color=a: b]'
    reason: <why this is accepted for now>
    owner: <who sees to it>
    expires: 2027-02-22
    endpoint: https://graph.example/beta
  - requirement: UPD-06[only]
    reason: <why this is accepted for now>
    owner: <who sees to it>
    expires: 2027-02-22
    endpoint: https://graph.example/beta
`
	if diff := cmp.Diff(want, got); diff != "" || left != 0 {
		t.Errorf("%d left (-want +got)\n%s", left, diff)
	}
}

// TestSuggestedIsRefusedUntilFilledIn shows the way of a suggested waiver: refused with a line for
// each placeholder, accepted when they are filled in, and then it covers the failures.
func TestSuggestedIsRefusedUntilFilledIn(t *testing.T) {
	t.Parallel()
	run := failedRun("UPD-01[red]=fail", "UPD-01[blue]=fail", "UPD-02=flaky", `UPD-07[a "b" ] {c: '#x]=fail`)
	text, _ := Suggest(run, 10)
	_, err := Parse("w.yaml", []byte(text))
	if err == nil {
		t.Fatal("accepted as it is")
	}
	if n := strings.Count(err.Error(), "is a placeholder"); n != 6 {
		t.Errorf("%d placeholders are named, want 6: %v", n, err)
	}
	filled := strings.NewReplacer(placeholderReason, "it is known", placeholderOwner, "team-x").Replace(text)
	l, err := Parse("w.yaml", []byte(filled))
	if err != nil {
		t.Fatal(err)
	}
	r := l.On(run.Target.BaseURL, run.StartedAt)
	for _, q := range run.Requirements {
		if got := r.Cover(q); got.Verdict != result.Waived {
			t.Errorf("%s is %s", q.Key(), got.Verdict)
		}
	}
}

func TestSuggestFoldsOnlyWhatWasTested(t *testing.T) {
	t.Parallel()
	rows := []string{"UPD-01[red]=fail", "UPD-01[blue]=fail"}
	for name, tc := range map[string]struct {
		change func(*result.Run)
		want   string
	}{
		"all rows":       {func(*result.Run) {}, "UPD-01\n"},
		"a filtered run": {func(r *result.Run) { r.Settings["tags"] = "@must" }, "UPD-01[red]\n"},
		"one row holds":  {func(r *result.Run) { r.Requirements = append(r.Requirements, requirement("UPD-01[green]=pass")) }, "UPD-01[red]\n"},
		"one is skipped": {func(r *result.Run) { r.Requirements = append(r.Requirements, requirement("UPD-01[green]=skip")) }, "UPD-01[red]\n"},
		"another's holds": {func(r *result.Run) {
			r.Requirements = append(r.Requirements, result.Requirement{ID: "UPD-01", Case: "x", Operation: rooms, Verdict: result.Pass})
		}, "UPD-01\n"},
	} {
		t.Run(name, func(t *testing.T) {
			run := failedRun(rows...)
			tc.change(run)
			got, _ := Suggest(run, 10)
			if !strings.Contains(got, "requirement: "+tc.want) {
				t.Errorf("no entry for %s in\n%s", tc.want, got)
			}
			if several := name == "another's holds"; strings.Contains(got, "operation: "+lamps+"\n") != several {
				t.Errorf("the operation belongs there where a run has several:\n%s", got)
			}
		})
	}
}

func TestSuggestForAFileThatExists(t *testing.T) {
	t.Parallel()
	run := failedRun("UPD-02=fail", "UPD-03=fail", "UPD-04=fail")
	run.Settings[Setting] = "w.yaml"
	run.Target.Kind = result.EmbeddedMock
	got, left := Suggest(run, 1)
	if !strings.HasPrefix(got, "  - requirement: UPD-02\n") || strings.Contains(got, "UPD-03") || left != 2 {
		t.Errorf("%d left of\n%s", left, got)
	}
	if strings.Contains(got, "endpoint:") {
		t.Errorf("the embedded mock has another address each time:\n%s", got)
	}
	if got, left := Suggest(failedRun("UPD-02=pass", "UPD-03=warn", "UPD-04=error"), 5); got != "" || left != 0 {
		t.Errorf("nothing failed, and yet:\n%s", got)
	}
}
