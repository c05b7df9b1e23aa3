package selftest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"graphpact/internal/safetext"
)

// marks are the signs of the matrix; that of no mark is what a requirement has that passes.
type marks map[Mark]string

func newMarks(ascii bool) marks {
	if ascii {
		return marks{Detected: "#", Missed: "X", Also: "o", Skipped: "-", Unjudged: "!", Untestable: "n", "": "."}
	}
	return marks{Detected: "●", Missed: "✗", Also: "○", Skipped: "-", Unjudged: "!", Untestable: "n", "": "·"}
}

func (m marks) legend() []string {
	return []string{
		m[Detected] + " named, and detects it    " + m[Missed] + " named, and does not detect it",
		m[Also] + " detects it too           " + m[""] + " passes",
		m[Skipped] + " skipped                  " + m[Unjudged] + " not judged    " + m[Untestable] + " named, and the page has nothing for it",
	}
}

const (
	// columnGroup is how many columns of the matrix stand together.
	columnGroup = 5
	// TextWidth is how many columns the report takes elsewhere than on a terminal.
	TextWidth = 100
	// minTextWidth is the narrowest that the matrix is laid out for.
	minTextWidth = 80
	// maxName is the longest name that leaves room for the columns.
	maxName = 44
	// minName is the shortest name that is still told from others.
	minName = 24
)

// grid is the matrix: a row for each fault, a column for each requirement, the ids of the
// columns written downwards without what they have in common. It takes as many blocks as
// the width asks for, and on a narrow terminal rather shorter names than a second block.
func (r *Report) grid(m marks, width int) []string {
	ids := make([]string, len(r.Requirements))
	for i, q := range r.Requirements {
		ids[i] = q.ID
	}
	nameWidth := min(widest(r.Faults, func(f FaultOutcome) string { return f.Name }), maxName)
	room := width - 2 - nameWidth - 1
	perBlock, group := max(room/(columnGroup+1)*columnGroup, columnGroup), columnGroup
	if left := width - 3 - len(ids); len(ids) > perBlock && left >= minName {
		nameWidth, perBlock, group = min(nameWidth, left), len(ids), len(ids)
	}
	var lines []string
	for from := 0; from < len(ids); from += perBlock {
		if from > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, r.gridBlock(ids[from:min(from+perBlock, len(ids))], nameWidth, group, m)...)
	}
	return lines
}

func (r *Report) gridBlock(ids []string, nameWidth, group int, m marks) []string {
	label := commonPrefix(ids)
	var lines []string
	for _, head := range downwards(ids, len(label)) {
		lines = append(lines, strings.TrimRight("  "+pad(label, nameWidth)+" "+grouped(head, group), " "))
		label = ""
	}
	for _, f := range r.Faults {
		if f.NotApplicable != "" {
			continue
		}
		at := map[string]Mark{}
		for _, c := range f.Cells {
			at[c.ID] = c.Mark
		}
		row := make([]string, len(ids))
		for i, id := range ids {
			row[i] = m[at[id]]
		}
		sign := "  "
		if !f.Seen {
			sign = m[Missed] + " "
		}
		lines = append(lines, sign+pad(f.Name, nameWidth)+" "+grouped(row, group))
	}
	return lines
}

// downwards gives the lines of a heading: the n-th characters of the ids behind skip.
func downwards(ids []string, skip int) [][]string {
	longest := 0
	for _, id := range ids {
		longest = max(longest, len(id)-skip)
	}
	out := make([][]string, longest)
	for i := range out {
		out[i] = make([]string, len(ids))
		for k, id := range ids {
			out[i][k] = " "
			if skip+i < len(id) {
				out[i][k] = id[skip+i : skip+i+1]
			}
		}
	}
	return out
}

func grouped(cells []string, group int) string {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 && i%group == 0 {
			b.WriteByte(' ')
		}
		b.WriteString(c)
	}
	return b.String()
}

// widest is the length of the longest name.
func widest[T any](all []T, name func(T) string) (width int) {
	for _, one := range all {
		width = max(width, utf8.RuneCountInString(name(one)))
	}
	return width
}

func pad(s string, width int) string {
	if utf8.RuneCountInString(s) > width {
		return safetext.Shorten(s, width-1)
	}
	return fmt.Sprintf("%-*s", width, s)
}

func commonPrefix(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	prefix := ids[0]
	for _, id := range ids[1:] {
		for !strings.HasPrefix(id, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	// A single id, or ids that are parts of one another, still need something to read.
	if i := strings.LastIndexByte(prefix, '-'); i >= 0 {
		return prefix[:i+1]
	}
	return ""
}
