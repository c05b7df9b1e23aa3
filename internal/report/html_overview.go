package report

import (
	"fmt"
	"strconv"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// overview is what a reader needs in ten seconds: the verdict, what it rests on, who ran what
// against what and when.
func (h *htmlReport) overview() {
	run := h.run
	verdict, _ := h.whole.Headline()
	class, sign := markup("fail"), markup("✗")
	switch verdict {
	case result.Conformant:
		class, sign = "pass", "✓"
	case result.Incomplete:
		class, sign = "warn", "!"
	case result.NotConformant:
	}
	h.raw("<section id=\"overview\" class=\"hero\" aria-labelledby=\"overview-t\">\n<div class=\"verdict h-", class, "\"><span class=\"mark\" aria-hidden=\"true\">", sign, "</span><div><h1 id=\"overview-t\">")
	h.text(string(verdict))
	h.raw("</h1><p>")
	h.value(strings.TrimPrefix(headline(h.whole), string(verdict)+": "))
	h.raw("</p>")
	h.promisedLines()
	h.mainCauses()
	h.raw("</div></div>\n<ul class=\"tiles\" aria-label=\"Scenarios by verdict\">")
	t := run.Totals
	for _, tile := range []struct {
		verdict result.Verdict
		n       int
		word    string
	}{
		{result.Pass, t.Pass, "passed"},
		{result.Fail, t.Fail, "failed"},
		{result.Flaky, t.Flaky, "flaky"},
		{result.Error, t.Error, "not judged"},
		{result.Warn, t.Warn, "warnings"},
		{result.Waived, t.Waived, "waived"},
		{result.Skip, t.Skip, "not tested"},
	} {
		class := verdictClass(tile.verdict)
		if tile.n == 0 {
			class += " none"
		}
		h.raw("<li class=\"tile t-", class, "\"><a href=\"#?verdict:", verdictClass(tile.verdict), "\"><b>")
		h.text(strconv.Itoa(tile.n))
		h.raw("</b> ")
		h.text(tile.word)
		h.raw("</a></li>")
	}
	h.raw("</ul>\n")
	h.facts()
	if problems := h.whole.AllProblems(); len(problems) > 0 {
		h.raw("<div class=\"alert\"><h2>Problems with the run</h2><ul>")
		for _, p := range problems {
			h.raw("<li>")
			h.text(p) // whole: it may hold the command that restores the state
			h.raw("</li>")
		}
		h.raw("</ul></div>\n")
	}
}

// promisedLines says how many of the promised lines of the pages hold.
func (h *htmlReport) promisedLines() {
	if len(h.lines) == 0 {
		return
	}
	n := map[result.Verdict]int{}
	for _, state := range h.lines {
		n[state.verdict()]++
	}
	h.raw("<p class=\"promises\"><a href=\"#pages\">")
	text := fmt.Sprintf("%d of %s hold", n[result.Pass], safetext.Counted(len(h.lines), "promised line"))
	if n[result.Skip] > 0 {
		text += fmt.Sprintf(", %d not tested", n[result.Skip])
	}
	h.text(text)
	h.raw("</a></p>")
}

// topCauses is how many causes stand below the verdict.
const topCauses = 4

// mainCauses names what prevents conformance, each with the number of scenarios that saw it.
func (h *htmlReport) mainCauses() {
	var all []*cause
	for _, c := range h.causes {
		if c.verdict != result.Warn {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return
	}
	h.raw("<ol class=\"main\">")
	for i, c := range all {
		if i == topCauses && len(all) > topCauses+1 {
			h.raw("<li><a href=\"#causes\">")
			h.text(safetext.Counted(len(all)-i, "more cause"))
			h.raw("</a></li>")
			break
		}
		h.raw("<li>")
		h.link(h.causeName(c), clip(c.title(), 120))
		h.raw(" <span>")
		h.text(safetext.Counted(len(c.reqs), "scenario"))
		h.raw("</span></li>")
	}
	h.raw("</ol>")
}

// causeName is the place of a cause in the page.
func (h *htmlReport) causeName(c *cause) string { return "cause~" + h.anchors[h.index[c.reqs[0]]] }

// title is what is wrong in a few words.
func (c *cause) title() string {
	check := firstBroken(c.reqs[0])
	switch {
	case check == nil:
		return c.text
	case check.Class != "":
		return check.Class + ": " + check.Name
	}
	return check.Name
}

// facts say what was run against what, and when.
func (h *htmlReport) facts() {
	run := h.run
	h.raw("<dl class=\"facts\">")
	fact := func(name string, values ...string) {
		if strings.Join(values, "") == "" {
			return
		}
		h.raw("<div><dt>")
		h.text(name)
		h.raw("</dt>")
		for _, v := range values {
			h.raw("<dd>")
			h.value(v)
			h.raw("</dd>")
		}
		h.raw("</div>")
	}
	var pages []string
	for i, p := range run.Pages {
		if i == 3 && len(run.Pages) > 4 {
			pages = append(pages, "and "+safetext.Counted(len(run.Pages)-i, "more page"))
			break
		}
		pages = append(pages, p.Title+" ("+p.File+")")
	}
	fact("page", pages...)
	fact("target", targetText(&run.Target))
	var params []string
	for _, p := range sortedPairs(run.Target.Params) {
		params = append(params, p[0]+" = "+p[1])
	}
	fact("entity", params...)
	fact("when", run.StartedAt.UTC().Format("2 January 2006, 15:04:05 UTC")+", for "+durationText(run.DurationMS))
	fact("by", run.Tool.Name+" "+run.Tool.Version, run.ID)
	fact("state", run.Target.State)
	fact("narrowed", run.Partial...)
	h.raw("</dl>\n")
}

// maxCauses is how many causes are shown with their scenarios.
const maxCauses = 200

// htmlCauses groups what did not pass more widely than causes does: what is wrong at one place of
// the body by one source is one thing, whichever check saw it. A card has room for each.
func htmlCauses(reqs []result.Requirement) []*cause {
	var all []*cause
	byKey := map[string]*cause{}
	for _, one := range causes(reqs) {
		r := one.reqs[0]
		key := strings.Join([]string{r.Operation, string(r.Verdict), causeOf(r)}, "\x00")
		if c := firstBroken(r); c != nil && c.Class == "" && c.Source != nil && r.Verdict != result.Flaky {
			what := c.Pointer
			if what == "" {
				what = c.Name
			}
			key = strings.Join([]string{r.Operation, string(r.Verdict), what, c.Source.Ref}, "\x00")
		}
		if c := byKey[key]; c != nil {
			c.reqs = append(c.reqs, one.reqs...)
			continue
		}
		byKey[key] = one
		all = append(all, one)
	}
	return all
}

// notConformant groups what did not pass by its cause, failures before warnings.
func (h *htmlReport) notConformant() {
	h.section("causes", "What is not conformant")
	broken, warned := 0, 0
	for _, c := range h.causes {
		if c.verdict == result.Warn {
			warned++
		} else {
			broken++
		}
	}
	switch {
	case broken == 0 && h.run.TestedNothing():
		h.raw("<p>Nothing was tested.</p>\n")
	case broken == 0:
		h.raw("<p>No requirement failed.</p>\n")
	}
	shown := 0
	for _, warnings := range []bool{false, true} {
		if warnings && warned > 0 {
			h.raw("<h3>Warnings</h3><p>What is only recommended, and does not hold. It prevents no conformance.</p>\n")
		}
		for _, c := range h.causes {
			if (c.verdict == result.Warn) != warnings {
				continue
			}
			if shown++; shown <= maxCauses {
				h.cause(c)
			}
		}
	}
	if shown > maxCauses {
		h.raw("<p>")
		h.text(safetext.Counted(shown-maxCauses, "more cause") + ": see the scenarios below.")
		h.raw("</p>\n")
	}
	h.waived()
}

// cause is one thing that is wrong, with what was expected, and the scenarios that found it.
func (h *htmlReport) cause(c *cause) {
	r := c.reqs[0]
	h.open("article", "class", "card c-"+string(verdictClass(c.verdict)), "id", h.causeName(c))
	h.raw("<header>")
	h.badge(c.verdict)
	h.span("span", "level", levelText(r.Level))
	h.raw("<h3>")
	check := firstBroken(r)
	h.value(c.title())
	h.raw("</h3></header>\n")
	source := r.Source
	if check != nil {
		if check.Pointer != "" {
			h.span("code", "pointer", check.Pointer)
		}
		h.diff(check.Expected, check.Actual)
		if check.Message != "" {
			h.span("p", "message", check.Message)
		}
		if check.Source != nil {
			source = *check.Source
		}
	}
	h.raw("<p class=\"source\">")
	h.source(r, source)
	h.raw("</p><p class=\"found\"><span>Found by</span> ")
	if n := len(c.reqs); n > 1 {
		h.text(safetext.Counted(n, "scenario") + " ")
	}
	for i, q := range c.reqs {
		if i == maxScenarios {
			h.text("and " + safetext.Counted(len(c.reqs)-i, "more scenario"))
			break
		}
		h.scenarioLink(q)
	}
	h.raw("</p></article>\n")
}

// firstBroken is the check that says what is wrong, nil where none does.
func firstBroken(r *result.Requirement) *result.Check {
	for i := range r.Checks {
		if c := &r.Checks[i]; isBroken(c.Verdict) {
			return c
		}
	}
	return nil
}

func (h *htmlReport) scenarioLink(r *result.Requirement) {
	h.open("a", "class", "chip", "href", "#"+h.anchors[h.index[r]])
	h.sign(r.Verdict)
	h.value(r.Key())
	h.raw("</a> ")
}

// source names what asks for something, with a link where that is a line of a page shown here.
func (h *htmlReport) source(r *result.Requirement, s result.Source) {
	if id, ok := h.lineAnchor(r.Operation, s); ok {
		h.link(id, s.Ref)
	} else {
		h.span("b", "ref", sourceName(s))
	}
	if s.Summary != "" {
		h.raw(" ")
		h.value(s.Summary)
	}
}

// waived lists what is accepted for a time.
func (h *htmlReport) waived() {
	if h.run.Totals.Waived == 0 {
		return
	}
	h.raw("<h3>Accepted for a time</h3>\n")
	h.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", "Table: accepted for a time")
	h.raw("<table><thead><tr><th scope=\"col\">scenario</th><th scope=\"col\">without the waiver</th><th scope=\"col\">until</th><th scope=\"col\">owner</th><th scope=\"col\">why</th></tr></thead><tbody>\n")
	for i := range h.run.Requirements {
		r := &h.run.Requirements[i]
		if r.Verdict != result.Waived || r.Waiver == nil {
			continue
		}
		h.raw("<tr><td>")
		h.scenarioLink(r)
		h.raw("</td>")
		for _, s := range []string{string(r.Waiver.Of), r.Waiver.Expires, r.Waiver.Owner, r.Waiver.Reason + " (" + r.Waiver.Source + ")"} {
			h.span("td", "", s)
		}
		h.raw("</tr>\n")
	}
	h.raw("</tbody></table></div>\n")
}

// untested is what was not tested, and why.
func (h *htmlReport) untested() {
	h.raw("<h3 id=\"untested\">Not tested, and why</h3>\n")
	if len(h.run.Partial) > 0 {
		h.raw("<p>The run was narrowed by whoever started it: ")
		h.value(strings.Join(h.run.Partial, ", "))
		h.raw(".</p>\n")
	}
	if run := h.run; run.Suite != nil && len(run.Suite.Omitted) > 0 {
		h.raw("<p>")
		h.text(safetext.Counted(len(run.Suite.Omitted), "requirement") + " of the pages were not asked for: ")
		keys := []string{}
		for i, s := range run.Suite.Omitted {
			if i == maxScenarios {
				keys = append(keys, "and "+safetext.Counted(len(run.Suite.Omitted)-i, "more"))
				break
			}
			keys = append(keys, s.Key)
		}
		h.text(strings.Join(keys, ", "))
		h.raw("</p>\n")
	}
	if line := unplayedLine(h.whole); line != "" {
		h.raw("<p>")
		h.text(line + ". The run had ended: see above.")
		h.raw("</p>\n")
	}
	byReason := map[string][]*result.Requirement{}
	var order []string
	for i := range h.run.Requirements {
		r := &h.run.Requirements[i]
		if r.Verdict != result.Skip {
			continue
		}
		reason := r.Reason
		if reason == "" {
			reason = "no reason was given"
		}
		if byReason[reason] == nil {
			order = append(order, reason)
		}
		byReason[reason] = append(byReason[reason], r)
	}
	if len(order) == 0 {
		h.raw("<p>Each scenario that was asked for was played.</p>\n")
		return
	}
	h.raw("<ul class=\"reasons\">")
	for i, reason := range order {
		if i == maxCauses {
			h.raw("<li>")
			h.text("and " + safetext.Counted(len(order)-i, "more reason"))
			h.raw("</li>")
			break
		}
		h.raw("<li><b>")
		h.value(reason)
		h.raw("</b> ")
		for j, r := range byReason[reason] {
			if j == maxScenarios {
				h.text("and " + safetext.Counted(len(byReason[reason])-j, "more scenario"))
				break
			}
			h.scenarioLink(r)
		}
		h.raw("</li>\n")
	}
	h.raw("</ul>\n")
}

// findings are the defects of the pages, and what was assumed.
func (h *htmlReport) findings() {
	h.section("findings", "Findings on the pages")
	if len(h.run.Findings) == 0 {
		h.raw("<p>There is none.</p>\n")
		return
	}
	h.raw("<p>")
	h.text(findingsText(h.run.Findings) + ". A defect is for the page's author to repair; an assumption is what was taken where the page says nothing. They change no verdict.")
	h.raw("</p>\n")
	h.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", "Table: findings")
	h.raw("<table><thead><tr><th scope=\"col\">kind</th><th scope=\"col\">class</th><th scope=\"col\">line</th><th scope=\"col\">finding</th><th scope=\"col\">assumed</th></tr></thead><tbody>\n")
	for _, defects := range []bool{true, false} {
		for _, f := range h.run.Findings {
			if defects != (f.Kind != result.KindAssumption) {
				continue
			}
			h.raw("<tr><td>")
			h.value(f.Kind)
			h.raw("</td><td><code>")
			h.value(f.Class)
			h.raw("</code></td><td>")
			if id, ok := h.lineAnchor("", f.Source); ok {
				h.link(id, f.Source.Ref)
			} else {
				h.value(sourceName(f.Source))
			}
			h.raw("</td>")
			h.span("td", "", f.Text)
			h.span("td", "", f.Assumed)
			h.raw("</tr>\n")
		}
	}
	h.raw("</tbody></table></div>\n")
}
