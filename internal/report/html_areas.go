package report

import (
	"fmt"
	"strconv"
	"strings"

	"graphpact/internal/result"
)

// squares is how many requirements a cell of the picture shows one by one; more are a bar.
const (
	squares   = 60
	squareRow = 12
	squareBox = 18
)

// picture shows the requirements by area and level, a square for each.
func (h *htmlReport) picture() {
	h.section("areas", "Requirements by area and level")
	if len(h.run.Requirements) == 0 {
		h.raw("<p>There is none.</p>\n")
		return
	}
	h.raw("<p class=\"legend\">")
	for _, v := range []result.Verdict{result.Pass, result.Fail, result.Flaky, result.Error, result.Warn, result.Waived, result.Skip} {
		h.badge(v)
		h.raw(" ")
	}
	h.raw(`</p>
<div class="scroll" tabindex="0" role="region" aria-label="Table: requirements by area and level"><table class="areas">
<thead><tr><th scope="col">area</th><th scope="col">MUST</th><th scope="col">SHOULD</th><th scope="col">MAY</th></tr></thead><tbody>
`)
	for _, reqs := range group(h.run.Requirements, func(r *result.Requirement) string { return r.Feature.URI }) {
		h.raw("<tr><th scope=\"row\">")
		h.value(reqs[0].Feature.Feature)
		h.raw("</th>")
		for _, level := range []result.Level{result.Must, result.Should, result.May} {
			var cell []*result.Requirement
			for _, r := range reqs {
				if r.Level == level {
					cell = append(cell, r)
				}
			}
			h.raw("<td>")
			if len(cell) > 0 {
				h.cell(cell)
			}
			h.raw("</td>")
		}
		h.raw("</tr>\n")
	}
	h.raw("</tbody></table></div>\n")
}

// cell is the picture of some requirements, with the counts for those who cannot see it.
func (h *htmlReport) cell(reqs []*result.Requirement) {
	n := map[result.Verdict]int{}
	for _, r := range reqs {
		n[r.Verdict]++
	}
	order := []result.Verdict{result.Fail, result.Flaky, result.Error, result.Warn, result.Waived, result.Skip, result.Pass}
	var counts []string
	for _, v := range order {
		if n[v] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n[v], verdictWord(v)))
		}
	}
	if len(reqs) > squares {
		h.bar(n, order, len(reqs))
	} else {
		columns := min(len(reqs), squareRow)
		rows := (len(reqs) + squareRow - 1) / squareRow
		w, t := strconv.Itoa(columns*squareBox), strconv.Itoa(rows*squareBox)
		h.open("svg", "aria-hidden", "true", "width", w, "height", t, "viewBox", "0 0 "+w+" "+t)
		for i, r := range reqs {
			h.open("a", "href", "#"+h.anchors[h.index[r]], "tabindex", "-1")
			h.open("rect", "class", "f-"+string(verdictClass(r.Verdict)), "x", strconv.Itoa(i%squareRow*squareBox+1), "y", strconv.Itoa(i/squareRow*squareBox+1), "width", "15", "height", "15", "rx", "3")
			h.raw("<title>")
			h.value(r.Key() + " " + r.Scenario + ": " + string(verdictWord(r.Verdict)))
			h.raw("</title></rect>")
			if r.Verdict != result.Pass {
				h.open("text", "x", strconv.Itoa(i%squareRow*squareBox+8), "y", strconv.Itoa(i/squareRow*squareBox+13))
				h.raw(verdictSign(r.Verdict), "</text>")
			}
			h.raw("</a>")
		}
		h.raw("</svg>")
	}
	class := markup("count hidden")
	if len(reqs) > squares {
		class = "count"
	}
	h.span("span", class, strings.Join(counts, ", "))
}

// bar shows shares of a whole; the smallest is still seen.
func (h *htmlReport) bar(n map[result.Verdict]int, order []result.Verdict, of int) {
	const width = 216.0
	h.raw("<svg aria-hidden=\"true\" width=\"216\" height=\"16\" viewBox=\"0 0 216 16\">")
	x := 0.0
	for _, v := range order {
		if n[v] == 0 {
			continue
		}
		w := min(max(width*float64(n[v])/float64(of), 3), width-x)
		h.open("rect", "class", "f-"+string(verdictClass(v)), "x", fmt.Sprintf("%.1f", x), "y", "1", "width", fmt.Sprintf("%.1f", w), "height", "14")
		h.raw("</rect>")
		x += w
	}
	h.raw("</svg>")
}
