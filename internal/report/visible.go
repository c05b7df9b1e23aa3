package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visibleLine gives s as one line of printable characters. Everything else is
// spelled out as in Go: controls and terminal escapes (\x1b, \n), bytes that are no
// UTF-8 (\xff), and characters that print as nothing or turn the direction of the
// text (\u202e; see "Trojan Source", CVE-2021-42574). The result holds no character
// that XML 1.0 forbids.
func visibleLine(s string) string { return visible(s, false, false) }

// visible is visibleLine; with lines, line ends stay and a tab becomes four spaces,
// and with ascii all beyond ASCII is spelled out as well.
func visible(s string, lines, ascii bool) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case lines && r == '\n':
			b.WriteByte('\n')
		case lines && r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
			// The newline that follows is enough.
		case lines && r == '\t':
			b.WriteString("    ")
		case unicode.IsPrint(r) && (r < utf8.RuneSelf || !ascii):
			b.WriteRune(r)
		default:
			writeEscape(&b, r)
		}
		i += size
	}
	return b.String()
}

func writeEscape(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < utf8.RuneSelf:
		fmt.Fprintf(b, `\x%02x`, r)
	case r <= 0xffff:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// plain reports whether s is printable ASCII throughout, as most text is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
