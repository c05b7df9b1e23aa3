package graphdoc

import (
	"cmp"
	"slices"
)

// The classes of Oddity.
const (
	// OddityFrontMatter: the front matter cannot be read.
	OddityFrontMatter = "front-matter"
	// OddityTableGlued: no blank line stands between a table and the paragraph above it.
	OddityTableGlued = "table-glued"
	// OddityTableUnreadable: lines that look like a table and are none, as rows cut
	// off by a blank line or a header that does not fit the line below it.
	OddityTableUnreadable = "table-unreadable"
	// OddityTableUnknown: a table under "Request body" without a column for names.
	OddityTableUnknown = "table-unknown"
	// OddityRowSplit: a row goes on in the next line; it was put together.
	OddityRowSplit = "row-split"
	// OddityRowOverflow: a row has more cells than the table has columns (an
	// unescaped pipe); what is too much was added to the last cell.
	OddityRowOverflow = "row-overflow"
	// OddityRowStray: a row of the body table is no property, as a row that heads a
	// group of others, or an empty one.
	OddityRowStray = "row-stray"
	// OddityEnumRange: the values of a property are given as a range ("A1 through
	// A9"), so its members are not known.
	OddityEnumRange = "enum-range"
	// OddityRequestLine: a line of the HTTP request section has no readable path.
	OddityRequestLine = "request-line"
	// OddityExample: a block that is annotated as a request or response does not
	// start with a request line or status line.
	OddityExample = "example-unreadable"
	// OddityBodyGlued: no blank line stands between the headers and the body of an
	// example.
	OddityBodyGlued = "body-glued"
)

func (r *reader) oddity(line int, class, text string) {
	r.page.Oddities = append(r.page.Oddities, Oddity{Line: line, Class: class, Text: text})
}

// sortOddities puts the oddities, found section by section, into the page's order.
func (r *reader) sortOddities() {
	slices.SortStableFunc(r.page.Oddities, func(a, b Oddity) int { return cmp.Compare(a.Line, b.Line) })
}
