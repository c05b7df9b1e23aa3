package result

import "slices"

// OfPage gives the part of a run that is about one of its pages, with what was wrong with the
// run as a whole: a page is not fine in a run that is not.
func (r *Run) OfPage(page Page) *Run {
	part := *r
	part.Pages = []Page{page}
	part.Requirements = slices.DeleteFunc(slices.Clone(r.Requirements), func(q Requirement) bool { return q.Operation != page.Operation })
	part.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Source.File != page.File })
	part.Probes = slices.DeleteFunc(slices.Clone(r.Probes), func(p Probe) bool { return p.Operation != page.Operation })
	part.Totals = Count(part.Requirements)
	part.DurationMS = 0
	for _, q := range part.Requirements {
		part.DurationMS += q.DurationMS
	}
	return &part
}
