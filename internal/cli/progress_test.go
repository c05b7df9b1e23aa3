package cli

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		terminal bool
		each     time.Duration
		want     string
	}{
		"a short run":               {true, 100 * time.Millisecond, "abcd"},
		"a terminal":                {true, 2 * time.Second, "a1 of 4 scenarios, about 6 s left\r\x1b[Kb2 of 4 scenarios, about 4 s left\r\x1b[Kc3 of 4 scenarios, about 2 s left\r\x1b[Kd"},
		"a log":                     {false, 15 * time.Second, "abgraphpact: 2 of 4 scenarios, about 30 s left\ncd"},
		"a log of a run that lasts": {false, 20 * time.Minute, "agraphpact: 1 of 4 scenarios, about 60 min left\nbgraphpact: 2 of 4 scenarios, about 40 min left\ncgraphpact: 3 of 4 scenarios, about 20 min left\nd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			at := time.Unix(0, 0)
			p := &progress{w: &out, terminal: c.terminal, total: 4, unit: "scenarios", now: func() time.Time { return at }, started: at, told: at}
			for _, what := range []string{"a", "b", "c", "d"} {
				at = at.Add(c.each)
				p.around(func() { fmt.Fprint(&out, what) })
			}
			p.end()
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := roughly(95 * time.Second); got != "1 min 40 s" {
		t.Error(got)
	}
}
