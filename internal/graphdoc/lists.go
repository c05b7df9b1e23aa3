package graphdoc

import (
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
)

// listColumns are the columns of a list that is read as a table.
var listColumns = bodyColumns{name: 0, kind: 1, description: 2}

// listProperties reads the lists of properties in a section: items that begin with a name in
// back-ticks or bold, or with a name and its type. It gives a table for each list. A list of
// which fewer than half of the items are properties is prose.
func (r *reader) listProperties(nodes []ast.Node) []table {
	var out []table
	for _, n := range nodes {
		walk(n, func(n ast.Node) bool {
			if n.Kind() != ast.KindList {
				return n.Kind() != ast.KindListItem
			}
			if t, ok := r.listTable(n); ok {
				out = append(out, t)
			}
			return false
		})
	}
	return out
}

func (r *reader) listTable(list ast.Node) (table, bool) {
	var t table
	var strays []prose
	for item := list.FirstChild(); item != nil && r.formRows <= maxFormRows; item = item.NextSibling() {
		r.formRows++
		p := r.itemProse(item)
		if p.text() == "" {
			continue
		}
		cells, ok := p.propertyItem()
		if !ok {
			strays = append(strays, p)
			continue
		}
		t.rows = append(t.rows, row{line: p.line(), cells: cells})
	}
	if len(t.rows) == 0 || len(strays) > len(t.rows) {
		return table{}, false
	}
	t.line = t.rows[0].line
	r.tooMany(t.line)
	for _, p := range strays {
		r.oddity(p.line(), OddityRowStray, "The item of the list is no property: %s", p.text())
	}
	return t, true
}

// tooMany records that rows of lists and of tables of HTML were left out.
func (r *reader) tooMany(line int) {
	if r.formRows > maxFormRows {
		r.oddity(line, OddityTableUnreadable, "The page has more than %d such rows; the rest was not read.", maxFormRows)
	}
}

// itemProse gives the text of a list item, the items of a list within it on lines of their own.
func (r *reader) itemProse(item ast.Node) prose {
	f := flattener{reader: r}
	f.item(item)
	return prose{raw: string(f.raw), runs: f.runs, links: f.links}
}

func (f *flattener) item(item ast.Node) {
	for c := item.FirstChild(); c != nil; c = c.NextSibling() {
		switch c.Kind() {
		case ast.KindParagraph, ast.KindTextBlock:
			if len(f.raw) > 0 {
				f.write(" ", plain)
			}
			f.children(c, plain)
		case ast.KindList:
			for inner := c.FirstChild(); inner != nil; inner = inner.NextSibling() {
				f.write(string(lineBreak), plain)
				f.item(inner)
			}
			f.write(string(listEnd), plain)
		}
	}
}

var (
	// itemName is a name by itself, with the colon that may belong to its emphasis.
	itemName = lazyregexp.New(`^@?[A-Za-z_][\w.@-]*:?$`)
	// plainItem is a name without emphasis before a type in brackets.
	plainItem = lazyregexp.New(`^\s*(@?[a-z][\w.@]*)\s*\(`)
	// itemType is a primitive type that a mark or the end of the item follows.
	itemType = lazyregexp.New(`^(?i:(?:Edm\.)?(?:String|Boolean|Bool|Int16|Int32|Int64|Integer|Double|Single|Float|Decimal|Guid|DateTimeOffset|DateTime|Date|TimeOfDay|Duration|Binary|Stream|Byte|Json)` +
		`(?:\s+(?:collection|array)|\[\])?)\s*(?:[.:,;–—-]|$)`)
	// itemSeparator is what stands between the parts of an item.
	itemSeparator = lazyregexp.New(`^[\s:.,;–—-]*`)
	// itemRemark is a remark beside the type, and no type.
	itemRemark = lazyregexp.New(`(?i)^(?:read[- ]?only|nullable|not nullable)$`)
	itemSent   = lazyregexp.New(`(?i)^(?:required|optional|mandatory)$`)
)

// propertyItem takes a list item apart into name, type and description.
func (p *prose) propertyItem() (cells []prose, ok bool) {
	var at int
	if len(p.runs) > 0 && p.runs[0].style != plain {
		if at = p.runs[0].end; !itemName().MatchString(strings.TrimSpace(p.raw[:at])) {
			return nil, false
		}
	} else if m := plainItem().FindStringSubmatchIndex(p.raw); m != nil {
		at = m[3]
	} else {
		return nil, false
	}
	name := strings.TrimSuffix(strings.TrimSpace(p.raw[:at]), ":")
	kind, rest, remarks := p.itemKind(at)
	switch first := name[0]; {
	case p.runs[0].style == plain && kind.text() == "", first >= 'A' && first <= 'Z' && kind.text() == "":
		return nil, false // "Note: …"
	}
	rest += len(itemSeparator().FindString(p.raw[rest:]))
	cell := prose{raw: name, runs: []run{{start: 0, end: len(name), line: p.line()}}}
	return []prose{cell, kind, joined(append(remarks, p.part(rest, len(p.raw))))}, true
}

// itemKind reads the type behind a name: in brackets, or by itself between marks. It gives where
// the item goes on, and the remarks beside the type as sentences.
func (p *prose) itemKind(at int) (kind prose, rest int, remarks []prose) {
	start := at + len(itemSeparator().FindString(p.raw[at:]))
	if start < len(p.raw) && p.raw[start] == '(' {
		end := closing(p.raw, start)
		if end < 0 {
			return prose{}, at, nil
		}
		first, sent := true, prose{}
		for _, part := range commas(p.raw, start+1, end) {
			text := p.slice(part.start, part.end)
			switch {
			case itemSent().MatchString(text):
				// What each request must have may still be null.
				sent = written("("+text+")", p.lineAt(part.start))
			case itemRemark().MatchString(text):
				remarks = append(remarks, written(strings.ToUpper(text[:1])+strings.ToLower(text[1:])+".", p.lineAt(part.start)))
			case first:
				kind = p.part(part.start, part.end)
			}
			first = false
		}
		return kind, end + 1, append(remarks, sent)
	}
	for _, l := range p.links {
		if l.start == start && strings.Contains(l.target, "resources/") {
			return p.part(l.start, l.end), l.end, nil
		}
	}
	if start < len(p.raw) {
		if r := p.runAt(start); r.style != plain && r.start == start {
			if text := p.slice(r.start, r.end); itemType().MatchString(strings.TrimRight(text, ".")) {
				return p.part(r.start, r.end), r.end, nil
			}
		}
	}
	if m := itemType().FindString(p.raw[start:]); m != "" {
		end := start + len(strings.TrimRight(m, " .:,;–—-"))
		return p.part(start, end), end, nil
	}
	return prose{}, at, nil
}

// closing is the bracket that closes the one at an offset, -1 where none does.
func closing(text string, at int) int {
	depth := 0
	for i := at; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// commas cuts a part of a text at its commas outside of brackets.
func commas(text string, start, end int) []span {
	var out []span
	depth := 0
	for i := start; i < end; i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, span{start, i})
				start = i + 1
			}
		}
	}
	return append(out, span{start, end})
}

// part is a part of the text with its runs and links.
func (p *prose) part(start, end int) prose {
	out := prose{raw: p.raw[start:end]}
	for _, r := range p.runs {
		if r.start, r.end = max(r.start, start)-start, min(r.end, end)-start; r.start < r.end {
			out.runs = append(out.runs, r)
		}
	}
	for _, l := range p.links {
		if l.start >= start && l.end <= end {
			l.start, l.end = l.start-start, l.end-start
			out.links = append(out.links, l)
		}
	}
	return out
}
