package compare

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"graphpact/internal/safetext"
)

// JSON writes the comparison, indented.
func (c *Comparison) JSON(w io.Writer) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return err
	}
	_, err := io.WriteString(w, safetext.Escape(b.String(), safetext.Lines|safetext.JSON))
	return err
}

// md makes text fit for a cell of a table: no markup, no link, no mention.
func md(s string) string { return safetext.Markdown(clean(s)) }

// Markdown writes the comparison: the changes of two runs, or the matrix of several.
func (c *Comparison) Markdown(w io.Writer, matrix bool) error {
	var b strings.Builder
	if matrix {
		b.WriteString("# Implementations beside each other\n\n")
	} else {
		fmt.Fprintf(&b, "# %s: %s\n\n", c.Verdict(), c.counts())
	}
	b.WriteString("| run | verdict | requirements | started |\n|---|---|---|---|\n")
	for _, r := range c.Runs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", md(r.Label), r.Headline, totals(r.Totals), r.StartedAt.UTC().Format(time.RFC3339))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "\n> %s\n", md(n))
	}
	many := c.operations()
	if matrix {
		c.markdownMatrix(&b, many)
	} else {
		c.markdownChanges(&b, many)
	}
	if len(c.Lateness) > 0 {
		b.WriteString("\n## Lateness of reads\n\n")
		for _, l := range c.Lateness {
			fmt.Fprintf(&b, "- %s: %s\n", md(l.Operation), strings.ReplaceAll(l.text(), "->", "→"))
		}
	}
	if len(c.NewProblems) > 0 {
		b.WriteString("\n## New in the run itself\n\n")
		for _, p := range c.NewProblems {
			fmt.Fprintf(&b, "- %s\n", md(p))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Comparison) markdownMatrix(b *strings.Builder, many bool) {
	b.WriteString("\n| requirement | level |")
	for _, r := range c.Runs {
		fmt.Fprintf(b, " %s |", md(r.Label))
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(c.Runs)) + "\n")
	for _, r := range c.Rows {
		fmt.Fprintf(b, "| %s %s | %s |", md(r.name(many)), md(r.Scenario), r.Level)
		for _, cell := range r.Cells {
			text := cell.word()
			if cell.kind() == broken {
				text = "**" + text + "**"
			}
			fmt.Fprintf(b, " %s |", text)
		}
		b.WriteByte('\n')
	}
}

func (c *Comparison) markdownChanges(b *strings.Builder, many bool) {
	for _, s := range c.sections() {
		fmt.Fprintf(b, "\n## %s (%d)\n\n| requirement | before | after | why |\n|---|---|---|---|\n", s.Name, len(s.Rows))
		for _, r := range s.Rows {
			fmt.Fprintf(b, "| %s %s | %s | %s | %s |\n", md(r.name(many)), md(r.Scenario), r.Cells[0].word(), r.Cells[1].word(), md(r.Cells[1].Why))
		}
	}
	if rows := c.Flaky(); len(rows) > 0 {
		b.WriteString("\n## Flaky now\n\n")
		for _, r := range rows {
			fmt.Fprintf(b, "- %s, was %s\n", md(r.name(many)), r.Cells[0].word())
		}
	}
}

//go:embed compare.html.tmpl
var page string

// HTML writes the comparison as one page that loads nothing.
func (c *Comparison) HTML(w io.Writer, matrix bool) error {
	many := c.operations()
	t, err := template.New("compare").Funcs(template.FuncMap{
		"clean": clean, "name": func(r Row) string { return r.name(many) }, "word": Cell.word, "lag": lag, "totals": totals,
		"broken": func(c Cell) bool { return c.kind() == broken },
		"time":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}).Parse(page)
	if err != nil {
		return err
	}
	data := struct {
		*Comparison
		Matrix   bool
		Title    string
		Counts   string
		Sections []section
	}{c, matrix, "Implementations beside each other", "", nil}
	if !matrix {
		data.Title, data.Counts, data.Sections = c.Verdict(), c.counts(), c.sections()
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}
