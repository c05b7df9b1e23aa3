package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// evidenceBytes is how much evidence the page holds, in bytes of the result. What did not pass
// comes first; of the rest beyond it only the outcome is shown.
const evidenceBytes = 1200 << 10

// chooseDetails chooses the requirements that are shown with their evidence, and gives the size
// of that.
func (h *htmlReport) chooseDetails() int {
	left := evidenceBytes
	choose := func(r *result.Requirement) {
		if !h.details[r] && left > 0 {
			h.details[r] = true
			left -= evidenceSize(r)
		}
	}
	for _, c := range h.causes {
		choose(c.reqs[0])
	}
	for _, broken := range []bool{true, false} {
		for i := range h.run.Requirements {
			if r := &h.run.Requirements[i]; isBroken(r.Verdict) == broken {
				choose(r)
			}
		}
	}
	return evidenceBytes - left
}

// evidenceSize is about how much the evidence of a requirement takes.
func evidenceSize(r *result.Requirement) int {
	n := 500 + 200*len(r.Steps)
	for i := range r.Checks {
		c := &r.Checks[i]
		n += 300 + len(c.Expected) + len(c.Actual) + len(c.Message)
	}
	sent := r.Sent()
	for i := range sent {
		x := &sent[i]
		n += 600 + len(x.Curl) + len(x.Request.Line) + min(len(x.Request.Body), fileLimits.bodyRunes)
		if x.Response != nil {
			n += 60*len(x.Response.Headers) + min(len(x.Response.Body), fileLimits.bodyRunes)
		}
	}
	return n
}

// filters are the chips above the scenarios: a field of the filter and a value of it.
func (h *htmlReport) filters() {
	h.put(`<div class="bar"><label for="q">Filter</label>
<input id="q" type="search" autocomplete="off" spellcheck="false" placeholder="verdict:fail -level:may words" aria-describedby="q-help">
<span class="go"><button type="button" class="act" id="prev">‹ Previous</button>
<button type="button" class="act" id="next">Next ›</button>
<button type="button" class="act" id="bad">Next not passed ›</button></span>
<span id="shown" role="status"></span></div>
<div class="chips" role="group" aria-label="Filters: press once for only these, twice for none of these">`)
	chip := func(field, value, text string) {
		h.put(`<button type="button" class="filter" data-field="{}" data-value="{}">{}</button>`, field, value, text)
	}
	for _, v := range shownOrder {
		if n := h.run.Totals.Of(v); n > 0 {
			chip("verdict", string(v), fmt.Sprintf("%s %d", lookOf(v).word, n))
		}
	}
	for _, l := range []result.Level{result.Must, result.Should, result.May} {
		chip("level", string(l), levelText(l))
	}
	chip("source", "doc", "asked for by the page")
	chip("source", "convention", "asked for by a convention")
	h.put(`</div>
<details class="help"><summary>How to filter, and keys</summary>
<p id="q-help">Words find scenarios by their text. <code>verdict:</code> <code>level:</code> <code>source:</code>
<code>area:</code> <code>id:</code> <code>class:</code> <code>tag:</code> <code>page:</code> find them by that; a comma
stands between several values. <code>-</code> in front leaves them out, as <code>-level:may</code>. The filter is part of
the address, and so is a scenario.</p>
<p><kbd>/</kbd> filter, <kbd>j</kbd> <kbd>k</kbd> next and previous scenario, <kbd>n</kbd> <kbd>p</kbd> next and previous
that did not pass, <kbd>t</kbd> theme. <label><input type="checkbox" id="keys" checked> use these keys</label></p></details>
`)
}

// scenarios lists every scenario with its evidence.
func (h *htmlReport) scenarios() {
	h.section("scenarios", "Scenarios")
	h.filters()
	if left := len(h.run.Requirements) - len(h.details); left > 0 {
		h.put("<p>The evidence of {} is in {} alone, since there is so much of it; what did not pass comes first here.</p>\n",
			safetext.Counted(left, "scenario"), JSONFile)
	}
	page := map[string]string{}
	for _, p := range h.run.Pages {
		page[p.Operation] = p.File
	}
	operation := ""
	for _, reqs := range group(h.run.Requirements, func(r *result.Requirement) string { return r.Operation + "\n" + r.Feature.URI }) {
		if reqs[0].Operation != operation {
			operation = reqs[0].Operation
			h.span("h3", "operation", operation)
		}
		h.put(`<div class="area"><h4>{}</h4>`+"\n", reqs[0].Feature.Feature)
		for _, r := range reqs {
			h.scenario(r, page[r.Operation])
		}
		h.put("</div>\n")
	}
}

func (h *htmlReport) scenario(r *result.Requirement, page string) {
	verdict := lookOf(r.Verdict).verdict
	h.put(`<details class="s s-{}" id="{}" data-verdict="{}"`, verdict, h.anchors[r], verdict)
	for _, data := range [][2]string{
		{"level", string(r.Level)}, {"source", r.Source.Kind}, {"area", r.Feature.URI}, {"id", r.Key()}, {"class", class(r)},
		{"tag", strings.Join(r.Tags, " ")}, {"page", page},
	} {
		if data[1] != "" {
			h.put(` data-{}="`, data[0])
			h.text(data[1]) // whole: the filter compares it
			h.put(`"`)
		}
	}
	h.put(`><summary>{}<span class="id">{}</span><span class="name">{}`, badge(r.Verdict), r.Key(), r.Scenario)
	for _, note := range notes(r) {
		h.span("i", "", note)
	}
	h.put(`</span><span class="level">{}</span><span class="ms">{}</span></summary>`+"\n", levelText(r.Level), durationText(r.DurationMS))
	if h.details[r] {
		h.evidence(r)
	} else {
		h.outline(r)
	}
	h.put("</details>\n")
}

// outline is what is shown of a requirement whose evidence is left out.
func (h *htmlReport) outline(r *result.Requirement) {
	text := cmp.Or(r.Reason, "Its evidence is in "+JSONFile+".")
	if isBroken(r.Verdict) {
		text = summaryLine(r)
	}
	h.put(`<p class="outline">{}</p>`, text)
	if isBroken(r.Verdict) && r.Repeat != "" {
		h.copyable("outline", r.Repeat)
	}
}

func (h *htmlReport) evidence(r *result.Requirement) {
	h.put("<div class=\"body\">\n<p class=\"source\"><b class=\"level\">{}</b> {}", levelText(r.Level), h.source(r, r.Source))
	h.put(" <span class=\"file\">{}:{}</span></p>\n", r.Feature.URI, r.Feature.Line)
	h.span("blockquote", "", h.quoted(r))
	h.span("p", "reason", r.Reason)
	if r.Waiver != nil {
		h.span("p", "reason", "waived "+waiverText(r.Waiver))
	}
	h.plays(r)
	h.checks(r)
	h.steps(r)
	sent := r.Sent()
	for i := range sent {
		h.exchange(r, i, &sent[i])
	}
	if r.Repeat != "" {
		h.put(`<p class="label">Run this scenario again</p>`)
		h.copyable("repeat", r.Repeat)
	}
	if isBroken(r.Verdict) {
		h.put(`<details class="issue"><summary>As text for an issue</summary>`)
		h.copyable("", h.issueText(r))
		h.put("</details>")
	}
	h.put("</div>\n")
}

// quoted is the line of the page that a requirement stems from.
func (h *htmlReport) quoted(r *result.Requirement) string {
	if r.Source.Line == 0 {
		return ""
	}
	for i := range h.run.Pages {
		for _, t := range h.run.Pages[i].Texts {
			if t.File != r.Source.File || h.run.Pages[i].Operation != r.Operation {
				continue
			}
			n := 0
			for line := range strings.SplitSeq(t.Text, "\n") {
				if n++; n == r.Source.Line {
					return line
				}
			}
		}
	}
	return ""
}

func (h *htmlReport) plays(r *result.Requirement) {
	if len(r.Repetitions) == 0 {
		return
	}
	h.put(`<p class="label">{}</p><ol class="plays">`, playsText(r.Repetitions))
	for i, play := range r.Repetitions {
		if i == maxScenarios {
			h.put("<li>and more; {} has them all</li>", JSONFile)
			break
		}
		h.put(`<li>{} {} <span class="ms">{}</span></li>`, badge(play.Verdict), play.Message, durationText(play.DurationMS))
	}
	h.put("</ol>")
}

// within is the verdict of a check or a step as its requirement shows it: what did not hold is
// as bad as the requirement says.
func within(r *result.Requirement, v result.Verdict) result.Verdict {
	if isBroken(v) && isBroken(r.Verdict) {
		return r.Verdict
	}
	return v
}

// checks shows what was checked; what did not hold with what was expected.
func (h *htmlReport) checks(r *result.Requirement) {
	if len(r.Checks) == 0 {
		return
	}
	sent := len(r.Sent())
	h.put(`<ul class="checks">`)
	for i := range r.Checks {
		c := &r.Checks[i]
		verdict := within(r, c.Verdict)
		h.put(`<li class="k-{}">{}<span class="what">{}</span>`, lookOf(verdict).verdict, sign(verdict), c.Name)
		h.span("span", "class", c.Class)
		h.span("code", "pointer", c.Pointer)
		if c.Exchange > 0 && c.Exchange <= sent {
			h.put(`<a class="in" href="#{}">exchange {}</a>`, h.exchangeName(r, c.Exchange-1), c.Exchange)
		}
		if isBroken(c.Verdict) {
			h.diff(c.Expected, c.Actual)
			if c.Source != nil && *c.Source != r.Source {
				h.put(`<p class="source">{}</p>`, h.source(r, *c.Source))
			}
		} else if c.Expected != "" {
			h.put(` <span class="got">{}</span>`, c.Expected)
		}
		h.span("p", "message", c.Message)
		h.put("</li>\n")
	}
	h.put("</ul>")
}

func (h *htmlReport) steps(r *result.Requirement) {
	if len(r.Steps) == 0 {
		return
	}
	h.put(`<ol class="steps">`)
	for i := range r.Steps {
		s := &r.Steps[i]
		h.put("<li>{}<b>{}</b> {}</li>", sign(within(r, s.Verdict)), strings.TrimSpace(s.Keyword), s.Text)
	}
	h.put("</ol>\n")
}

func (h *htmlReport) exchangeName(r *result.Requirement, i int) markup {
	return h.anchors[r] + markup("~x"+strconv.Itoa(i+1))
}

func (h *htmlReport) exchange(r *result.Requirement, i int, x *result.Exchange) {
	took := durationText(x.DurationMS)
	if again := retried(x); again != "" {
		took += ", " + again
	}
	h.put(`<div class="x" id="{}"><p class="label">{} · {} <span class="ms">{}</span></p><div class="io">`+"\n", h.exchangeName(r, i), i+1, x.Purpose, took)
	h.message(&x.Request, "request", nil)
	if x.Response != nil {
		h.message(x.Response, "response", pointersInto(r, i+1))
	}
	if x.Error != "" {
		h.span("p", "message", "no complete response: "+x.Error)
	}
	h.put("</div>")
	if x.Curl != "" {
		h.put("<details><summary>curl</summary>")
		h.copyable("", x.Curl)
		h.put("</details>")
	}
	h.put("</div>\n")
}

// pointersInto are the places of a body where a check did not hold.
func pointersInto(r *result.Requirement, exchange int) []string {
	var out []string
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Exchange == exchange && isBroken(c.Verdict) && c.Pointer != "" {
			out = append(out, c.Pointer)
		}
	}
	return out
}

func (h *htmlReport) message(m *result.HTTPPart, class markup, marked []string) {
	h.put(`<div class="{}"><p class="line"><code>{}</code></p>`, class, m.Line)
	if len(m.Headers) > 0 {
		h.put(`<details><summary>{}</summary><pre tabindex="0">`, safetext.Counted(len(m.Headers), "header"))
		for i, line := range m.Headers {
			if i == fileLimits.headers {
				h.put("[{}]", safetext.Counted(len(m.Headers)-i, "more header"))
				break
			}
			h.put("{}\n", line)
		}
		h.put("</pre></details>")
	}
	if m.Body != "" {
		h.body(m, marked)
	}
	h.put("</div>\n")
}

// issueText is the evidence as text to paste where someone else reads it.
func (h *htmlReport) issueText(r *result.Requirement) string {
	p := &printer{limits: fileLimits}
	p.println(0, p.clean(r.Key()+" "+r.Scenario+": "+string(lookOf(r.Verdict).word)))
	p.field(0, "operation", r.Operation)
	p.field(0, "target", targetText(&h.run.Target))
	p.field(0, "when", h.run.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	p.field(0, "run", strings.TrimSpace(h.run.Tool.Name+" "+h.run.Tool.Version+" "+h.run.ID))
	p.println(0)
	p.WriteString(evidenceText(r))
	return p.String()
}
