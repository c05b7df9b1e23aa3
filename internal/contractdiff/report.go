package contractdiff

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/safetext"
)

// ReportVersion is the version of the JSON form of a Report.
const ReportVersion = "1"

// Report is what the pages of one place change against those of another.
type Report struct {
	Version string `json:"version"`
	// Pages is how many were compared, and Changed how many of them changed the contract.
	Pages   int `json:"pages"`
	Changed int `json:"changed"`
	// Breaking and Compatible count the changes.
	Breaking   int          `json:"breaking"`
	Compatible int          `json:"compatible"`
	Changes    []PageChange `json:"changes"`
}

// PageChange are the changes of a page, those that break first.
type PageChange struct {
	File    string   `json:"file"`
	Changes []Change `json:"changes"`
}

// NewReport makes an empty report.
func NewReport() *Report { return &Report{Version: ReportVersion, Changes: []PageChange{}} }

// Add counts a page with its changes.
func (r *Report) Add(file string, changes []Change) {
	r.Pages++
	if len(changes) == 0 {
		return
	}
	r.Changed++
	for _, c := range changes {
		if c.Breaking {
			r.Breaking++
		} else {
			r.Compatible++
		}
	}
	r.Changes = append(r.Changes, PageChange{filepath.ToSlash(file), changes})
}

// Sort orders the pages by name.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Changes, func(a, b PageChange) int { return cmp.Compare(a.File, b.File) })
}

// Key names an operation of a version, whatever its page is called.
func Key(op *contract.Operation, version string) string {
	return strings.ToLower(strings.Join([]string{version, op.Method.Value, shape(op.Path.Template), op.QualifiedType()}, " "))
}

// Totals is the report in a sentence.
func (r *Report) Totals() string {
	return fmt.Sprintf("%d pages compared, %d changed: %d breaking changes, %d compatible ones.", r.Pages, r.Changed, r.Breaking, r.Compatible)
}

func effect(breaking bool) string {
	if breaking {
		return "breaking"
	}
	return "compatible"
}

// where gives the lines of a change: "lamp.md:12, was lamp.md:9".
func (c Change) where() string {
	switch {
	case c.OldPlace == "":
		return c.NewPlace
	case c.NewPlace == "":
		return "was " + c.OldPlace
	case c.OldPlace == c.NewPlace:
		return c.NewPlace
	}
	return c.NewPlace + ", was " + c.OldPlace
}

// Text writes the report for a terminal.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	for _, p := range r.Changes {
		fmt.Fprintf(&b, "%s\n", safetext.Line(p.File))
		for _, c := range p.Changes {
			fmt.Fprintf(&b, "  %-10s  %s: %s", effect(c.Breaking), c.Check, safetext.Line(c.Message))
			if at := c.where(); at != "" {
				fmt.Fprintf(&b, " (%s)", safetext.Line(at))
			}
			b.WriteByte('\n')
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(r.Totals() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes the report for a comment on a pull request.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# What changes in the contract\n\n" + r.Totals() + "\n")
	for _, p := range r.Changes {
		fmt.Fprintf(&b, "\n## %s\n\n| effect | check | change | place |\n|---|---|---|---|\n", safetext.Markdown(p.File))
		for _, c := range p.Changes {
			name := effect(c.Breaking)
			if c.Breaking {
				name = "**" + name + "**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, c.Check, safetext.Markdown(c.Message), safetext.Markdown(c.where()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
