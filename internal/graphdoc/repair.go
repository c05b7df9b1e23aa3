package graphdoc

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// A repair makes JSON of what the pages write in its place. It keeps the lines: each value
// of the repaired text stands on the line that it has on the page.
type repair struct {
	// says what is wrong, as a finding quotes it.
	says string
	// edits gives what to change in the text, whose tokens are all.
	edits func(text []byte, all []token) []edit
}

// repairs are tried in this order, and none that comes later is where those before it made
// JSON of the text. What one of them uncovers, as an ellipsis a comma, the next round repairs.
func repairs() []repair {
	return []repair{
		{"a comma stands in front of a closing bracket", trailingCommas},
		{"a string holds a raw control character, as a line break", replacing(tokenString, withoutControls)},
		{"curly quotes stand in the place of straight ones", replacing(tokenSmart, requoted)},
		{"it holds a comment", replacing(tokenComment, blank)},
		{"it holds an ellipsis", ellipses},
		{"single quotes stand in the place of double ones", replacing(tokenSingle, requoted)},
		{"a comma is missing between two values", missingCommas},
	}
}

// maxRepairRounds bounds how often the repairs are tried; one may uncover another.
const maxRepairRounds = 3

// maxRepair is the longest text that is repaired, in bytes.
const maxRepair = 256 << 10

// repairJSON reads a text that is not JSON as decodeJSON does, once its usual defects are
// repaired; nil where that does not help. repaired says what was wrong, by line.
func repairJSON(text string, line int) (value *Value, repaired []Text) {
	if len(text) > maxRepair {
		return nil, nil
	}
	current := []byte(text)
	for range maxRepairRounds {
		before := len(repaired)
		for _, r := range repairs() {
			edits := r.edits(current, tokens(current))
			if len(edits) == 0 {
				continue
			}
			counted, on := 0, line
			for _, e := range edits {
				on += bytes.Count(current[counted:e.start], []byte("\n"))
				counted = e.start
				repaired = append(repaired, Text{Value: r.says, Line: on})
			}
			current = apply(current, edits)
			if value, _, err := decodeJSON(string(current), line); err == nil {
				slices.SortStableFunc(repaired, func(a, b Text) int { return a.Line - b.Line })
				return value, slices.Compact(repaired)
			}
		}
		if len(repaired) == before {
			break
		}
	}
	return nil, nil
}

// The kinds of a token of a text that may be JSON.
const (
	tokenString   = 's' // in double quotes
	tokenSmart    = 'q' // in quotes of which one is curly
	tokenSingle   = '\''
	tokenComment  = '/'
	tokenEllipsis = '.'
	tokenWord     = 'w' // a number or a literal
)

// token is a part of the text: one of the kinds above, or a single byte such as '{'.
type token struct {
	kind       byte
	start, end int
}

// tokens cuts a text that may be JSON. White space is left out.
func tokens(text []byte) []token {
	var out []token
	c := cutter{text: text, dead: map[string]int{}}
	for i := 0; i < len(text); {
		kind, end := c.next(i)
		if kind != ' ' {
			out = append(out, token{kind, i, end})
		}
		i = end
	}
	return out
}

// cutter finds the tokens of a text. dead says up to which offset no end of a kind is, so
// that none is searched twice.
type cutter struct {
	text []byte
	dead map[string]int
}

func (c *cutter) next(at int) (kind byte, end int) {
	text, rest := c.text, c.text[at:]
	for _, form := range [][2]string{{"/*", "*/"}, {"<!--", "-->"}} {
		if bytes.HasPrefix(rest, []byte(form[0])) && at >= c.dead[form[1]] {
			if length := bytes.Index(rest, []byte(form[1])); length > 0 {
				return tokenComment, at + length + len(form[1])
			}
			c.dead[form[1]] = len(text)
		}
	}
	switch first := text[at]; {
	case first == '"':
		return c.stringEnd(at)
	case first == '\'':
		if end := c.closing("'", at+1, func(rest []byte) int { return btoi(rest[0] == '\'') }); end > 0 {
			return tokenSingle, end
		}
	case smartQuote(rest) > 0:
		if end := c.closing("curly", at+smartQuote(rest), anyQuote); end > 0 {
			return tokenSmart, end
		}
	case bytes.HasPrefix(rest, []byte("//")):
		return tokenComment, at + lineLength(rest)
	case bytes.HasPrefix(rest, []byte("…")):
		return tokenEllipsis, at + len("…")
	case bytes.HasPrefix(rest, []byte("..")):
		return tokenEllipsis, at + len(rest) - len(bytes.TrimLeft(rest, "."))
	case strings.IndexByte(" \t\n\r", first) >= 0:
		return ' ', at + 1
	case wordByte(first):
		end := at + 1
		for end < len(text) && wordByte(text[end]) && !bytes.HasPrefix(text[end:], []byte("..")) {
			end++
		}
		return tokenWord, end
	}
	_, size := utf8.DecodeRune(rest)
	return text[at], at + size
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func wordByte(c byte) bool { return strings.IndexByte(letters+"+", c) >= 0 }

// smartQuote is the length of the curly quote that the text begins with, 0 where it has none.
func smartQuote(text []byte) int {
	for _, q := range []string{"“", "”", "„", "‘", "’"} {
		if bytes.HasPrefix(text, []byte(q)) {
			return len(q)
		}
	}
	return 0
}

// anyQuote is the length of a straight or curly quote.
func anyQuote(rest []byte) int { return max(smartQuote(rest), btoi(rest[0] == '"')) }

func lineLength(text []byte) int {
	if n := bytes.IndexByte(text, '\n'); n >= 0 {
		return n
	}
	return len(text)
}

// closing finds the end of a string on its line: behind a quote that only what may follow a
// string follows; -1 where there is none.
func (c *cutter) closing(kind string, from int, quote func(rest []byte) int) int {
	if from < c.dead[kind] {
		return -1
	}
	end := from + lineLength(c.text[from:])
	for i := from; i < end; i++ {
		if n := quote(c.text[i:]); n > 0 && endsString(c.text[i+n:]) {
			return i + n
		}
	}
	c.dead[kind] = end
	return -1
}

// endsString reports whether a string may end in front of the text.
func endsString(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r")
	return len(rest) == 0 || strings.IndexByte(",:}]\n", rest[0]) >= 0 || bytes.HasPrefix(rest, []byte("//")) || bytes.HasPrefix(rest, []byte("/*"))
}

// maxStringLines bounds how many lines a string with raw line breaks may have.
const maxStringLines = 50

// stringEnd finds the end of a string in double quotes. It may be on a later line, where a
// quote ends a string and does not begin one; or be a curly quote. A string without an end
// ends with its line.
func (c *cutter) stringEnd(at int) (kind byte, end int) {
	text, lines := c.text, 0
	firstLine := at + lineLength(text[at:])
	for i := at + 1; i < len(text) && lines < maxStringLines; i++ {
		switch text[i] {
		case '\\':
			i++
		case '\n':
			if lines == 0 {
				if end := c.closing("curly", at+1, anyQuote); end > 0 {
					return tokenSmart, end
				}
			}
			lines++
		case '"':
			if lines == 0 || endsString(text[i+1:]) {
				return tokenString, i + 1
			}
			return tokenString, firstLine // this quote begins another string
		}
	}
	if lines == 0 {
		if end := c.closing("curly", at+1, anyQuote); end > 0 {
			return tokenSmart, end
		}
	}
	return tokenString, firstLine
}

// edit replaces parts of the text; they are in order and do not overlap.
type edit struct {
	start, end int
	with       string
}

func apply(text []byte, edits []edit) []byte {
	var out []byte
	last := 0
	for _, e := range edits {
		out = append(append(out, text[last:e.start]...), e.with...)
		last = e.end
	}
	return append(out, text[last:]...)
}

// replacing gives the edits that replace each token of a kind by what with makes of it, where that
// is another text.
func replacing(kind byte, with func(part []byte) string) func(text []byte, all []token) []edit {
	return func(text []byte, all []token) (edits []edit) {
		for _, t := range all {
			if part := text[t.start:t.end]; t.kind == kind {
				if other := with(part); other != string(part) {
					edits = append(edits, edit{t.start, t.end, other})
				}
			}
		}
		return edits
	}
}

// blank is white space of the same lines.
func blank(part []byte) string { return " " + strings.Repeat("\n", bytes.Count(part, []byte("\n"))) }

func trailingCommas(_ []byte, all []token) (edits []edit) {
	for i, t := range all {
		if t.kind == ',' && i+1 < len(all) && (all[i+1].kind == '}' || all[i+1].kind == ']') {
			edits = append(edits, edit{t.start, t.end, ""})
		}
	}
	return edits
}

// withoutControls escapes the raw control characters of a string. What follows the string stays on
// its line.
func withoutControls(part []byte) string {
	if bytes.IndexFunc(part, isControl) < 0 {
		return string(part)
	}
	var repaired strings.Builder
	for _, c := range string(part) {
		switch {
		case c == '\n':
			repaired.WriteString(`\n`)
		case c == '\t':
			repaired.WriteString(`\t`)
		case isControl(c):
			repaired.WriteByte(' ')
		default:
			repaired.WriteRune(c)
		}
	}
	return repaired.String() + blank(part)
}

func isControl(c rune) bool { return c < ' ' }

// requoted gives a string double quotes.
func requoted(part []byte) string {
	_, first := utf8.DecodeRune(part)
	_, last := utf8.DecodeLastRune(part)
	return `"` + strings.ReplaceAll(string(part[first:max(first, len(part)-last)]), `"`, `\"`) + `"`
}

// ellipses takes out an ellipsis: alone in an object or array, with the comma that
// belongs to it; in the place of a value, with the name of the member.
func ellipses(text []byte, all []token) (edits []edit) {
	for i := 0; i < len(all); i++ {
		if all[i].kind != tokenEllipsis {
			continue
		}
		first, last := i, i
		if i > 1 && all[i-1].kind == ':' {
			first = i - 2
		}
		switch {
		case last+1 < len(all) && all[last+1].kind == ',':
			last++
		case first > 0 && all[first-1].kind == ',':
			first--
		}
		start, end := all[first].start, all[last].end
		if n := len(edits); n > 0 && start < edits[n-1].end {
			continue // its comma went with the ellipsis before; the next round takes the rest
		}
		edits = append(edits, edit{start, end, blank(text[start:end])})
		i = last
	}
	return edits
}

func missingCommas(_ []byte, all []token) (edits []edit) {
	endsValue := func(k byte) bool { return k == tokenString || k == tokenWord || k == '}' || k == ']' }
	startsValue := func(k byte) bool { return k == tokenString || k == tokenWord || k == '{' || k == '[' }
	depth := 0
	for i, t := range all {
		switch t.kind {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if i+1 < len(all) && depth > 0 && endsValue(t.kind) && startsValue(all[i+1].kind) {
			edits = append(edits, edit{t.end, t.end, ","})
		}
	}
	return edits
}
