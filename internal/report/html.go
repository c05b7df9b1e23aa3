package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the style and the script of the page
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

//go:embed html.css
var htmlStyle string

//go:embed html.js
var htmlScript string

// HTML writes the run as report.html: one page that asks for nothing else, from disk or from a
// server. What it says is in the markup, so that it can be read, searched and printed
// without a script; the script filters, moves from scenario to scenario and copies. Its
// Content-Security-Policy allows this one style and this one script, by their digest, and
// nothing else: no request, no frame, no form.
func HTML(w io.Writer, run *result.Run) error { return whole(renderHTML)(w, run) }

func renderHTML(run *result.Run) ([]byte, error) {
	h := newHTML(run)
	h.head()
	h.overview()
	h.notConformant()
	h.picture()
	h.untested()
	h.pages()
	h.scenarios()
	h.endpoint()
	h.findings()
	h.where()
	h.raw("</main>\n<div id=\"said\" class=\"hidden\" role=\"status\"></div>\n<script>", markup(htmlScript), "</script>\n</body>\n</html>\n")
	return h.Bytes(), nil
}

// markup is HTML of our own. Only constants and the embedded files become markup: whatever
// comes from a run is written as text or as the value of an attribute, and escaped.
type markup string

// htmlReport is the page under construction.
type htmlReport struct {
	bytes.Buffer
	// run has what was played alone, and whole all: what was not played since the run had ended
	// is told as one.
	run, whole *result.Run
	// causes are what did not pass; anchors and details go by the index of the requirement.
	causes  []*cause
	anchors []string
	details []bool
	index   map[*result.Requirement]int
	lines   map[lineKey]*lineState
}

func newHTML(run *result.Run) *htmlReport {
	whole, own := run, *run
	own.Requirements = played(run.Requirements)
	run = &own
	h := &htmlReport{
		run: run, whole: whole, causes: htmlCauses(run.Requirements), anchors: make([]string, len(run.Requirements)),
		details: make([]bool, len(run.Requirements)), index: make(map[*result.Requirement]int, len(run.Requirements)),
	}
	taken := map[string]int{}
	for i := range run.Requirements {
		r := &run.Requirements[i]
		h.index[r] = i
		name := anchor(r.Key())
		taken[name]++
		if n := taken[name]; n > 1 {
			name += "~" + strconv.Itoa(n) // the same requirement of another page
		}
		h.anchors[i] = name
	}
	h.Grow(256<<10 + 1024*len(run.Requirements) + 2*h.chooseDetails())
	h.lines = lineStates(run)
	return h
}

// anchor gives a name for a place in the page: what is neither letter, digit, dash, dot nor
// underscore becomes "_".
func anchor(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '.':
			return r
		}
		return '_'
	}, s)
}

func (h *htmlReport) raw(parts ...markup) {
	for _, m := range parts {
		h.WriteString(string(m))
	}
}

// text writes text from anywhere as one line, in full.
func (h *htmlReport) text(s string) { h.escaped(safetext.Line(s)) }

// escaped writes printable text so that nothing in it is markup, in an element or an attribute.
func (h *htmlReport) escaped(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		var entity string
		switch s[i] {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '"':
			entity = "&#34;"
		case '\'':
			entity = "&#39;"
		default:
			continue
		}
		h.WriteString(s[from:i])
		h.WriteString(entity)
		from = i + 1
	}
	h.WriteString(s[from:])
}

// value is text, cut to the length of a value.
func (h *htmlReport) value(s string) {
	h.escaped(clip(safetext.Line(s), fileLimits.value))
}

// block writes text from anywhere with its lines.
func (h *htmlReport) block(s string) {
	h.escaped(safetext.Escape(s, safetext.Lines))
}

// open writes a tag; attributes come as names and values, and those without a value are left out.
func (h *htmlReport) open(tag markup, attributes ...string) {
	h.raw("<", tag)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			h.raw(" ", markup(attributes[i]), "=\"")
			h.text(attributes[i+1])
			h.raw("\"")
		}
	}
	h.raw(">")
}

// span writes an element with a class and text.
func (h *htmlReport) span(tag, class markup, s string) {
	h.raw("<", tag, " class=\"", class, "\">")
	h.value(s)
	h.raw("</", tag, ">")
}

// link leads to a place in the page.
func (h *htmlReport) link(to, s string) {
	h.open("a", "href", "#"+to)
	h.value(s)
	h.raw("</a>")
}

// copyable shows text to copy, whole.
func (h *htmlReport) copyable(class markup, s string) {
	h.raw("<div class=\"copy ", class, "\"><pre tabindex=\"0\">")
	h.block(s)
	h.raw("</pre><button type=\"button\" class=\"act\" data-copy>Copy</button></div>")
}

// section begins a part of the page.
func (h *htmlReport) section(id markup, title string) {
	h.raw("</section>\n<section id=\"", id, "\" aria-labelledby=\"", id, "-t\">\n<h2 id=\"", id, "-t\">")
	h.text(title)
	h.raw("</h2>\n")
}

// table writes a table; cells is called with one function for each row.
func (h *htmlReport) table(caption string, head []string, rows func(row func(cells ...string))) {
	h.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", "Table: "+caption)
	h.raw("<table><thead><tr>")
	for _, s := range head {
		h.raw("<th scope=\"col\">")
		h.text(s)
		h.raw("</th>")
	}
	h.raw("</tr></thead><tbody>\n")
	rows(func(cells ...string) {
		h.raw("<tr>")
		for _, c := range cells {
			h.raw("<td>")
			h.value(c)
			h.raw("</td>")
		}
		h.raw("</tr>\n")
	})
	h.raw("</tbody></table></div>\n")
}

// look is how a verdict appears: its class in the style, which is its name in the filters, the
// word that people say, and a sign that is distinct without colour.
type look struct{ class, word, sign markup }

func lookOf(v result.Verdict) look {
	switch v {
	case result.Pass:
		return look{"pass", "pass", "✓"}
	case result.Fail:
		return look{"fail", "fail", "✗"}
	case result.Flaky:
		return look{"flaky", "flaky", "≈"}
	case result.Waived:
		return look{"waived", "waived", "○"}
	case result.Warn:
		return look{"warn", "warning", "!"}
	case result.Skip:
		return look{"skip", "not tested", "–"}
	case result.Error:
	}
	return look{"error", "not judged", "?"}
}

func verdictWord(v result.Verdict) markup  { return lookOf(v).word }
func verdictSign(v result.Verdict) markup  { return lookOf(v).sign }
func verdictClass(v result.Verdict) markup { return lookOf(v).class }

// badge is a verdict with its sign and word.
func (h *htmlReport) badge(v result.Verdict) {
	h.raw("<span class=\"badge v-", verdictClass(v), "\"><span aria-hidden=\"true\">", verdictSign(v), "</span> ", verdictWord(v), "</span>")
}

// sign is a verdict without its word, which is there for those who cannot see it.
func (h *htmlReport) sign(v result.Verdict) {
	h.raw("<span class=\"sign v-", verdictClass(v), "\"><span aria-hidden=\"true\">", verdictSign(v), "</span><span class=\"hidden\">", verdictWord(v), "</span></span> ")
}

// hash is the source expression of an inline style or script in a Content-Security-Policy.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (h *htmlReport) head() {
	verdict, _ := h.whole.Headline()
	h.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	h.open("meta", "http-equiv", "Content-Security-Policy", "content",
		"default-src 'none'; style-src "+hash(htmlStyle)+"; script-src "+hash(htmlScript)+
			"; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'")
	h.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n",
		"<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n<title>")
	h.value(string(verdict) + ": " + h.subject())
	h.raw("</title>\n<style>", markup(htmlStyle), "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#overview\">To the result</a>\n",
		"<header class=\"top\"><span class=\"brand\">graphpact</span><nav aria-label=\"Parts of the report\">",
		"<a href=\"#overview\">Overview</a><a href=\"#causes\">Not conformant</a><a href=\"#areas\">Areas</a><a href=\"#pages\">Page</a>",
		"<a href=\"#scenarios\">Scenarios</a><a href=\"#endpoint\">Endpoint</a><a href=\"#findings\">Findings</a><a href=\"#run\">Run</a></nav>",
		"<button type=\"button\" id=\"theme\" class=\"act\">Theme: system</button></header>\n<main>\n")
}

// subject says what the report is about.
func (h *htmlReport) subject() string {
	if n := len(h.run.Pages); n == 1 {
		return h.run.Pages[0].Title
	} else if n > 1 {
		return safetext.Counted(n, "page")
	}
	return h.run.Target.BaseURL
}

// where is who ran what, with which settings.
func (h *htmlReport) where() {
	run := h.run
	h.section("run", "The run")
	if sentence, text := suggestedWaivers(run, summaryWaivers); sentence != "" {
		h.raw("<details><summary>Waivers to paste</summary><p>")
		h.text(sentence + ".")
		h.raw("</p>")
		h.copyable("", text)
		h.raw("</details>\n")
	}
	h.table("The run", []string{"what", "value"}, func(row func(...string)) {
		row("tool", run.Tool.Name+" "+run.Tool.Version+", "+run.Tool.GoVersion)
		row("started", since(run.StartedAt)+", took "+durationText(run.DurationMS))
		if run.ID != "" {
			row("run", run.ID+", the client-request-id of each request begins with its first three groups")
		}
		for i, p := range run.Pages {
			if i == maxScenarios {
				row("pages", "and "+safetext.Counted(len(run.Pages)-i, "more page")+", in "+JSONFile)
				break
			}
			row("page", fmt.Sprintf("%s, %s (%s), %s", p.Title, p.File, p.Digest, p.Operation))
		}
		if s := run.Shard; s != nil {
			row("shard", fmt.Sprintf("%d of %d, %d of %d requirements", s.Index, s.Count, len(h.whole.Requirements), s.Requirements))
		}
		for _, p := range run.Parts {
			row("part "+strconv.Itoa(p.Shard), fmt.Sprintf("%s, %s, %s, took %s, %s", safetext.Counted(p.Requirements, "requirement"), p.BaseURL, since(p.StartedAt), durationText(p.DurationMS), p.ID))
		}
		if s := run.Suite; s != nil {
			row("scenarios", strings.TrimPrefix(s.Folder+", ", ", ")+s.Digest)
		}
		switch p := run.Pact; {
		case p == nil:
		case p.Error != "":
			row("Pact", "none: "+p.Error)
		default:
			row("Pact", "between "+pactText(p))
		}
		for _, p := range sortedPairs(run.Settings) {
			row("setting "+p[0], p[1])
		}
	})
	h.raw("</section>\n")
}

// since is a moment of a run.
func since(t time.Time) string { return t.UTC().Format(time.RFC3339) }
