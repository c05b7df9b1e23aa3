package restore

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
	"syscall"
	"time"
	"unicode"

	"graphpact/internal/client"
	"graphpact/internal/readlimit"
	"graphpact/internal/transport"
)

// folder is where the journals are below the folder of a run's files.
const folder = "restore"

// maxFile bounds a journal file, in bytes: an entity is a few kilobytes.
const maxFile = 64 << 20

var fileName = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$`)

// leftover is the name of a journal that atomicfile was writing when its process was killed:
// the journal itself is whole, or nothing was sent yet. A write takes no minute.
var leftover = regexp.MustCompile(`^\.[0-9a-f-]{36}\.json\.[0-9]+$`)

const leftoverAge = time.Minute

// FindJournals lists the journal files of the folders that runs write to, sorted: those in
// OUT/restore and OUT/*/restore. A folder that is not there holds none. What a killed
// process left there half written, with the state of an entity, is removed.
func FindJournals(outs ...string) ([]string, error) {
	var dirs []string
	for _, out := range outs {
		entries, err := entriesOf(out)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, filepath.Join(out, folder))
		for _, e := range entries {
			if e.IsDir() && e.Name() != folder {
				dirs = append(dirs, filepath.Join(out, e.Name(), folder))
			}
		}
	}
	var files []string
	for _, dir := range dirs {
		entries, err := entriesOf(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			switch file := filepath.Join(dir, e.Name()); {
			case e.IsDir():
			case fileName.MatchString(e.Name()):
				files = append(files, file)
			case leftover.MatchString(e.Name()):
				if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftoverAge {
					_ = os.Remove(file) // the next start tries again
				}
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// entriesOf lists a folder. One that is not there is empty, and so is a file where the folder would
// be: it holds no journals, and the first Touch will report it.
func entriesOf(dir string) ([]os.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("looking for journals: %w", err)
	}
	return entries, nil
}

// InUseError says that a journal holds an entity that is about to be changed.
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
	what := "has not restored it, or is still at work"
	if e.PID != 0 {
		what = fmt.Sprintf("is still at work (process %d)", e.PID)
	}
	return fmt.Sprintf("%s holds the first state of %s: a run that began at %s %s", e.File, e.URL, e.StartedAt, what)
}

// CheckFree gives an *InUseError where one of the files holds the entity at the path below
// the base URL. A file that cannot be read is an error too: it may hold it.
func CheckFree(files []string, baseURL, path string) error {
	for _, f := range files {
		doc, err := ReadJournal(f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // its run has ended in the meantime
		case err != nil:
			return err
		case !transport.SameBase(doc.BaseURL, baseURL):
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

// ReadJournal reads a journal file. An error names the file, and what is wrong with it.
func ReadJournal(path string) (*Document, error) {
	data, err := readlimit.File(path, maxFile)
	if err != nil {
		return nil, err
	}
	doc, err := parseJournal(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, nil
}

func parseJournal(data []byte) (*Document, error) {
	if len(data) > maxFile {
		return nil, errors.New("too long for a journal")
	}
	var head struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("a broken journal: %w", err)
	}
	if head.Version != journalVersion && head.Version != withoutSent {
		return nil, fmt.Errorf("a journal of version %q, and this graphpact knows the versions %s; use the graphpact that wrote it", head.Version, knownToRestorer)
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
	case !transport.SameBase(d.BaseURL, d.BaseURL), !printable(d.BaseURL):
		return errors.New("baseUrl is no base URL")
	case len(d.Entities) == 0:
		return errors.New("it names no entity")
	}
	for i, e := range d.Entities {
		switch {
		case e.Method != http.MethodPatch:
			return fmt.Errorf("entity %d: the method is %q, and only PATCH can restore a part", i+1, e.Method)
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
// a parameter in it is escaped (client.Expand).
func leaves(path string) bool {
	return strings.ContainsAny(path, `?#\`) || slices.ContainsFunc(strings.Split(path, "/"), func(segment string) bool {
		plain, err := url.PathUnescape(segment)
		return err != nil || client.Walks(plain)
	})
}

// printable reports whether the text is safe to show on a terminal.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Process is the program that writes a journal.
type Process struct {
	// Host is the machine's name; in a container, the container's.
	Host string `json:"host"`
	PID  int    `json:"pid"`
}

// ThisProcess is the one that asks. A machine that does not know its name has none.
func ThisProcess() Process {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return Process{Host: host, PID: os.Getpid()}
}

// runs reports whether the process is known to be there still. Of another machine, or one
// without a name, nothing is known.
func (p Process) runs(here Process) bool {
	if p.Host == "" || p.Host != here.Host || p.PID <= 0 || p.PID == here.PID {
		return false
	}
	found, err := os.FindProcess(p.PID)
	if err != nil {
		return false
	}
	defer func() { _ = found.Release() }()
	// Signal 0 asks without a signal (POSIX kill); where it cannot be asked so, FindProcess
	// has found the process.
	return !errors.Is(found.Signal(syscall.Signal(0)), os.ErrProcessDone) && !zombie(p.PID)
}

// zombie reports whether a process has ended and its parent has not waited for it, which
// Linux says in /proc (proc_pid_stat(5): the state behind the name in parentheses).
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false // no Linux, or no such process
	}
	state := bytes.TrimSpace(stat[bytes.LastIndexByte(stat, ')')+1:]) // the name may hold anything
	return bytes.HasPrefix(state, []byte("Z")) || bytes.HasPrefix(state, []byte("X"))
}

// AtWork reports whether the run of the journal is known to be under way: its process is
// there still. A run on another machine is not known of.
func (d *Document) AtWork() bool { return d.Process.runs(ThisProcess()) }
