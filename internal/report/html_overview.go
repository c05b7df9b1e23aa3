package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// overview is what a reader needs in ten seconds: the verdict, what it rests on, who ran what
// against what and when.
func (h *htmlReport) overview() {
	verdict, _ := h.whole.Headline()
	l := headlineLook(verdict)
	h.put("<section id=\"overview\" class=\"hero\" aria-labelledby=\"overview-t\">\n")
	h.put(`<div class="verdict h-{}"><span class="mark" aria-hidden="true">{}</span><div>`, l.verdict, l.sign)
	h.put(`<h1 id="overview-t">{}</h1><p>{}</p>`, verdict, strings.TrimPrefix(headline(h.whole), string(verdict)+": "))
	h.promisedLines()
	h.mainCauses()
	h.put("</div></div>\n<ul class=\"tiles\" aria-label=\"Scenarios by verdict\">")
	for _, v := range shownOrder {
		l, n, none := lookOf(v), h.run.Totals.Of(v), ""
		if n == 0 {
			none = " none"
		}
		h.put(`<li class="tile t-{}{}"><a href="#?verdict:{}"><b>{}</b> {}</a></li>`, l.verdict, none, l.verdict, n, l.tile)
	}
	h.put("</ul>\n")
	h.facts()
	if problems := h.whole.AllProblems(); len(problems) > 0 {
		h.put(`<div class="alert"><h2>Problems with the run</h2><ul>`)
		for _, p := range problems {
			h.put("<li>")
			h.text(p) // whole: it may hold the command that restores the state
			h.put("</li>")
		}
		h.put("</ul></div>\n")
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
	text := fmt.Sprintf("%d of %s hold", n[result.Pass], safetext.Counted(len(h.lines), "promised line"))
	if n[result.Skip] > 0 {
		text += fmt.Sprintf(", %d not tested", n[result.Skip])
	}
	h.put(`<p class="promises"><a href="#pages">{}</a></p>`, text)
}

// topCauses is how many causes stand below the verdict.
const topCauses = 4

// mainCauses names what prevents conformance, each with the number of scenarios that saw it.
func (h *htmlReport) mainCauses() {
	all := h.causesOf(false)
	if len(all) == 0 {
		return
	}
	h.put(`<ol class="main">`)
	for i, c := range all {
		if i == topCauses && len(all) > topCauses+1 {
			h.put(`<li><a href="#causes">{}</a></li>`, safetext.Counted(len(all)-i, "more cause"))
			break
		}
		h.put("<li>{} <span>{}</span></li>", link(h.causeName(c), clip(c.title(), 120)), safetext.Counted(len(c.reqs), "scenario"))
	}
	h.put("</ol>")
}

// causesOf gives the causes that are warnings only, or all others.
func (h *htmlReport) causesOf(warnings bool) []*cause {
	return slices.DeleteFunc(slices.Clone(h.causes), func(c *cause) bool { return (c.verdict == result.Warn) != warnings })
}

// causeName is the place of a cause in the page.
func (h *htmlReport) causeName(c *cause) markup { return "cause~" + h.anchors[c.reqs[0]] }

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
	h.put(`<dl class="facts">`)
	fact := func(name string, values ...string) {
		if strings.Join(values, "") == "" {
			return
		}
		h.put("<div><dt>{}</dt>", name)
		for _, v := range values {
			h.put("<dd>{}</dd>", v)
		}
		h.put("</div>")
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
	for _, name := range slices.Sorted(maps.Keys(run.Target.Params)) {
		params = append(params, name+" = "+run.Target.Params[name])
	}
	fact("entity", params...)
	fact("when", run.StartedAt.UTC().Format("2 January 2006, 15:04:05 UTC")+", for "+durationText(run.DurationMS))
	fact("by", run.Tool.Name+" "+run.Tool.Version, run.ID)
	fact("state", run.Target.State)
	fact("narrowed", run.Partial...)
	h.put("</dl>\n")
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
		key := causeOf(r)
		if c := firstBroken(r); c != nil && c.Class == "" && c.Source != nil && r.Verdict != result.Flaky {
			key = strings.Join([]string{r.Operation, string(r.Verdict), cmp.Or(c.Pointer, c.Name), c.Source.Ref}, "\x00")
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
	broken := h.causesOf(false)
	switch {
	case len(broken) == 0 && h.run.TestedNothing():
		h.put("<p>Nothing was tested.</p>\n")
	case len(broken) == 0:
		h.put("<p>No requirement failed.</p>\n")
	}
	for i, c := range append(broken, h.causesOf(true)...) {
		if i == len(broken) {
			h.put("<h3>Warnings</h3><p>What is only recommended, and does not hold. It prevents no conformance.</p>\n")
		}
		if i < maxCauses {
			h.cause(c)
		}
	}
	if more := len(h.causes) - maxCauses; more > 0 {
		h.put("<p>{}: see the scenarios below.</p>\n", safetext.Counted(more, "more cause"))
	}
	h.waived()
}

// cause is one thing that is wrong, with what was expected, and the scenarios that found it.
func (h *htmlReport) cause(c *cause) {
	r := c.reqs[0]
	h.put(`<article class="card c-{}" id="{}"><header>{}`, c.verdict, h.causeName(c), badge(c.verdict))
	h.put("<span class=\"level\">{}</span><h3>{}</h3></header>\n", levelText(r.Level), c.title())
	if check := firstBroken(r); check != nil {
		h.span("code", "pointer", check.Pointer)
		h.diff(check.Expected, check.Actual)
		h.span("p", "message", check.Message)
	}
	h.put(`<p class="source">{}</p><p class="found"><span>Found by</span> `, h.source(r, askedBy(r)))
	if n := len(c.reqs); n > 1 {
		h.put("{} ", safetext.Counted(n, "scenario"))
	}
	h.scenarioLinks(c.reqs)
	h.put("</p></article>\n")
}

// scenarioLinks leads to some scenarios; of too many only the first are named.
func (h *htmlReport) scenarioLinks(reqs []*result.Requirement) {
	for i, r := range reqs {
		if i == maxScenarios {
			h.put("and {}", safetext.Counted(len(reqs)-i, "more scenario"))
			break
		}
		h.put("{}", h.scenarioLink(r))
	}
}

func (h *htmlReport) scenarioLink(r *result.Requirement) markup {
	return fill(`<a class="chip" href="#{}">{}{}</a> `, h.anchors[r], sign(r.Verdict), r.Key())
}

// source names what asks for something, with a link where that is a line of a page shown here.
func (h *htmlReport) source(r *result.Requirement, s result.Source) markup {
	name := fill(`<b class="ref">{}</b>`, sourceName(s))
	if id, ok := h.lineAnchor(r.Operation, s); ok {
		name = link(id, s.Ref)
	}
	return fill("{} {}", name, s.Summary)
}

// waived lists what is accepted for a time.
func (h *htmlReport) waived() {
	if h.run.Totals.Waived == 0 {
		return
	}
	h.put("<h3>Accepted for a time</h3>\n")
	h.table("accepted for a time", []string{"scenario", "without the waiver", "until", "owner", "why"}, func(row func(...any)) {
		for i := range h.run.Requirements {
			r := &h.run.Requirements[i]
			if w := r.Waiver; r.Verdict == result.Waived && w != nil {
				row(h.scenarioLink(r), w.Of, w.Expires, w.Owner, w.Reason+" ("+w.Source+")")
			}
		}
	})
}

// untested is what was not tested, and why.
func (h *htmlReport) untested() {
	h.put(`<h3 id="untested">Not tested, and why</h3>` + "\n")
	if len(h.run.Partial) > 0 {
		h.put("<p>The run was narrowed by whoever started it: {}.</p>\n", strings.Join(h.run.Partial, ", "))
	}
	if run := h.run; run.Suite != nil && len(run.Suite.Omitted) > 0 {
		omitted := run.Suite.Omitted
		keys := []string{}
		for i, s := range omitted {
			if i == maxScenarios {
				keys = append(keys, "and "+safetext.Counted(len(omitted)-i, "more"))
				break
			}
			keys = append(keys, s.Key)
		}
		h.put("<p>{} of the pages were not asked for: ", safetext.Counted(len(omitted), "requirement"))
		h.text(strings.Join(keys, ", ")) // whole, whatever their number
		h.put("</p>\n")
	}
	if line := unplayedLine(h.whole); line != "" {
		h.put("<p>{}. The run had ended: see above.</p>\n", line)
	}
	reasons := group(h.run.Requirements, func(r *result.Requirement) string { return string(r.Verdict) + "\n" + r.Reason })
	reasons = slices.DeleteFunc(reasons, func(reqs []*result.Requirement) bool { return reqs[0].Verdict != result.Skip })
	if len(reasons) == 0 {
		h.put("<p>Each scenario that was asked for was played.</p>\n")
		return
	}
	h.put(`<ul class="reasons">`)
	for i, reqs := range reasons {
		if i == maxCauses {
			h.put("<li>and {}</li>", safetext.Counted(len(reasons)-i, "more reason"))
			break
		}
		h.put("<li><b>{}</b> ", cmp.Or(reqs[0].Reason, noReason))
		h.scenarioLinks(reqs)
		h.put("</li>\n")
	}
	h.put("</ul>\n")
}

// findings are the defects of the pages, and what was assumed.
func (h *htmlReport) findings() {
	h.section("findings", "Findings on the pages")
	if len(h.run.Findings) == 0 {
		h.put("<p>There is none.</p>\n")
		return
	}
	h.put("<p>{}</p>\n", findingsText(h.run.Findings)+findingsHelp)
	h.table("findings", []string{"kind", "class", "line", "finding", "assumed"}, func(row func(...any)) {
		for _, f := range defectsFirst(h.run.Findings) {
			place := fill("{}", sourceName(f.Source))
			if id, ok := h.lineAnchor("", f.Source); ok {
				place = link(id, f.Source.Ref)
			}
			row(f.Kind, fill("<code>{}</code>", f.Class), place, f.Text, f.Assumed)
		}
	})
}
