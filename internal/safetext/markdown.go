package safetext

import (
	"fmt"
	"strings"
)

// Markdown makes text from outside safe in a paragraph, a heading, a table cell
// or an HTML element: one line in which nothing is markup. Entities are used and not
// backslashes, since they hold in HTML as well and cannot be undone by a backslash
// before them. A <wbr>, which breaks no word for the reader, keeps GitHub from making
// links of URLs and mail addresses, and references of @name and #1.
func Markdown(s string) string {
	s = Line(s)
	if !strings.ContainsAny(s, "&<>|\\`*_[]~$@#:.") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 32)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '|', '\\', '`', '*', '_', '[', ']', '~':
			fmt.Fprintf(&b, "&#%d;", c)
		case '$':
			b.WriteString("<span>$</span>") // GitHub reads $…$ as mathematics
		case '@', '#':
			b.WriteByte(c)
			b.WriteString("<wbr>")
		case ':':
			b.WriteByte(c)
			if strings.HasPrefix(s[i+1:], "//") {
				b.WriteString("<wbr>")
			}
		case '.':
			b.WriteByte(c)
			if i >= 3 && strings.EqualFold(s[i-3:i], "www") {
				b.WriteString("<wbr>")
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
