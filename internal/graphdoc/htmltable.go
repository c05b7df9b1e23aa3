package graphdoc

import (
	"bytes"
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// htmlTable finds the table that begins in a block of HTML: its text, and where the page goes on
// behind it. A blank line ends a block of HTML in Markdown and not a table (CommonMark 4.6), so
// the table may go on in the blocks that follow. end is 0 where there is none.
func (r *reader) htmlTable(n ast.Node) (start, end int) {
	if n.Lines().Len() == 0 {
		return 0, 0
	}
	start, end = n.Lines().At(0).Start, n.Lines().At(n.Lines().Len()-1).Stop
	at := bytes.Index(lowerASCII(r.md[start:end]), []byte("<table"))
	if at < 0 {
		return 0, 0
	}
	start += at
	// A table that is never closed ends with the block.
	if r.lower == nil {
		r.lower = lowerASCII(r.md)
		r.lastTableEnd = bytes.LastIndex(r.lower, []byte("</table"))
	}
	if start <= r.lastTableEnd {
		end = max(end, start+bytes.Index(r.lower[start:], []byte("</table"))+len("</table>"))
	}
	return start, min(end, len(r.md))
}

// lowerASCII gives a copy in lower case of the same length.
func lowerASCII(text []byte) []byte {
	out := bytes.Clone(text)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

// htmlReader collects the rows of a table of HTML.
type htmlReader struct {
	*reader
	rows []row
	// cell is the cell that is open, nil between cells, and raw its text.
	cell *prose
	raw  []byte
	// depth counts the tables that are open: one within a cell is text. style is that of the
	// text, and link where the text of a link begins, -1 without one.
	depth  int
	style  style
	link   int
	target string
	line   int
}

// readHTMLTable reads a table of HTML. Its first row is the header.
func (r *reader) readHTMLTable(start, end int) (table, bool) {
	h := htmlReader{reader: r, link: -1}
	z := html.NewTokenizer(bytes.NewReader(r.md[start:end]))
	for at := start; r.formRows <= maxFormRows; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		h.line = r.src.line(at)
		raw := z.Raw()
		at += len(raw)
		switch kind {
		case html.TextToken:
			// The line is that of the first word.
			h.line = r.src.line(at - len(bytes.TrimLeft(raw, " \t\n")))
			h.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			h.open(z.Token())
		case html.EndTagToken:
			h.close(z.Token().Data)
		case html.ErrorToken, html.CommentToken, html.DoctypeToken:
		}
	}
	if len(h.rows) == 0 || len(h.rows[0].cells) == 0 {
		return table{}, false
	}
	t := table{line: h.rows[0].line, header: h.rows[0].cells, rows: h.rows[1:]}
	r.tooMany(t.line)
	for i := range t.rows {
		t.rows[i].cells = fitted(t.rows[i].cells, len(t.header))
	}
	return t, true
}

// fitted gives a row as many cells as the table has columns.
func fitted(cells []prose, columns int) []prose {
	for len(cells) < columns {
		cells = append(cells, prose{})
	}
	if len(cells) > columns {
		cells = append(cells[:columns-1], joined(cells[columns-1:]))
	}
	return cells
}

func (h *htmlReader) open(t html.Token) {
	switch t.Data {
	case "table":
		h.depth++
	case "tr":
		if h.depth == 1 {
			h.endCell()
			h.rows = append(h.rows, row{line: h.line})
			h.formRows++
		}
	case "td", "th":
		if h.depth != 1 {
			h.write(string(lineBreak), plain)
			break
		}
		h.endCell()
		if len(h.rows) == 0 {
			h.rows = append(h.rows, row{line: h.line})
		}
		h.cell, h.raw = &prose{}, nil
	case "br", "li", "p":
		h.write(string(lineBreak), plain)
	case "code":
		h.style = code
	case "b", "strong", "i", "em":
		h.style = strong
	case "a":
		if h.cell == nil {
			break
		}
		h.link, h.target = len(h.raw), ""
		for _, a := range t.Attr {
			if a.Key == "href" {
				h.target = a.Val
			}
		}
	}
}

func (h *htmlReader) close(tag string) {
	switch tag {
	case "table":
		if h.depth--; h.depth == 0 {
			h.endCell()
		}
	case "tr", "td", "th":
		if h.depth == 1 {
			h.endCell()
		}
	case "p":
		h.write(string(lineBreak), plain)
	case "ul", "ol":
		h.write(string(listEnd), plain)
	case "code", "b", "strong", "i", "em":
		h.style = plain
	case "a":
		if h.cell != nil && h.link >= 0 && len(h.raw) > h.link {
			h.cell.links = append(h.cell.links, proseLink{start: h.link, end: len(h.raw), line: h.line, target: h.target})
		}
		h.link = -1
	}
}

// endCell adds the open cell to its row.
func (h *htmlReader) endCell() {
	if h.cell != nil {
		h.cell.raw = string(h.raw)
		last := &h.rows[len(h.rows)-1]
		last.cells = append(last.cells, *h.cell)
	}
	h.cell, h.style, h.link = nil, plain, -1
}

func (h *htmlReader) write(text string, s style) {
	if h.cell == nil || text == "" {
		return
	}
	start := len(h.raw)
	h.raw = append(h.raw, text...)
	h.cell.runs = append(h.cell.runs, run{start: start, end: len(h.raw), style: s, line: h.line})
}

// markdownLink is a link of Markdown, which is one in a cell that blank lines surround.
var markdownLink = lazyregexp.New(`\[([^\[\]]+)\]\(([^()\s]+)\)`)

// text writes text that may have back-ticks and links of Markdown.
func (h *htmlReader) text(text string) {
	if h.cell == nil {
		return
	}
	text = strings.NewReplacer("\n", " ", "\f", " ").Replace(text)
	if h.style != plain || !strings.ContainsAny(text, "`[") {
		h.write(text, h.style)
		return
	}
	done := 0
	for _, m := range markdownLink().FindAllStringSubmatchIndex(text, -1) {
		h.marked(text[done:m[0]])
		start := len(h.raw)
		h.write(text[m[2]:m[3]], plain)
		h.cell.links = append(h.cell.links, proseLink{start: start, end: len(h.raw), line: h.line, target: text[m[4]:m[5]]})
		done = m[1]
	}
	h.marked(text[done:])
}

// marked writes text of which only the back-ticks are read.
func (h *htmlReader) marked(text string) {
	for part, s := range backTicked(text) {
		h.write(part, s)
	}
}
