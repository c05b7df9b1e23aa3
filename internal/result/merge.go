package result

// Merge gives the requirement of a scenario that was played several times, from its
// plays in order; at least one. It keeps the evidence of the first play with the
// outcome that decides, adds the durations up, and lists the plays:
//
//   - A failure is proof, whatever else happened: with a play that held (pass or warn)
//     beside it the verdict is Flaky, else Fail.
//   - Without a failure, a play that could not be judged makes the whole Error.
//   - Without either, a warning makes the whole Warn: a SHOULD is never flaky.
//   - A play that was skipped had no occasion to test; what was tested in another play
//     holds. All skipped is Skip.
//
// One play is given back as it is.
func Merge(plays []Requirement) Requirement {
	if len(plays) == 1 {
		return plays[0]
	}
	worst, held, ms, unplayed := 0, false, 0.0, false
	list := make([]Repetition, len(plays))
	for i, p := range plays {
		if weight(p.Verdict) > weight(plays[worst].Verdict) {
			worst = i
		}
		held = held || p.Verdict == Pass || p.Verdict == Warn
		ms, unplayed = ms+p.DurationMS, unplayed || p.NotPlayed
		list[i] = Repetition{Verdict: p.Verdict, DurationMS: p.DurationMS, Message: p.Why()}
	}
	merged := plays[worst]
	merged.Repetitions, merged.DurationMS = list, ms
	switch {
	case unplayed && held && weight(merged.Verdict) < weight(Error): // it held, as often as it was played
		merged.NotPlayed, merged.Verdict, merged.Reason = true, Skip, "not played as often as was asked for: the run had ended"
	case merged.Verdict == Fail && held:
		merged.Verdict = Flaky
	case weight(merged.Verdict) == weight(Error):
		merged.Verdict = Error // an unknown verdict too
	}
	return merged
}

// weight orders the outcomes of a play by what they decide.
func weight(v Verdict) int {
	switch v {
	case Skip:
		return 0
	case Pass:
		return 1
	case Warn:
		return 2
	case Fail:
		return 4
	case Error, Flaky, Waived: // no outcome of one play but Error
	}
	return 3
}

// Why says in one line why it did not pass; empty for a pass.
func (r Requirement) Why() string {
	if r.Verdict == Pass {
		return ""
	}
	if r.Reason != "" {
		return r.Reason
	}
	for _, s := range r.Steps {
		if s.Message != "" {
			return s.Message
		}
	}
	for _, c := range r.Checks {
		if c.Verdict != Pass && c.Verdict != Skip {
			return c.Name
		}
	}
	return ""
}

// OfPage gives the part of a run that is about one of its pages, with what was wrong with the
// run as a whole: a page is not fine in a run that is not.
func (r *Run) OfPage(page Page) *Run {
	part := *r
	part.Pages = []Page{page}
	part.Requirements = these(r.Requirements, func(q *Requirement) bool { return q.Operation == page.Operation })
	part.Findings = these(r.Findings, func(f *Finding) bool { return f.Source.File == page.File })
	part.Probes = these(r.Probes, func(p *Probe) bool { return p.Operation == page.Operation })
	part.Totals = Count(part.Requirements)
	part.DurationMS = 0
	for _, q := range part.Requirements {
		part.DurationMS += q.DurationMS
	}
	return &part
}

// these copies the items that match and no other: a run has many items, and many pages. What
// is nil stays so.
func these[T any](items []T, match func(*T) bool) []T {
	if items == nil {
		return nil
	}
	some := []T{}
	for i := range items {
		if match(&items[i]) {
			some = append(some, items[i])
		}
	}
	return some
}
