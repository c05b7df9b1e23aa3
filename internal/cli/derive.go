package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/contract"
	"graphpact/internal/harness"
	"graphpact/internal/readlimit"
	"graphpact/internal/safetext"
)

type deriveOptions struct {
	out   string
	check bool
	pages readingOptions
}

func (a *app) newDeriveCommand() *cobra.Command {
	o := &deriveOptions{}
	cmd := &cobra.Command{
		Use:   "derive PAGE...",
		Short: "Derive the JSON Schemas of pages, and print the findings on them",
		Long: `derive writes the JSON Schemas (draft-07) of each page: the request body, the
response body, and the Graph error body. Each keyword carries the line of the page,
or the convention, behind it. With --check nothing is written: the files are
compared, and a drift is exit code 1 with a diff.

` + pagesHelp + `
The schemas of a page go to the same place below --out as the page has below the
folder that the arguments have in common.

Exit codes:
  0    the schemas are written, or with --check are those of the pages
  1    --check found a drift
  2    wrong usage or configuration, or a page that gives no contract`,
		Example: `  graphpact derive lamp-update.md
  graphpact derive api-reference
  graphpact derive 'api-reference/**/lamp-*.md'
  graphpact derive lamp-update.md --path 2
  graphpact derive fixtures/docs/*.md --out schemas --check`,
		Args: wantsArgs(1, -1, "a PAGE, as graphpact derive lamp-update.md"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.derive(cmd.Context(), o, args) },
	}
	o.pages.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.out, "out", "schemas", "`DIR` for the schemas (GRAPHPACT_SCHEMAS, and schemas in the settings file)")
		fs.BoolVar(&o.check, "check", false, "compare with the files in place of writing them")
		annotate(fs.Lookup("out"), settingOf, "schemas")
	})
	return cmd
}

func (a *app) derive(ctx context.Context, o *deriveOptions, args []string) error {
	sources, err := o.pages.reading()
	if err != nil {
		return err
	}
	var count pageCount
	drifted, done := false, map[string]bool{}
	err = harness.ReadPages(ctx, args, sources, func(p *harness.PageRead) error {
		if !count.add(a, p) {
			return nil
		}
		a.printFindings(p.Operation)
		files, err := contract.Schemas(p.Operation, p.Conventions)
		if err != nil {
			return err
		}
		for _, f := range files {
			path := filepath.Join(o.out, filepath.FromSlash(schemaPath(p.Rel, f.Name)))
			if done[path] {
				continue // the error body, which all pages share
			}
			done[path] = true
			same, err := a.write(path, f.Data, o.check)
			if err != nil {
				return err
			}
			drifted = drifted || !same
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case drifted:
		return failed(harness.NotConformant, errors.New("the schemas have drifted from the pages; run derive without --check to write them anew"))
	}
	return count.verdict()
}

// schemaPath is the place of a schema of the page: beside where the page would be. The error
// body is the same for all pages, and stands once.
func schemaPath(page, name string) string {
	if name == contract.ErrorSchemaName {
		return name
	}
	return path.Join(path.Dir(page), name)
}

// write writes the file, or compares it; it is false where the file differs.
func (a *app) write(path string, data []byte, compare bool) (same bool, err error) {
	if compare {
		return a.compare(path, data)
	}
	if err := atomicfile.Write(path, data); err != nil {
		return false, err
	}
	fmt.Fprintf(a.stdout, "wrote %s\n", path)
	return true, nil
}

func (a *app) printFindings(op *contract.Operation) {
	byKind := map[contract.FindingKind][]contract.Finding{}
	for _, f := range op.Findings {
		kind := contract.KindOf(f.Class)
		byKind[kind] = append(byKind[kind], f)
	}
	fmt.Fprintf(a.stdout, "%s: %s, defects: %d, assumptions: %d\n", safetext.Line(op.Page), safetext.Line(op.Title.Value),
		len(byKind[contract.Defect]), len(byKind[contract.Assumption]))
	if len(op.RequestLines) > 1 {
		fmt.Fprintln(a.stdout, " request lines:")
		for _, l := range op.RequestLines {
			chosen := ""
			if l.Chosen {
				chosen = ", the operation (--path N takes another)"
			}
			fmt.Fprintf(a.stdout, "  %d %s (%s)%s\n", l.Number, safetext.Line(l.String()), safetext.Line(l.Path.Source.Short()), chosen)
		}
	}
	var counts []string
	for _, g := range op.Agreement {
		if told := g.Same + g.Different; told > 0 {
			counts = append(counts, fmt.Sprintf("%s %d of %d", g.Fact, g.Same, told))
		}
	}
	if counts != nil {
		fmt.Fprintf(a.stdout, " agrees with the metadata: %s\n", strings.Join(counts, ", "))
	}
	for _, kind := range []contract.FindingKind{contract.Defect, contract.Assumption} {
		if len(byKind[kind]) > 0 {
			fmt.Fprintf(a.stdout, " %ss:\n", kind)
		}
		for _, f := range byKind[kind] {
			fmt.Fprintf(a.stdout, "  %s: %s: %s\n      assumed: %s\n", safetext.Line(f.Source.Short()), f.Class, safetext.Line(f.Text), safetext.Line(f.Assumed))
		}
	}
}

// compare reports whether the file holds the data, and prints the difference.
func (a *app) compare(path string, want []byte) (bool, error) {
	got, err := readlimit.File(path, readlimit.Pact)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err == nil && string(got) == string(want) {
		fmt.Fprintf(a.stdout, "same %s\n", path)
		return true, nil
	}
	_, text, _ := bytes.Cut(diff.Diff(path, got, "derived from the page", want), []byte("\n")) // its first line names both once more
	fmt.Fprintf(a.stdout, "%s", text)
	return false, nil
}
