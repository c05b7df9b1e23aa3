package harness

import (
	"fmt"
	"os"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/csdl"
	"graphpact/internal/graphdoc"
	"graphpact/internal/permissions"
	"graphpact/internal/readlimit"
)

// Beside says what is read beside the pages: what they refer to, and what else is known of
// their types.
type Beside struct {
	// Resources is a folder with resource pages, for pages that lie in no checkout of the
	// reference; the pages that a page links to within its own tree are always read.
	Resources string
	// Metadata is a CSDL file, and Permissions a file of the published permissions; empty
	// where there is none.
	Metadata, Permissions string
	// TrustMetadata lets the metadata decide where it and a page disagree.
	TrustMetadata bool
}

// sources are the opened files of a Beside.
type sources struct {
	pages         *resourcePages
	metadata      *csdl.Metadata
	file          *os.File
	permissions   *permissions.Set
	trustMetadata bool
}

// open opens the files. Pages in the program lie in no tree; onDisk is false for them.
func (b Beside) open(onDisk bool) (*sources, error) {
	pages, err := newResourcePages(b.Resources)
	if err != nil {
		return nil, err
	}
	if !onDisk {
		pages = nil
	}
	s := &sources{pages: pages, trustMetadata: b.TrustMetadata}
	if b.Metadata != "" {
		if err := s.openMetadata(b.Metadata); err != nil {
			s.close()
			return nil, fmt.Errorf("--metadata: %w", err)
		}
	}
	if b.Permissions != "" {
		data, err := readlimit.File(b.Permissions, permissions.MaxSize)
		if err == nil {
			s.permissions, err = permissions.Read(b.Permissions, data)
		}
		if err != nil {
			s.close()
			return nil, fmt.Errorf("--permissions: %w", err)
		}
	}
	return s, nil
}

// openMetadata opens a CSDL file, which is read piece by piece.
func (s *sources) openMetadata(name string) error {
	f, size, err := readlimit.Open(name)
	if err != nil {
		return err
	}
	s.file = f
	s.metadata, err = csdl.New(name, f, size)
	return err
}

func (s *sources) close() {
	if s.pages != nil {
		s.pages.Close()
	}
	if s.file != nil {
		_ = s.file.Close() // it was only read
	}
}

// merge adds to an operation what the sources say of it.
func (s *sources) merge(op *contract.Operation, page *graphdoc.Page, conv *convention.Set) {
	from := contract.Sources{Metadata: s.metadata, Permissions: s.permissions, TrustMetadata: s.trustMetadata}
	if s.pages != nil {
		from.Resources = s.pages
	}
	contract.Merge(op, page, conv, from)
}
