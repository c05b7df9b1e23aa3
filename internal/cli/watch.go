package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"graphpact/internal/pageset"
	"graphpact/internal/transport"
	"graphpact/internal/waiver"
)

// watchPause is how long a look at the files is apart from the next one.
const watchPause = 300 * time.Millisecond

// watchRun runs again and again, each time that a file changes that the run reads. It ends
// with the context, by the exit code of the last run.
func (a *app) watchRun(cmd *cobra.Command, o *runOptions) error {
	ctx := cmd.Context()
	list := func() ([]string, error) { return o.watched(a, cmd) }
	files, err := list()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("--watch: the run reads no file; name a page with --doc, or features with --features")
	}
	seen := look(files)
	var touched []string
	for {
		one := *a
		one.touched = touched
		last := one.execute(ctx, append(slices.Clone(a.args), "--watch=false"))
		if ctx.Err() != nil {
			return last
		}
		_ = a.exit(last) // prints the error; the next run gives the code
		fmt.Fprintf(a.stdout, "\nwatching %d files; Ctrl-C ends\n", len(files))
		for touched = nil; len(touched) == 0; {
			if err := transport.Sleep(ctx, watchPause); err != nil {
				return errInterrupted()
			}
			if found, err := list(); err == nil { // a pattern may find nothing for a moment
				files = found
			}
			touched, seen = changed(seen, look(files))
		}
		fmt.Fprintf(a.stdout, "\nchanged: %s\n", strings.Join(touched, ", "))
	}
}

// watched are the files that a run with these options reads.
func (o *runOptions) watched(a *app, cmd *cobra.Command) ([]string, error) {
	var files []string
	if len(o.pages.docs) > 0 {
		found, err := pageset.Find(o.pages.docs)
		if err != nil {
			return nil, fmt.Errorf("--doc: %w", err)
		}
		for _, f := range found {
			files = append(files, f.Path)
		}
	}
	if o.pages.features != "" {
		found, err := filepath.Glob(filepath.Join(o.pages.features, "*.feature"))
		if err != nil {
			return nil, fmt.Errorf("--features: %w", err)
		}
		files = append(files, found...)
	}
	settings, err := a.settingsFile(cmd)
	if err != nil {
		return nil, err
	}
	for _, f := range []string{settings, cmp.Or(o.play.waivers.file, waiver.DefaultFile)} {
		if _, err := os.Stat(f); err == nil && f != noWaivers {
			files = append(files, f)
		}
	}
	return files, nil
}

// fileVersion tells one content of a file from another, as far as its folder knows.
type fileVersion struct {
	changed time.Time
	size    int64
}

// look gives the version of each file; one that is not there is left out.
func look(files []string) map[string]fileVersion {
	out := map[string]fileVersion{}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			out[f] = fileVersion{info.ModTime(), info.Size()}
		}
	}
	return out
}

// changed are the files that are new or of another version, in order, and what is known
// then. A file that has gone changes nothing: an editor may be about to replace it.
func changed(before, now map[string]fileVersion) (files []string, known map[string]fileVersion) {
	known = before
	for f, v := range now {
		if known[f] != v {
			files = append(files, f)
			known[f] = v
		}
	}
	slices.Sort(files)
	return files, known
}
