package graphdoc

import (
	"slices"

	"github.com/yuin/goldmark/ast"
)

// readBodyIncludes finds the includes of the section of the request body.
func (r *reader) readBodyIncludes(nodes []ast.Node) {
	if len(r.page.Includes) == 0 {
		return
	}
	for _, n := range nodes {
		walk(n, func(n ast.Node) bool {
			if n.Kind() != ast.KindParagraph && n.Kind() != ast.KindTextBlock {
				return true
			}
			for i := range n.Lines().Len() {
				line := r.src.line(n.Lines().At(i).Start)
				for _, include := range r.page.Includes {
					if include.Line == line {
						r.page.BodyIncludes = append(r.page.BodyIncludes, BodyInclude{Path: include})
					}
				}
			}
			return false
		})
	}
}

// Include reads the file that an include under "Request body" names: the rows of its tables and
// lists of properties are those of the page, each with its own file. data is the file's bytes.
// The error is one of those of Parse; the page is as it was then.
func (p *Page) Include(i int, file string, data []byte) error {
	r, doc, err := newReader(file, data)
	if err != nil {
		return err
	}
	r.readProperties([]ast.Node{doc})
	for _, row := range r.page.Properties {
		if slices.ContainsFunc(p.Properties, func(q Property) bool { return q.Name.Value == row.Name.Value }) && len(p.Properties) < maxRows {
			continue // the page itself decides
		}
		row.File, row.Table = file, 0
		p.Properties = append(p.Properties, row)
	}
	p.BodyIncludes[i].Read = true
	return nil
}
