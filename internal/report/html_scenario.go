package report

import (
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
		i := h.index[r]
		if size := evidenceSize(r); !h.details[i] && left > 0 {
			h.details[i] = true
			left -= size
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
	t := h.run.Totals
	h.raw(`<div class="bar"><label for="q">Filter</label>
<input id="q" type="search" autocomplete="off" spellcheck="false" placeholder="verdict:fail -level:may words" aria-describedby="q-help">
<span class="go"><button type="button" class="act" id="prev">‹ Previous</button>
<button type="button" class="act" id="next">Next ›</button>
<button type="button" class="act" id="bad">Next not passed ›</button></span>
<span id="shown" role="status"></span></div>
<div class="chips" role="group" aria-label="Filters: press once for only these, twice for none of these">`)
	chip := func(field, value, text string) {
		h.open("button", "type", "button", "class", "filter", "data-field", field, "data-value", value)
		h.value(text)
		h.raw("</button>")
	}
	for _, v := range []struct {
		verdict result.Verdict
		n       int
	}{{result.Pass, t.Pass}, {result.Fail, t.Fail}, {result.Flaky, t.Flaky}, {result.Error, t.Error}, {result.Warn, t.Warn}, {result.Waived, t.Waived}, {result.Skip, t.Skip}} {
		if v.n > 0 {
			chip("verdict", string(verdictClass(v.verdict)), string(verdictWord(v.verdict))+" "+strconv.Itoa(v.n))
		}
	}
	for _, l := range []result.Level{result.Must, result.Should, result.May} {
		chip("level", string(l), levelText(l))
	}
	chip("source", "doc", "asked for by the page")
	chip("source", "convention", "asked for by a convention")
	h.raw(`</div>
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
	left := 0
	for _, shown := range h.details {
		if !shown {
			left++
		}
	}
	if left > 0 {
		h.raw("<p>")
		h.text("The evidence of " + safetext.Counted(left, "scenario") + " is in " + JSONFile + " alone, since there is so much of it; what did not pass comes first here.")
		h.raw("</p>\n")
	}
	page := map[string]string{}
	for _, p := range h.run.Pages {
		page[p.Operation] = p.File
	}
	operation := ""
	for _, reqs := range group(h.run.Requirements, func(r *result.Requirement) string { return r.Operation + "\n" + r.Feature.URI }) {
		if r := reqs[0]; r.Operation != operation {
			operation = r.Operation
			h.span("h3", "operation", operation)
		}
		h.raw("<div class=\"area\"><h4>")
		h.value(reqs[0].Feature.Feature)
		h.raw("</h4>\n")
		for _, r := range reqs {
			h.scenario(r, page[r.Operation])
		}
		h.raw("</div>\n")
	}
}

func (h *htmlReport) scenario(r *result.Requirement, page string) {
	i := h.index[r]
	h.open("details", "class", "s s-"+string(verdictClass(r.Verdict)), "id", h.anchors[i], "data-verdict", string(verdictClass(r.Verdict)),
		"data-level", string(r.Level), "data-source", r.Source.Kind, "data-area", r.Feature.URI, "data-id", r.Key(), "data-class", class(r), "data-tag", strings.Join(r.Tags, " "), "data-page", page)
	h.raw("<summary>")
	h.badge(r.Verdict)
	h.raw("<span class=\"id\">")
	h.value(r.Key())
	h.raw("</span><span class=\"name\">")
	h.value(r.Scenario)
	for _, note := range notes(r) {
		h.span("i", "", note)
	}
	h.raw("</span><span class=\"level\">", markup(levelWord(r.Level)), "</span><span class=\"ms\">")
	h.text(durationText(r.DurationMS))
	h.raw("</span></summary>\n")
	if h.details[i] {
		h.evidence(r)
	} else {
		h.outline(r)
	}
	h.raw("</details>\n")
}

// levelWord is the level of a requirement; an unknown one is a MUST, as for its verdict.
func levelWord(l result.Level) string {
	switch l {
	case result.Should, result.May:
		return levelText(l)
	case result.Must:
	}
	return levelText(result.Must)
}

// outline is what is shown of a requirement whose evidence is left out.
func (h *htmlReport) outline(r *result.Requirement) {
	h.raw("<p class=\"outline\">")
	switch {
	case isBroken(r.Verdict):
		h.value(summaryLine(r))
	case r.Reason != "":
		h.value(r.Reason)
	default:
		h.text("Its evidence is in " + JSONFile + ".")
	}
	h.raw("</p>")
	if isBroken(r.Verdict) && r.Repeat != "" {
		h.copyable("outline", r.Repeat)
	}
}

func (h *htmlReport) evidence(r *result.Requirement) {
	h.raw("<div class=\"body\">\n<p class=\"source\"><b class=\"level\">", markup(levelWord(r.Level)), "</b> ")
	h.source(r, r.Source)
	h.raw(" <span class=\"file\">")
	h.value(r.Feature.URI + ":" + strconv.Itoa(r.Feature.Line))
	h.raw("</span></p>\n")
	if line := h.quoted(r); line != "" {
		h.span("blockquote", "", line)
	}
	if r.Reason != "" {
		h.span("p", "reason", r.Reason)
	}
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
		h.raw("<p class=\"label\">Run this scenario again</p>")
		h.copyable("repeat", r.Repeat)
	}
	if isBroken(r.Verdict) {
		h.raw("<details class=\"issue\"><summary>As text for an issue</summary>")
		h.copyable("", h.issueText(r))
		h.raw("</details>")
	}
	h.raw("</div>\n")
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
	h.raw("<p class=\"label\">")
	h.value(playsText(r.Repetitions))
	h.raw("</p><ol class=\"plays\">")
	for i, play := range r.Repetitions {
		if i == maxScenarios {
			h.raw("<li>")
			h.text("and more; " + JSONFile + " has them all")
			h.raw("</li>")
			break
		}
		h.raw("<li>")
		h.badge(play.Verdict)
		h.raw(" ")
		h.value(play.Message)
		h.raw(" <span class=\"ms\">")
		h.text(durationText(play.DurationMS))
		h.raw("</span></li>")
	}
	h.raw("</ol>")
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
	h.raw("<ul class=\"checks\">")
	for i := range r.Checks {
		c := &r.Checks[i]
		verdict := within(r, c.Verdict)
		h.raw("<li class=\"k-", verdictClass(verdict), "\">")
		h.sign(verdict)
		h.span("span", "what", c.Name)
		if c.Class != "" {
			h.span("span", "class", c.Class)
		}
		if c.Pointer != "" {
			h.span("code", "pointer", c.Pointer)
		}
		if c.Exchange > 0 && c.Exchange <= sent {
			h.open("a", "class", "in", "href", "#"+h.exchangeName(r, c.Exchange-1))
			h.text("exchange " + strconv.Itoa(c.Exchange))
			h.raw("</a>")
		}
		if isBroken(c.Verdict) {
			h.diff(c.Expected, c.Actual)
			if c.Source != nil && *c.Source != r.Source {
				h.raw("<p class=\"source\">")
				h.source(r, *c.Source)
				h.raw("</p>")
			}
		} else if c.Expected != "" {
			h.raw(" <span class=\"got\">")
			h.value(c.Expected)
			h.raw("</span>")
		}
		if c.Message != "" {
			h.span("p", "message", c.Message)
		}
		h.raw("</li>\n")
	}
	h.raw("</ul>")
}

func (h *htmlReport) steps(r *result.Requirement) {
	if len(r.Steps) == 0 {
		return
	}
	h.raw("<ol class=\"steps\">")
	for i := range r.Steps {
		s := &r.Steps[i]
		verdict := within(r, s.Verdict)
		h.raw("<li>")
		h.sign(verdict)
		h.span("b", "", strings.TrimSpace(s.Keyword))
		h.raw(" ")
		h.value(s.Text)
		h.raw("</li>")
	}
	h.raw("</ol>\n")
}

func (h *htmlReport) exchangeName(r *result.Requirement, i int) string {
	return h.anchors[h.index[r]] + "~x" + strconv.Itoa(i+1)
}

func (h *htmlReport) exchange(r *result.Requirement, i int, x *result.Exchange) {
	h.open("div", "class", "x", "id", h.exchangeName(r, i))
	h.raw("<p class=\"label\">")
	h.value(strconv.Itoa(i+1) + " · " + x.Purpose)
	h.raw(" <span class=\"ms\">")
	h.text(durationText(x.DurationMS))
	if again := retried(x); again != "" {
		h.text(", " + again)
	}
	h.raw("</span></p><div class=\"io\">\n")
	h.message(&x.Request, "request", nil)
	if x.Response != nil {
		h.message(x.Response, "response", pointersInto(r, i+1))
	}
	if x.Error != "" {
		h.span("p", "message", "no complete response: "+x.Error)
	}
	h.raw("</div>")
	if x.Curl != "" {
		h.raw("<details><summary>curl</summary>")
		h.copyable("", x.Curl)
		h.raw("</details>")
	}
	h.raw("</div>\n")
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
	h.raw("<div class=\"", class, "\"><p class=\"line\"><code>")
	h.value(m.Line)
	h.raw("</code></p>")
	if len(m.Headers) > 0 {
		h.raw("<details><summary>")
		h.text(safetext.Counted(len(m.Headers), "header"))
		h.raw("</summary><pre tabindex=\"0\">")
		for i, line := range m.Headers {
			if i == fileLimits.headers {
				h.text("[" + safetext.Counted(len(m.Headers)-i, "more header") + "]")
				break
			}
			h.value(line)
			h.raw("\n")
		}
		h.raw("</pre></details>")
	}
	if m.Body != "" {
		h.body(m, marked)
	}
	h.raw("</div>\n")
}

// issueText is the evidence as text to paste where someone else reads it.
func (h *htmlReport) issueText(r *result.Requirement) string {
	p := &printer{limits: fileLimits}
	p.println(0, p.clean(r.Key()+" "+r.Scenario+": "+string(verdictWord(r.Verdict))))
	p.field(0, "operation", r.Operation)
	p.field(0, "target", targetText(&h.run.Target))
	p.field(0, "when", h.run.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	p.field(0, "run", strings.TrimSpace(h.run.Tool.Name+" "+h.run.Tool.Version+" "+h.run.ID))
	p.println(0)
	p.WriteString(evidenceText(r))
	return p.String()
}
