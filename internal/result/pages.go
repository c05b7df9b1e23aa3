package result

// OfPage gives the part of a run that is about one of its pages, with what was wrong with the
// run as a whole: a page is not fine in a run that is not.
func (r *Run) OfPage(page Page) *Run {
	part := *r
	part.Pages = []Page{page}
	part.Requirements = which(r.Requirements, func(q *Requirement) bool { return q.Operation == page.Operation })
	for i := range part.Requirements { // each format looks at them
		q := &part.Requirements[i]
		q.Exchanges, q.Kept = q.Sent(), nil
	}
	part.Findings = which(r.Findings, func(f *Finding) bool { return f.Source.File == page.File })
	part.Probes = which(r.Probes, func(p *Probe) bool { return p.Operation == page.Operation })
	part.Totals = Count(part.Requirements)
	part.DurationMS = 0
	for _, q := range part.Requirements {
		part.DurationMS += q.DurationMS
	}
	return &part
}

// which gives the items that are meant, without a copy of the others: a run has as many
// requirements as its pages have together.
func which[T any](all []T, meant func(*T) bool) []T {
	var out []T
	for i := range all {
		if meant(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}
