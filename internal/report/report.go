// Package report writes a run in the formats that people and programs read. Each
// format stands in a file of its own and is written from a result.Run alone.
//
// Three rules hold for all of them. The order is the run's order, the same every
// time. What came from the target is hostile until made safe: no control character,
// markup or terminal escape of a server gets into a report as such. And a run that
// is not conformant looks green in none of them, see result.Run.AllProblems.
package report

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	"graphpact/internal/atomicfile"
	"graphpact/internal/result"
)

// The names of the files that Write makes.
const (
	JSONFile     = "report.json"
	JUnitFile    = "junit.xml"
	CucumberFile = "cucumber.json"
	MarkdownFile = "summary.md"
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
