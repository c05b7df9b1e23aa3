package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"graphpact/internal/result"
)

// PagesDir is the folder, beside the reports of a run, with those of each of its pages.
const PagesDir = "pages"

// WritePages writes the reports of each page of a run that has several, each into a folder of
// its own named by the page, and gives the folder of all of them; "" where there is one page.
// Reports of pages that an earlier run had are removed: they must not pass for this one's.
func WritePages(dir string, run *result.Run, only ...Format) (string, error) {
	all := filepath.Join(dir, PagesDir)
	if err := removeReports(all); err != nil {
		return "", err
	}
	if len(run.Pages) < 2 {
		return "", nil
	}
	var errs []error
	named := map[string]int{}
	for _, page := range run.Pages {
		folder := cmp.Or(page.ID, "page")
		if named[folder]++; named[folder] > 1 { // two files of one name in different folders
			folder = fmt.Sprintf("%s-%d", folder, named[folder])
		}
		part := run.OfPage(page)
		for i := range part.Requirements { // each format looks at them
			q := &part.Requirements[i]
			q.Exchanges, q.Kept = q.Sent(), nil
		}
		_, err := Write(filepath.Join(all, filepath.FromSlash(folder)), part, only...)
		errs = append(errs, err)
	}
	return all, errors.Join(errs...)
}

// removeReports removes the files that Write makes below a folder, and nothing else.
func removeReports(dir string) error {
	var own []string
	for _, f := range formats() {
		own = append(own, f.file)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && slices.Contains(own, d.Name()) {
			err = os.Remove(path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// pageOutcomes says what each page of a run with several came to.
func pageOutcomes(run *result.Run) []string {
	if len(run.Pages) < 2 {
		return nil
	}
	var lines []string
	for _, page := range run.Pages {
		part := run.OfPage(page)
		if len(part.Requirements) == 0 {
			continue
		}
		lines = append(lines, cmp.Or(page.ID, page.File)+": "+totals(part.Totals))
	}
	return lines
}
