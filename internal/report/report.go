// Package report writes a run in the formats that people and programs read. Each
// format has a file of its own and is written from a result.Run alone.
//
// Three rules hold for all of them. The order is the run's order, the same every
// time. What came from the target is hostile until made safe: no control character,
// markup or terminal escape of a server gets into a report as such. And a run with
// anything wrong looks green in none of them, see result.Run.Clean and Headline.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/atomicfile"
	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// The names of the files that Write makes.
const (
	JSONFile     = "report.json"
	JUnitFile    = "junit.xml"
	CucumberFile = "cucumber.json"
	MarkdownFile = "summary.md"
	HTMLFile     = "report.html"
)

// renderer gives a run in one format.
type renderer func(*result.Run) ([]byte, error)

// Write writes the run in every file format into dir, which is made where needed,
// and returns the paths of the files written, always in the same order. A file that
// cannot be written does not stop the others; the errors come joined, and each
// names its file.
func Write(dir string, run *result.Run) ([]string, error) {
	formats := []struct {
		path   string
		render renderer
	}{
		{filepath.Join(dir, JSONFile), renderJSON},
		{filepath.Join(dir, JUnitFile), renderJUnit},
		{filepath.Join(dir, CucumberFile), renderCucumber},
		{filepath.Join(dir, MarkdownFile), renderMarkdown},
		{filepath.Join(dir, HTMLFile), renderHTML},
	}
	// The formats only read the run, so they are written side by side.
	errs := make([]error, len(formats))
	var wg sync.WaitGroup
	for i, f := range formats {
		wg.Go(func() { errs[i] = writeFile(f.path, run, f.render) })
	}
	wg.Wait()
	var paths []string
	for i, f := range formats {
		if errs[i] == nil {
			paths = append(paths, f.path)
		}
	}
	return paths, errors.Join(errs...)
}

func writeFile(path string, run *result.Run, render renderer) error {
	data, err := render(run)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return atomicfile.Write(path, data)
}

func write(w io.Writer, run *result.Run, render renderer) error {
	data, err := render(run)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// JSON writes the run as report.json: indented, every list present even when empty,
// as schemas/report.schema.json asks. It is not escaped for embedding in HTML.
func JSON(w io.Writer, run *result.Run) error { return write(w, run, renderJSON) }

// document is report.json: the run with its verdict.
type document struct {
	Headline result.Headline `json:"headline"`
	// Reasons say why the headline is not CONFORMANT.
	Reasons []string `json:"headlineReasons,omitempty"`
	result.Run
}

func renderJSON(run *result.Run) ([]byte, error) {
	d := document{Run: withLists(*run)}
	d.Headline, d.Reasons = run.Headline()
	return encodeJSON(d)
}

// encodeJSON gives v as indented JSON in printable characters. Nothing is escaped for
// HTML, so that curl lines and URLs stay readable.
func encodeJSON(v any) ([]byte, error) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(safetext.Escape(out.String(), safetext.Lines|safetext.JSON)), nil
}

// withLists gives the run with empty lists in place of nil ones, which JSON would
// write as null, and its time in UTC. The caller's run stays as it is.
func withLists(run result.Run) result.Run {
	run.StartedAt = run.StartedAt.UTC()
	if run.Pages == nil {
		run.Pages = []result.Page{}
	}
	if run.Findings == nil {
		run.Findings = []result.Finding{}
	}
	reqs := append([]result.Requirement{}, run.Requirements...)
	for i := range reqs {
		if reqs[i].Checks == nil {
			reqs[i].Checks = []result.Check{}
		}
	}
	run.Requirements = reqs
	return run
}

// runItself is the name of the case that JUnit and Cucumber get when the run itself
// went wrong, so that a reader of that file alone does not see green.
const runItself = "the run itself"

// group splits the requirements by key. The groups are in the order of their first
// requirements, and keep the order within.
func group(reqs []result.Requirement, key func(*result.Requirement) string) [][]*result.Requirement {
	var groups [][]*result.Requirement
	index := map[string]int{}
	for i := range reqs {
		r := &reqs[i]
		at, ok := index[key(r)]
		if !ok {
			at = len(groups)
			index[key(r)] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], r)
	}
	return groups
}

// sortedPairs gives a map's entries in the order of their names.
func sortedPairs(m map[string]string) [][2]string {
	var pairs [][2]string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, [2]string{name, m[name]})
	}
	return pairs
}
