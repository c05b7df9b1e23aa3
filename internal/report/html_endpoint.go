package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"graphpact/internal/result"
)

// endpoint is what was found out about the target beside its verdicts: what it does with each
// property, how late its reads are, and how long it takes.
func (h *htmlReport) endpoint() {
	h.section("endpoint", "The endpoint")
	h.table("The endpoint", []string{"what", "value"}, func(row func(...any)) {
		row("target", targetText(&h.run.Target))
		if hint := h.run.Target.TokenHint; hint != "" {
			row("token of the curl lines", hint)
		}
		for _, w := range waiting(&h.run.Target) {
			row(w[0], w[1])
		}
		for i := range h.run.Probes {
			row("probe", h.run.Probes[i].URL+": "+probeSummary(&h.run.Probes[i]))
		}
	})
	for i := range h.run.Probes {
		p := &h.run.Probes[i]
		h.put(`<h3>What it does with each property</h3><p class="file">{}</p>`+"\n", p.URL)
		h.table("Properties of "+p.URL, []string{"property", "an update is", "sent", "value from", "answer"}, func(row func(...any)) {
			for _, q := range p.Properties {
				row(q.Name, q.Outcome, q.Sent, q.Origin, q.Detail)
			}
		})
	}
	h.timings()
}

// slowest is how many scenarios the timings name.
const slowest = 10

// timings are the times of the requests by method, and the slowest scenarios.
func (h *htmlReport) timings() {
	times := map[string][]float64{}
	again := map[string]int{}
	for i := range h.run.Requirements {
		sent := h.run.Requirements[i].Sent()
		for j := range sent {
			x := &sent[j]
			method, _, _ := strings.Cut(x.Request.Line, " ")
			times[method] = append(times[method], x.DurationMS)
			again[method] += max(x.Attempts-1, len(x.Retries))
		}
	}
	if len(times) == 0 {
		return
	}
	h.put("<h3>Times</h3>\n")
	h.table("Times of the requests", []string{"method", "requests", "sent again", "median", "95 %", "longest"}, func(row func(...any)) {
		for _, m := range slices.Sorted(maps.Keys(times)) {
			t := times[m]
			slices.Sort(t)
			row(m, len(t), again[m], durationText(t[len(t)/2]), durationText(t[(len(t)-1)*95/100]), durationText(t[len(t)-1]))
		}
	})
	reqs := make([]*result.Requirement, len(h.run.Requirements))
	for i := range reqs {
		reqs[i] = &h.run.Requirements[i]
	}
	slices.SortStableFunc(reqs, func(a, b *result.Requirement) int { return cmp.Compare(b.DurationMS, a.DurationMS) })
	reqs = reqs[:min(len(reqs), slowest)]
	longest := max(reqs[0].DurationMS, 0.001)
	h.put("<h3>The slowest scenarios</h3>\n<ul class=\"slow\">")
	for _, r := range reqs {
		h.put(`<li>{}<svg aria-hidden="true" width="160" height="10" viewBox="0 0 160 10">`, h.scenarioLink(r))
		h.put(`<rect class="f-time" width="{}" height="10" rx="2"></rect></svg>`, fmt.Sprintf("%.1f", max(160*r.DurationMS/longest, 1)))
		h.put(" <span class=\"ms\">{}</span></li>\n", durationText(r.DurationMS))
	}
	h.put("</ul>\n")
}
