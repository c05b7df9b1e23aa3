package graphdoc

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// includeMark is text taken over from another file, as
// [!INCLUDE [permissions-table](../includes/permissions.md)].
var includeMark = regexp.MustCompile(`(?i)\[!INCLUDE\s*\[[^\]]*\]\(([^)\s]*)[^)]*\)\s*\]`)

// readIncludes records the includes, those in code and comments excepted, and gives
// the lines that hold nothing else.
func (r *reader) readIncludes(doc ast.Node) map[int]bool {
	only := map[int]bool{}
	walk(doc, func(n ast.Node) bool {
		switch n.Kind() {
		case ast.KindParagraph, ast.KindTextBlock, east.KindTableCell:
		default:
			return true
		}
		for i := range n.Lines().Len() {
			segment := n.Lines().At(i)
			content := string(segment.Value(r.md))
			line := r.src.line(segment.Start)
			for _, m := range includeMark.FindAllStringSubmatch(content, -1) {
				r.page.Includes = append(r.page.Includes, Text{Value: m[1], Line: line})
				only[line] = n.Kind() != east.KindTableCell &&
					strings.TrimSpace(includeMark.ReplaceAllString(content, "")) == ""
			}
		}
		return false
	})
	return only
}

// walk visits n and what is below it in the page's order, and does not go below a
// node for which visit returns false.
func walk(n ast.Node, visit func(ast.Node) bool) {
	if !visit(n) {
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		walk(c, visit)
	}
}
