package lint

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/safetext"
)

// Text writes the findings of at least the level, page by page, the defects of a page before
// what was assumed about it, and then the totals.
func (r *Report) Text(w io.Writer, least Level) error {
	var b strings.Builder
	for i := 0; i < len(r.Findings); {
		file := r.Findings[i].File
		end := i
		for end < len(r.Findings) && r.Findings[end].File == file {
			end++
		}
		for _, kind := range []contract.FindingKind{contract.Defect, contract.Assumption} {
			shown := slices.DeleteFunc(slices.Clone(r.Findings[i:end]), func(f Finding) bool { return f.Kind != kind || !f.Level.AtLeast(least) || f.Known })
			for _, f := range shown {
				fmt.Fprintf(&b, "%s: %s %s: %s\n", f.place(), f.Level, f.Rule, safetext.Line(f.Message))
				if f.Assumed != "" {
					fmt.Fprintf(&b, "    assumed: %s\n", safetext.Line(f.Assumed))
				}
			}
		}
		i = end
	}
	for _, e := range r.Fixed {
		fmt.Fprintf(&b, "%s: fixed %s: %s\n", safetext.Line(e.File), safetext.Line(e.Rule), safetext.Line(e.text()))
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(r.Totals() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (e Entry) text() string {
	if e.Count > 1 {
		return fmt.Sprintf("%s (%d times)", e.Message, e.Count)
	}
	return e.Message
}

func (f Finding) place() string {
	if f.Line < 1 {
		return safetext.Line(f.File)
	}
	return fmt.Sprintf("%s:%d", safetext.Line(f.File), f.Line)
}

// Totals is the report in a sentence or two.
func (r *Report) Totals() string {
	s := fmt.Sprintf("%d pages: %d clean, %d with defects, %d without a contract. %d errors, %d warnings, %d notes",
		r.Pages, r.Clean, r.WithDefects, r.Refused, r.Errors, r.Warnings, r.Notes)
	if r.Known > 0 || len(r.Fixed) > 0 {
		s += fmt.Sprintf("; %d known, %d entries of the baseline fixed", r.Known, len(r.Fixed))
	}
	if r.PassedOver > 0 {
		s += fmt.Sprintf("; %d other files passed over", r.PassedOver)
	}
	return s + "."
}

// Markdown writes the report for a comment on a pull request or a step's summary: the totals,
// the rules by how often they are broken, and the findings of at least the level, with a
// table for defects and one for assumptions.
func (r *Report) Markdown(w io.Writer, least Level) error {
	var b strings.Builder
	b.WriteString("# Findings on reference pages\n\n" + r.Totals() + "\n")
	count := map[string]int{}
	for _, f := range r.Findings {
		if !f.Known {
			count[f.Rule]++
		}
	}
	rules := slices.DeleteFunc(Rules(), func(rule Rule) bool { return count[rule.ID] == 0 })
	slices.SortStableFunc(rules, func(x, y Rule) int { return count[y.ID] - count[x.ID] })
	if len(rules) > 0 {
		b.WriteString("\n| rule | level | findings | what to do |\n|---|---|---:|---|\n")
		for _, rule := range rules {
			fmt.Fprintf(&b, "| %s | %s | %d | %s |\n", rule.ID, rule.Level, count[rule.ID], safetext.Markdown(rule.Fix))
		}
	}
	for _, kind := range []contract.FindingKind{contract.Defect, contract.Assumption} {
		shown := slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Kind != kind || !f.Level.AtLeast(least) || f.Known })
		if len(shown) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %ss\n\n| place | level | rule | finding |\n|---|---|---|---|\n", strings.ToUpper(string(kind[:1]))+string(kind[1:]))
		for _, f := range shown {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", safetext.Markdown(f.place()), f.Level, f.Rule, safetext.Markdown(f.text()))
		}
	}
	if len(r.Fixed) > 0 {
		b.WriteString("\n## Fixed since the baseline\n\n| page | rule | finding |\n|---|---|---|\n")
		for _, e := range r.Fixed {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", safetext.Markdown(e.File), safetext.Markdown(e.Rule), safetext.Markdown(e.text()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
