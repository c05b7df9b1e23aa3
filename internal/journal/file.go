package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"graphpact/internal/target"
)

// Folder is where the journals lie below the folder of a run's files.
const Folder = "restore"

// maxFile bounds a journal file, in bytes: an entity is a few kilobytes.
const maxFile = 64 << 20

var fileName = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$`)

// Find lists the journal files of the folders that runs write to, sorted: those in
// OUT/restore and OUT/*/restore. A folder that is not there holds none.
func Find(outs ...string) ([]string, error) {
	var dirs []string
	for _, out := range outs {
		entries, err := os.ReadDir(out)
		if err != nil && !missing(err) {
			return nil, fmt.Errorf("looking for journals: %w", err)
		}
		dirs = append(dirs, filepath.Join(out, Folder))
		for _, e := range entries {
			if e.IsDir() && e.Name() != Folder {
				dirs = append(dirs, filepath.Join(out, e.Name(), Folder))
			}
		}
	}
	var files []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil && !missing(err) {
			return nil, fmt.Errorf("looking for journals: %w", err)
		}
		for _, e := range entries {
			if !e.IsDir() && fileName.MatchString(e.Name()) {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// missing also takes a file where the folder would be: it holds no journals, and the
// first Touch will tell.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "not a directory")
}

// InUseError says that a journal speaks of an entity that somebody wants to change.
type InUseError struct {
	File string
	// URL is the entity's.
	URL string
	// StartedAt is when the run of the journal began, as RFC 3339 has it.
	StartedAt string
	// PID is that of the run's process where it is known to be at work still, else 0.
	PID int
}

func (e *InUseError) Error() string {
	what := "has not put it back, or is still at work"
	if e.PID != 0 {
		what = fmt.Sprintf("is still at work (process %d)", e.PID)
	}
	return fmt.Sprintf("%s holds the first state of %s: a run that began at %s %s", e.File, e.URL, e.StartedAt, what)
}

// CheckFree gives an *InUseError where one of the files speaks of the entity at the path
// below the base URL. A file that cannot be read is an error too: it may.
func CheckFree(files []string, baseURL, path string) error {
	for _, f := range files {
		doc, err := Read(f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // its run has ended in the meantime
		case err != nil:
			return err
		case !target.SameBase(doc.BaseURL, baseURL):
			continue
		}
		for _, e := range doc.Entities {
			if e.Path == path {
				used := &InUseError{File: f, URL: doc.BaseURL + path, StartedAt: doc.StartedAt.Format(time.RFC3339)}
				if doc.AtWork() {
					used.PID = doc.Process.PID
				}
				return used
			}
		}
	}
	return nil
}

// Read reads a journal file. An error names the file, and what is wrong with it.
func Read(path string) (*Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	doc, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, nil
}

// Parse reads the content of a journal file.
func Parse(data []byte) (*Document, error) {
	if len(data) > maxFile {
		return nil, errors.New("too long for a journal")
	}
	var head struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("a broken journal: %w", err)
	}
	if head.Version != Version {
		return nil, fmt.Errorf("a journal of version %q, and this graphpact knows version %q; use the graphpact that wrote it", head.Version, Version)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	var doc Document
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("a broken journal: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("a broken journal: more follows after its end")
	}
	if err := doc.check(); err != nil {
		return nil, fmt.Errorf("a broken journal: %w", err)
	}
	return &doc, nil
}

// check finds what no run writes: a restore must not send what somebody made up.
func (d *Document) check() error {
	switch {
	case !fileName.MatchString(d.RunID + ".json"):
		return errors.New("runId is no GUID")
	case !target.SameBase(d.BaseURL, d.BaseURL), !printable(d.BaseURL):
		return errors.New("baseUrl is no base URL")
	case len(d.Entities) == 0:
		return errors.New("it names no entity")
	}
	for i, e := range d.Entities {
		switch {
		case e.Method != http.MethodPatch:
			return fmt.Errorf("entity %d: the method is %q, and only PATCH can put a part back", i+1, e.Method)
		case !strings.HasPrefix(e.Path, "/"):
			return fmt.Errorf("entity %d: the path does not start with a slash", i+1)
		case leaves(e.Path), !printable(e.Path):
			return fmt.Errorf("entity %d: the path is none that a run writes: it leads elsewhere than to an entity below baseUrl", i+1)
		case e.First == nil:
			return fmt.Errorf("entity %d: there is no first state", i+1)
		}
		for _, p := range e.Settable {
			if _, ok := e.First[p.Name]; !ok {
				return fmt.Errorf("entity %d: the first state lacks %q, which is to be set", i+1, p.Name)
			}
		}
	}
	return nil
}

// leaves reports whether the path may lead out of the base URL, or says more than a path:
// a parameter in it is escaped (target.Expand).
func leaves(path string) bool {
	return strings.ContainsAny(path, `?#\`) || slices.ContainsFunc(strings.Split(path, "/"), func(segment string) bool {
		plain, err := url.PathUnescape(segment)
		return err != nil || plain == "." || plain == ".."
	})
}

// printable reports whether the text is safe to show on a terminal.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
