package graphdoc

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

var (
	requiredWord = regexp.MustCompile(`(?i)\brequired\b`)
	notRequired  = regexp.MustCompile(`(?i)\b(?:not|n't|isn’t)\s+required\b`)
)

// readHeaders reads the tables of the header section, whose columns are called Name
// or Header, and Description or Value.
func (r *reader) readHeaders(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		name := t.column("Name", "Header", "Header name", "Request header", "Property")
		description := t.column("Description", "Value", "Values")
		if name < 0 {
			name = 0
		}
		if description < 0 {
			description = len(t.header) - 1
		}
		for _, w := range t.rows {
			if w.text(name) == "" || description == name {
				continue
			}
			text := w.text(description)
			r.page.Headers = append(r.page.Headers, Header{
				Name:        Text{Value: strings.TrimRight(w.text(name), ":"), Line: w.line},
				Description: w.cells[description].asText(),
				Required:    requiredWord.MatchString(text) && !notRequired.MatchString(text),
			})
		}
	}
}
