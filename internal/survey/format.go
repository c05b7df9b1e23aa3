package survey

import (
	"fmt"
	"io"
	"strings"

	"graphpact/internal/safetext"
)

// rows gives the figures as a table: what, how many, and of what.
func (r *Report) rows() [][2]string {
	of := func(n, all int) string {
		if all == 0 {
			return fmt.Sprint(n)
		}
		return fmt.Sprintf("%d of %d (%.1f %%)", n, all, 100*float64(n)/float64(all))
	}
	q := r.Properties
	rows := [][2]string{
		{"pages with a contract", of(r.Contracts, r.Pages)},
		{"refused", of(r.Refused, r.Pages)},
		{"contracts of pages without a defect", of(r.Clean, r.Contracts)},
		{"defects, assumptions", fmt.Sprintf("%d, %d", r.Defects, r.Assumptions)},
		{"properties in the tables", fmt.Sprint(q.Listed)},
		{"of a primitive type", of(q.Primitive, q.Listed)},
		{"of an enum with its members", of(q.Enums, q.Listed)},
		{"of a type with properties of its own", of(q.Structured, q.Listed)},
		{"of a type that is no more than a name", of(q.Unresolved, q.Listed)},
		{"that a client may set", of(q.Settable, q.Listed)},
		{"of these with a value to send", of(q.WithValue, q.Settable)},
		{"of these with a value of the page", of(q.Vouched, q.Settable)},
	}
	if m := r.Mock; m != nil {
		rows = append(rows,
			[2]string{"suites played against a mock", of(m.Played, r.Contracts)},
			[2]string{"green", of(m.Green, m.Played)},
			[2]string{"green, with an update that succeeds", of(m.GreenWithUpdate, m.Played)},
			[2]string{"scenarios passed", of(m.Passed, m.Scenarios)},
			[2]string{"scenarios skipped", of(m.Skipped, m.Scenarios)})
	}
	return append(rows, [2]string{"seconds", fmt.Sprintf("%.1f", r.Seconds)})
}

// tables gives the tables behind the figures: a head each, and rows.
func (r *Report) tables() [][][]string {
	pieces := [][]string{{"pieces of the pages", "in the contract", "in a finding", "of another request", "lost"}}
	for _, a := range r.Accounted {
		pieces = append(pieces, counted(a.Kind, a.Contract, a.Finding, a.Other, a.Lost))
	}
	if len(r.Agreement) == 0 {
		return [][][]string{pieces}
	}
	facts := [][]string{{"pages and metadata", "agree", "disagree", "not in the metadata", "agree of both"}}
	for _, a := range r.Agreement {
		row, share := counted(a.Fact, a.Agree, a.Disagree, a.NotInMetadata), ""
		if all := a.Agree + a.Disagree; all > 0 {
			share = fmt.Sprintf("%.1f %%", 100*float64(a.Agree)/float64(all))
		}
		facts = append(facts, append(row, share))
	}
	return [][][]string{pieces, facts}
}

func counted(name string, counts ...int) []string {
	row := []string{name}
	for _, n := range counts {
		row = append(row, fmt.Sprint(n))
	}
	return row
}

// Text writes the report for a terminal; with missing the pages that something is missing of
// come first.
func (r *Report) Text(w io.Writer, missing bool) error {
	var b strings.Builder
	if missing {
		for _, m := range r.Missing {
			fmt.Fprintf(&b, "%s: %s: %s\n", safetext.Line(m.File), m.What, safetext.Line(m.Why))
		}
		if len(r.Missing) > 0 {
			b.WriteByte('\n')
		}
	}
	for _, row := range r.rows() {
		fmt.Fprintf(&b, "%-40s %s\n", row[0], row[1])
	}
	for _, table := range r.tables() {
		b.WriteByte('\n')
		for _, row := range table {
			fmt.Fprintf(&b, "%-20s", row[0])
			for i, cell := range row[1:] {
				fmt.Fprintf(&b, "  %*s", len(table[0][i+1]), cell)
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes the report with tables.
func (r *Report) Markdown(w io.Writer, missing bool) error {
	var b strings.Builder
	b.WriteString("| | |\n|---|---:|\n")
	for _, row := range r.rows() {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	for _, table := range r.tables() {
		for i, row := range table {
			if i == 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
			if i == 0 {
				b.WriteString("|---|" + strings.Repeat("---:|", len(row)-1) + "\n")
			}
		}
	}
	if missing && len(r.Missing) > 0 {
		b.WriteString("\n| page | what is missing | why |\n|---|---|---|\n")
		for _, m := range r.Missing {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", safetext.Markdown(m.File), m.What, safetext.Markdown(m.Why))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
