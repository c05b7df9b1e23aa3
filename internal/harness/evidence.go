package harness

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"graphpact/internal/result"
)

// evidence keeps the exchanges of requirements in a file, so that a run of many pages holds
// those of one page at a time. It is safe for concurrent use.
type evidence struct {
	file *os.File
	mu   sync.Mutex // of what follows, and of writing
	end  int64
	kept map[result.Subject]func() []result.Exchange
}

// newEvidence makes the file, in the folder of the reports: they need the room as well.
func newEvidence(dir string) (*evidence, error) {
	f, err := os.CreateTemp(dir, ".evidence-*")
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	_ = os.Remove(f.Name()) // where an open file may lose its name, nothing is left of it after a kill
	return &evidence{file: f, kept: map[result.Subject]func() []result.Exchange{}}, nil
}

// keep takes the exchanges of a requirement out of memory. A file that takes no more leaves
// them where they are.
func (e *evidence) keep(r *result.Requirement) {
	if e == nil || len(r.Exchanges) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	load, known := e.kept[r.Subject()]
	if !known {
		data, err := json.Marshal(r.Exchanges)
		if err != nil {
			return
		}
		if _, err := e.file.WriteAt(data, e.end); err != nil {
			return
		}
		at, n := e.end, len(data)
		e.end += int64(n)
		load = func() []result.Exchange { return e.read(at, n) }
		e.kept[r.Subject()] = load
	}
	r.Exchanges, r.Kept = nil, load
}

// keepPage takes those of a page that has ended out of memory.
func (e *evidence) keepPage(reqs []result.Requirement) {
	if e == nil {
		return
	}
	for i := range reqs {
		e.keep(&reqs[i])
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.kept)
}

// read gives exchanges back. A file that does not is told in their place.
func (e *evidence) read(at int64, n int) []result.Exchange {
	data := make([]byte, n)
	var exchanges []result.Exchange
	_, err := e.file.ReadAt(data, at)
	if err == nil {
		err = json.Unmarshal(data, &exchanges)
	}
	if err != nil {
		return []result.Exchange{{Purpose: "evidence", Error: "the exchanges could not be read back: " + err.Error(), Attempts: 1}}
	}
	return exchanges
}

// close removes the file, where that was not possible before.
func (e *evidence) close() {
	if e == nil {
		return
	}
	_ = e.file.Close() // what it held is in the reports
	_ = os.Remove(e.file.Name())
}
