package report

import (
	"fmt"
	"strings"

	"graphpact/internal/result"
)

// squares is how many requirements a cell of the picture shows one by one; more are a bar.
const (
	squares   = 60
	squareRow = 12
	squareBox = 18
)

// The orders in which the page shows verdicts: everywhere, and in a cell of the picture.
var (
	shownOrder = []result.Verdict{result.Pass, result.Fail, result.Flaky, result.Error, result.Warn, result.Waived, result.Skip}
	cellOrder  = []result.Verdict{result.Fail, result.Flaky, result.Error, result.Warn, result.Waived, result.Skip, result.Pass}
)

// picture shows the requirements by area and level, a square for each.
func (h *htmlReport) picture() {
	h.section("areas", "Requirements by area and level")
	if len(h.run.Requirements) == 0 {
		h.put("<p>There is none.</p>\n")
		return
	}
	h.put(`<p class="legend">`)
	for _, v := range shownOrder {
		h.put("{} ", badge(v))
	}
	h.put(`</p>
<div class="scroll" tabindex="0" role="region" aria-label="Table: requirements by area and level"><table class="areas">
<thead><tr><th scope="col">area</th><th scope="col">MUST</th><th scope="col">SHOULD</th><th scope="col">MAY</th></tr></thead><tbody>
`)
	for _, reqs := range group(h.run.Requirements, func(r *result.Requirement) string { return r.Feature.URI }) {
		h.put(`<tr><th scope="row">{}</th>`, reqs[0].Feature.Feature)
		for _, level := range []result.Level{result.Must, result.Should, result.May} {
			var cell []*result.Requirement
			for _, r := range reqs {
				if r.Level == level {
					cell = append(cell, r)
				}
			}
			h.put("<td>")
			if len(cell) > 0 {
				h.cell(cell)
			}
			h.put("</td>")
		}
		h.put("</tr>\n")
	}
	h.put("</tbody></table></div>\n")
}

// cell is the picture of some requirements, with the counts for those who cannot see it.
func (h *htmlReport) cell(reqs []*result.Requirement) {
	n := map[result.Verdict]int{}
	for _, r := range reqs {
		n[r.Verdict]++
	}
	var counts []string
	for _, v := range cellOrder {
		if n[v] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n[v], lookOf(v).word))
		}
	}
	class := "count"
	if len(reqs) > squares {
		h.bar(n, len(reqs))
	} else {
		class = "count hidden"
		columns := min(len(reqs), squareRow)
		rows := (len(reqs) + squareRow - 1) / squareRow
		w, t := columns*squareBox, rows*squareBox
		h.put(`<svg aria-hidden="true" width="{}" height="{}" viewBox="0 0 {} {}">`, w, t, w, t)
		for i, r := range reqs {
			l, x, y := lookOf(r.Verdict), i%squareRow*squareBox, i/squareRow*squareBox
			h.put(`<a href="#{}" tabindex="-1">`, h.anchors[r])
			h.put(`<rect class="f-{}" x="{}" y="{}" width="15" height="15" rx="3">`, l.verdict, x+1, y+1)
			h.put("<title>{}</title></rect>", r.Key()+" "+r.Scenario+": "+string(l.word))
			if r.Verdict != result.Pass {
				h.put(`<text x="{}" y="{}">{}</text>`, x+8, y+13, l.sign)
			}
			h.put("</a>")
		}
		h.put("</svg>")
	}
	h.put(`<span class="{}">{}</span>`, class, strings.Join(counts, ", "))
}

// bar shows shares of a whole; the smallest is still seen.
func (h *htmlReport) bar(n map[result.Verdict]int, of int) {
	const width = 216.0
	h.put(`<svg aria-hidden="true" width="216" height="16" viewBox="0 0 216 16">`)
	x := 0.0
	for _, v := range cellOrder {
		if n[v] == 0 {
			continue
		}
		w := min(max(width*float64(n[v])/float64(of), 3), width-x)
		h.put(`<rect class="f-{}" x="{}" y="1" width="{}" height="14"></rect>`, lookOf(v).verdict, fmt.Sprintf("%.1f", x), fmt.Sprintf("%.1f", w))
		x += w
	}
	h.put("</svg>")
}
