package report

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/jsonpointer"
	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// lineKey is a line of a file of a page; page is the index in Run.Pages.
type lineKey struct {
	page int
	file string
	line int
}

// lineState is what is known of a promised line.
type lineState struct {
	promises []result.Promise
	verdicts []lineVerdict
}

// lineVerdict is what one scenario says of a line.
type lineVerdict struct {
	verdict result.Verdict
	req     *result.Requirement
}

// lineStates finds out which verdicts hang on which promised line:
//
//   - that of a requirement on the line that asks for it, and that of a check on its own;
//   - that of a check about a value of the body on the first line of that property;
//   - a body that satisfies the response schema on each line that the schema is made from;
//   - an update that succeeds on the line that says how to send it.
//
// A requirement that did not pass is held against the lines that its broken checks name, and
// against its own where they name none.
func lineStates(run *result.Run) map[lineKey]*lineState {
	lines := map[lineKey]*lineState{}
	for i := range run.Pages {
		for _, promise := range run.Pages[i].Promises {
			key := lineKey{i, promise.File, promise.Line}
			if lines[key] == nil {
				lines[key] = &lineState{}
			}
			lines[key].promises = append(lines[key].promises, promise)
		}
	}
	pages := newPositions(run).pages
	for i := range run.Requirements {
		r := &run.Requirements[i]
		known := pages[r.Operation]
		if known == nil {
			continue
		}
		for key, verdict := range known.judge(r) {
			if state := lines[key]; state != nil {
				state.verdicts = append(state.verdicts, lineVerdict{verdict, r})
			}
		}
	}
	return lines
}

// pageLines are the promised lines of one page by what they are about.
type pageLines struct {
	page           int
	property       map[string]lineKey
	update, schema []lineKey
}

func newPageLines(index int, p *result.Page) *pageLines {
	known := &pageLines{page: index, property: map[string]lineKey{}}
	more := map[lineKey]bool{} // lines that promise more than the form of an answer
	for _, promise := range p.Promises {
		key := lineKey{index, promise.File, promise.Line}
		if _, ok := known.property[promise.Property]; !ok {
			known.property[promise.Property] = key
		}
		switch promise.Kind {
		case result.ProvesUpdate:
			known.update = append(known.update, key)
		case result.ProvesSchema:
			known.schema = append(known.schema, key)
		}
		more[key] = more[key] || promise.Kind != result.ProvesSchema
	}
	// A body of the right form does not show that a line holds which promises more.
	known.schema = slices.DeleteFunc(known.schema, func(key lineKey) bool { return more[key] })
	return known
}

// judge gives what a requirement says of the lines of its page.
func (p *pageLines) judge(r *result.Requirement) map[lineKey]result.Verdict {
	out := map[lineKey]result.Verdict{}
	held := func(key lineKey) {
		if _, ok := out[key]; !ok {
			out[key] = result.Pass
		}
	}
	broken := isBroken(r.Verdict)
	blamed := false
	for i := range r.Checks {
		c := &r.Checks[i]
		key, ok := p.of(c)
		switch {
		case c.Verdict == result.Skip:
		case isBroken(c.Verdict) && broken:
			if ok {
				out[key], blamed = r.Verdict, true
			}
		case c.Verdict == result.Pass && ok:
			held(key)
		}
		if c.Verdict == result.Pass && c.Proves == result.ProvesSchema {
			for _, key := range p.schema {
				held(key)
			}
		}
	}
	if own, ok := p.at(&r.Source); ok {
		switch {
		case broken && !blamed, r.Verdict == result.Skip:
			out[own] = r.Verdict
		case !broken:
			held(own)
		}
	}
	if r.Proves == result.ProvesUpdate && r.Verdict == result.Pass {
		for _, key := range p.update {
			held(key)
		}
	}
	return out
}

// of is the line that a check is about.
func (p *pageLines) of(c *result.Check) (lineKey, bool) {
	if key, ok := p.at(c.Source); ok {
		return key, true
	}
	names := jsonpointer.Split(c.Pointer)
	if len(names) == 0 {
		return lineKey{}, false
	}
	key, ok := p.property[names[0]]
	return key, ok
}

func (p *pageLines) at(s *result.Source) (lineKey, bool) {
	if s == nil || s.Line == 0 {
		return lineKey{}, false
	}
	return lineKey{p.page, s.File, s.Line}, true
}

// worstFirst orders the verdicts on a line.
func worstFirst(v result.Verdict) int {
	return slices.Index([]result.Verdict{result.Fail, result.Flaky, result.Error, result.Warn, result.Waived, result.Pass, result.Skip}, v)
}

// verdict is that of the line: the worst of those on it; Skip where nothing tested it.
func (s *lineState) verdict() result.Verdict {
	worst := result.Skip
	for _, v := range s.verdicts {
		if worstFirst(v.verdict) < worstFirst(worst) {
			worst = v.verdict
		}
	}
	return worst
}

// lineAnchor is the place of a line in the page, where the report shows the line.
func (h *htmlReport) lineAnchor(operation string, s result.Source) (markup, bool) {
	if s.Line == 0 {
		return "", false
	}
	for i := range h.run.Pages {
		p := &h.run.Pages[i]
		if operation != "" && p.Operation != operation {
			continue
		}
		for j := range p.Texts {
			if p.Texts[j].File == s.File {
				return lineName(i, j, s.Line), true
			}
		}
	}
	return "", false
}

func lineName(page, text, line int) markup {
	return markup(fmt.Sprintf("L%d.%d-%d", page+1, text+1, line))
}

// pageBytes is how much of the pages a report shows in full; of those behind it only the lines
// that count are shown.
const pageBytes = 2 << 20

// pages shows each page with what was found out about its lines.
func (h *htmlReport) pages() {
	h.section("pages", "The page, line by line")
	h.put(`<p class="legend"><span class="badge v-pass"><span aria-hidden="true">✓</span> holds</span>
<span class="badge v-warn"><span aria-hidden="true">!</span> not always, or only recommended</span>
<span class="badge v-fail"><span aria-hidden="true">✗</span> does not hold</span>
<span class="badge v-skip"><span aria-hidden="true">–</span> promised and not tested</span>
<button type="button" class="act" id="promised" aria-pressed="false">Only promised lines</button></p>
`)
	size, shown := 0, 0
	for i := range h.run.Pages {
		p := &h.run.Pages[i]
		if len(p.Texts) == 0 {
			continue
		}
		shown++
		whole := size < pageBytes
		for _, t := range p.Texts {
			size += len(t.Text)
		}
		h.page(i, p, whole)
	}
	if shown == 0 {
		h.put("<p>This run keeps the text of no page.</p>\n")
	}
}

// page shows one page.
func (h *htmlReport) page(index int, p *result.Page, whole bool) {
	n := map[result.Verdict]int{}
	for key, state := range h.lines {
		if key.page == index {
			n[state.verdict()]++
		}
	}
	h.put(`<details class="page"`)
	if len(h.run.Pages) == 1 || n[result.Fail]+n[result.Flaky]+n[result.Error] > 0 && len(h.run.Pages) <= 10 {
		h.put(" open")
	}
	h.put(`><summary><b>{}</b> <span class="file">{}</span> `, p.Title, p.File)
	for _, v := range []result.Verdict{result.Fail, result.Flaky, result.Error, result.Warn, result.Waived, result.Pass, result.Skip} {
		if n[v] > 0 {
			h.put("{} ", badgeOf(v, markup(safetext.Counted(n[v], "line"))+" "+lineWord(v)))
		}
	}
	h.put("</summary>\n")
	if !whole {
		h.put("<p>Only the lines that count are shown here, since there are so many pages.</p>\n")
	}
	for j := range p.Texts {
		h.pageText(index, j, &p.Texts[j], whole)
	}
	h.put("</details>\n")
}

// lineWord is what a verdict says of a promised line.
func lineWord(v result.Verdict) markup {
	switch v {
	case result.Pass:
		return "held"
	case result.Fail:
		return "not held"
	default:
		return lookOf(v).word
	}
}

func (h *htmlReport) pageText(page, index int, t *result.PageText, whole bool) {
	found := map[int][]*result.Finding{}
	for i := range h.run.Findings {
		if f := &h.run.Findings[i]; f.Source.File == t.File {
			found[f.Source.Line] = append(found[f.Source.Line], f)
		}
	}
	h.scroll("Lines of " + t.File)
	h.put(`<table class="lines"><colgroup><col class="cn"><col><col class="cv"></colgroup>` +
		`<thead><tr><th scope="col">line</th><th scope="col">text</th><th scope="col">verdicts</th></tr></thead><tbody>` + "\n")
	number := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(t.Text, "\n"), "\n") {
		number++
		state := h.lines[lineKey{page, t.File, number}]
		if !whole && state == nil && found[number] == nil {
			continue
		}
		h.put(`<tr id="{}"`, lineName(page, index, number))
		if state != nil {
			h.put(` class="l-{}"`, lookOf(state.verdict()).verdict)
		}
		h.put(`><td class="n">{}</td><td class="t">{}</td><td class="v">`, number, line)
		if state != nil {
			h.lineVerdicts(state)
		}
		for _, f := range found[number] {
			h.put(`<div class="note"><span class="badge v-note">{}</span> {}</div>`, f.Kind, f.Text)
		}
		h.put("</td></tr>\n")
	}
	h.put("</tbody></table></div>\n")
}

// shownVerdicts is how many scenarios a line names before the rest is behind a click.
const shownVerdicts = 4

// lineVerdicts says what a line promises and what hangs on it, the worst first.
func (h *htmlReport) lineVerdicts(s *lineState) {
	slices.SortStableFunc(s.verdicts, func(a, b lineVerdict) int { return worstFirst(a.verdict) - worstFirst(b.verdict) })
	h.put(`<div class="says">{}`, sign(s.verdict()))
	seen := map[string]bool{}
	for _, p := range s.promises {
		if seen[p.Text] {
			continue
		}
		if len(seen) > 0 {
			h.put("; ")
		}
		seen[p.Text] = true
		h.put("{}", p.Text)
	}
	h.put("</div>")
	if len(s.verdicts) == 0 {
		h.put(`<div class="untested">no scenario tests it</div>`)
		return
	}
	h.put(`<div class="hang">`)
	for i, v := range s.verdicts {
		if i == shownVerdicts && len(s.verdicts) > shownVerdicts+1 {
			h.put("<details><summary>{}</summary>", fmt.Sprintf("%d more", len(s.verdicts)-i))
		}
		h.put(`<a class="chip" href="#{}" title="{}">{}{}</a> `, h.anchors[v.req], v.req.Scenario, sign(v.verdict), v.req.Key())
	}
	if len(s.verdicts) > shownVerdicts+1 {
		h.put("</details>")
	}
	h.put("</div>")
}
