package graphdoc

import (
	"bytes"
	"iter"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// style is the emphasis of a run of text.
type style int

const (
	plain style = iota
	// code is text in back-ticks.
	code
	// strong is bold or italic text.
	strong
)

// The marks in prose.raw for HTML that shapes a cell into a list.
const (
	// lineBreak is the mark of <br>, for <li> and for a new paragraph.
	lineBreak = '\n'
	// listEnd is the mark of </ul> and </ol>.
	listEnd = '\f'
)

// prose is inline text: words, links and emphasis, with the line of each part.
type prose struct {
	// raw is the text with its white space as it is, and with the marks above.
	raw   string
	runs  runs
	links []proseLink
}

// runs are the stretches of a text, in order.
type runs []run

// at gives the number of the run that holds an offset.
func (r runs) at(offset int) int {
	return sort.Search(len(r), func(i int) bool { return offset < r[i].end })
}

// run is a stretch of raw with one style on one line.
type run struct {
	start, end int
	style      style
	line       int
}

// proseLink is a link; start and end are the place of its text in raw.
type proseLink struct {
	start, end int
	line       int
	target     string
}

// text is the plain text with white space evened out.
func (p *prose) text() string { return p.slice(0, len(p.raw)) }

// slice is the plain text of a part of raw.
func (p *prose) slice(start, end int) string {
	text := strings.TrimSpace(p.raw[start:end])
	if !hasOddSpace(text) {
		return text
	}
	return strings.Join(strings.Fields(p.raw[start:end]), " ")
}

// hasOddSpace reports whether white space may have to be evened out: any but single blanks.
func hasOddSpace(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == ' ' && text[i+1] == ' ' {
			return true
		}
	}
	return false
}

// line is the line of the first word, 0 where there is none.
func (p *prose) line() int {
	first := strings.IndexFunc(p.raw, func(c rune) bool { return !unicode.IsSpace(c) })
	if first < 0 {
		return 0
	}
	return p.lineAt(first)
}

// lineAt is the line of an offset in raw.
func (p *prose) lineAt(offset int) int {
	if len(p.runs) == 0 {
		return 0
	}
	return p.runs[min(p.runs.at(offset), len(p.runs)-1)].line
}

// runAt is the run that holds the offset.
func (p *prose) runAt(offset int) run { return p.runs[p.runs.at(offset)] }

func (p *prose) linkText(l proseLink) Text {
	return Text{Value: p.slice(l.start, l.end), Line: l.line}
}

// asText is the whole as one Text.
func (p *prose) asText() Text {
	value := p.text()
	if value == "" {
		return Text{}
	}
	return Text{Value: value, Line: p.line()}
}

// codes are the texts in back-ticks.
func (p *prose) codes() (out []string) {
	for _, r := range p.runs {
		if text := p.slice(r.start, r.end); r.style == code && text != "" {
			out = append(out, text)
		}
	}
	return out
}

// paragraph is the whole with its links.
func (p *prose) paragraph() Paragraph {
	out := Paragraph{Text: p.asText()}
	for _, l := range p.links {
		out.Links = append(out.Links, Link{Text: p.linkText(l), Target: l.target})
	}
	return out
}

// addMarkdown appends text of which only the back-ticks are read.
func (p *prose) addMarkdown(text string, line int) {
	for part, s := range backTicked(text) {
		if part != "" {
			p.runs = append(p.runs, run{start: len(p.raw), end: len(p.raw) + len(part), line: line, style: s})
			p.raw += part
		}
	}
}

// backTicked gives the parts of a text between its back-ticks, which make code of what they enclose.
func backTicked(text string) iter.Seq2[string, style] {
	return func(yield func(string, style) bool) {
		parts := strings.Split(text, "`")
		for i, part := range parts {
			s := plain
			if i%2 == 1 && len(parts)%2 == 1 {
				s = code
			}
			if !yield(part, s) {
				return
			}
		}
	}
}

// joined puts the parts of a broken cell together, a space between them.
func joined(parts []prose) prose {
	if len(parts) == 1 {
		return parts[0]
	}
	var out prose
	var raw strings.Builder
	for _, part := range parts {
		if raw.Len() > 0 && len(part.runs) > 0 {
			out.runs = append(out.runs, run{start: raw.Len(), end: raw.Len() + 1, line: part.runs[0].line})
			raw.WriteByte(' ')
		}
		shift := raw.Len()
		raw.WriteString(part.raw)
		for _, r := range part.runs {
			r.start, r.end = r.start+shift, r.end+shift
			out.runs = append(out.runs, r)
		}
		for _, l := range part.links {
			l.start, l.end = l.start+shift, l.end+shift
			out.links = append(out.links, l)
		}
	}
	out.raw = raw.String()
	return out
}

// The bounds on how far around a word its context is searched, in bytes: the work
// grows with the page and not with its square.
const (
	lookBehind = 64
	lookAhead  = 512
)

// before is the text in front of an offset, up to the bound.
func (p *prose) before(offset int) string { return p.raw[max(0, offset-lookBehind):offset] }

// after is the text from start to end, up to the bound.
func (p *prose) after(start, end int) string { return p.raw[start:min(end, start+lookAhead)] }

// proses gives the prose of each paragraph, list item and note of the nodes that
// says something, without tables, code, comments and the lines that are includes.
func (r *reader) proses(nodes []ast.Node) []prose {
	var out []prose
	for _, n := range nodes {
		walk(n, func(n ast.Node) bool {
			switch n.Kind() {
			case ast.KindParagraph, ast.KindTextBlock:
				if p := r.prose(n, nil); p.text() != "" {
					out = append(out, p)
				}
				return false
			case ast.KindHeading:
				return false
			}
			return true
		})
	}
	return out
}

// prose flattens the inline content of a block. Lines that are includes, and those
// in skip, are left out.
func (r *reader) prose(block ast.Node, skip map[int]bool) prose {
	f := flattener{reader: r, skip: skip}
	if lines := block.Lines(); lines.Len() > 0 {
		f.raw = make([]byte, 0, lines.At(lines.Len()-1).Stop-lines.At(0).Start)
	}
	f.children(block, plain)
	return prose{raw: string(f.raw), runs: f.runs, links: f.links}
}

// flattener turns inline nodes into prose.
type flattener struct {
	*reader
	skip  map[int]bool
	raw   []byte
	runs  runs
	links []proseLink
	// mute counts the elements whose text is no part of the prose, as <sup>.
	mute int
	// at is the line of the last text.
	at int
	// row is set at the start of a row of a table of HTML, first in the first cell of one, and
	// inCell is the run of that cell's text, -1 where it has none yet.
	row, first bool
	inCell     int
}

func (f *flattener) children(n ast.Node, s style) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		f.inline(c, s)
	}
}

func (f *flattener) inline(n ast.Node, s style) {
	switch n := n.(type) {
	case *ast.Text:
		f.at = f.src.line(n.Segment.Start)
		f.text(f.decode(n), s)
		if n.HardLineBreak() {
			f.write(string(lineBreak), plain)
		} else if n.SoftLineBreak() {
			f.write(" ", plain)
		}
	case *ast.String:
		f.write(string(n.Value), s)
	case *ast.CodeSpan:
		f.emphasised(n, code)
	case *ast.Emphasis:
		if s == plain {
			s = strong
		}
		f.emphasised(n, s)
	case *ast.AutoLink:
		f.at = f.src.line(max(n.Pos(), 0))
		start := len(f.raw)
		f.write(string(n.Label(f.md)), s)
		f.link(start, string(n.URL(f.md)))
	case *ast.Link:
		start := len(f.raw)
		f.children(n, s)
		f.link(start, string(n.Destination))
	case *ast.RawHTML:
		if n.Segments.Len() > 0 {
			f.at = f.src.line(n.Segments.At(0).Start)
		}
		f.html(string(n.Segments.Value(f.md)))
	default:
		f.children(n, s)
	}
}

// emphasised writes the children of n as one run for each line, however many nodes
// there are: the parser splits text at every character that could be markup.
func (f *flattener) emphasised(n ast.Node, s style) {
	first := len(f.runs)
	f.children(n, s)
	if len(f.runs) == first {
		return
	}
	merged := f.runs[:first+1]
	for _, r := range f.runs[first+1:] {
		if last := &merged[len(merged)-1]; last.style == r.style && last.line == r.line {
			last.end = r.end
			continue
		}
		merged = append(merged, r)
	}
	f.runs = merged
}

func (f *flattener) write(text string, s style) {
	if text == "" || f.mute > 0 || f.skip[f.at] || f.includes[f.at] {
		return
	}
	start := len(f.raw)
	f.raw = append(f.raw, text...)
	// Emphasised runs stay apart: two of them side by side are two values.
	if n := len(f.runs); n > 0 && s == plain && f.runs[n-1].style == plain && f.runs[n-1].line == f.at {
		f.runs[n-1].end = len(f.raw)
		return
	}
	f.runs = append(f.runs, run{start: start, end: len(f.raw), style: s, line: f.at})
}

// text writes text; that of the first cell of a row is one emphasised run, as the value that the
// row is about.
func (f *flattener) text(text string, s style) {
	if !f.first || s != plain || strings.TrimSpace(text) == "" {
		f.write(text, s)
		return
	}
	if last := len(f.runs) - 1; f.inCell >= 0 && f.inCell == last && f.runs[last].line == f.at && f.mute == 0 {
		f.raw = append(f.raw, text...)
		f.runs[last].end = len(f.raw)
		return
	}
	f.write(text, strong)
	f.inCell = len(f.runs) - 1
}

// link records that the text from start on is a link.
func (f *flattener) link(start int, target string) {
	if end := len(f.raw); end > start {
		f.links = append(f.links, proseLink{start: start, end: end, line: f.runs[f.runs.at(start)].line, target: target})
	}
}

// decode gives the text that a reader of the rendered page sees.
func (f *flattener) decode(n *ast.Text) string {
	text := f.src.cut(n.Segment)
	if isPlain(text) {
		return text
	}
	b := []byte(text)
	if !n.IsRaw() && n.Parent().Kind() != ast.KindCodeSpan {
		b = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(b)))
	}
	// Zero-width characters come with pasted text and mean nothing.
	for _, invisible := range []string{"\u200b", "\u200c", "\ufeff"} {
		b = bytes.ReplaceAll(b, []byte(invisible), nil)
	}
	// The marks are ours.
	return strings.ReplaceAll(strings.ReplaceAll(string(b), "\n", " "), "\f", " ")
}

// isPlain reports whether a text stands for itself: no escape, no reference, and nothing but ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c == '\\' || c == '&' || c < ' ' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// tagName is the name of an HTML tag, with the slash of an end tag.
var tagName = lazyregexp.New(`^<(/?[A-Za-z][A-Za-z0-9]*)`)

func (f *flattener) html(tag string) {
	m := tagName().FindStringSubmatch(tag)
	if m == nil {
		return
	}
	switch strings.ToLower(m[1]) {
	case "br", "li", "p", "/p":
		f.write(string(lineBreak), plain)
	case "/ul", "/ol":
		f.write(string(listEnd), plain)
	// A table within a cell lists what is in its first column.
	case "tr":
		f.write(string(lineBreak), plain)
		f.row = true
	case "td":
		f.first, f.row, f.inCell = f.row, false, -1
		if !f.first {
			f.write(": ", plain)
		}
	case "th":
		f.row = false
		f.write(" ", plain)
	case "/td", "/tr":
		f.first = false
	case "/table":
		f.first = false
		f.write(string(listEnd), plain)
	case "sup", "script", "style":
		f.mute++
	case "/sup", "/script", "/style":
		f.mute = max(0, f.mute-1)
	}
}

// span is a part of prose.raw.
type span struct{ start, end int }

// sentences cuts the text behind full stops, question and exclamation marks that
// white space follows, and at line breaks. Dots within names and back-ticked text
// end no sentence.
func (p *prose) sentences() []span {
	var out []span
	start := 0
	cut := func(end int) {
		if strings.TrimSpace(p.raw[start:end]) != "" {
			out = append(out, span{start, end})
		}
		start = end
	}
	for i, c := range p.raw {
		switch c {
		case lineBreak, listEnd:
			cut(i)
		case '.', '!', '?':
			next, _ := utf8.DecodeRuneInString(p.raw[i+1:])
			if i+1 < len(p.raw) && !isSpace(next) || p.runAt(i).style == code {
				continue
			}
			cut(i + 1)
		}
	}
	cut(len(p.raw))
	return out
}

// sentenceAt is the sentence that holds an offset.
func (p *prose) sentenceAt(offset int) string {
	for _, s := range p.sentences() {
		if s.start <= offset && offset < s.end {
			return p.slice(s.start, s.end)
		}
	}
	return ""
}

func isSpace(c rune) bool {
	return strings.ContainsRune(" \t\u00a0"+string(lineBreak)+string(listEnd), c)
}
