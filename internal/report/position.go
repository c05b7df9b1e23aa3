package report

import (
	"path"
	"strings"

	"graphpact/internal/result"
)

// position is a line of a file in the checkout of whoever reads the report.
type position struct {
	file string
	line int
}

// positions finds the line of a page for a requirement that did not pass.
type positions struct {
	run   *result.Run
	pages map[string]*pageLines
	index map[string]*result.Page
}

func newPositions(run *result.Run) *positions {
	p := &positions{run: run, pages: map[string]*pageLines{}, index: map[string]*result.Page{}}
	for i := range run.Pages {
		page := &run.Pages[i]
		p.pages[page.Operation], p.index[page.Operation] = newPageLines(i, page), page
	}
	return p
}

// of is the line that a requirement is held against: that of its first broken check, its own,
// or that of the request where a convention alone asks for it. It is false without a page.
func (p *positions) of(r *result.Requirement) (position, bool) {
	known, page := p.pages[r.Operation], p.index[r.Operation]
	if known == nil {
		if r.Source.Line > 0 {
			return position{r.Source.File, r.Source.Line}, true
		}
		return position{}, false
	}
	if c := firstBroken(r); c != nil {
		if key, ok := known.of(c); ok {
			return position{key.file, key.line}, true
		}
	}
	if r.Source.Line > 0 {
		return position{r.Source.File, r.Source.Line}, true
	}
	if len(known.update) > 0 {
		return position{known.update[0].file, known.update[0].line}, true
	}
	return position{page.File, 1}, true
}

// feature is the line of the scenario, where its file is one of the user's: those in the
// program are in nobody's checkout.
func (p *positions) feature(r *result.Requirement) (position, bool) {
	if p.run.Suite == nil || p.run.Suite.Folder == "" || r.Feature.Line == 0 {
		return position{}, false
	}
	return position{path.Join(strings.ReplaceAll(p.run.Suite.Folder, `\`, "/"), r.Feature.URI), r.Feature.Line}, true
}
