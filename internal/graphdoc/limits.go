package graphdoc

import (
	"bytes"
	"fmt"
)

// The limits of a page. The largest of the Microsoft Graph reference stay far below each.
// Reading takes time in proportion to a page's size only as long as they hold: emphasis and
// links are matched in pairs within a paragraph, rows and values with each other.
const (
	// maxPage is the largest page that Parse reads, in bytes.
	maxPage = 4 << 20
	// maxLine is the longest line outside code blocks, in bytes.
	maxLine = 32 << 10
	// maxMarks bounds the characters of a paragraph or a table row that may open or close
	// emphasis or a link.
	maxMarks = 4000
	// maxRows bounds the table rows of a page.
	maxRows = 3000
	// maxFormRows bounds the list items and the rows of tables of HTML that are read; a section
	// may be read twice.
	maxFormRows = 2 * maxRows
	// maxCells bounds the cells of a row.
	maxCells = 200
	// maxMembers bounds the members of all JSON objects in the examples of a page.
	maxMembers = 10_000
	// maxExamples bounds the messages in the examples of a page, and maxRequests its request
	// lines.
	maxExamples, maxRequests = 1000, 500
	// maxRequestLine is the longest request line, in bytes.
	maxRequestLine = 4096
	// maxQuotes bounds how deep quotations nest, and maxIndent the spaces before a line, and
	// with them how deep lists do.
	maxQuotes, maxIndent = 100, 400
)

// checkLimits reports where a page goes beyond a limit.
func checkLimits(file string, text []byte) error {
	var fence []byte // what closes the code block, where there is one
	marks, rows, cells, number := 0, 0, 0, 0
	inTable := false
	for line := range bytes.Lines(text) {
		number++
		trimmed := bytes.TrimLeft(line, " \t>")
		if opens := fenceOf(trimmed); opens != nil {
			switch {
			case fence == nil:
				fence = opens
				continue
			case bytes.HasPrefix(opens, fence):
				fence = nil
				continue
			}
		}
		if fence != nil {
			continue
		}
		row := bytes.HasPrefix(trimmed, []byte("|")) || inTable && len(bytes.TrimSpace(trimmed)) > 0
		inTable = row || isRule(trimmed)
		if cells = 0; row {
			rows, cells = rows+1, bytes.Count(line, []byte("|"))-1
		}
		if row || len(bytes.TrimSpace(trimmed)) == 0 {
			marks = 0
		}
		for _, mark := range []string{"*", "_", "[", "~"} {
			marks += bytes.Count(line, []byte(mark))
		}
		before := line[:len(line)-len(trimmed)]
		quotes := bytes.Count(before, []byte(">"))
		if len(line) <= maxLine && marks <= maxMarks && rows <= maxRows && cells <= maxCells && len(before)-quotes <= maxIndent && quotes <= maxQuotes {
			continue
		}
		for _, limit := range []struct {
			n, limit int
			what     string
		}{
			{len(line), maxLine, "the line has %d bytes, more than the limit of %d"},
			{marks, maxMarks, "the paragraph has %d of the characters * _ ~ [, more than the limit of %d"},
			{rows, maxRows, "%d table rows, more than the limit of %d for a page"},
			{cells, maxCells, "%d cells in a row, more than the limit of %d"},
			{len(before) - quotes, maxIndent, "the line begins with %d spaces, more than the limit of %d"},
			{quotes, maxQuotes, "quotations nested %d deep, more than the limit of %d"},
		} {
			if limit.n > limit.limit {
				return &PlaceError{File: file, Line: number, Text: fmt.Sprintf(limit.what, limit.n, limit.limit)}
			}
		}
	}
	return nil
}

// isRule reports whether a line may be the one below the header of a table, whose rows need
// not begin with a pipe.
func isRule(line []byte) bool {
	return bytes.IndexByte(line, '-') >= 0 && bytes.IndexByte(line, '|') >= 0 && len(bytes.Trim(line, "|:- \t\n")) == 0
}

// checkCounts reports the request line or the example with which the page has too many.
func (r *reader) checkCounts() error {
	if n := len(r.page.Requests); n > maxRequests {
		return fmt.Errorf("%s:%d: %d request lines, more than the limit of %d for a page",
			r.page.File, r.page.Requests[maxRequests].Path.Line, maxRequests+1, maxRequests)
	}
	if n := len(r.page.Examples); n > maxExamples {
		return fmt.Errorf("%s:%d: %d messages in the examples, more than the limit of %d for a page",
			r.page.File, r.page.Examples[maxExamples].Line, n, maxExamples)
	}
	members := 0
	for i := range r.page.Examples {
		m := &r.page.Examples[i]
		if members += m.JSON.members(); members > maxMembers {
			return fmt.Errorf("%s:%d: %d members of JSON objects up to the end of this example, more than the limit of %d for a page",
				r.page.File, m.BodyLine, members, maxMembers)
		}
	}
	return nil
}

// members counts the members of the objects in a value.
func (v *Value) members() int {
	if v == nil {
		return 0
	}
	n := len(v.Members)
	for _, m := range v.Members {
		n += m.Value.members()
	}
	for _, item := range v.Items {
		n += item.members()
	}
	return n
}

// fenceOf gives the fence that a line begins with (CommonMark 4.5), nil where it has none.
func fenceOf(line []byte) []byte {
	for _, mark := range []string{"`", "~"} {
		if n := len(line) - len(bytes.TrimLeft(line, mark)); n >= 3 {
			return line[:n]
		}
	}
	return nil
}

// PlaceError says why a page gives nothing, and where.
type PlaceError struct {
	File string
	// Line is 1-based; 0 where the error is about the whole page.
	Line int
	Text string
	// Near is a line to look at where the error is of the whole page; 0 for none.
	Near int
}

func (e *PlaceError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}
