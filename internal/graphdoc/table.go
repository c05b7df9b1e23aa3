package graphdoc

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// table is a table of the page with its broken rows repaired.
type table struct {
	line   int
	header []prose
	rows   []row
}

// last is the line of the last row.
func (t *table) last() int {
	if len(t.rows) == 0 {
		return t.line
	}
	return t.rows[len(t.rows)-1].line
}

// lines names the lines of the table in words.
func (t *table) lines() string { return fmt.Sprintf("lines %d to %d", t.line, t.last()) }

// elsewhere records that a table is not read, and why.
func (r *reader) elsewhere(t table, why string) {
	r.oddity(t.line, OddityTableElsewhere, "The table in %s %s, and was not read.", t.lines(), why)
}

// readOther reads the tables of the sections that mean nothing else to the reader. One with
// the columns of a body table may be one under another heading.
func (r *reader) readOther(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		if slices.ContainsFunc(r.page.Requests, func(l RequestLine) bool { return t.line < l.Path.Line && l.Path.Line <= t.last() }) {
			continue // a table of request lines
		}
		other := Table{Heading: r.headingAbove(t.line), Line: t.line, Last: t.last()}
		if c := columnsOf(t); c.name >= 0 && c.kind >= 0 && !otherNames().MatchString(other.Heading.Value) {
			for _, w := range t.rows {
				if c.isProperty(w) {
					other.Properties = append(other.Properties, r.property(w, c))
				}
			}
		}
		r.page.Tables = append(r.page.Tables, other)
	}
	if len(r.page.Properties) > 0 {
		return
	}
	for _, t := range r.listProperties(nodes) {
		other := Table{Heading: r.headingAbove(t.line), Line: t.line, Last: t.last()}
		if !listHeading().MatchString(other.Heading.Value) || otherNames().MatchString(other.Heading.Value) {
			continue
		}
		for _, w := range t.rows {
			other.Properties = append(other.Properties, r.property(w, listColumns))
		}
		r.page.Tables = append(r.page.Tables, other)
	}
}

// listHeading is a heading over a list of properties.
var listHeading = lazyregexp.New(`(?i)\b(?:propert(?:y|ies)|parameters?|fields?|attributes?|body)\b`)

// otherNames are headings over tables whose names are none of the body.
var otherNames = lazyregexp.New(`(?i)\b(?:path|query|function|uri|url|odata)\b|\b(?:header|permission|method|relationship|see also|response)`)

// row is a row below the header. It has as many cells as the table has columns.
type row struct {
	line  int
	cells []prose
}

// text is the plain text of a cell, "" for a column that is not there (-1).
func (w row) text(column int) string {
	if column < 0 {
		return ""
	}
	return w.cells[column].text()
}

// column finds the column of one of the names, case and white space aside; -1 if
// there is none. The first name that fits wins.
func (t *table) column(names ...string) int {
	for _, name := range names {
		for i := range t.header {
			if strings.EqualFold(strings.TrimRight(t.header[i].text(), ":* "), name) {
				return i
			}
		}
	}
	return -1
}

// tableRule is the line of dashes below the header of a table.
var tableRule = lazyregexp.New(`^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-*:?\s*)+$`)

// tables reads the tables of a section and records what is odd about them.
func (r *reader) tables(nodes []ast.Node) []table {
	var out []table
	behind := 0 // what comes before is part of a table of HTML
	for _, n := range nodes {
		walk(n, func(n ast.Node) bool {
			if behind > 0 && n.Type() == ast.TypeBlock && n.Lines().Len() > 0 && n.Lines().At(0).Start < behind {
				return false
			}
			switch n.Kind() {
			case east.KindTable:
				out = append(out, r.table(n))
				return false
			case ast.KindHTMLBlock:
				if start, end := r.htmlTable(n); end > 0 {
					if t, ok := r.readHTMLTable(start, end); ok {
						out = append(out, t)
					}
					behind = end
				}
				return false
			case ast.KindParagraph, ast.KindTextBlock:
				r.checkNoTable(n)
				return false
			}
			return true
		})
	}
	return out
}

// checkNoTable records a paragraph that was meant to be a table or a part of one.
func (r *reader) checkNoTable(p ast.Node) {
	for i := range p.Lines().Len() {
		line := r.src.line(p.Lines().At(i).Start)
		if text := strings.TrimSpace(r.src.lineText(line)); strings.Contains(text, "-") && strings.Contains(text, "|") && tableRule().MatchString(text) ||
			len(text) > 1 && text[0] == '|' && text[len(text)-1] == '|' {
			note := ""
			if last := r.src.line(p.Lines().At(p.Lines().Len() - 1).Start); last > line {
				note = fmt.Sprintf(" (lines %d to %d)", line, last)
			}
			r.oddity(line, OddityTableUnreadable, "This line%s looks like a part of a table, and the lines around it make none.", note)
			return
		}
	}
}

func (r *reader) table(n ast.Node) table {
	head := n.FirstChild()
	t := table{line: r.src.line(max(head.Pos(), 0))}
	t.header, _ = r.cells(head)
	if above, ok := n.PreviousSibling().(*ast.Paragraph); ok && above.Lines().Len() > 0 {
		last := r.src.line(above.Lines().At(above.Lines().Len() - 1).Start)
		if last == t.line-1 {
			r.oddity(t.line, OddityTableGlued,
				"No blank line stands between the table and the paragraph above it, which ends in line %d.", last)
		}
	}
	// In a table whose lines start with a pipe, one that does not is the rest of the
	// line above it.
	piped := strings.HasPrefix(r.trimmedLine(t.line), "|")
	var current *brokenRow
	for c := head.NextSibling(); c != nil; c = c.NextSibling() {
		line := r.src.line(max(c.Pos(), 0))
		cells, count := r.cells(c)
		if piped && current != nil && !strings.HasPrefix(r.trimmedLine(line), "|") &&
			!strings.HasSuffix(r.trimmedLine(line-1), "|") {
			r.oddity(line, OddityRowSplit, "The row of line %d goes on here; a row must stand on one line.", current.line)
			current.extend(cells[:count])
			continue
		}
		t.rows = current.appendTo(t.rows)
		current = &brokenRow{line: line, parts: make([][]prose, len(cells))}
		current.extend(cells[:count])
	}
	t.rows = current.appendTo(t.rows)
	return t
}

// brokenRow is a row that may go on in the next line.
type brokenRow struct {
	line int
	// parts are the pieces of each cell; filled is the number of cells reached.
	parts  [][]prose
	filled int
}

// extend adds the cells of a line: the first one goes on where the line before ended.
func (w *brokenRow) extend(cells []prose) {
	for i, c := range cells {
		at := min(max(w.filled-1, 0)+i, len(w.parts)-1)
		w.parts[at] = append(w.parts[at], c)
	}
	w.filled = min(max(w.filled-1, 0)+len(cells), len(w.parts))
}

// appendTo puts the row together and appends it; no row appends nothing.
func (w *brokenRow) appendTo(rows []row) []row {
	if w == nil {
		return rows
	}
	out := row{line: w.line, cells: make([]prose, len(w.parts))}
	for i, parts := range w.parts {
		out.cells[i] = joined(parts)
	}
	return append(rows, out)
}

func (r *reader) trimmedLine(line int) string { return strings.TrimSpace(r.src.lineText(line)) }

// cells reads the cells of a row, and how many of them the line really has.
func (r *reader) cells(n ast.Node) (cells []prose, count int) {
	end := 0
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		cells = append(cells, r.prose(c, nil))
		if c.Lines().Len() > 0 {
			count++
			end = c.Lines().At(c.Lines().Len() - 1).Stop
		}
	}
	if n.Kind() != east.KindTableRow || count == 0 {
		return cells, count
	}
	// goldmark drops what is behind the last column.
	line := r.src.line(max(n.Pos(), 0))
	rest := r.src.str[end : r.src.starts[line-1]+len(r.src.lineText(line))]
	if extra := strings.Trim(rest, "| \t"); extra != "" {
		r.oddity(line, OddityRowOverflow,
			"The row has more cells than the table has columns; %q was added to the last one. A pipe within a cell is written \\|.", extra)
		cells[len(cells)-1].addMarkdown(" | "+extra, line)
	}
	return cells, count
}
