package harness

import (
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
)

// Beside says what is read beside the pages: what they refer to, and what else is known of
// their types.
type Beside struct {
	// Resources is a folder with resource pages, for pages that lie in no checkout of the
	// reference; the pages that a page links to within its own tree are always read.
	Resources string
}

// sources are the opened files of a Beside.
type sources struct {
	pages *resourcePages
}

func (b Beside) open() (*sources, error) {
	pages, err := newResourcePages(b.Resources)
	if err != nil {
		return nil, err
	}
	return &sources{pages: pages}, nil
}

func (s *sources) close() {
	if s.pages != nil {
		s.pages.Close()
	}
}

// merge adds to an operation what the sources say of it.
func (s *sources) merge(op *contract.Operation, page *graphdoc.Page, conv *convention.Set) {
	var from contract.Sources
	if s.pages != nil {
		from.Resources = s.pages
	}
	contract.Merge(op, page, conv, from)
}
