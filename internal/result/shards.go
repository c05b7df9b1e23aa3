package result

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Phrase is the shard as Run.Partial names it.
func (s *Shard) Phrase() string { return fmt.Sprintf("shard %d of %d", s.Index, s.Count) }

// ShardReport is the report of one shard, with the name that errors give it.
type ShardReport struct {
	Name string
	Run  *Run
}

// Join puts the shards of one run together, in any order: the report that the run would have
// made unsharded, but for times, ids and the number of requests of the probes. What is
// missing is a problem of the run that it gives. Shards that do not belong together (another
// selection, page, suite, version, target or setting, or one shard twice) are an error.
func Join(shards []ShardReport) (*Run, error) {
	shards = slices.Clone(shards)
	for _, s := range shards {
		if s.Run.Shard == nil {
			return nil, fmt.Errorf("%s is not the report of a shard; make one with `graphpact run --shard I/N`", s.Name)
		}
	}
	slices.SortStableFunc(shards, func(a, b ShardReport) int { return a.Run.Shard.Index - b.Run.Shard.Index })
	var errs []error
	for i, s := range shards[1:] {
		errs = append(errs, belongTogether(shards[0], s))
		if before := shards[i]; before.Run.Shard.Index == s.Run.Shard.Index {
			errs = append(errs, fmt.Errorf("%s and %s are both shard %d", before.Name, s.Name, s.Run.Shard.Index))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	first := shards[0].Run
	out := *first
	out.ID, out.Shard, out.Parts, out.Pact = "", nil, nil, nil
	out.Pages, out.Findings, out.Problems, out.Partial, out.Probes = nil, nil, nil, nil, nil
	out.Settings, out.Target.Params = maps.Clone(first.Settings), joinParams(shards)
	out.Target.Throttled, out.Target.Throttling, out.Interrupted, out.StoppedBy, out.Ended = 0, nil, false, "", nil
	var end time.Time
	for _, s := range shards {
		out.addShard(s.Run)
		if e := s.Run.StartedAt.Add(time.Duration(s.Run.DurationMS * float64(time.Millisecond))); e.After(end) {
			end = e
		}
		if s.Run.StartedAt.Before(out.StartedAt) {
			out.StartedAt = s.Run.StartedAt
		}
	}
	out.DurationMS = float64(end.Sub(out.StartedAt).Microseconds()) / 1000
	out.Requirements = joinRequirements(shards)
	out.Problems = append(out.Problems, missingShards(shards, len(out.Requirements))...)
	out.Problems = append(out.Problems, unusedWaivers(shards, out.Requirements)...)
	out.Command = joinCommand(shards)
	out.Totals = Count(out.Requirements)
	return &out, nil
}

// addShard adds all but the requirements of a shard.
func (r *Run) addShard(s *Run) {
	r.Parts = append(r.Parts, Part{
		ID: s.ID, Shard: s.Shard.Index, BaseURL: s.Target.BaseURL, Params: s.Target.Params,
		StartedAt: s.StartedAt, DurationMS: s.DurationMS, Requirements: len(s.Requirements),
	})
	for _, p := range s.Pages {
		if !slices.ContainsFunc(r.Pages, func(known Page) bool { return known.File == p.File && known.Operation == p.Operation }) {
			r.Pages = append(r.Pages, p)
			for _, f := range s.Findings {
				if f.Source.File == p.File {
					r.Findings = append(r.Findings, f)
				}
			}
		}
	}
	for _, p := range s.Probes {
		r.addProbe(s.Shard, p)
	}
	for _, p := range s.Problems {
		r.Problems = append(r.Problems, s.Shard.Phrase()+": "+p)
	}
	for _, p := range s.Partial {
		if p != s.Shard.Phrase() && !slices.Contains(r.Partial, p) {
			r.Partial = append(r.Partial, p)
		}
	}
	if s.Pact != nil {
		r.Pact = s.Pact
	}
	r.addEnded(s)
	r.Interrupted, r.StoppedBy = r.Interrupted || s.Interrupted, cmp.Or(r.StoppedBy, s.StoppedBy)
	r.Target.Authenticated = r.Target.Authenticated || s.Target.Authenticated
	r.Target.Throttled += s.Target.Throttled
	if t := s.Target.Throttling; t != nil {
		if r.Target.Throttling == nil {
			r.Target.Throttling = &Throttling{Rate: t.Rate}
		}
		r.Target.Throttling.WaitedMS += t.WaitedMS
		r.Target.Throttling.BudgetMS += t.BudgetMS
		r.Target.Throttling.HeldMS += t.HeldMS
	}
}

// addEnded adds what ended a shard. The first one is told; what follows from the others is theirs.
func (r *Run) addEnded(s *Run) {
	if s.Ended == nil {
		return
	}
	e := *s.Ended
	e.Problems = nil
	if r.Ended != nil {
		e = *r.Ended
	}
	for _, p := range s.Ended.Problems {
		e.Problems = append(e.Problems, s.Shard.Phrase()+": "+p)
	}
	r.Ended = &e
}

// joinParams gives the path parameters of the entities of all shards, without those of which
// shards have values of their own.
func joinParams(shards []ShardReport) map[string]string {
	var out map[string]string
	own := map[string]bool{}
	for _, s := range shards {
		for name, value := range s.Run.Target.Params {
			if out == nil {
				out = map[string]string{}
			}
			if was, known := out[name]; !known {
				out[name] = value
			} else if was != value && s.Run.Target.Kind != EmbeddedMock { // each mock makes up its own
				own[name] = true
			}
		}
	}
	maps.DeleteFunc(out, func(name, _ string) bool { return own[name] })
	return out
}

// addProbe adds what a shard found out about an entity. Each shard finds out for itself;
// where two do not agree, the verdicts of one of them rest on something that does not hold.
func (r *Run) addProbe(shard *Shard, p Probe) {
	at := slices.IndexFunc(r.Probes, func(q Probe) bool { return q.Operation == p.Operation })
	if at < 0 {
		p.Properties = slices.Clone(p.Properties)
		r.Probes = append(r.Probes, p)
		return
	}
	q := &r.Probes[at]
	q.LagMS, q.Requests = max(q.LagMS, p.LagMS), q.Requests+p.Requests
	q.NeedsIfMatch, q.Unsettled = q.NeedsIfMatch || p.NeedsIfMatch, q.Unsettled || p.Unsettled
	for _, is := range p.Properties {
		for _, was := range q.Properties {
			if was.Name == is.Name && was.Outcome != is.Outcome {
				r.Problems = append(r.Problems, fmt.Sprintf("%s found %s %s, and a shard before it found it %s: the shards were not judged by the same",
					shard.Phrase(), is.Name, is.Outcome, was.Outcome))
			}
		}
	}
}

// joinRequirements gives each requirement once. One that looks back at the others was played
// in each shard: the worst outcome counts, at its own place.
func joinRequirements(shards []ShardReport) []Requirement {
	again := map[Subject][]Requirement{}
	for _, s := range shards {
		for _, q := range s.Run.Requirements {
			if slices.Contains(s.Run.Shard.Again, q.Subject()) {
				again[q.Subject()] = append(again[q.Subject()], q)
			}
		}
	}
	out := []Requirement{}
	for _, s := range shards {
		for _, q := range s.Run.Requirements {
			if slices.Contains(s.Run.Shard.Again, q.Subject()) {
				continue
			}
			for _, other := range again[q.Subject()] {
				ms := q.DurationMS + other.DurationMS
				if weight(other.Verdict) > weight(q.Verdict) {
					q = other
				}
				q.DurationMS = ms
			}
			out = append(out, q)
		}
	}
	return out
}

// belongTogether finds what shards of one run have alike, and these have not.
func belongTogether(a, b ShardReport) error {
	differs := func(what string) error {
		return fmt.Errorf("%s and %s are not shards of one run: %s", a.Name, b.Name, what)
	}
	s, t := a.Run.Shard, b.Run.Shard
	switch {
	case s.Count != t.Count:
		return differs(fmt.Sprintf("one is of %d, and the other of %d", s.Count, t.Count))
	case s.Selection != t.Selection || s.Requirements != t.Requirements:
		return differs("other requirements were selected")
	case a.Run.Tool != b.Run.Tool:
		return differs("graphpact is not the same, " + a.Run.Tool.Version + " and " + b.Run.Tool.Version)
	case a.Run.Suite != nil && b.Run.Suite != nil && a.Run.Suite.Digest != b.Run.Suite.Digest:
		return differs("the scenarios are not the same")
	case a.Run.Target.Kind != b.Run.Target.Kind || a.Run.Target.Kind != EmbeddedMock && a.Run.Target.BaseURL != b.Run.Target.BaseURL:
		return differs("the endpoint is not the same, " + a.Run.Target.BaseURL + " and " + b.Run.Target.BaseURL)
	}
	for _, p := range a.Run.Pages {
		for _, q := range b.Run.Pages {
			if p.Operation == q.Operation && p.Digest != q.Digest {
				return differs("the page " + p.File + " is not the same")
			}
		}
	}
	settings := map[string]string{}
	maps.Copy(settings, a.Run.Settings)
	maps.Copy(settings, b.Run.Settings)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if v, w := a.Run.Settings[name], b.Run.Settings[name]; v != w && name != "out" {
			return differs(fmt.Sprintf("--%s is not the same, %q and %q", name, v, w))
		}
	}
	return nil
}

// missingShards says which shards are not there, and how many requirements are in none.
func missingShards(shards []ShardReport, have int) []string {
	var problems []string
	first := shards[0].Run.Shard
	for i := 1; i <= first.Count; i++ {
		if !slices.ContainsFunc(shards, func(s ShardReport) bool { return s.Run.Shard.Index == i }) {
			problems = append(problems, fmt.Sprintf("shard %d of %d is missing", i, first.Count))
		}
	}
	if n := first.Requirements - have; n > 0 {
		problems = append(problems, fmt.Sprintf("%d of %d requirements are in the report of no shard", n, first.Requirements))
	}
	return problems
}

// unusedWaivers says of each waiver that no shard shows to be needed that it is not used,
// where all that it covers has passed.
func unusedWaivers(shards []ShardReport, reqs []Requirement) []string {
	verdicts := make(map[Subject]Verdict, len(reqs))
	for i := range reqs {
		verdicts[reqs[i].Subject()] = reqs[i].Verdict
	}
	var problems []string
	told := map[string]bool{}
	for _, s := range shards {
		for _, w := range s.Run.Shard.Waivers {
			place, _, _ := strings.Cut(w.Problem, ": ")
			if !told[place] && !slices.ContainsFunc(w.Covers, func(s Subject) bool { return verdicts[s] != Pass }) {
				problems = append(problems, w.Problem)
				told[place] = true
			}
		}
	}
	return problems
}

// joinCommand is how the run would have been started without shards; nil where the shards
// had targets of their own.
func joinCommand(shards []ShardReport) *Command {
	var out *Command
	for _, s := range shards {
		if s.Run.Command == nil {
			return nil
		}
		c := *s.Run.Command
		c.Arguments = slices.DeleteFunc(slices.Clone(c.Arguments), func(a string) bool { return strings.HasPrefix(a, "--shard=") })
		switch {
		case out == nil:
			out = &c
		case !slices.Equal(out.Arguments, c.Arguments):
			return nil
		}
	}
	return out
}
