package graphdoc

import (
	"html"
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
)

// codeTag is a tag that may be around a line of code; <id> is a parameter.
var codeTag = lazyregexp.New(`(?i)</?(?:pre|code|p|div|span|br|b|strong|li|ul)(?:\s[^<>]*)?/?>`)

// requestHeading is a heading that may stand over the request lines in place of "HTTP request".
var requestHeading = lazyregexp.New(`(?i)^(?:(?:the|patch|rest|api)\s+)*(?:requests?|urls?|uris?|endpoints?|syntax|operations?)(?:\s+(?:urls?|uris?|lines?|syntax|paths?|endpoints?))?$`)

// readRequestForms reads the request lines of a page that has none in a code block or a paragraph
// of "HTTP request": those in HTML or in a table there, or else those of a code block under
// another heading, as "Request URL". A block that an annotation calls an example is none.
func (r *reader) readRequestForms(request, elsewhere []ast.Node) {
	if len(r.page.Requests) > 0 {
		return
	}
	for _, n := range request {
		if n.Kind() != ast.KindHTMLBlock {
			continue
		}
		for i := range n.Lines().Len() {
			at := n.Lines().At(i)
			r.requestForm(html.UnescapeString(codeTag().ReplaceAllString(string(at.Value(r.md)), "")), r.src.line(at.Start), "")
		}
	}
	for _, t := range r.tables(request) {
		for _, w := range t.rows {
			whole := joined(w.cells)
			r.requestForm(whole.text(), w.line, "")
		}
	}
	if len(r.page.Requests) > 0 {
		return
	}
	for _, block := range r.codeBlocks(elsewhere...) {
		if above := r.annotationAbove(block.node); above != nil && above.BlockType == KindRequest {
			continue
		}
		for _, l := range block.lines {
			if heading := r.headingAbove(l.line).Value; requestHeading().MatchString(heading) {
				r.requestForm(l.text, l.line, heading)
			}
		}
	}
}

// requestForm reads a line that has a method and a path of this API.
func (r *reader) requestForm(text string, line int, heading string) {
	text = strings.TrimSpace(text)
	m := requestLine().FindStringSubmatch(text)
	if m == nil || len(text) > maxRequestLine || m[1] != strings.ToUpper(m[1]) || m[2][0] != '/' && m[2][0] != '{' && !strings.HasPrefix(m[2], "https://") {
		return
	}
	before := len(r.page.Requests)
	if r.requestLine(codeLine{text, line}, ""); len(r.page.Requests) > before && heading != "" {
		r.oddity(line, OddityRequestLine, "The request line stands under %q and not under \"HTTP request\".", heading)
	}
}
