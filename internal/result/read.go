package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"graphpact/internal/readlimit"
	"graphpact/internal/safetext"
)

// File is the name of the JSON form of a Run in the folder of its reports.
const File = "report.json"

// MaxFile is the limit of a report that is read, in bytes: some ten thousand requirements
// with all their evidence.
const MaxFile = 256 << 20

// VersionError says that a report has another version than this program reads.
type VersionError struct{ File, Version string }

func (e *VersionError) Error() string {
	if e.Version == "" {
		return e.File + " is no report of graphpact: it has no version; name a " + File + " or the folder that holds one"
	}
	return fmt.Sprintf("%s is a report of version %q, and this graphpact reads version %q; make it anew, or use the graphpact that wrote it", e.File, short(e.Version, 20), Version)
}

// DocumentError says that a file is not what a report can be: no JSON, or values that
// contradict each other.
type DocumentError struct {
	File string
	Err  error
}

func (e *DocumentError) Error() string { return e.File + " is no whole report: " + e.Err.Error() }

// Unwrap gives what is wrong with it.
func (e *DocumentError) Unwrap() error { return e.Err }

// ReadFile reads a report, or that in a folder, and gives its bytes too.
func ReadFile(path string) (*Run, []byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, File)
	}
	data, err := readlimit.File(path, MaxFile)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the report: %w", err)
	}
	r, err := Read(path, data)
	return r, data, err
}

// Read gives the run of a report; name is the file's, for errors, which are a *VersionError
// or a *DocumentError. Members that this program does not know are passed over, since a
// version grows. What is known must be whole: verdicts and levels that there are, no
// requirement twice, and totals that are those of the requirements.
func Read(name string, data []byte) (*Run, error) {
	bad := func(err error) (*Run, error) { return nil, &DocumentError{name, err} }
	var head struct {
		Version json.RawMessage `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return bad(jsonError(data, err))
	}
	if string(head.Version) != `"`+Version+`"` {
		return nil, &VersionError{name, strings.Trim(string(head.Version), `"`)}
	}
	var r struct {
		Headline Headline `json:"headline"`
		Run
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return bad(jsonError(data, err))
	}
	if !slices.Contains([]Headline{Conformant, NotConformant, Incomplete}, r.Headline) {
		return bad(fmt.Errorf("unknown headline %q", short(string(r.Headline), 40)))
	}
	if err := r.check(); err != nil {
		return bad(err)
	}
	return &r.Run, nil
}

// short makes a text of a report fit for an error.
func short(s string, n int) string { return safetext.Line(safetext.Shorten(s, n)) }

// jsonError says where the text is no JSON.
func jsonError(data []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n")) + 1
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

// check holds the parts of a run that was read together.
func (r *Run) check() error {
	seen := make(map[Subject]bool, len(r.Requirements))
	for i := range r.Requirements {
		q := &r.Requirements[i]
		name := short(q.Key(), 80)
		switch {
		case q.ID == "" || q.Operation == "":
			return fmt.Errorf("requirement %d has no id or no operation", i+1)
		case seen[q.Subject()]:
			return fmt.Errorf("requirement %s of %s is there twice", name, short(q.Operation, 200))
		case !slices.Contains([]Verdict{Pass, Skip, Warn, Fail, Error, Flaky, Waived}, q.Verdict):
			return fmt.Errorf("requirement %s has the unknown verdict %q", name, short(string(q.Verdict), 20))
		case !slices.Contains([]Level{Must, Should, May}, q.Level):
			return fmt.Errorf("requirement %s has the unknown level %q", name, short(string(q.Level), 20))
		}
		seen[q.Subject()] = true
	}
	if want := Count(r.Requirements); r.Totals != want {
		return fmt.Errorf("its totals are not those of its requirements: %d passed of %d are written, and %d of %d are there",
			r.Totals.Pass, r.Totals.Requirements, want.Pass, want.Requirements)
	}
	if s := r.Shard; s != nil && (s.Index < 1 || s.Index > s.Count || s.Requirements < len(r.Requirements)) {
		return fmt.Errorf("it says that it is shard %d of %d, with %d of %d requirements", s.Index, s.Count, len(r.Requirements), s.Requirements)
	}
	return nil
}
