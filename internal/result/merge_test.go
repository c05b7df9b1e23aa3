package result

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		plays    string // verdicts in order
		want     Verdict
		evidence int // the play whose evidence is kept, from 1
	}{
		{"pass", Pass, 1},
		{"pass pass", Pass, 1},
		{"fail fail", Fail, 1},
		{"pass fail", Flaky, 2},
		{"fail pass pass", Flaky, 1},
		{"pass fail fail", Flaky, 2},
		{"warn fail", Flaky, 2}, // a MUST whose checks held, with a remark
		{"warn pass", Warn, 1},
		{"pass warn warn", Warn, 2},
		{"pass error", Error, 2},
		{"warn error", Error, 2},
		{"skip error", Error, 2},
		{"error error", Error, 1},
		{"error fail", Fail, 2},
		{"fail error", Fail, 1},
		{"error fail pass", Flaky, 2},
		{"skip skip", Skip, 1},
		{"skip pass", Pass, 2},
		{"skip warn pass", Warn, 2},
		{"skip fail", Fail, 2},
		{"pass unknown", Error, 2},
		{"unknown fail", Fail, 2},
	} {
		t.Run(tc.plays, func(t *testing.T) {
			var plays []Requirement
			for i, v := range strings.Fields(tc.plays) {
				plays = append(plays, Requirement{ID: "R", Verdict: Verdict(v), Reason: fmt.Sprint(i + 1), DurationMS: 2})
			}
			got := Merge(plays)
			if got.Verdict != tc.want || got.Reason != fmt.Sprint(tc.evidence) || got.ID != "R" {
				t.Errorf("%s with the evidence of play %s, want %s of %d", got.Verdict, got.Reason, tc.want, tc.evidence)
			}
			if got.DurationMS != float64(2*len(plays)) {
				t.Errorf("took %v ms", got.DurationMS)
			}
			if want := len(plays); want > 1 && len(got.Repetitions) != want || want == 1 && got.Repetitions != nil {
				t.Errorf("plays %v", got.Repetitions)
			}
		})
	}
}

func TestMergeListsThePlays(t *testing.T) {
	t.Parallel()
	got := Merge([]Requirement{
		{Verdict: Pass, DurationMS: 1, Steps: []Step{{Message: "not told of a pass"}}},
		{Verdict: Fail, DurationMS: 2, Steps: []Step{{}, {Message: "expected 200"}}},
		{Verdict: Skip, DurationMS: 3, Reason: "no ETag"},
		{Verdict: Fail, DurationMS: 4, Checks: []Check{{Name: "a", Verdict: Pass}, {Name: "b", Verdict: Fail}}},
	})
	want := []Repetition{
		{Pass, 1, ""}, {Fail, 2, "expected 200"}, {Skip, 3, "no ETag"}, {Fail, 4, "b"},
	}
	if diff := cmp.Diff(want, got.Repetitions); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
