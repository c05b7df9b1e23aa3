package harness

import (
	"bytes"
	"cmp"
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
	s, err := b.openIn(treePlace{}, func(string) (treePlace, string, error) { return treePlace{}, "", nil })
	if err == nil && !onDisk {
		s.pages.Close()
		s.pages = nil
	}
	return s, err
}

// openIn opens the files for pages of a place. Find gives the place of what is named as
// REV:PATH, and its path there; an empty path for what is on disk.
func (b Beside) openIn(home treePlace, find func(name string) (treePlace, string, error)) (*sources, error) {
	s := &sources{trustMetadata: b.TrustMetadata}
	err := s.openPages(b.Resources, home, find)
	if err == nil && b.Metadata != "" {
		if err = s.openMetadata(b.Metadata, find); err != nil {
			err = fmt.Errorf("--metadata: %w", err)
		}
	}
	if err == nil && b.Permissions != "" {
		if err = s.openPermissions(b.Permissions, find); err != nil {
			err = fmt.Errorf("--permissions: %w", err)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sources) openPages(dir string, home treePlace, find func(string) (treePlace, string, error)) error {
	in, at, err := find(dir)
	if err != nil {
		return fmt.Errorf("--resources: %w", err)
	}
	s.pages, err = newResourcePages(home, in, cmp.Or(at, dir))
	return err
}

// openMetadata opens a CSDL file. On disk it is read piece by piece; of a revision it is held.
func (s *sources) openMetadata(name string, find func(string) (treePlace, string, error)) error {
	in, at, err := find(name)
	if err != nil {
		return err
	}
	if at != "" {
		data, err := in.read(at, csdl.MaxSize)
		if err != nil {
			return err
		}
		s.metadata, err = csdl.New(name, bytes.NewReader(data), int64(len(data)))
		return err
	}
	f, size, err := readlimit.Open(name)
	if err != nil {
		return err
	}
	s.file = f
	s.metadata, err = csdl.New(name, f, size)
	return err
}

func (s *sources) openPermissions(name string, find func(string) (treePlace, string, error)) error {
	in, at, err := find(name)
	if err != nil {
		return err
	}
	var data []byte
	if at != "" {
		data, err = in.read(at, permissions.MaxSize)
	} else {
		data, err = readlimit.File(name, permissions.MaxSize)
	}
	if err == nil {
		s.permissions, err = permissions.Read(name, data)
	}
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

// include reads the files that a page includes under "Request body". One that is not at hand, or
// cannot be read, stays a finding.
func (s *sources) include(page *graphdoc.Page) {
	if s == nil || s.pages == nil {
		return
	}
	for i, in := range page.BodyIncludes {
		if data, name, err := s.pages.included(page.File, in.Path.Value); err == nil && data != nil {
			_ = page.Include(i, name, data) // then it is not read, which is a finding
		}
	}
}

// merge adds to an operation what the sources say of it; no sources add nothing.
func (s *sources) merge(op *contract.Operation, page *graphdoc.Page, conv *convention.Set) {
	if s == nil {
		return
	}
	from := contract.Sources{Metadata: s.metadata, Permissions: s.permissions, TrustMetadata: s.trustMetadata}
	if s.pages != nil {
		from.Resources = s.pages
	}
	contract.Merge(op, page, conv, from)
}
