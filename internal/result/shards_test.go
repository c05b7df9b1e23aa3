package result

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const lamp = "PATCH /lamps/{lampId}"

// shard makes the report of a shard of three requirements by "ID:verdict" words.
func shard(index, count int, words string, change func(*Run)) ShardReport {
	r := &Run{
		Version: Version, ID: string(rune('a' + index)), Tool: Tool{Version: "1"}, StartedAt: time.Date(2026, 11, 23, 16, index, 0, 0, time.UTC), DurationMS: 1000,
		Target: Target{Kind: "endpoint", BaseURL: "https://graph.example/beta", Params: map[string]string{"roomId": "1", "lampId": "7"}},
		Pages:  []Page{{File: "lamp-update.md", Digest: "sha256:1", Operation: lamp}}, Findings: []Finding{{Class: "todo", Source: Source{File: "lamp-update.md", Line: 3}}},
		Settings: map[string]string{"timeout": "30s", "out": string(rune('a' + index))}, Suite: &Suite{Digest: "sha256:2"},
		Command: &Command{Name: "run", Arguments: []string{"--timeout=30s", "--shard=x"}},
		Shard:   &Shard{Index: index, Count: count, Selection: "sha256:3", Requirements: 3},
	}
	r.Partial = []string{"only A, B, C", r.Shard.Phrase()}
	for _, w := range strings.Fields(words) {
		id, v, _ := strings.Cut(w, ":")
		if name, again := strings.CutPrefix(id, "+"); again {
			id = name
			r.Shard.Again = append(r.Shard.Again, Subject{lamp, id})
		}
		r.Requirements = append(r.Requirements, Requirement{ID: id, Operation: lamp, Level: Must, Verdict: Verdict(v), DurationMS: 5, Reason: r.ID})
	}
	if change != nil {
		change(r)
	}
	r.Totals = Count(r.Requirements)
	return ShardReport{"shard-" + r.ID + ".json", r}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	got, err := Join([]ShardReport{shard(2, 2, "B:fail LATE:pass", nil), shard(1, 2, "A:pass +LATE:warn", nil)})
	if err != nil {
		t.Fatal(err)
	}
	want := &Run{
		Version: Version, Tool: Tool{Version: "1"}, StartedAt: time.Date(2026, 11, 23, 16, 1, 0, 0, time.UTC), DurationMS: 61_000,
		Target: Target{Kind: "endpoint", BaseURL: "https://graph.example/beta", Params: map[string]string{"roomId": "1", "lampId": "7"}},
		Pages:  []Page{{File: "lamp-update.md", Digest: "sha256:1", Operation: lamp}}, Findings: []Finding{{Class: "todo", Source: Source{File: "lamp-update.md", Line: 3}}},
		Settings: map[string]string{"timeout": "30s", "out": "b"}, Suite: &Suite{Digest: "sha256:2"},
		Command: &Command{Name: "run", Arguments: []string{"--timeout=30s"}},
		Partial: []string{"only A, B, C"},
		Requirements: []Requirement{
			{ID: "A", Operation: lamp, Level: Must, Verdict: Pass, DurationMS: 5, Reason: "b"},
			{ID: "B", Operation: lamp, Level: Must, Verdict: Fail, DurationMS: 5, Reason: "c"},
			{ID: "LATE", Operation: lamp, Level: Must, Verdict: Warn, DurationMS: 10, Reason: "b"}, // the worst of both
		},
		Totals: Totals{Requirements: 3, Pass: 1, Fail: 1, Warn: 1},
	}
	parts := got.Parts
	got.Parts = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(parts) != 2 || parts[0].Shard != 1 || parts[0].ID != "b" || parts[1].Requirements != 2 {
		t.Errorf("parts %+v", parts)
	}
}

func TestJoinRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		second ShardReport
		want   string
	}{
		{"no shard", shard(2, 2, "B:pass", func(r *Run) { r.Shard = nil }), "shard-c.json is not the report of a shard"},
		{"of another number", shard(2, 3, "B:pass", nil), "one is of 2, and the other of 3"},
		{"the same shard", shard(1, 2, "A:pass", nil), "are both shard 1"},
		{"another selection", shard(2, 2, "B:pass", func(r *Run) { r.Shard.Selection = "sha256:9" }), "other requirements were selected"},
		{"another graphpact", shard(2, 2, "B:pass", func(r *Run) { r.Tool.Version = "2" }), "graphpact is not the same, 1 and 2"},
		{"another suite", shard(2, 2, "B:pass", func(r *Run) { r.Suite.Digest = "sha256:9" }), "the scenarios are not the same"},
		{"another page", shard(2, 2, "B:pass", func(r *Run) { r.Pages[0].Digest = "sha256:9" }), "the page lamp-update.md is not the same"},
		{"another endpoint", shard(2, 2, "B:pass", func(r *Run) { r.Target.BaseURL = "https://other.example" }), "the endpoint is not the same"},
		{"another setting", shard(2, 2, "B:pass", func(r *Run) { r.Settings["timeout"] = "1s" }), `--timeout is not the same, "30s" and "1s"`},
		{"one setting more", shard(2, 2, "B:pass", func(r *Run) { r.Settings["rate"] = "5" }), `--rate is not the same, "" and "5"`},
	} {
		if _, err := Join([]ShardReport{shard(1, 2, "A:pass", nil), tc.second}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// TestJoinTellsWhatNoShardKnew: a merged report is never greener than its shards.
func TestJoinTellsWhatNoShardKnew(t *testing.T) {
	t.Parallel()
	probe := func(outcome string) func(*Run) {
		return func(r *Run) {
			r.Probes = []Probe{{Operation: lamp, LagMS: float64(r.StartedAt.Minute()), Requests: 4, Properties: []ProbedProperty{{Name: "color", Outcome: outcome}}}}
		}
	}
	unused := func(r *Run) {
		r.Shard.Waivers = []ShardWaiver{{Covers: []Subject{{lamp, "A"}, {lamp, "B"}}, Problem: "waivers.yaml:3: the waiver of UPD-01 is not used"}}
	}
	for _, tc := range []struct {
		name   string
		shards []ShardReport
		want   []string
	}{
		{"all is there", []ShardReport{shard(1, 2, "A:pass", nil), shard(2, 2, "B:pass C:pass", nil)}, nil},
		{"a shard is missing", []ShardReport{shard(1, 2, "A:pass", nil)}, []string{"shard 2 of 2 is missing", "2 of 3 requirements are in the report of no shard"}},
		{"a shard ended early", []ShardReport{shard(1, 2, "A:pass", nil), shard(2, 2, "", nil)}, []string{"2 of 3 requirements are in the report of no shard"}},
		{"a problem", []ShardReport{shard(1, 2, "A:pass", nil), shard(2, 2, "B:pass C:pass", func(r *Run) { r.Problems = []string{"not restored"} })}, []string{"shard 2 of 2: not restored"}},
		{"they found the same", []ShardReport{shard(1, 2, "A:pass", probe("taken")), shard(2, 2, "B:pass C:pass", probe("taken"))}, nil},
		{
			"they found different things", []ShardReport{shard(1, 2, "A:pass", probe("taken")), shard(2, 2, "B:pass C:pass", probe("refused"))},
			[]string{"shard 2 of 2 found color refused, and a shard before it found it taken: the shards were not judged by the same"},
		},
		{"a waiver that one shard needs", []ShardReport{shard(1, 2, "A:pass", unused), shard(2, 2, "B:waived C:pass", nil)}, nil},
		{"a waiver that nothing needs", []ShardReport{shard(1, 2, "A:pass", unused), shard(2, 2, "B:pass C:pass", unused)}, []string{"waivers.yaml:3: the waiver of UPD-01 is not used"}},
		{"a waiver of what was not tested", []ShardReport{shard(1, 2, "A:pass", unused), shard(2, 2, "B:skip C:pass", nil)}, nil},
	} {
		got, err := Join(tc.shards)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if diff := cmp.Diff(tc.want, got.Problems); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tc.name, diff)
		}
		if len(got.Probes) > 0 && (got.Probes[0].LagMS != 2 || got.Probes[0].Requests != 8) {
			t.Errorf("%s: probe %+v", tc.name, got.Probes[0])
		}
	}
}

func TestJoinOfTargetsOfTheirOwn(t *testing.T) {
	t.Parallel()
	other := func(r *Run) {
		r.Target.Params["lampId"] = "8"
		r.Command.Arguments = []string{"--param=lampId=8"}
		r.Target.Throttled, r.Target.Throttling, r.Interrupted = 2, &Throttling{WaitedMS: 3, BudgetMS: 4}, true
	}
	in := []ShardReport{shard(1, 2, "A:pass", nil), shard(2, 2, "B:pass C:pass", other)}
	got, err := Join(in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"roomId": "1"}, got.Target.Params); diff != "" {
		t.Error(diff)
	}
	if got.Command != nil || got.Target.Throttled != 2 || got.Target.Throttling.WaitedMS != 3 || !got.Interrupted {
		t.Errorf("%+v, %+v", got.Command, got.Target)
	}
	if in[0].Run.Target.Params["lampId"] != "7" || !slices.Contains(in[0].Run.Partial, "shard 1 of 2") {
		t.Error("Join changed the report of a shard")
	}
}
