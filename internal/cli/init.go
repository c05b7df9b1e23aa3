package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/contract"
	"graphpact/internal/harness"
	"graphpact/internal/lint"
	"graphpact/internal/safetext"
	"graphpact/internal/scaffold"
	"graphpact/internal/schema"
)

type initOptions struct {
	dir   string
	force bool
	pages readingOptions
}

func (a *app) newInitCommand(run func(context.Context, *initOptions, []string) error) *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:   "init PAGE...",
		Short: "Write what a team owns to test pages from now on",
		Long: `init writes, beside the pages, what a team then owns and changes: graphpact.yaml with
the pages and the values to send, the JSON Schemas, a feature for each page with
scenarios of your own, a baseline of the findings that are known today, and a GitHub
workflow that installs graphpact and runs it all. It then plays the suite and the new
scenarios against the embedded mock; nothing is sent anywhere.

` + pagesHelp + `

A file that is there already is never overwritten: nothing is written then, and the
files are named. --force writes them all.

Exit codes:
  0    all is written, and green against the mock
  1    all is written, and something does not hold against the mock
  2    wrong usage or configuration, a file is in the way, or a page gives no
       contract`,
		Example: `  graphpact init docs/lamp-update.md
  graphpact init docs --dir contract
  graphpact init docs/lamp-update.md --path 2 --metadata graph.xml
  graphpact init docs/lamp-update.md --force`,
		Args: wantsArgs(1, -1, "a PAGE, as graphpact init docs/lamp-update.md"),
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), o, args) },
	}
	o.pages.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.dir, "dir", ".", "`DIR` to write to: the top of a checkout")
		fs.BoolVar(&o.force, "force", false, "write also files that are there already")
		settingsOf("init", fs, "dir", "force")
	})
	return cmd
}

// released is the version of a release; a build from a checkout has another.
var released = regexp.MustCompile(`^v?(\d+\.\d+\.\d+)$`)

func (a *app) init(ctx context.Context, o *initOptions, args []string) error {
	how, err := o.pages.reading()
	if err != nil {
		return err
	}
	const schemas = "schemas"
	var (
		count  pageCount
		pages  []scaffold.Page
		files  []scaffold.File
		linter = lint.New()
		named  = map[string]bool{}
	)
	err = harness.ReadPages(ctx, args, how, func(p *harness.PageRead) error {
		if !count.add(a, p) {
			return nil
		}
		doc, err := docIn(o.dir, p.Path)
		if err != nil {
			return err
		}
		if err := linter.Page(lint.Page{File: doc, Data: p.Data, Operation: p.Operation}); err != nil {
			return err
		}
		derived, err := contract.Schemas(p.Operation, p.Conventions)
		if err != nil {
			return err
		}
		for _, f := range derived {
			if at := path.Join(schemas, schemaPath(p.Rel, f.Name)); !named[at] {
				named[at] = true
				files = append(files, scaffold.File{Path: at, Data: f.Data})
			}
		}
		pages = append(pages, scaffold.Page{Doc: doc, Name: strings.TrimSuffix(p.Rel, path.Ext(p.Rel)), Operation: p.Operation})
		return nil
	})
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return count.verdict()
	}
	version := ""
	if m := released.FindStringSubmatch(toolVersion()); m != nil {
		version = m[1]
	}
	known, err := linter.Report(nil).Baseline()
	if err != nil {
		return err
	}
	files = append(files, scaffold.File{Path: scaffold.Baseline, Data: known})
	docs := make([]string, len(args))
	for i, arg := range args {
		if docs[i], err = docIn(o.dir, arg); err != nil {
			return err
		}
	}
	beside, err := o.settings()
	if err != nil {
		return err
	}
	files = append(files, scaffold.Settle(scaffold.Files(docs, pages, schemas, version), beside)...)
	if err := a.writeNew(o, files); err != nil {
		return err
	}
	if err := a.tryOnMock(ctx, o, how, pages); err != nil {
		return err
	}
	where := ""
	if o.dir != "." {
		where = " in " + safetext.Line(o.dir)
	}
	fmt.Fprintf(a.stdout, "\nNext: `graphpact run`%s; then name your endpoint in %s, and commit the files.\n", where, scaffold.Settings)
	return count.verdict()
}

// docIn is the page as the files in the folder name it.
func docIn(dir, file string) (string, error) {
	from, err := filepath.Abs(dir)
	to, err2 := filepath.Abs(file)
	rel, err3 := filepath.Rel(from, to)
	if err := errors.Join(err, err2, err3); err != nil {
		return "", fmt.Errorf("%s cannot be named from %s: %w", file, dir, err)
	}
	return filepath.ToSlash(rel), nil
}

// settings are the lines of the settings file for what is read beside the pages.
func (o *initOptions) settings() ([]string, error) {
	var lines []string
	for _, s := range []struct{ name, file string }{
		{"resources", o.pages.resources}, {"metadata", o.pages.metadata}, {"permissions", o.pages.permissions},
	} {
		if s.file == "" {
			continue
		}
		at, err := docIn(o.dir, s.file)
		if err != nil {
			return nil, err
		}
		lines = append(lines, s.name+": "+schema.Text(at))
	}
	if o.pages.trustMetadata {
		lines = append(lines, "trust-metadata: true")
	}
	if o.pages.requestLine > 0 {
		lines = append(lines, fmt.Sprintf("path: %d", o.pages.requestLine))
	}
	return lines, nil
}

// writeNew writes the files; none where one is there already, unless that is wished.
func (a *app) writeNew(o *initOptions, files []scaffold.File) error {
	var there []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(o.dir, filepath.FromSlash(f.Path))); err == nil {
			there = append(there, f.Path)
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if len(there) > 0 && !o.force {
		return fmt.Errorf("nothing is written: %s already there; move them, or write them anew with --force", strings.Join(there, ", ")+map[bool]string{true: " is", false: " are"}[len(there) == 1])
	}
	for _, f := range files {
		at := filepath.Join(o.dir, filepath.FromSlash(f.Path))
		if err := atomicfile.Write(at, f.Data); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "wrote %s\n", safetext.Line(at))
	}
	return nil
}

// tryOnMock plays the suite of each page, and the scenarios that were written for it.
func (a *app) tryOnMock(ctx context.Context, o *initOptions, how harness.Reading, pages []scaffold.Page) error {
	fmt.Fprintln(a.stdout, "\nagainst the embedded mock")
	failures := 0
	for _, p := range pages {
		for _, features := range []string{"", filepath.Join(o.dir, filepath.FromSlash(scaffold.FeatureFolder(p)))} {
			loaded, err := harness.LoadPages(harness.PageConfig{Docs: []string{p.Operation.Page}, Features: features, Reading: how})
			if err != nil {
				return err
			}
			bench, err := harness.NewBench(loaded)
			if err != nil {
				return err
			}
			outcome, err := bench.OnMock(ctx)
			if err != nil {
				return err
			}
			what := "the suite"
			if features != "" {
				what = "your own scenarios"
			}
			fmt.Fprintf(a.stdout, "  %s, %s: %d passed, %d skipped", safetext.Line(p.Doc), what, outcome.Pass+outcome.Warn, outcome.Skip)
			switch {
			case len(outcome.Failed) > 0:
				failures++
				fmt.Fprintf(a.stdout, ", does not hold: %s", strings.Join(outcome.Failed, ", "))
			case !outcome.Updates:
				fmt.Fprint(a.stdout, "; no update that succeeds could be tested: give values in "+scaffold.Settings)
			}
			fmt.Fprintln(a.stdout)
		}
	}
	if failures > 0 {
		return failed(harness.NotConformant, errors.New("something does not hold against the mock; see above"))
	}
	return nil
}
