package cli

import (
	"io"
	"os"
	"strings"

	"graphpact/internal/safetext"

	"golang.org/x/term"
)

// The columns that text is laid out for: those of the terminal, between these two. A longer line
// is hard to read, and a narrower one holds no sentence.
const (
	maxColumns = 80
	minColumns = 40
)

// columns is the width that text on the standard output is laid out for; where that is no
// terminal, as in a file or a test, the most there is.
func (a *app) columns() int {
	if width := terminalWidth(a.stdout); width > 0 {
		return min(max(width, minColumns), maxColumns)
	}
	return maxColumns
}

// beside puts text beside a label: on a terminal in lines that fit it, below one another, and
// elsewhere in one line. A path is broken after a slash.
func (a *app) beside(label, text string) string {
	if !isTerminal(a.stdout) {
		return label + text
	}
	indent := safetext.Columns(label)
	if indent == 0 {
		indent = 2
	}
	return label + strings.Join(safetext.WrapAddress(text, a.columns()-indent), "\n"+strings.Repeat(" ", indent))
}

// color reports whether the standard output is a terminal that shows colour, and is wanted to
// (https://no-color.org).
func (a *app) color() bool {
	if v, ok := a.env("NO_COLOR"); ok && v != "" {
		return false
	}
	return isTerminal(a.stdout) && !a.dumb()
}

// dumb reports whether the terminal understands no escape sequence.
func (a *app) dumb() bool {
	kind, _ := a.env("TERM")
	return kind == "dumb"
}

func isTerminal(w io.Writer) bool {
	fd, ok := descriptor(w)
	return ok && term.IsTerminal(fd)
}

// terminalWidth gives the columns of the terminal that a writer is; 0 where it is none, or does
// not say.
func terminalWidth(w io.Writer) int {
	fd, ok := descriptor(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(fd)
	if err != nil {
		return 0
	}
	return width
}

func descriptor(w io.Writer) (int, bool) {
	if out, ok := w.(*output); ok {
		w = out.Writer
	}
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), true
}
