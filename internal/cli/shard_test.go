package cli

import (
	"strings"
	"testing"

	"graphpact/internal/harness"
)

func TestShard(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, env string
		want      harness.Shard
		err       string
	}{
		{"", "CI_NODE_INDEX=2 CI_NODE_TOTAL=3", harness.Shard{}, ""}, // only where it is asked for
		{"1/1", "", harness.Shard{Index: 1, Count: 1}, ""},
		{"2/5", "CI_NODE_INDEX=1 CI_NODE_TOTAL=3", harness.Shard{Index: 2, Count: 5}, ""},
		{"auto", "CI_NODE_INDEX=2 CI_NODE_TOTAL=3", harness.Shard{Index: 2, Count: 3}, ""},
		{"auto", "CI_NODE_TOTAL=1", harness.Shard{Index: 1, Count: 1}, ""},
		{"auto/4", "JOB_COMPLETION_INDEX=0", harness.Shard{Index: 1, Count: 4}, ""},
		{"auto/4", "JOB_COMPLETION_INDEX=3", harness.Shard{Index: 4, Count: 4}, ""},
		{"auto/4", "JOB_COMPLETION_INDEX=4", harness.Shard{}, "this is part 5, and there are 4"},
		{"auto/4", "", harness.Shard{}, "JOB_COMPLETION_INDEX is not set"},
		{"auto/4", "JOB_COMPLETION_INDEX=-1", harness.Shard{}, "must be a number from 0"},
		{"auto", "", harness.Shard{}, "CI_NODE_INDEX and CI_NODE_TOTAL are not set"},
		{"auto", "CI_NODE_TOTAL=3", harness.Shard{}, `the variable CI_NODE_INDEX: "" is no number`},
		{"auto", "CI_NODE_INDEX=4 CI_NODE_TOTAL=3", harness.Shard{}, "CI_NODE_INDEX is 4, and CI_NODE_TOTAL is 3"},
		{"0/3", "", harness.Shard{}, `"0" is no number from 1`},
		{"4/3", "", harness.Shard{}, "this is part 4, and there are 3"},
		{"2", "", harness.Shard{}, "write it as I/N"},
		{"1/x", "", harness.Shard{}, `"x" is no number`},
		{"1/2/3", "", harness.Shard{}, `"2/3" is no number`},
		{"1/99999999", "", harness.Shard{}, "from 1 to 10000"},
	} {
		t.Run(tc.text+" "+tc.env, func(t *testing.T) {
			a := &app{environ: strings.Fields(tc.env)}
			got, err := (&shardOptions{text: tc.text}).shard(a.env)
			if tc.err == "" && (err != nil || got != tc.want) {
				t.Errorf("%v, %v, want %v", got, err, tc.want)
			}
			if tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
				t.Errorf("%v, want %q", err, tc.err)
			}
		})
	}
}
