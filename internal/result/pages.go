package result

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
