// Package safetext makes text that came from outside safe to print: on a terminal, in a
// report, in a message.
package safetext

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Options say what Escape does beyond its usual.
type Options uint8

// The options; they can be added up.
const (
	// Lines keeps line ends, and makes a tab four spaces.
	Lines Options = 1 << iota
	// ASCII escapes every character beyond ASCII too.
	ASCII
	// JSON writes escapes as JSON has them, so that JSON stays JSON of the same meaning.
	JSON
)

// Line gives s as one line of printable characters: Escape without options.
func Line(s string) string { return Escape(s, 0) }

// Escape gives s in printable characters. Everything else is escaped as in Go: control
// characters and terminal escapes (\x1b, \n), bytes that are no UTF-8 (\xff), and
// characters that print as nothing or turn the direction of the text (\u202e; see "Trojan
// Source", CVE-2021-42574). The result holds no character that XML 1.0 forbids.
func Escape(s string, o Options) string {
	at := o.firstEscaped(s)
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/8 + 16)
	b.WriteString(s[:at])
	for i := at; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1 && o&JSON == 0:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case o.plain(r):
			b.WriteRune(r)
		case o&Lines != 0 && r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
			// The newline that follows is enough.
		case o&Lines != 0 && r == '\t':
			b.WriteString("    ")
		case o&JSON != 0:
			writeJSON(&b, r)
		default:
			writeGo(&b, r)
		}
		i += size
	}
	return b.String()
}

// firstEscaped gives the index of the first character that does not stay as it is, -1 for
// none. Most of a report is ASCII, which needs no decoding.
func (o Options) firstEscaped(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if (c < ' ' || c > '~') && !o.plain(rune(c)) {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || !o.plain(r) {
			return i
		}
		i += size
	}
	return -1
}

func (o Options) plain(r rune) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r <= '~' || r == '\n' && o&Lines != 0
	}
	return o&ASCII == 0 && unicode.IsPrint(r)
}

func writeGo(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf && !strings.ContainsRune("\n\r\t", r) {
		fmt.Fprintf(b, `\x%02x`, r)
		return
	}
	b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
}

func writeJSON(b *strings.Builder, r rune) {
	if r <= 0xffff {
		fmt.Fprintf(b, `\u%04x`, r)
		return
	}
	high, low := utf16.EncodeRune(r)
	fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
}

// Markdown makes text from outside safe in a paragraph, a heading, a table cell
// or an HTML element: one line in which nothing is markup. Entities are used and not
// backslashes, since they hold in HTML as well and cannot be undone by a backslash
// before them. A <wbr>, which breaks no word for the reader, keeps GitHub from making
// links of URLs and mail addresses, and references of @name and #1.
func Markdown(s string) string { return www.ReplaceAllString(markup.Replace(Line(s)), "$0<wbr>") }

var (
	www    = regexp.MustCompile(`(?i)www\.`)
	markup = strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", `\`, "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;",
		"[", "&#91;", "]", "&#93;", "~", "&#126;",
		"$", "<span>$</span>", // GitHub reads $…$ as mathematics
		"@", "@<wbr>", "#", "#<wbr>", "://", ":<wbr>//",
	)
)

// Words joins the words of s by single spaces: one line, whatever the text's layout.
func Words(s string) string { return strings.Join(strings.Fields(s), " ") }

// InvalidUTF8 gives the offset of the first byte that is not UTF-8, -1 where there is none.
func InvalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
}

// Shorten gives the first n characters of s, and "…" where there are more.
func Shorten(s string, n int) string {
	head, tail := Cut(s, n)
	if tail == "" {
		return s
	}
	return head + "…"
}

// Cut splits s after n characters; an n below 1 means no limit.
func Cut(s string, n int) (head, tail string) {
	if n <= 0 || len(s) <= n {
		return s, ""
	}
	for i := range s {
		if n == 0 {
			return s[:i], s[i:]
		}
		n--
	}
	return s, ""
}

// Columns is how many columns of a terminal s takes: two for a wide character, as those of East
// Asia and emoji, none for a combining one.
func Columns(s string) int { return displaywidth.String(s) }

// CutColumns splits s after at most n columns, and never within a character as people see it; a
// head is not empty. An n below 1 means no limit.
func CutColumns(s string, n int) (head, tail string) {
	if n <= 0 || len(s) <= n {
		return s, ""
	}
	used := 0
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		if used += g.Width(); used > n && head != "" {
			return head, s[len(head):]
		}
		head = s[:len(head)+len(g.Value())]
	}
	return s, ""
}

// Counted is a number with its noun, as "1 page" and "2 pages".
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Wrap breaks the words of s into lines of at most width columns; a longer word has its own.
// There is one line at least.
func Wrap(s string, width int) []string {
	var lines []string
	line, n := "", 0
	for _, word := range strings.Fields(s) {
		w := Columns(word)
		switch {
		case line == "":
			line, n = word, w
		case n+1+w <= width:
			line, n = line+" "+word, n+1+w
		default:
			lines = append(lines, line)
			line, n = word, w
		}
	}
	return append(lines, line)
}

// WrapAddress breaks a URL or a path into lines of at most width columns: after a space or a slash
// where a line has one. A width below 1 means no limit.
func WrapAddress(s string, width int) []string {
	var lines []string
	for {
		head, tail := CutColumns(s, width)
		if tail == "" {
			return append(lines, head)
		}
		if i := strings.LastIndexAny(head, " /"); i > 0 {
			head, tail = s[:i+1], s[i+1:]
		}
		lines, s = append(lines, strings.TrimRight(head, " ")), tail
	}
}
