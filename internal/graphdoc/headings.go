package graphdoc

import (
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
)

// OddityHeading is a line that a reader takes for a heading, and Markdown does not.
const OddityHeading = "heading-form"

// OddityBlockUnclosed is a block of code or a comment that goes on over the heading of a section,
// which the page has nowhere else: its end is missing.
const OddityBlockUnclosed = "block-unclosed"

var (
	// htmlHeading is a heading written in HTML.
	htmlHeading = lazyregexp.New(`(?is)^\s*<h([1-6])(?:\s[^>]*)?>\s*(.*?)\s*</h[1-6]>\s*$`)
	// gluedHeading is one without the space behind its number signs.
	gluedHeading = lazyregexp.New(`^(#{1,6})([^\s#].*?)\s*#*$`)
	anyTag       = lazyregexp.New(`<[^<>]*>`)
	// plainHeading is a line that is a heading where no block is around it.
	plainHeading = lazyregexp.New(`^#{1,6}\s+(\S.*?)\s*#*\s*$`)
)

// headingForm reads a block that looks like the heading of a section: a line in bold, in HTML, or
// with no space behind its number signs. Only the name of a section that the page has no heading
// of counts.
func (r *reader) headingForm(n ast.Node, headed map[section]bool) (name string, line, level int) {
	if n.Lines().Len() == 0 {
		return "", 0, 0
	}
	line = r.src.line(n.Lines().At(0).Start)
	switch n := n.(type) {
	case *ast.HTMLBlock:
		if !lowerOf(r.src.lineText(line)).any("<h") {
			break
		}
		text := string(n.Lines().Value(r.md))
		if len(text) >= maxHeading {
			break
		}
		if m := htmlHeading().FindStringSubmatch(text); m != nil {
			name, level = anyTag().ReplaceAllString(m[2], ""), int(m[1][0]-'0')
		}
	case *ast.Paragraph:
		text := strings.TrimSpace(r.src.lineText(line))
		bold, _ := n.FirstChild().(*ast.Emphasis)
		switch {
		case n.Lines().Len() != 1 || len(text) > maxHeading:
		case bold != nil && bold.Level == 2 && bold.NextSibling() == nil:
			prose := r.prose(n, nil)
			name, level = strings.TrimSuffix(prose.text(), ":"), 2
		case strings.HasPrefix(text, "#"): // a line of other spaces alone is empty here
			if m := gluedHeading().FindStringSubmatch(text); m != nil {
				name, level = m[2], len(m[1])
			}
		}
	}
	if found := sectionOf(name); found == sectionNone || headed[found] {
		return "", 0, 0
	}
	r.oddity(line, OddityHeading, "%q is no heading in Markdown, and was read as one.", name)
	return name, line, level
}

// maxHeading is the longest line that is read as a heading, in bytes.
const maxHeading = 200

// headed are the sections that the page has a heading of.
func (r *reader) headed(doc ast.Node) map[section]bool {
	out := map[section]bool{}
	examples := 0 // the level of the heading of the examples: what is below it is a part of one
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || isTab(h) || examples > 0 && h.Level > examples {
			continue
		}
		prose := r.prose(h, nil)
		found := sectionOf(prose.text())
		if examples = 0; found == sectionExamples {
			examples = h.Level
		}
		out[found] = true
	}
	return out
}

// readUnclosed reports the blocks of code and the comments that hold the heading of a section
// that is missing on the page.
func (r *reader) readUnclosed(doc ast.Node, headed map[section]bool) {
	walk(doc, func(n ast.Node) bool {
		what := "block of code"
		switch n.Kind() {
		case ast.KindHTMLBlock:
			what = "block of HTML"
		case ast.KindFencedCodeBlock:
		default:
			return true
		}
		for i := range n.Lines().Len() {
			l := r.codeLine(n.Lines().At(i))
			if len(l.text) > maxHeading || !strings.HasPrefix(l.text, "#") {
				continue
			}
			m := plainHeading().FindStringSubmatch(l.text)
			if m == nil || sectionOf(m[1]) == sectionNone || headed[sectionOf(m[1])] {
				continue
			}
			start := r.src.line(n.Lines().At(0).Start)
			if n.Kind() == ast.KindFencedCodeBlock {
				start--
			}
			r.oddity(start, OddityBlockUnclosed, "The %s that begins here is not closed before the heading %q in line %d, so that section was not read.", what, m[1], l.line)
			return false
		}
		return false
	})
}
