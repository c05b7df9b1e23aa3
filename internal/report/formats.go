package report

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/atomicfile"
	"graphpact/internal/result"
	"graphpact/internal/suggest"
)

// Format is the name of a file format, as a user chooses it.
type Format string

type format struct {
	name   Format
	file   string
	render renderer
}

// formats are all that there are, in the order in which they are written and shown.
func formats() []format {
	return []format{
		{"json", JSONFile, JSON},
		{"junit", JUnitFile, JUnit},
		{"cucumber", CucumberFile, CucumberJSON},
		{"ctrf", CTRFFile, CTRF},
		{"sarif", SARIFFile, SARIF},
		{"markdown", MarkdownFile, Markdown},
		{"html", HTMLFile, HTML},
	}
}

// Formats lists the names of the formats.
func Formats() []Format {
	var names []Format
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// ParseFormats reads names of formats, each once or more; none means all, and so does "all".
func ParseFormats(names []string) ([]Format, error) {
	known := []string{"all"}
	for _, f := range Formats() {
		known = append(known, string(f))
	}
	var out []Format
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case name == "all":
			return nil, nil
		case slices.Contains(known, name):
			out = append(out, Format(name))
		default:
			hint := ""
			if near := suggest.Nearest(name, known); near != "" {
				hint = ": did you mean " + near + "?"
			}
			return nil, fmt.Errorf("%q is no format of a report%s (there are %s)", name, hint, strings.Join(known[1:], ", "))
		}
	}
	return out, nil
}

// Write writes the run into dir, which is made where needed, in the formats named; none means
// all. It returns the paths of the files written, always in the same order. A file that cannot
// be written does not stop the others; the errors come joined, and each names its file.
func Write(dir string, run *result.Run, only ...Format) ([]string, error) {
	all := formats()
	if len(only) > 0 {
		all = slices.DeleteFunc(all, func(f format) bool { return !slices.Contains(only, f.name) })
	}
	// The formats only read the run, so they are written side by side.
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, f := range all {
		wg.Go(func() { errs[i] = writeFile(filepath.Join(dir, f.file), run, f.render) })
	}
	wg.Wait()
	var paths []string
	for i, f := range all {
		if errs[i] == nil {
			paths = append(paths, filepath.Join(dir, f.file))
		}
	}
	return paths, errors.Join(errs...)
}

func writeFile(path string, run *result.Run, render renderer) error {
	return atomicfile.WriteFrom(path, func(w io.Writer) error { return render(w, run) })
}
