// Package restore gives entities back the state that they had before a run changed them:
// the Keeper at the end of a run, and the Journal after a run that was killed.
//
// A Journal keeps on disk what a run must restore, so that a kill or a power cut loses
// nothing: for each entity its first state, and the properties that the updates of the run
// have named. Its file exists as long as an entity may differ from its first state. It
// holds the entity's state as it was: a member with a name such as password is needed to
// restore the state. Only its owner can read it (mode 0600). It never holds the credentials
// of the run.
package restore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"graphpact/internal/atomicfile"
	"graphpact/internal/contract"
)

// journalVersion is the version of the file's form. The version before it is read too: it
// lacks the values that were sent. A file of another one is refused: what it means is not
// known.
const (
	journalVersion  = "2"
	withoutSent     = "1"
	knownToRestorer = withoutSent + " and " + journalVersion
)

// Document is the content of a journal file.
type Document struct {
	Version string `json:"version"`
	// RunID is the id of the run that writes it, and the name of the file.
	RunID string `json:"runId"`
	// Process is the run's own.
	Process Process `json:"process"`
	// StartedAt is when the run began, UTC.
	StartedAt time.Time `json:"startedAt"`
	// BaseURL is the endpoint's, as the run was given it.
	BaseURL string `json:"baseUrl"`
	// Entities are in the order in which they were changed first. There are two records of
	// an entity of two pages: the earlier one holds the older state.
	Entities []Entity `json:"entities"`
	// Signature is that of the user's Key over all of the above, empty where there was none.
	Signature string `json:"signature,omitempty"`
}

// Entity is an entity that a run changes.
type Entity struct {
	// Method is that of the documented update, and Path the entity's, escaped, below the
	// base URL.
	Method string `json:"method"`
	Path   string `json:"path"`
	Page   Page   `json:"page"`
	// First is the whole state before the first update.
	First map[string]any `json:"first"`
	// Settable are the properties whose first value the documented update can set.
	Settable []Property `json:"settable"`
	// Touched are the properties that updates have named, sorted, also those that no
	// update should be able to change.
	Touched []string `json:"touched"`
	// Moves are the properties that the server sets at each update, so that none can
	// restore them; updates may have named them all the same.
	Moves []string `json:"moves,omitempty"`
	// Fixed are the properties that nothing should be able to change.
	Fixed []string `json:"fixed,omitempty"`
	// Sent are the values that updates have carried, by property, and those that the answers
	// to them have shown. A current value that is none of them is someone else's. It is nil
	// where they are not known.
	Sent map[string][]any `json:"sent,omitempty"`
	// IfMatch is set where an update must carry the current ETag in If-Match.
	IfMatch bool `json:"ifMatch,omitempty"`
	// Select are the properties to name in $select of each GET: some are not shown without.
	Select []string `json:"select,omitempty"`
	// Type is the @odata.type that each update carries; empty where the page neither shows
	// nor demands one.
	Type string `json:"type,omitempty"`
	// Headers are those that the page requires of each update, with their values.
	Headers map[string]string `json:"headers,omitempty"`
}

// Change is what a run has done to an entity so far.
type Change struct {
	// First is the state before the first update, to be left as it is.
	First map[string]any
	// Names are the properties that updates have named, sorted, and Sent the values.
	Names []string
	Sent  map[string][]any
	// IfMatch is set where an update must carry the current ETag.
	IfMatch bool
	// Moves are properties that the server changes at each update, beside those of the page.
	Moves []string
	// Select are the properties to name in $select of each GET; nil for none.
	Select []string
}

// newEntity is the record of an entity of the operation.
func newEntity(op *contract.Operation, path string, c Change) Entity {
	return Entity{
		Method: op.Method.Value, Path: path, Page: Page{File: op.Page, Digest: op.Digest},
		First: c.First, Settable: settable(op, c.First), Touched: c.Names,
		Moves: append(withRoles(op, contract.RoleModified), c.Moves...), Fixed: withRoles(op, contract.RoleKey, contract.RoleCreated),
		Sent: c.Sent, IfMatch: c.IfMatch, Select: c.Select, Type: op.TypeAnnotation.Value,
		Headers: op.RequiredHeaders(),
	}
}

// Page is the documentation page behind the update.
type Page struct {
	File   string `json:"file"`
	Digest string `json:"digest"`
}

// Property is the name of a property with its type, as Edm.DateTimeOffset: values are
// compared by it.
type Property struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
}

// Journal is the journal of one run. It is safe for concurrent use.
type Journal struct {
	path string
	// near are the folders whose journals must not hold the same entities.
	near []string
	// key signs what is written, nil for none.
	key *Key

	mu  sync.Mutex
	doc Document
}

// NewJournal makes the journal of a run that writes its files to the folder out; near are
// further such folders, see FindJournals. The file is made by the first Touch.
func NewJournal(out, runID string, started time.Time, baseURL string, near ...string) *Journal {
	return &Journal{
		path: filepath.Join(out, folder, runID+".json"), near: append([]string{out}, near...),
		doc: Document{Version: journalVersion, RunID: runID, Process: ThisProcess(), StartedAt: started, BaseURL: baseURL},
	}
}

// LoadJournal reads a journal file, to go on with what its run has left.
func LoadJournal(path string) (*Journal, error) {
	doc, err := ReadJournal(path)
	if err != nil {
		return nil, err
	}
	return &Journal{path: path, doc: *doc}, nil
}

// UseKey has the key sign what is written from now on. A nil key signs nothing.
func (j *Journal) UseKey(k *Key) { j.key = k }

// Document is the content of the journal now.
func (j *Journal) Document() Document {
	j.mu.Lock()
	defer j.mu.Unlock()
	doc := j.doc
	doc.Entities = slices.Clone(doc.Entities)
	return doc
}

// Path is the file.
func (j *Journal) Path() string { return j.path }

// Open reports whether an entity may still differ from its first state.
func (j *Journal) Open() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.doc.Entities) > 0
}

// For gives the part of the journal that a Keeper of the operation's entities writes to.
func (j *Journal) For(op *contract.Operation) Recorder { return &part{journal: j, op: op} }

type part struct {
	journal *Journal
	op      *contract.Operation
}

// Touch writes the entity to the disk. Where another journal holds the same entity, the
// error is an *InUseError: of two runs at once at most one goes on, as each looks for the
// other after it has written its own file.
func (p *part) Touch(path string, c Change) error {
	j := p.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	before := slices.Clone(j.doc.Entities)
	i := j.index(p.op, path)
	fresh := i < 0
	if fresh {
		j.doc.Entities = append(j.doc.Entities, newEntity(p.op, path, c))
	} else {
		j.doc.Entities[i] = newEntity(p.op, path, c)
	}
	err := j.write()
	if err == nil && fresh {
		err = j.alone(path)
	}
	if err != nil {
		j.doc.Entities = before
		if fresh {
			// Nothing of it was changed yet, so that no file may hold it.
			err = errors.Join(err, j.write())
		}
	}
	return err
}

// Restored takes the entity out, and removes the file with the last one.
func (p *part) Restored(path string) error {
	j := p.journal
	j.mu.Lock()
	i := j.index(p.op, path)
	j.mu.Unlock()
	if i < 0 {
		return nil
	}
	return j.Done(i)
}

// Done takes the i-th entity out, which has its first state again, and removes the file
// with the last one. A record that is left of the same entity, by another page, began when
// the entity was changed already: it takes over the older state.
func (j *Journal) Done(i int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	restored := j.doc.Entities[i]
	j.doc.Entities = slices.Delete(slices.Clone(j.doc.Entities), i, i+1)
	for k := i; k < len(j.doc.Entities); k++ {
		if e := &j.doc.Entities[k]; e.Path == restored.Path {
			e.takeOver(&restored)
		}
	}
	return j.write()
}

// takeOver takes over the first state of what an earlier record touched.
func (e *Entity) takeOver(earlier *Entity) {
	e.First, e.Settable = maps.Clone(e.First), slices.Clone(e.Settable)
	for _, name := range earlier.Touched {
		if v, had := earlier.First[name]; had {
			e.First[name] = v
			continue
		}
		delete(e.First, name)
		e.Settable = slices.DeleteFunc(e.Settable, func(p Property) bool { return p.Name == name })
	}
}

func (j *Journal) index(op *contract.Operation, path string) int {
	return slices.IndexFunc(j.doc.Entities, func(e Entity) bool { return e.Path == path && e.Page.File == op.Page })
}

// alone makes sure that no other journal holds the entity.
func (j *Journal) alone(path string) error {
	found, err := FindJournals(j.near...)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(f string) bool { return filepath.Clean(f) == filepath.Clean(j.path) })
	return CheckFree(found, j.doc.BaseURL, path)
}

func (j *Journal) write() error {
	if len(j.doc.Entities) == 0 {
		if err := atomicfile.RemoveDurable(j.path); err != nil {
			return fmt.Errorf("removing the journal: %w", err)
		}
		return nil
	}
	var err error
	if j.doc.Signature = ""; j.key != nil {
		j.doc.Signature, err = j.key.sign(j.doc)
	}
	var data []byte
	if err == nil {
		data, err = json.MarshalIndent(j.doc, "", "  ")
	}
	if err == nil {
		err = atomicfile.WriteDurable(j.path, append(data, '\n'), fileMode)
	}
	if err != nil {
		return fmt.Errorf("the first state of the entity cannot be kept on disk: %w", err)
	}
	return nil
}

const fileMode fs.FileMode = 0o600

// settable are the properties that the documented update can restore from any state.
func settable(op *contract.Operation, first map[string]any) []Property {
	body, _ := op.RestoreBody(first, map[string]any{})
	out := []Property{}
	for _, p := range op.Properties {
		if _, ok := body[p.Name]; ok {
			out = append(out, Property{Name: p.Name, Type: p.Type.Edm})
		}
	}
	return out
}

// withRoles are the names of the properties that have one of the roles.
func withRoles(op *contract.Operation, roles ...contract.Role) []string {
	var names []string
	for _, p := range op.Properties {
		if slices.Contains(roles, p.Role) {
			names = append(names, p.Name)
		}
	}
	return names
}
