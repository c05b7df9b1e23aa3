package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// whyShown is how much of a reason a line shows, in characters.
const whyShown = 200

// clean gives text of a report as one line of printable characters.
func clean(s string) string { return safetext.Line(safetext.Shorten(safetext.Words(s), whyShown)) }

// word is what a cell says in one word.
func (c Cell) word() string {
	switch {
	case c.Verdict != "":
		return string(c.Verdict)
	case c.Why != "":
		return "left out"
	}
	return "not there"
}

// counts gives how many requirements have each of the changes that there are.
func (c *Comparison) counts() string {
	var parts []string
	for _, s := range c.sections() {
		parts = append(parts, fmt.Sprintf("%d %s", len(s.Rows), s.Name.plural(len(s.Rows))))
	}
	if n := len(c.NewProblems); n > 0 {
		parts = append(parts, fmt.Sprintf("%d new in the run itself", n))
	}
	if len(parts) == 0 {
		return "no change"
	}
	return strings.Join(parts, ", ")
}

// plural is the change as n requirements have it.
func (c Change) plural(n int) string {
	switch {
	case n == 1:
	case c == NewFailure, c == Warned:
		return string(c) + "s"
	case c == Cleared:
		return "warnings gone"
	}
	return string(c)
}

// Verdict is the first words of the end: what the comparison came to.
func (c *Comparison) Verdict() string {
	if c.Regressed() {
		return "REGRESSION"
	}
	return "NO REGRESSION"
}

// operations reports whether the rows are of more than one operation.
func (c *Comparison) operations() bool {
	return slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Operation != c.Rows[0].Operation })
}

func (r Row) name(withOperation bool) string {
	if withOperation {
		return clean(r.Key + " of " + r.Operation)
	}
	return clean(r.Key)
}

// Text writes what changed between two runs.
func (c *Comparison) Text(w io.Writer) error {
	var b strings.Builder
	for i, r := range c.Runs {
		fmt.Fprintf(&b, "%-9s %s: %s, %s (%s)\n", []string{"before", "after"}[i], clean(r.Label), r.Headline, totals(r.Totals), r.StartedAt.UTC().Format(time.RFC3339))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "%-9s %s\n", "note", clean(n))
	}
	many := c.operations()
	for _, s := range c.sections() {
		fmt.Fprintf(&b, "\n%s (%d)\n", s.Name, len(s.Rows))
		said := ""
		for _, r := range s.Rows {
			was, is := r.Cells[0], r.Cells[1]
			fmt.Fprintf(&b, "  %s  %s  %s -> %s\n", r.name(many), clean(r.Scenario), was.word(), is.word())
			if is.Why != "" && is.Why != said { // one reason may be that of all
				fmt.Fprintf(&b, "    %s\n", clean(is.Why))
			}
			said = is.Why
			if is.kind() == broken && is.Repeat != "" {
				fmt.Fprintf(&b, "    repeat  %s\n", safetext.Line(is.Repeat))
			}
		}
	}
	if rows := c.Flaky(); len(rows) > 0 {
		fmt.Fprintf(&b, "\nflaky now (%d)\n", len(rows))
		for _, r := range rows {
			fmt.Fprintf(&b, "  %s  was %s\n", r.name(many), r.Cells[0].word())
		}
	}
	c.lateness(&b)
	if len(c.NewProblems) > 0 {
		fmt.Fprintf(&b, "\nnew in the run itself (%d)\n", len(c.NewProblems))
		for _, p := range c.NewProblems {
			fmt.Fprintf(&b, "  %s\n", clean(p))
		}
	}
	fmt.Fprintf(&b, "\n%s: %s\n", c.Verdict(), c.counts())
	_, err := io.WriteString(w, b.String())
	return err
}

// lateness writes how late reads were.
func (c *Comparison) lateness(b *strings.Builder) {
	if len(c.Lateness) > 0 {
		b.WriteString("\nlateness of reads\n")
	}
	for _, l := range c.Lateness {
		fmt.Fprintf(b, "  %s  %s\n", clean(l.Operation), l.text())
	}
}

// text gives the lags of all runs.
func (l Lateness) text() string {
	parts := make([]string, len(l.LagMS))
	for i, ms := range l.LagMS {
		parts[i] = lag(ms)
	}
	return strings.Join(parts, " -> ")
}

func lag(ms *float64) string {
	if ms == nil {
		return "not looked for"
	}
	return time.Duration(*ms * float64(time.Millisecond)).Round(time.Millisecond).String()
}

func totals(t result.Totals) string {
	out := fmt.Sprintf("%d of %d passed", t.Pass, t.Requirements)
	for _, p := range []struct {
		n    int
		what string
	}{{t.Fail, "failed"}, {t.Flaky, "flaky"}, {t.Error, "not judged"}, {t.Warn, "warned"}, {t.Waived, "waived"}, {t.Skip, "skipped"}} {
		if p.n > 0 {
			out += fmt.Sprintf(", %d %s", p.n, p.what)
		}
	}
	return out
}

// MatrixText writes what each of several runs says of each requirement.
func (c *Comparison) MatrixText(w io.Writer) error {
	var b strings.Builder
	for i, r := range c.Runs {
		fmt.Fprintf(&b, "[%d]  %s: %s, %s\n", i+1, clean(r.Label), r.Headline, totals(r.Totals))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "note  %s\n", clean(n))
	}
	many := c.operations()
	width := len("requirement")
	for _, r := range c.Rows {
		width = max(width, len([]rune(r.name(many))))
	}
	fmt.Fprintf(&b, "\n%-*s", width, "requirement")
	for i := range c.Runs {
		fmt.Fprintf(&b, "  %-9s", fmt.Sprintf("[%d]", i+1))
	}
	b.WriteByte('\n')
	differing := 0
	for _, r := range c.Rows {
		fmt.Fprintf(&b, "%-*s", width, r.name(many))
		for _, cell := range r.Cells {
			fmt.Fprintf(&b, "  %-9s", cell.word())
		}
		if r.Differs {
			differing++
			b.WriteString("  differs")
		}
		b.WriteByte('\n')
	}
	c.lateness(&b)
	fmt.Fprintf(&b, "\n%d of %d requirements differ among %d runs\n", differing, len(c.Rows), len(c.Runs))
	_, err := io.WriteString(w, b.String())
	return err
}
