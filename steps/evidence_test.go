package steps

import (
	"context"
	"errors"
	"testing"
	"time"

	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

func TestRequirement(t *testing.T) {
	t.Parallel()
	failed := result.Check{Name: "x", Verdict: result.Fail}
	passed := result.Check{Name: "x", Verdict: result.Pass}
	for name, tc := range map[string]struct {
		level   result.Level
		checks  []result.Check
		skipped string
		err     error
		want    result.Verdict
	}{
		"pass":                    {result.Must, []result.Check{passed}, "", nil, result.Pass},
		"fail":                    {result.Must, []result.Check{passed, failed}, "", &checkError{"x"}, result.Fail},
		"should":                  {result.Should, []result.Check{failed}, "", &checkError{"x"}, result.Warn},
		"skip":                    {result.Must, []result.Check{passed}, "no ETag", nil, result.Skip},
		"cannot be judged":        {result.Should, []result.Check{passed}, "", errors.New("connection reset"), result.Error},
		"interrupted":             {result.Must, nil, "", context.Canceled, result.Error},
		"no check":                {result.Must, nil, "", nil, result.Skip},
		"a note is no check":      {result.Must, []result.Check{{Name: "x", Verdict: result.Skip, Message: "204"}}, "", nil, result.Skip},
		"an error beats the fail": {result.Must, []result.Check{failed}, "", errors.New("reset"), result.Error},
	} {
		t.Run(name, func(t *testing.T) {
			e := evidence{c: scenario.Case{Level: tc.level}, checks: tc.checks, skipped: tc.skipped}
			r := e.requirement(nil, tc.err, time.Time{})
			if r.Verdict != tc.want {
				t.Errorf("%s, want %s", r.Verdict, tc.want)
			}
			if (r.Verdict == result.Skip || r.Verdict == result.Error) && r.Reason == "" {
				t.Error("no reason")
			}
		})
	}
}
