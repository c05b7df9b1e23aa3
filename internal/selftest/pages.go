package selftest

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// PagesVersion is the version of the JSON form of Pages.
const PagesVersion = "1"

// Pages are the selftests of several pages, each on a mock of its own.
type Pages struct {
	Version string      `json:"version"`
	Tool    result.Tool `json:"tool"`
	// StartedAt is UTC; DurationMS counts milliseconds from there to the last verdict.
	StartedAt  time.Time `json:"startedAt"`
	DurationMS float64   `json:"durationMs"`
	// Interrupted is set where the selftest was stopped before the last page.
	Interrupted bool `json:"interrupted,omitempty"`
	// Holding counts the pages on which the suite sees all that it should, and Totals adds
	// those of all pages up.
	Holding int    `json:"holding"`
	Totals  Totals `json:"totals"`
	// Reports are the reports of the pages, each as that of one page alone.
	Reports []*Report `json:"reports"`
}

// NewPages makes an empty list of reports.
func NewPages() *Pages { return &Pages{Version: PagesVersion, Reports: []*Report{}} }

// Add takes the report of a page.
func (p *Pages) Add(r *Report) {
	p.Reports = append(p.Reports, r)
	p.Interrupted = p.Interrupted || r.Interrupted
	if r.Holds() {
		p.Holding++
	}
	p.Totals.add(r.Totals)
}

func (t *Totals) add(o Totals) {
	t.Faults += o.Faults
	t.FaultsNotApplicable += o.FaultsNotApplicable
	t.Seen += o.Seen
	t.Variants += o.Variants
	t.VariantsNotApplicable += o.VariantsNotApplicable
	t.FalseAlarms += o.FalseAlarms
	t.Pairs += o.Pairs
	t.PairsKept += o.PairsKept
	t.Passing += o.Passing
	t.Killed += o.Killed
	t.Controls += o.Controls
	t.ControlsHeld += o.ControlsHeld
	t.rate()
}

func (t *Totals) rate() {
	if t.DetectionRate = 0; t.fit() > 0 {
		t.DetectionRate = float64(t.Seen) / float64(t.fit())
	}
}

// fit is the number of faults that the page can show.
func (t *Totals) fit() int { return t.Faults - t.FaultsNotApplicable }

// Holds reports whether the suite sees all that it should on each page.
func (p *Pages) Holds() bool { return !p.Interrupted && p.Holding == len(p.Reports) }

// Headline is the verdict in one line.
func (p *Pages) Headline() string {
	why := fmt.Sprintf("on %d of %d pages", len(p.Reports)-p.Holding, len(p.Reports))
	switch {
	case p.Interrupted:
		return "INTERRUPTED before the last page"
	case !p.Holds():
		return "THE SUITE DOES NOT SEE IT ALL " + why
	}
	for _, r := range p.Reports {
		if r.Partial {
			return "SEEN, as far as was asked"
		}
	}
	return "THE SUITE CAN SEE: on each page every fault detected by name, nothing legal reported"
}

// PagesJSON writes the reports of all pages; each of them is as schemas/selftest.schema.json
// describes it.
func PagesJSON(p *Pages) ([]byte, error) { return encode(p) }

// pageColumns head the table of pages.
var pageColumns = [...]string{"page", "faults", "one entity", "variants reported", "pairs kept", "controls held", "killed"}

// pageCells is the row of a page; a part that was not tried is "-".
func (r *Report) pageCells(name string) []string {
	t := r.Totals
	one := "-"
	if r.OneEntity != nil {
		one = of(r.OneEntity.Seen, t.fit())
	}
	killed := "-"
	if !r.Partial {
		killed = of(t.Killed, t.Passing)
	}
	alarms := t.FalseAlarms
	if r.OneEntity != nil {
		alarms = max(alarms, r.OneEntity.FalseAlarms)
	}
	return []string{
		name, of(t.Seen, t.fit()), one, of(alarms, t.Variants-t.VariantsNotApplicable),
		of(t.PairsKept, t.Pairs), of(t.ControlsHeld, t.Controls), killed,
	}
}

func of(n, all int) string {
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", n, all)
}

// names are the files of the pages without the folders that all have in common.
func (p *Pages) names() []string {
	names := make([]string, len(p.Reports))
	common := ""
	for i, r := range p.Reports {
		names[i] = filepath.ToSlash(r.Page.File)
		folder := path.Dir(names[i]) + "/"
		if i == 0 {
			common = folder
		}
		for !strings.HasPrefix(folder, common) {
			common = common[:strings.LastIndexByte(strings.TrimSuffix(common, "/"), '/')+1]
		}
	}
	for i := range names {
		names[i] = clean(strings.TrimPrefix(names[i], common))
	}
	return names
}

// PagesText writes a table with a row for each page, and below it what is not as it should be;
// in lines of at most so many columns where the table allows, from 80 on; ascii keeps to ASCII.
func PagesText(p *Pages, ascii bool, columns int) []byte {
	columns = max(columns, minTextWidth)
	m := newMarks(ascii)
	names := p.names()
	rows := [][]string{append([]string{}, pageColumns[:]...)}
	for i, r := range p.Reports {
		rows = append(rows, r.pageCells(names[i]))
	}
	width := make([]int, len(pageColumns))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	var t text
	for i, row := range rows {
		sign := " "
		if i > 0 && !p.Reports[i-1].Holds() {
			sign = m[Missed]
		}
		line := fmt.Sprintf("%s %-*s", sign, width[0], row[0])
		for k, c := range row[1:] {
			line += fmt.Sprintf("  %*s", width[k+1], c)
		}
		t.line("%s", line)
	}
	for i, r := range p.Reports {
		if !r.Holds() {
			t.line("\n%s %s", m[Missed], names[i])
			below := &text{report: r, marks: m, width: columns - 2}
			below.failures()
			for line := range strings.SplitSeq(strings.TrimRight(below.String(), "\n"), "\n") {
				t.line("%s", strings.TrimRight("  "+line, " "))
			}
		}
	}
	t.line("\npages     %s hold", of(p.Holding, len(p.Reports)))
	if ms := p.DurationMS; ms > 0 {
		t.line("time      %.2f s", ms/1000)
	}
	for _, line := range safetext.Wrap(p.Headline(), columns) {
		t.line("%s", line)
	}
	if ascii {
		return bytes.Map(toASCII, t.Bytes())
	}
	return t.Bytes()
}

// failures says what is not as it should be, in the words of Text.
func (t *text) failures() {
	for _, f := range t.report.Faults {
		t.unseen(f)
	}
	for _, v := range t.report.Variants {
		t.alarms(v)
	}
	if o := t.report.OneEntity; o != nil && !o.holds(t.report.Totals.fit()) {
		t.oneEntity()
	}
	for _, c := range t.report.Controls {
		if !c.Held {
			t.line("%s %s", t.marks[Missed], c.Name)
			t.control(c)
		}
	}
	for _, p := range t.report.Pairs {
		t.pair(p)
	}
	t.killed()
	for _, p := range t.report.Problems {
		t.wrapped(0, "PROBLEM   "+p)
	}
}

// PagesMarkdown writes the table of pages, and below it what is not as it should be. Nothing in it
// depends on the time or the machine.
func PagesMarkdown(p *Pages) []byte {
	var d document
	d.table(pageColumns[:]...)
	names := p.names()
	for i, r := range p.Reports {
		d.row(r.pageCells(names[i])...)
	}
	d.line("\n%s hold. %s.", of(p.Holding, len(p.Reports)), cell(p.Headline()))
	for i, r := range p.Reports {
		if r.Holds() {
			continue
		}
		below := &text{report: r, marks: newMarks(false), width: TextWidth}
		below.failures()
		d.line("\n%s:\n\n```text\n%s\n```", cell(names[i]), strings.TrimSpace(strings.ReplaceAll(below.String(), "```", "'''")))
	}
	return bytes.TrimLeft(d.Bytes(), "\n")
}
