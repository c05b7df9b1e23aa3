package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// The SGR sequences in use; no other escape is ever written.
const (
	sgrReset  = "\x1b[0m"
	sgrBold   = "\x1b[1m"
	sgrDim    = "\x1b[2m"
	sgrRed    = "\x1b[31m"
	sgrGreen  = "\x1b[32m"
	sgrYellow = "\x1b[33m"
)

// labelWidth is the width of the column that names a field.
const labelWidth = 10

// minWidth is the narrowest page that text is laid out for.
const minWidth = 40

// limits say how much of the evidence is shown.
type limits struct {
	value     int // characters of an expected or actual value, a message, a header
	headers   int // header lines of a request or response
	bodyLines int
	bodyRunes int
}

var (
	// shortLimits are for a terminal, fileLimits for the files of a report, and
	// fullLimits for a terminal whose user asked for everything.
	shortLimits = limits{value: 400, headers: 16, bodyLines: 16, bodyRunes: 1200}
	fileLimits  = limits{value: 1000, headers: 40, bodyLines: 60, bodyRunes: 4000}
	fullLimits  = limits{value: 4000, headers: 200, bodyLines: 1000, bodyRunes: 64000}
)

// printer lays out text for people. All that it is given is escaped first.
type printer struct {
	bytes.Buffer
	color bool
	ascii bool
	width int // columns; 0 leaves lines as long as they are
	limits
}

// escape is safetext.Escape in the characters that the printer may use.
func (p *printer) escape(s string, o safetext.Options) string {
	if p.ascii {
		o |= safetext.ASCII
	}
	return safetext.Escape(s, o)
}

// clean gives s as one line that is safe to print, cut to the limit of a value.
func (p *printer) clean(s string) string {
	return clip(p.escape(s, 0), p.value)
}

func (p *printer) paint(sgr, s string) string {
	if !p.color || sgr == "" {
		return s
	}
	return sgr + s + sgrReset
}

// println writes one line, which must be clean, at the indent.
func (p *printer) println(indent int, parts ...string) {
	p.indent(indent)
	for _, s := range parts {
		p.WriteString(s)
	}
	p.WriteByte('\n')
}

func (p *printer) indent(n int) {
	p.WriteString(strings.Repeat(" ", n))
}

// label begins the line of a named value.
func (p *printer) label(indent int, label string) {
	p.indent(indent)
	p.WriteString(p.paint(sgrDim, label))
	p.indent(max(labelWidth-utf8.RuneCountInString(label), 1))
}

// field writes a named value, wrapped at the width; nothing for an empty one.
func (p *printer) field(indent int, label, value string) {
	if value == "" {
		return
	}
	p.label(indent, label)
	p.hanging(indent+labelWidth, wrap(p.clean(value), p.room(indent+labelWidth)))
}

// address writes a named URL or path, broken at the width, after a slash where there is one.
func (p *printer) address(label, value string) {
	p.label(0, label)
	p.hanging(labelWidth, safetext.WrapAddress(p.escape(value, 0), p.room(labelWidth)))
}

// hanging ends a line with the first of lines, and writes the others at the indent.
func (p *printer) hanging(indent int, lines []string) {
	for i, line := range lines {
		if i > 0 {
			p.indent(indent)
		}
		p.println(0, line)
	}
}

// command writes a command to copy: whole, never wrapped.
func (p *printer) command(indent int, label, cmd string) {
	if cmd == "" {
		return
	}
	p.label(indent, label)
	p.println(0, p.escape(cmd, 0))
}

// quote writes text behind a gutter, each of its lines, so that no text of a server
// can pass for a line of ours. Long lines are broken at the width.
func (p *printer) quote(indent int, gutter, text string) {
	gutter = p.paint(sgrDim, gutter)
	room := p.room(indent + 2)
	for line := range strings.SplitSeq(text, "\n") {
		for {
			var rest string
			line, rest = safetext.CutColumns(line, room)
			p.indent(indent)
			p.WriteString(gutter)
			if line != "" {
				p.WriteByte(' ')
				p.WriteString(line)
			}
			p.WriteByte('\n')
			if rest == "" {
				break
			}
			line = rest
		}
	}
}

// room is what is left of the width behind the indent; 0 means no limit.
func (p *printer) room(indent int) int {
	if p.width == 0 {
		return 0
	}
	return max(p.width, minWidth) - indent
}

// mark is the sign of a verdict.
func (p *printer) mark(v result.Verdict) string {
	l := lookOf(v)
	if p.ascii {
		return p.paint(l.sgr, l.ascii)
	}
	return p.paint(l.sgr, l.mark)
}

// wrap breaks s at spaces into lines of at most width columns; a word that is longer is broken
// too. Width 0 means no limit.
func wrap(s string, width int) []string {
	if width <= 0 || len(s) <= width {
		return []string{s}
	}
	var lines []string
	line, n := "", 0
	for word := range strings.SplitSeq(s, " ") {
		w := safetext.Columns(word)
		if line != "" && n+1+w <= width {
			line, n = line+" "+word, n+1+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for ; w > width; w = safetext.Columns(word) {
			var head string
			head, word = safetext.CutColumns(word, width)
			lines = append(lines, head)
		}
		line, n = word, w
	}
	return append(lines, line)
}

// clip cuts s after n characters and says how many more there were.
func clip(s string, n int) string {
	head, tail := safetext.Cut(s, n)
	if tail == "" {
		return s
	}
	return fmt.Sprintf("%s [%d more characters]", head, utf8.RuneCountInString(tail))
}
