package graphdoc

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// readAnnotations reads the HTML comments that hold a JSON object, and remembers
// for each block of HTML the last annotation in it.
func (r *reader) readAnnotations(doc ast.Node) {
	r.annotations = map[ast.Node]int{}
	walk(doc, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.HTMLBlock:
			var lines []codeLine
			for i := range n.Lines().Len() {
				lines = append(lines, r.htmlLine(n.Lines().At(i).Start, n.Lines().At(i).Stop))
			}
			if n.HasClosure() {
				lines = append(lines, r.htmlLine(n.ClosureLine.Start, n.ClosureLine.Stop))
			}
			r.comments(n, lines)
		case *ast.RawHTML:
			var lines []codeLine
			for i := range n.Segments.Len() {
				lines = append(lines, r.htmlLine(n.Segments.At(i).Start, n.Segments.At(i).Stop))
			}
			r.comments(n, lines)
		}
		return true
	})
}

func (r *reader) htmlLine(start, stop int) codeLine {
	return codeLine{text: strings.TrimSuffix(string(r.md[start:stop]), "\n"), line: r.src.line(start)}
}

// comments finds the comments in a piece of HTML.
func (r *reader) comments(n ast.Node, lines []codeLine) {
	if len(lines) == 0 {
		return
	}
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	html, line := strings.Join(texts, "\n"), lines[0].line
	for {
		before, rest, found := strings.Cut(html, "<!--")
		if !found {
			return
		}
		line += strings.Count(before, "\n")
		comment, after, closed := strings.Cut(rest, "-->")
		body := strings.TrimLeft(comment, " \t\n")
		if strings.HasPrefix(body, "{") {
			first := line + strings.Count(comment[:len(comment)-len(body)], "\n")
			a := annotation(body, line, first)
			if !closed {
				a.Error = "the comment is not closed"
			}
			r.annotations[n] = len(r.page.Annotations)
			r.page.Annotations = append(r.page.Annotations, a)
		}
		if !closed {
			return
		}
		line += strings.Count(comment, "\n")
		html = after
	}
}

// annotation reads the JSON object of a comment. Of an object that is not valid it
// keeps the fields before the defect.
func annotation(body string, line, first int) Annotation {
	a := Annotation{Line: line}
	object, errLine, err := decodeJSON(strings.TrimRight(body, " \t\n"), first)
	if err != nil {
		a.Error = fmt.Sprintf("line %d: %v", errLine, err)
	}
	if object == nil {
		return a
	}
	for _, m := range object.Members {
		if m.Value.Data == nil {
			continue
		}
		text := Text{Value: fmt.Sprint(m.Value.Data), Line: m.Line}
		a.Fields = append(a.Fields, Field{Key: m.Name, Value: text})
		switch m.Name {
		case "blockType":
			a.BlockType = text.Value
		case "@odata.type":
			a.Type = text
		}
	}
	return a
}

// annotationAbove gives the annotation that stands directly above a block. Comments
// of another kind, as for a linter, may stand between.
func (r *reader) annotationAbove(n ast.Node) *Annotation {
	for p := n.PreviousSibling(); p != nil && p.Kind() == ast.KindHTMLBlock; p = p.PreviousSibling() {
		if i, ok := r.annotations[p]; ok {
			return &r.page.Annotations[i]
		}
	}
	return nil
}
