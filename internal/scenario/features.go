package scenario

import (
	"bytes"
	"fmt"
	"io/fs"
	"sync"

	gherkin "github.com/cucumber/gherkin/go/v42"
	messages "github.com/cucumber/messages/go/v34"
)

// Features are the feature files of a folder, for the suites of many Operations: each file is
// read once, what no page changes is parsed once, and the suites share the texts of scenarios
// that are the same for all. It is safe for concurrent use.
type Features struct {
	fsys   fs.FS
	mu     sync.Mutex // of what follows
	files  map[string]*file
	shared map[string]Case
}

// NewFeatures makes Features of the files of fsys. They are read when a Suite is made.
func NewFeatures(fsys fs.FS) *Features {
	return &Features{fsys: fsys, files: map[string]*file{}, shared: map[string]Case{}}
}

// file is a feature file as it is, without the rows of a page.
type file struct {
	uri  string
	data []byte
	*parsed
	// fromPage is set where rows of the page are written into it.
	fromPage bool
}

type parsed struct {
	content [][]byte // the lines
	doc     *messages.GherkinDocument
	nodes   nodes
	owners  []owner // of the lines
	pickles []*messages.Pickle
}

// file reads a file when it is asked for the first time.
func (f *Features) file(uri string) (*file, error) {
	if known, ok := f.files[uri]; ok {
		return known, nil
	}
	data, err := fs.ReadFile(f.fsys, uri)
	if err != nil {
		return nil, fmt.Errorf("reading feature %s: %w", uri, err)
	}
	out := &file{uri: uri, data: data, fromPage: bytes.Contains(data, []byte(pageTag))}
	if out.parsed, err = read(uri, data); err != nil {
		return nil, err
	}
	f.files[uri] = out
	return out, nil
}

func read(uri string, content []byte) (*parsed, error) {
	newID := (&messages.Incrementing{}).NewId
	doc, err := parse(uri, content, newID)
	if err != nil {
		return nil, err
	}
	p := &parsed{
		content: bytes.SplitAfter(content, []byte("\n")),
		doc:     doc, nodes: indexNodes(doc), pickles: gherkin.Pickles(*doc, uri, newID),
	}
	p.owners = p.nodes.owners(doc.Feature, len(p.content))
	return p, nil
}
