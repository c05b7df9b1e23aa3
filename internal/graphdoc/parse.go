package graphdoc

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"graphpact/internal/lazyregexp"
	"graphpact/internal/safetext"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Parse reads a reference page. file names the page in sources and errors and is
// not opened. The error says, with file and line, why the input is no reference
// page at all: beyond a limit, not UTF-8, empty, or without a level-1 heading.
// Whatever else is wrong with a page is reported in Page.Oddities, in
// Annotation.Error and in Message.JSONError.
//
// Byte order marks and all three kinds of line end are tolerated. Lines count from
// 1 as an editor shows them.
func Parse(file string, data []byte) (*Page, error) {
	r, doc, err := newReader(file, data)
	if err != nil {
		return nil, err
	}
	r.page.Text = r.src.str
	parts := r.split(doc)
	if !r.page.Title.Present() {
		return nil, &PlaceError{File: file, Text: `the page has no level-1 heading ("# Update …"), so it is no reference page`}
	}

	r.readAnnotations(doc)
	r.readTop(parts[sectionTop])
	r.readPermissions(parts[sectionPermissions])
	r.readRequests(parts[sectionRequest])
	r.readRequestForms(parts[sectionRequest], slices.Concat(parts[sectionTop], parts[sectionNone]))
	r.readHeaders(parts[sectionHeaders])
	for _, p := range r.proses(parts[sectionBody]) {
		r.page.RequestBody = append(r.page.RequestBody, p.paragraph())
	}
	r.readProperties(parts[sectionBody])
	r.readBodyIncludes(parts[sectionBody])
	r.readResponse(parts[sectionResponse])
	r.readErrors(parts[sectionErrors])
	slices.SortStableFunc(r.page.Statuses, func(a, b Status) int { return a.Line - b.Line })
	for _, p := range r.proses(parts[sectionExamples]) {
		r.page.ExampleStatuses = append(r.page.ExampleStatuses, p.statuses()...)
	}
	for _, part := range []section{sectionTop, sectionRequest, sectionExamples, sectionNone} {
		r.readOther(parts[part])
	}
	for _, part := range []section{sectionTop, sectionRequest, sectionHeaders, sectionBody} {
		r.readSentences(parts[part])
	}
	r.readExamples(doc, parts)
	if err := r.checkCounts(); err != nil {
		return nil, err
	}
	r.readTodos()
	r.sortOddities()
	return r.page, nil
}

// markdown gives the Markdown parser. It has no state of its own once it is made.
var markdown = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()
})

// reader is the state of one Parse.
type reader struct {
	src  *source
	page *Page
	// md is the page as the Markdown parser sees it: same offsets, front matter blanked.
	md []byte
	// includes marks the lines that hold nothing but an include.
	includes map[int]bool
	// lower is md in lower case, and lastTableEnd where the last table of HTML in it ends, once a
	// table was looked for. formRows counts rows of lists and of tables of HTML.
	lower        []byte
	lastTableEnd int
	formRows     int
	// headings are those of the page, in its order.
	headings []Text
	// annotations finds the annotation that a comment holds, by the comment's block.
	annotations map[ast.Node]int
}

// namespaceLine is the line "Namespace: microsoft.graph", with whatever emphasis.
var namespaceLine = lazyregexp.New("(?i)^[\\s*_]*namespace[*_]*\\s*:[\\s*_`\\[]*([\\w.]*\\w)")

// readTop reads what is between the title and the first section.
func (r *reader) readTop(nodes []ast.Node) {
	for _, n := range nodes {
		p, ok := n.(*ast.Paragraph)
		if !ok {
			continue
		}
		skip := map[int]bool{}
		for i := range p.Lines().Len() {
			line := r.src.line(p.Lines().At(i).Start)
			text := r.src.lineText(line)
			if r.page.Namespace.Present() || !strings.Contains(text, ":") || !lowerOf(text).any("namespace") {
				continue
			}
			if m := namespaceLine().FindStringSubmatch(text); m != nil {
				r.page.Namespace = Text{Value: m[1], Line: line}
				skip[line] = true
			}
		}
		if r.page.Intro.Present() {
			continue
		}
		if prose := r.prose(p, skip); prose.text() != "" {
			r.page.Intro = prose.paragraph()
		}
	}
}

func (r *reader) readSentences(nodes []ast.Node) {
	for _, p := range r.proses(nodes) {
		for _, s := range p.sentences() {
			r.page.Sentences = append(r.page.Sentences, Text{Value: p.slice(s.start, s.end), Line: p.lineAt(s.start)})
		}
	}
}

// todoMarker is the word that the page templates leave behind. Lower case is a name
// ("/me/todo/lists"), not a marker.
var todoMarker = lazyregexp.New(`\bTODO\b`)

func (r *reader) readTodos() {
	for at := 0; ; {
		next := bytes.Index(r.src.text[at:], []byte("TODO"))
		if next < 0 {
			return
		}
		line := r.src.line(at + next)
		if t := r.src.lineText(line); todoMarker().MatchString(t) {
			r.page.Todos = append(r.page.Todos, Text{Value: strings.TrimSpace(t), Line: line})
		}
		if line == r.src.lines() {
			return
		}
		at = r.src.starts[line]
	}
}

// section is a part of a page that means something to graphpact.
type section int

const (
	// sectionNone is everything else, as "See also".
	sectionNone section = iota
	// sectionTop is what is between the title and the next heading.
	sectionTop
	sectionPermissions
	sectionRequest
	sectionHeaders
	sectionBody
	sectionResponse
	sectionErrors
	sectionExamples
)

// heading ties a section to the headings that open it.
type heading struct {
	section section
	text    func() *regexp.Regexp
}

// headings are the names that the pages use, tried in order.
var headings = []heading{
	{sectionPermissions, lazyregexp.New(`(?i)^(?:permissions?|prerequisites?)\b`)},
	{sectionRequest, lazyregexp.New(`(?i)^http\s+requests?\b`)},
	{sectionHeaders, lazyregexp.New(`(?i)^(?:(?:optional|required|http)\s+)*(?:request\s+)?headers?$`)},
	{sectionBody, lazyregexp.New(`(?i)^request\s+body\b`)},
	{sectionResponse, lazyregexp.New(`(?i)^(?:(?:http\s+)?responses?|(?:(?:http|response|status|return(?:ed)?)\s+)+(?:codes?|values?|status(?:es)?))$`)},
	{sectionErrors, lazyregexp.New(`(?i)^(?:(?:common|possible|http|known)\s+)*(?:errors?(?:\s+(?:responses?|codes?|conditions?|handling|messages?))?|exceptions?)$`)},
	{sectionExamples, lazyregexp.New(`(?i)^examples?\b`)},
}

// exampleHeading is a heading that belongs to an example wherever it is below one.
var exampleHeading = lazyregexp.New(`(?i)^(?:examples?|requests?|responses?)\b`)

// split sorts the blocks of the page into sections and finds the title.
//
// Headings count by their text, whatever their level: a name opens its section, any
// other heading of the same or a higher level closes the one it is in. Within
// the examples "Request" and "Response" are parts of an example, until the page
// that has not had its Response section yet opens it on the level of the examples.
func (r *reader) split(doc ast.Node) map[section][]ast.Node {
	parts := map[section][]ast.Node{}
	current, level, seenResponse := sectionNone, 0, false
	headed := r.headed(doc)
	r.readUnclosed(doc, headed)
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || isTab(h) {
			if current != sectionExamples {
				if name, line, at := r.headingForm(n, headed); name != "" {
					r.headings = append(r.headings, Text{Value: name, Line: line})
					current, level = sectionOf(name), at
					continue
				}
			}
			parts[current] = append(parts[current], n)
			continue
		}
		prose := r.prose(h, nil)
		name := prose.text()
		r.headings = append(r.headings, Text{Value: name, Line: prose.line()})
		if h.Level == 1 && !r.page.Title.Present() {
			if name != "" {
				r.page.Title = Text{Value: name, Line: prose.line()}
				current, level = sectionTop, 1
			}
			continue
		}
		found := sectionOf(name)
		switch {
		case current == sectionExamples && exampleHeading().MatchString(name) &&
			(found != sectionResponse || seenResponse || h.Level > level):
			continue
		case found != sectionNone:
			current, level = found, h.Level
			seenResponse = seenResponse || found == sectionResponse
		case r.isSetext(h):
			// Text above a line of dashes, as a tab group's closing "---", is a heading
			// by accident.
			continue
		case current == sectionTop || h.Level <= level:
			current, level = sectionNone, h.Level
		}
	}
	return parts
}

// headingAbove gives the heading above a line.
func (r *reader) headingAbove(line int) Text {
	i := sort.Search(len(r.headings), func(i int) bool { return r.headings[i].Line >= line })
	if i == 0 {
		return Text{}
	}
	return r.headings[i-1]
}

// sectionOf gives the section that a heading opens.
func sectionOf(name string) section {
	switch lower := lowerOf(name); {
	case lower == "http request":
		return sectionRequest
	case lower == "request body":
		return sectionBody
	case lower == "response":
		return sectionResponse
	case !lower.any("permission", "prerequisite", "request", "header", "response", "return", "status", "error", "exception", "example"):
		return sectionNone
	}
	for _, h := range headings {
		if h.text().MatchString(name) {
			return h.section
		}
	}
	return sectionNone
}

// isTab reports whether the heading is a tab, as "# [HTTP](#tab/http)": no heading
// of the page's outline.
func isTab(h *ast.Heading) bool {
	link, ok := h.FirstChild().(*ast.Link)
	return ok && bytes.HasPrefix(link.Destination, []byte("#tab/"))
}

// isSetext reports whether the heading is marked by a line below its text, and not
// by number signs.
func (r *reader) isSetext(h *ast.Heading) bool {
	if h.Lines().Len() == 0 {
		return false
	}
	line := r.src.lineText(r.src.line(h.Lines().At(0).Start))
	return !strings.HasPrefix(strings.TrimLeft(line, " \t>"), "#")
}

// source is the text of a page with "\n" line ends and without byte order mark,
// and the way from an offset to a line.
type source struct {
	text []byte
	// str is text again: what is cut from it is no copy.
	str string
	// starts holds the offset of the first byte of each line.
	starts []int
}

// newSource checks that data is text of a bearable size and evens out the line ends.
func newSource(file string, data []byte) (*source, error) {
	if len(data) > maxPage {
		return nil, &PlaceError{File: file, Text: fmt.Sprintf("the page has %d bytes, more than the limit of %d", len(data), maxPage)}
	}
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := safetext.InvalidUTF8(text); at >= 0 {
		line := bytes.Count(text[:at], []byte("\n")) + 1
		return nil, &PlaceError{File: file, Line: line, Text: "the page is not UTF-8 text; save it as UTF-8"}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &PlaceError{File: file, Text: "the page is empty"}
	}
	// A lone CR is a line end too (CommonMark 2.1).
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	if err := checkLimits(file, text); err != nil {
		return nil, err
	}
	s := &source{text: text, str: string(text), starts: make([]int, 1, bytes.Count(text, []byte("\n"))+1)}
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if at += i + 1; i < 0 || at == len(text) {
			break
		}
		s.starts = append(s.starts, at)
	}
	return s, nil
}

// line gives the 1-based line of an offset. Offsets beyond the end count as the last line.
func (s *source) line(offset int) int {
	return max(1, sort.SearchInts(s.starts, offset+1))
}

// lines gives the number of lines.
func (s *source) lines() int { return len(s.starts) }

// cut gives the text of a segment.
func (s *source) cut(from text.Segment) string {
	if from.Padding > 0 || from.ForceNewline {
		return string(from.Value(s.text))
	}
	return s.str[from.Start:from.Stop]
}

// lineText gives the text of a 1-based line without its line end.
func (s *source) lineText(line int) string {
	start, end := s.starts[line-1], len(s.text)
	if line < len(s.starts) {
		end = s.starts[line]
	}
	return strings.TrimSuffix(s.str[start:end], "\n")
}
