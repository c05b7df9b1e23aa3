package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the style and the script of the page
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
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
func HTML(w io.Writer, run *result.Run) error {
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
	h.put("</main>\n<div id=\"said\" class=\"hidden\" role=\"status\"></div>\n<script>{}</script>\n</body>\n</html>\n", markup(htmlScript))
	_, err := h.WriteTo(w)
	return err
}

// markup is HTML of our own. Only constants, the embedded files, the names of places in the page
// and what fill gives become markup: whatever comes from a run is escaped.
type markup string

// htmlReport is the page under construction.
type htmlReport struct {
	bytes.Buffer
	// run has what was played alone, and whole all: what was not played since the run had ended
	// is told as one.
	run, whole *result.Run
	// causes are what did not pass, and details the requirements that are shown with their evidence.
	causes  []*cause
	anchors map[*result.Requirement]markup
	details map[*result.Requirement]bool
	lines   map[lineKey]*lineState
}

func newHTML(run *result.Run) *htmlReport {
	own := *run
	own.Requirements = played(run.Requirements)
	h := &htmlReport{
		run: &own, whole: run, causes: htmlCauses(own.Requirements),
		anchors: map[*result.Requirement]markup{}, details: map[*result.Requirement]bool{}, lines: lineStates(&own),
	}
	taken := map[markup]int{}
	for i := range own.Requirements {
		r := &own.Requirements[i]
		name := anchor(r.Key())
		taken[name]++
		if n := taken[name]; n > 1 {
			name += markup("~" + strconv.Itoa(n)) // the same requirement of another page
		}
		h.anchors[r] = name
	}
	h.Grow(256<<10 + 1024*len(own.Requirements) + 2*h.chooseDetails())
	return h
}

// anchor gives a name for a place in the page: what is neither letter, digit, dash, dot nor
// underscore becomes "_".
func anchor(s string) markup {
	return markup(strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '.':
			return r
		}
		return '_'
	}, s))
}

// put writes markup with a value at each {}: markup as it is, and all else as text of one line,
// escaped, and cut to the length of a value.
func (h *htmlReport) put(m markup, values ...any) {
	for _, v := range values {
		before, after, _ := strings.Cut(string(m), "{}")
		h.WriteString(before)
		switch v := v.(type) {
		case markup:
			h.WriteString(string(v))
		case string:
			h.value(v)
		case int:
			h.value(strconv.Itoa(v))
		default:
			h.value(reflect.ValueOf(v).String()) // of a type like Verdict: fmt would cost an allocation each
		}
		m = markup(after)
	}
	h.WriteString(string(m))
}

func (h *htmlReport) value(s string) { h.escaped(clip(safetext.Line(s), fileLimits.value)) }

// fill gives what put writes.
func fill(m markup, values ...any) markup {
	var h htmlReport
	h.Grow(2*len(m) + 64)
	h.put(m, values...)
	return markup(h.String())
}

// text writes text from anywhere as one line, in full.
func (h *htmlReport) text(s string) { h.escaped(safetext.Line(s)) }

// escaped writes printable text so that nothing in it is markup, in an element or an attribute.
func (h *htmlReport) escaped(s string) { _, _ = entities.WriteString(h, s) }

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// block writes text from anywhere with its lines.
func (h *htmlReport) block(s string) {
	h.escaped(safetext.Escape(s, safetext.Lines))
}

// span writes an element with a class and text; nothing for an empty text.
func (h *htmlReport) span(tag, class markup, s string) {
	if s != "" {
		h.put(`<{} class="{}">{}</{}>`, tag, class, s, tag)
	}
}

// link leads to a place in the page.
func link(to markup, s string) markup { return fill(`<a href="#{}">{}</a>`, to, s) }

// copyable shows text to copy, whole.
func (h *htmlReport) copyable(class markup, s string) {
	h.put(`<div class="copy {}"><pre tabindex="0">`, class)
	h.block(s)
	h.put(`</pre><button type="button" class="act" data-copy>Copy</button></div>`)
}

// section begins a part of the page.
func (h *htmlReport) section(id markup, title string) {
	h.put("</section>\n<section id=\"{}\" aria-labelledby=\"{}-t\">\n<h2 id=\"{}-t\">{}</h2>\n", id, id, id, title)
}

// scroll begins what may be too wide for the page.
func (h *htmlReport) scroll(label string) {
	h.put(`<div class="scroll" tabindex="0" role="region" aria-label="{}">`, label)
}

// table writes a table; rows is called with a function that writes one row.
func (h *htmlReport) table(caption string, head []string, rows func(row func(cells ...any))) {
	h.scroll("Table: " + caption)
	h.put("<table><thead><tr>")
	for _, s := range head {
		h.put(`<th scope="col">{}</th>`, s)
	}
	h.put("</tr></thead><tbody>\n")
	rows(func(cells ...any) {
		h.put("<tr>")
		for _, c := range cells {
			h.put("<td>{}</td>", c)
		}
		h.put("</tr>\n")
	})
	h.put("</tbody></table></div>\n")
}

// badge is a verdict with its sign and word.
func badge(v result.Verdict) markup { return badgeOf(v, lookOf(v).word) }

// badgeOf is a badge with another word.
func badgeOf(v result.Verdict, word markup) markup {
	l := lookOf(v)
	return `<span class="badge v-` + markup(l.verdict) + `"><span aria-hidden="true">` + l.sign + `</span> ` + word + `</span>`
}

// sign is a verdict without its word, which is there for those who cannot see it.
func sign(v result.Verdict) markup {
	l := lookOf(v)
	return `<span class="sign v-` + markup(l.verdict) + `"><span aria-hidden="true">` + l.sign + `</span><span class="hidden">` + l.word + `</span></span> `
}

// hash is the source expression of an inline style or script in a Content-Security-Policy.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (h *htmlReport) head() {
	verdict, _ := h.whole.Headline()
	h.put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>{}</title>
<style>{}</style>
</head>
<body>
<a class="skip" href="#overview">To the result</a>
<header class="top"><span class="brand">graphpact</span><nav aria-label="Parts of the report">`+
		`<a href="#overview">Overview</a><a href="#causes">Not conformant</a><a href="#areas">Areas</a><a href="#pages">Page</a>`+
		`<a href="#scenarios">Scenarios</a><a href="#endpoint">Endpoint</a><a href="#findings">Findings</a><a href="#run">Run</a></nav>`+
		`<button type="button" id="theme" class="act">Theme: system</button></header>
<main>
`, "default-src 'none'; style-src "+hash(htmlStyle)+"; script-src "+hash(htmlScript)+
		"; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
		string(verdict)+": "+h.subject(), markup(htmlStyle))
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
		h.put("<details><summary>Waivers to paste</summary><p>{}</p>", sentence+".")
		h.copyable("", text)
		h.put("</details>\n")
	}
	h.table("The run", []string{"what", "value"}, func(row func(...any)) {
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
		for _, name := range slices.Sorted(maps.Keys(run.Settings)) {
			row("setting "+name, run.Settings[name])
		}
	})
	h.put("</section>\n")
}

// since is a moment of a run.
func since(t time.Time) string { return t.UTC().Format(time.RFC3339) }
