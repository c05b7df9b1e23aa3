package selftest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// The invented suite: an outline of two rows, a SHOULD, and one that the page has nothing
// for.
func cases() []scenario.Case {
	return []scenario.Case{
		{ID: "R-1", Row: "a", Level: result.Must, Outline: "first"},
		{ID: "R-1", Row: "b", Level: result.Must, Outline: "first"},
		{ID: "R-2", Level: result.Should, Outline: "second"},
		{ID: "R-3", Level: result.Must, Outline: "third", Absent: "the page has no such thing"},
	}
}

// reqs are the verdicts of one play, for each case in its order: p, s, w, f, e, or _ for
// none at all.
func reqs(verdicts string) []result.Requirement {
	word := map[rune]result.Verdict{'p': result.Pass, 's': result.Skip, 'w': result.Warn, 'f': result.Fail, 'e': result.Error}
	var out []result.Requirement
	for i, v := range verdicts {
		if v == '_' {
			continue
		}
		c := cases()[i]
		r := result.Requirement{ID: c.ID, Case: c.Row, Level: c.Level, Verdict: word[v]}
		if v != 'p' {
			r.Reason = "because"
		}
		out = append(out, r)
	}
	return out
}

func fault(name string, detected ...string) mockgraph.Behaviour {
	return mockgraph.Behaviour{Name: name, Kind: mockgraph.Fault, DetectedBy: detected, Touches: []string{"of " + name}}
}

func variant(name string) mockgraph.Behaviour {
	return mockgraph.Behaviour{Name: name, Kind: mockgraph.Variant, Touches: []string{"of " + name}}
}

// script plays what it was given, by the name of the trial; a trial without an entry gets
// the baseline.
func script(plays map[string]string) Player {
	return func(_ context.Context, t Trial) ([]result.Requirement, error) {
		verdicts, ok := plays[t.Name()]
		if !ok {
			verdicts = plays["baseline"]
		}
		if why, failed := strings.CutPrefix(verdicts, "error "); failed {
			return nil, errors.New(why)
		}
		if verdicts == "panic" {
			panic("at the disco")
		}
		return reqs(verdicts), nil
	}
}

func config() Config {
	return Config{Operation: &contract.Operation{}, Cases: cases(), Parallel: 3}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		detected []string
		play     string
		seen     bool
		cells    []Cell
	}{
		{
			"detected by one row of the named requirement", []string{"R-1"}, "pfps", true,
			[]Cell{{ID: "R-1", Mark: Detected, Keys: []string{"R-1[b]"}}},
		},
		{
			"a SHOULD that detects with a warning", []string{"R-2"}, "ppws", true,
			[]Cell{{ID: "R-2", Mark: Detected, Keys: []string{"R-2"}}},
		},
		{
			"detected elsewhere too", []string{"R-2"}, "fpws", true,
			[]Cell{{ID: "R-1", Mark: Also, Keys: []string{"R-1[a]"}}, {ID: "R-2", Mark: Detected, Keys: []string{"R-2"}}},
		},
		{
			"unseen", []string{"R-1"}, "ppps", false,
			[]Cell{{ID: "R-1", Mark: Missed, Keys: []string{"R-1[a]", "R-1[b]"}, Reason: "it passes"}},
		},
		{
			"detected by accident only", []string{"R-2"}, "ffps", false,
			[]Cell{
				{ID: "R-1", Mark: Also, Keys: []string{"R-1[a]", "R-1[b]"}},
				{ID: "R-2", Mark: Missed, Keys: []string{"R-2"}, Reason: "it passes"},
			},
		},
		{
			"detected by one of two that it names", []string{"R-1", "R-2"}, "ffps", false,
			[]Cell{
				{ID: "R-1", Mark: Detected, Keys: []string{"R-1[a]", "R-1[b]"}},
				{ID: "R-2", Mark: Missed, Keys: []string{"R-2"}, Reason: "it passes"},
			},
		},
		{
			"a requirement that is skipped has not detected", []string{"R-2"}, "ppss", false,
			[]Cell{{ID: "R-2", Mark: Missed, Keys: []string{"R-2"}, Reason: "skipped: because"}},
		},
		{
			"a requirement that could not be judged has not detected", []string{"R-1"}, "eeps", false,
			[]Cell{{ID: "R-1", Mark: Missed, Keys: []string{"R-1[a]", "R-1[b]"}, Reason: "not judged: because"}},
		},
		{
			"no verdict detects nothing", []string{"R-1"}, "__ps", false,
			[]Cell{{ID: "R-1", Mark: Missed, Keys: []string{"R-1[a]", "R-1[b]"}, Reason: "not judged: the suite gave no verdict on it"}},
		},
		{
			"skipped and not judged elsewhere", []string{"R-2"}, "sews", true,
			[]Cell{
				{ID: "R-1", Mark: Unjudged, Keys: []string{"R-1[b]"}, Reason: "because"},
				{ID: "R-2", Mark: Detected, Keys: []string{"R-2"}},
			},
		},
		{
			"skipped elsewhere", []string{"R-2"}, "spws", true,
			[]Cell{
				{ID: "R-1", Mark: Skipped, Keys: []string{"R-1[a]"}, Reason: "because"},
				{ID: "R-2", Mark: Detected, Keys: []string{"R-2"}},
			},
		},
		{
			"what the page has nothing for need not detect", []string{"R-2", "R-3"}, "ppws", true,
			[]Cell{{ID: "R-2", Mark: Detected, Keys: []string{"R-2"}}, {ID: "R-3", Mark: Untestable, Reason: "because"}},
		},
		{
			"a fault that only such a requirement would detect is unseen", []string{"R-3"}, "ppps", false,
			[]Cell{{ID: "R-3", Mark: Untestable, Reason: "because"}},
		},
		{
			"a requirement that is left out of the suite", []string{"R-1", "R-9"}, "fpps", false,
			[]Cell{{ID: "R-1", Mark: Detected, Keys: []string{"R-1[a]"}}, {ID: "R-9", Mark: Missed, Reason: "no scenario has this id"}},
		},
		{"a fault that names nothing is unseen", nil, "ffws", false, []Cell{
			{ID: "R-1", Mark: Also, Keys: []string{"R-1[a]", "R-1[b]"}}, {ID: "R-2", Mark: Also, Keys: []string{"R-2"}},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := config()
			cfg.Faults = []mockgraph.Behaviour{fault("f", tc.detected...)}
			r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "f": tc.play}), nil)
			got := r.Faults[0]
			if got.Seen != tc.seen {
				t.Errorf("seen: %v", got.Seen)
			}
			if diff := cmp.Diff(tc.cells, got.Cells); diff != "" {
				t.Error(diff)
			}
			cfg.Partial = true // which requirements are killed is the business of another test
			r = Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "f": tc.play}), nil)
			if r.Holds() != tc.seen || strings.HasPrefix(r.Headline(), "SEEN") != tc.seen {
				t.Errorf("holds: %v, %s", r.Holds(), r.Headline())
			}
		})
	}
}

// A fault whose trial breaks down is not seen, whatever the others say.
func TestABrokenTrialIsNoDetection(t *testing.T) {
	t.Parallel()
	for _, play := range []string{"error the port is taken", "panic", ""} {
		cfg := config()
		cfg.Faults = []mockgraph.Behaviour{fault("f", "R-1"), fault("g", "R-2")}
		r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "f": play, "g": "ppws"}), nil)
		if f := r.Faults[0]; f.Seen || f.Problem == "" || !r.Faults[1].Seen || r.Totals.Seen != 1 || r.Holds() {
			t.Errorf("%q: %+v %+v", play, f, r.Totals)
		}
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, play string
		quiet      bool
		alarms     []string
		skips      []string
	}{
		{"as the baseline", "ppps", true, nil, nil},
		{"a skip is shown", "psps", true, nil, []string{"R-1[b]"}},
		{"a failure", "pfps", false, []string{"R-1[b]"}, nil},
		{"a warning", "ppws", false, []string{"R-2"}, nil},
		{"an error", "epps", false, []string{"R-1[a]"}, nil},
		{"no verdict", "p_ps", false, []string{"R-1[b]"}, nil},
		{"nothing but skips", "ssss", false, nil, []string{"R-1[a]", "R-1[b]", "R-2"}},
		{"no answer", "error no", false, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := config()
			cfg.Variants, cfg.Partial = []mockgraph.Behaviour{variant("v")}, true
			r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "v": tc.play}), nil)
			v := r.Variants[0]
			if v.Quiet != tc.quiet || r.Holds() != tc.quiet || (r.Totals.FalseAlarms == 0) != tc.quiet {
				t.Errorf("%+v %+v", v, r.Totals)
			}
			if diff := cmp.Diff(tc.alarms, keys(v.Alarms)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.skips, keys(v.Skips)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A skip for which the suite gives no reason is an alarm.
func TestASkipWithoutAReason(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Variants = []mockgraph.Behaviour{variant("v")}
	r := Run(t.Context(), cfg, func(_ context.Context, t Trial) ([]result.Requirement, error) {
		all := reqs("ppps")
		if t.Kind == Variant {
			all[0].Verdict = result.Skip
		}
		return all, nil
	}, nil)
	if v := r.Variants[0]; v.Quiet || len(v.Alarms) != 1 || v.Alarms[0].Key != "R-1[a]" {
		t.Errorf("%+v", v)
	}
}

func keys(list []CaseVerdict) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.Key)
	}
	return out
}

func TestKilled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		faults   map[string]string // the play of each; it names or both by its name
		unkilled []string
	}{
		{"all", map[string]string{"R-1": "ffps", "R-2": "ppws"}, []string{}},
		{"a row that no fault kills", map[string]string{"R-1": "fpps", "R-2": "ppws"}, []string{"R-1[b]"}},
		{"by accident does not count", map[string]string{"R-2": "ffws"}, []string{"R-1[a]", "R-1[b]"}},
		{"nothing", nil, []string{"R-1[a]", "R-1[b]", "R-2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := config()
			plays := map[string]string{"baseline": "ppps"}
			for _, id := range []string{"R-1", "R-2"} {
				if play, ok := tc.faults[id]; ok {
					cfg.Faults = append(cfg.Faults, fault("of "+id, id))
					plays["of "+id] = play
				}
			}
			r := Run(t.Context(), cfg, script(plays), nil)
			if diff := cmp.Diff(tc.unkilled, r.Unkilled()); diff != "" {
				t.Error(diff)
			}
			if r.Totals.Passing != 3 || r.Totals.Killed != 3-len(tc.unkilled) || r.Holds() != (len(tc.unkilled) == 0) {
				t.Errorf("%+v, holds %v", r.Totals, r.Holds())
			}
		})
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, fault, variant, pair string
		changed                    []string
	}{
		{"the same", "pfws", "ppps", "pfws", nil},
		{"no longer failed", "pfws", "ppps", "ppws", []string{"R-1[b]"}},
		{"skipped, and nobody skips it alone", "pfps", "ppps", "psps", []string{"R-1[b]"}},
		{"skipped, as the variant alone does", "pfps", "psps", "psps", nil},
		{"judged no more", "pfps", "ppps", "peps", []string{"R-1[b]"}},
		{"failed too, and neither fails it alone", "pfps", "ppps", "ffps", []string{"R-1[a]"}},
		{"failed too, as the variant alone", "pfps", "fpps", "ffps", nil},
		{"an error where the fault had a skip", "sfps", "ppps", "efps", []string{"R-1[a]"}},
		{"failed where the fault could not be judged", "efps", "ppps", "ffps", nil},
		{"a pass that the variant skips", "pfps", "spps", "sfps", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := config()
			cfg.Faults, cfg.Variants = []mockgraph.Behaviour{fault("f", "R-1")}, []mockgraph.Behaviour{variant("v")}
			cfg.Pairs, cfg.Partial = 1, true
			r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "f": tc.fault, "v": tc.variant, "f + v": tc.pair}), nil)
			p := r.Pairs[0]
			var changed []string
			for _, c := range p.Changes {
				changed = append(changed, c.Key)
			}
			if diff := cmp.Diff(tc.changed, changed); diff != "" {
				t.Error(diff)
			}
			if kept := len(tc.changed) == 0; p.Kept != kept || (r.Totals.PairsKept == 1) != kept {
				t.Errorf("%+v", p)
			}
			if len(tc.changed) > 0 && r.Holds() {
				t.Error("the selftest holds")
			}
		})
	}
}

// Without verdicts on both alone there is nothing to compare a pair with.
func TestAPairOfABrokenTrial(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"f", "v", "f + v"} {
		cfg := config()
		cfg.Faults, cfg.Variants, cfg.Pairs = []mockgraph.Behaviour{fault("f", "R-1")}, []mockgraph.Behaviour{variant("v")}, 1
		r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "f": "pfps", "f + v": "pfps", broken: "error no"}), nil)
		if p := r.Pairs[0]; p.Kept || p.Problem == "" {
			t.Errorf("%s: %+v", broken, p)
		}
	}
}

func TestControls(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, play          string
		may                 []string
		unexpected, missing []string
	}{
		{"nothing may, nothing does", "eees", nil, []string{}, []string{}},
		{"one passes", "epes", nil, []string{"R-1[b]"}, []string{}},
		{"all rows of what may pass", "ppes", []string{"R-1"}, []string{}, []string{}},
		{"a row of what may pass does not", "pees", []string{"R-1"}, []string{}, []string{"R-1[b]"}},
		{"another one passes", "ppps", []string{"R-1"}, []string{"R-2"}, []string{}},
		{"what the page has nothing for", "eees", []string{"R-3"}, []string{}, []string{}},
		{"no verdict is no pass", "____", nil, []string{}, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := negative.Control{Name: "c"}
			for _, id := range tc.may {
				c.Passes = append(c.Passes, negative.Pass{ID: id, Why: "why"})
			}
			cfg := config()
			cfg.Controls, cfg.Partial = []negative.Control{c}, true
			play := tc.play
			if play == "____" {
				play = "___s"
			}
			r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "c": play}), nil)
			got := r.Controls[0]
			if diff := cmp.Diff(tc.unexpected, got.Unexpected); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.missing, got.Missing); diff != "" {
				t.Error(diff)
			}
			if held := len(tc.unexpected)+len(tc.missing) == 0; got.Held != held || r.Holds() != held {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestControlOnThePage: what may pass depends on what the page promises.
func TestControlOnThePage(t *testing.T) {
	t.Parallel()
	status := negative.Pass{ID: "R-1", Why: "why", Status: http.StatusOK}
	body := negative.Pass{ID: "R-3", Why: "why", OfBody: true}
	for _, tc := range []struct {
		name     string
		promised contract.Success
		play     string
		held     bool
		may      int
	}{
		{"the page promises another status", contract.Success{Status: 204}, "eeep", true, 1},
		{"and the status passes all the same", contract.Success{Status: 204}, "ppep", false, 1},
		{"the page promises it", contract.Success{Status: 200}, "ppep", true, 2},
		{"the page allows it too", contract.Success{Status: 204, Alternatives: []contract.Alternative{{Status: 200}}}, "ppep", true, 2},
		{"the page names no status", contract.Success{}, "ppep", true, 2},
		{"a body that the mock has not", contract.Success{Status: 200}, "ppes", false, 2},
	} {
		cfg := config()
		cfg.Operation = &contract.Operation{Success: tc.promised}
		cfg.Controls, cfg.Partial = []negative.Control{{Name: "c", Passes: []negative.Pass{status, body}}}, true
		r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "c": tc.play}), nil)
		if got := r.Controls[0]; got.Held != tc.held || len(got.MayPass) != tc.may {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

func TestBaseline(t *testing.T) {
	t.Parallel()
	for play, problem := range map[string]string{
		"pfps":     "R-1[b] fail: because",
		"ppws":     "R-2 warn: because",
		"ppp_":     "R-3 error: the suite gave no verdict",
		"ssss":     "nothing passes",
		"error no": "could not be played: no",
	} {
		cfg := config()
		cfg.Faults = []mockgraph.Behaviour{fault("f", "R-1")}
		r := Run(t.Context(), cfg, script(map[string]string{"baseline": play, "f": "ffps"}), nil)
		if r.Holds() || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], problem) {
			t.Errorf("%s: %q, want %q", play, r.Problems, problem)
		}
	}
}

func TestNotApplicable(t *testing.T) {
	t.Parallel()
	cfg := config()
	no := func(*contract.Operation) string { return "the page has no lamp" }
	dark, slow := fault("dark", "R-1"), variant("slow")
	dark.NotApplicable, slow.NotApplicable = no, no
	cfg.Faults = []mockgraph.Behaviour{fault("a", "R-1"), dark, fault("b", "R-2")}
	cfg.Variants = []mockgraph.Behaviour{slow, variant("v")}
	cfg.Pairs = 100
	played := map[string]bool{}
	r := Run(t.Context(), cfg, script(map[string]string{"baseline": "ppps", "a": "ffps", "b": "ppws", "a + v": "ffps", "b + v": "ppws"}),
		func(o Outcome, _, _ int) { played[o.Name()] = true })
	if played["dark"] || played["slow"] || len(played) != 6 {
		t.Errorf("played: %v", played)
	}
	if f := r.Faults[1]; f.Name != "dark" || f.NotApplicable == "" || f.Seen {
		t.Errorf("%+v", f)
	}
	want := Totals{
		Faults: 3, FaultsNotApplicable: 1, Seen: 2, Variants: 2, VariantsNotApplicable: 1, Pairs: 2, PairsKept: 2,
		Passing: 3, Killed: 3, DetectionRate: 1,
	}
	if diff := cmp.Diff(want, r.Totals); diff != "" || !r.Holds() {
		t.Errorf("holds %v\n%s", r.Holds(), diff)
	}
}
