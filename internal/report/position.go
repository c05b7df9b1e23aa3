package report

import (
	"path"
	"strings"

	"graphpact/internal/result"
)

// positions finds the line of a page, in the checkout of whoever reads the report, for a requirement
// that did not pass.
type positions struct {
	run   *result.Run
	pages map[string]*pageLines
}

func newPositions(run *result.Run) *positions {
	p := &positions{run: run, pages: map[string]*pageLines{}}
	for i := range run.Pages {
		p.pages[run.Pages[i].Operation] = newPageLines(i, &run.Pages[i])
	}
	return p
}

// of is the line that a requirement is held against: that of its first broken check, its own,
// or that of the request where a convention alone asks for it. It is false without a page.
func (p *positions) of(r *result.Requirement) (lineKey, bool) {
	known, own := p.pages[r.Operation], lineKey{file: r.Source.File, line: r.Source.Line}
	if known == nil {
		return own, own.line > 0
	}
	if c := firstBroken(r); c != nil {
		if key, ok := known.of(c); ok {
			return key, true
		}
	}
	switch {
	case own.line > 0:
		return own, true
	case len(known.update) > 0:
		return known.update[0], true
	}
	return lineKey{file: p.run.Pages[known.page].File, line: 1}, true
}

// feature is the line of the scenario, where its file is one of the user's: those in the
// program are in nobody's checkout.
func (p *positions) feature(r *result.Requirement) (lineKey, bool) {
	if p.run.Suite == nil || p.run.Suite.Folder == "" || r.Feature.Line == 0 {
		return lineKey{}, false
	}
	return lineKey{file: path.Join(strings.ReplaceAll(p.run.Suite.Folder, `\`, "/"), r.Feature.URI), line: r.Feature.Line}, true
}
