package graphdoc

import (
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
)

// readResponse reads the prose of the response section and the statuses that it and its
// tables name.
func (r *reader) readResponse(nodes []ast.Node) {
	for _, p := range r.proses(nodes) {
		r.page.Response = append(r.page.Response, p.paragraph())
		r.page.Statuses = append(r.page.Statuses, p.statuses()...)
	}
	r.page.Statuses = append(r.page.Statuses, r.tableStatuses(nodes)...)
}

// readErrors reads the statuses of a section about errors.
func (r *reader) readErrors(nodes []ast.Node) {
	found := r.tableStatuses(nodes)
	for _, p := range r.proses(nodes) {
		found = append(found, p.statuses()...)
	}
	for _, s := range found {
		if s.Code >= http.StatusBadRequest {
			r.page.Statuses = append(r.page.Statuses, s)
		} else {
			r.page.ExampleStatuses = append(r.page.ExampleStatuses, s)
		}
	}
}

// cellCode is a cell that begins with a status code.
var cellCode = lazyregexp.New(`^([1-5]\d\d)\b[\s:-]*([A-Za-z ]*)`)

// tableStatuses reads a status from each row of the tables that have any.
func (r *reader) tableStatuses(nodes []ast.Node) []Status {
	var out []Status
	for _, t := range r.tables(nodes) {
		before := len(out)
		for _, w := range t.rows {
			whole := joined(w.cells)
			found := whole.statuses()
			if m := cellCode().FindStringSubmatch(w.text(0)); len(found) == 0 && m != nil {
				// The pattern lets three digits pass and nothing else.
				code, _ := strconv.Atoi(m[1])
				s := Status{Code: code, Reason: strings.TrimSpace(m[2]), Sentence: whole.text(), Line: w.line}
				whole.tellBody(&s, span{0, len(whole.raw)})
				found = []Status{s}
			}
			if len(found) == 0 && len(out) > before {
				r.oddity(w.line, OddityRowStray, "The row of the table of statuses names none.")
			}
			out = append(out, found...)
		}
		if len(out) == before {
			r.elsewhere(t, "of the response names no status")
		}
	}
	return out
}

// statuses finds the status codes that a paragraph names. A sentence without one
// about the body ("It does not return anything …") belongs to the last
// status before it.
func (p *prose) statuses() []Status {
	var out []Status
	for _, s := range p.sentences() {
		hits := p.statusHits(s)
		sentence := p.slice(s.start, s.end)
		if len(hits) == 0 && len(out) > 0 {
			p.tellBody(&out[len(out)-1], s)
		}
		for i, h := range hits {
			about := span{h.end, s.end}
			if i+1 < len(hits) {
				about.end = hits[i+1].start
			}
			status := Status{Code: h.code, Reason: h.reason, Sentence: sentence, Line: p.lineAt(h.start)}
			p.tellBody(&status, about)
			out = append(out, status)
		}
	}
	for i := range out {
		// A 204 has no body (RFC 9110 15.3.5), unless the page claims one all the same.
		out[i].Empty = out[i].Empty || out[i].Code == http.StatusNoContent && !out[i].Returns.Present()
	}
	return out
}

// statusHit is a status code in the text.
type statusHit struct {
	span
	code   int
	reason string
}

var (
	threeDigits = lazyregexp.New(`[1-5]\d\d`)
	// codeWord behind a number, or behind a list of them, makes it a status.
	codeWord = lazyregexp.New(`(?i)^(?:[\s,/]*(?:and|or)?\s*[1-5]\d\d)*\s*(?:http\s+)?(?:(?:success|error|status)\s+)*(?:response|status|code|error)`)
	// codeBefore does so in front of it.
	codeBefore = lazyregexp.New(`(?i)(?:\bhttp|\bstatus|\bcodes?|\bcode of|\bcode is)\s*:?\s*$`)
	// protocolBefore is what back-ticks may hold in front of the code.
	protocolBefore = lazyregexp.New(`(?i)^\s*http(?:/\d(?:\.\d)?)?\s+$`)
)

func (p *prose) statusHits(s span) []statusHit {
	var out []statusHit
	if !strings.ContainsAny(p.raw[s.start:s.end], "12345") {
		return nil
	}
	for _, at := range threeDigits().FindAllStringIndex(p.raw[s.start:s.end], -1) {
		start, end := s.start+at[0], s.start+at[1]
		if start > 0 && partOfWord(p.raw[start-1]) || end < len(p.raw) && partOfWord(p.raw[end]) ||
			end+1 < len(p.raw) && p.raw[end] == '.' && partOfWord(p.raw[end+1]) {
			continue
		}
		// The pattern lets three digits pass and nothing else.
		status, _ := strconv.Atoi(p.raw[start:end])
		hit := statusHit{span: span{start, end}, code: status}
		known := false
		if r := p.runAt(start); r.style == code {
			before := p.raw[r.start:start]
			if strings.TrimSpace(before) != "" && !protocolBefore().MatchString(before) {
				continue
			}
			known = true
			hit.reason = strings.Trim(p.slice(end, r.end), " ,;:-")
			hit.end = r.end
		}
		if hit.reason == "" {
			reason, length := knownReason(p.raw[hit.end:s.end])
			hit.reason, known = reason, known || reason != ""
			hit.end += length
		}
		if known || http.StatusText(status) != "" &&
			(codeWord().MatchString(p.after(end, s.end)) || codeBefore().MatchString(p.before(start))) {
			out = append(out, hit)
		}
	}
	return out
}

// partOfWord reports whether the byte beside a number makes it a part of something
// longer, as in "v200" or "200-299".
func partOfWord(b byte) bool {
	return b == '_' || b == '-' || b == '$' || b == '%' || b == '#' ||
		b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// reasonPhrases are those of all statuses.
var reasonPhrases = sync.OnceValue(func() []string {
	var out []string
	for status := 100; status < 600; status++ {
		if known := http.StatusText(status); known != "" {
			out = append(out, known)
		}
	}
	return out
})

// knownReason gives the reason phrase at the start of text, as the page writes it,
// and its length. Any code's phrase counts: pages write "204 OK".
func knownReason(text string) (reason string, length int) {
	trimmed := strings.TrimLeft(text, " ,")
	for _, known := range reasonPhrases() {
		if len(known) <= len(reason) || len(trimmed) < len(known) ||
			!strings.EqualFold(trimmed[:len(known)], known) ||
			len(trimmed) > len(known) && partOfWord(trimmed[len(known)]) {
			continue
		}
		reason = trimmed[:len(known)]
		length = len(text) - len(trimmed) + len(known)
	}
	return reason, length
}

var (
	// noBody says that nothing is returned.
	noBody = lazyregexp.New(`(?i)\b(?:(?:does\s+not|doesn['’]t|will\s+not|won['’]t|do\s+not)\s+(?:return|have|include|contain)\s+(?:anything|any|a|content|data)\b` +
		`|no\s+(?:response\s+)?(?:body|content|payload|json\s+data)\b|returns?\s+nothing|nothing\s+is\s+returned` +
		`|(?:an?\s+)?empty\s+(?:response\s+)?(?:content|body|response|payload)|without\s+(?:a\s+)?(?:response\s+)?(?:body|content))`)
	// bodyWord says that something is.
	bodyWord = lazyregexp.New(`(?i)\b(?:objects?|resources?|entity|entities|instance|collection|representation|(?:in|as)\s+the\s+(?:response\s+)?body)\b`)
	// bareObject is a type in plain words, as "the updated calendar object".
	bareObject = lazyregexp.New(`(?i)\b(?:an?|the|updated|new|created|modified)\s+([A-Za-z][\w.]*)\s+(?:object|resource|entity|instance)\b`)
	// noType are words in the place of a type that are none.
	noType = lazyregexp.New(`(?i)^(?:json|response|requested|same|corresponding|updated|new|modified|created|empty|error|this|that|returned)$`)
	// errorLink is a link that explains codes or errors.
	errorLink = lazyregexp.New(`(?i)\b(?:errors?|status|codes?)\b`)
)

// tellBody reads from a part of the text what it says of the body.
func (p *prose) tellBody(s *Status, about span) {
	text := p.raw[about.start:about.end]
	low := lowerOf(text)
	if low.any("not", "n't", "n’t", "no ", "nothing", "empty", "without") && noBody().MatchString(text) {
		s.Empty = true
		return
	}
	if s.Empty || s.Returns.Present() || !low.any("object", "resource", "entit", "instance", "collection", "representation", "body") || !bodyWord().MatchString(text) {
		return
	}
	first := sort.Search(len(p.links), func(i int) bool { return p.links[i].start >= about.start })
	for _, l := range p.links[first:] {
		if l.end > about.end {
			break
		}
		if t := p.linkText(l); !errorLink().MatchString(t.Value) {
			s.Returns, s.ReturnsLink = t, l.target
			return
		}
	}
	for _, m := range bareObject().FindAllStringSubmatchIndex(text, -1) {
		if name := text[m[2]:m[3]]; !noType().MatchString(name) {
			s.Returns = Text{Value: name, Line: p.lineAt(about.start + m[2])}
			return
		}
	}
}
