package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
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

func (a *app) newDeriveCommand() *cobra.Command {
	var (
		out    string
		check  bool
		beside besideOptions
	)
	cmd := &cobra.Command{
		Use:   "derive PAGE...",
		Short: "Derive the JSON Schemas of a page, and print the findings on it",
		Long: `derive writes the JSON Schemas (draft-07) of each page: the request body, the
response body, and the Graph error body. Each keyword carries the line of the page,
or the convention, behind it. With --check nothing is written: the files are
compared, and a drift is exit code 1 with a diff.

Exit codes:
  0    the schemas are written, or with --check are those of the pages
  1    --check found a drift
  2    wrong usage or configuration, or a page that cannot be read`,
		Example: `  graphpact derive lamp-update.md
  graphpact derive fixtures/docs/*.md --out schemas --check`,
		Args: wantsArgs(1, -1, "a PAGE, as graphpact derive lamp-update.md"),
		RunE: func(_ *cobra.Command, args []string) error {
			sources, err := beside.config()
			if err != nil {
				return err
			}
			ops, conv, err := harness.ReadPages(args, sources)
			if err != nil {
				return err
			}
			drifted := false
			for _, op := range ops {
				a.printFindings(op)
				files, err := contract.Schemas(op, conv)
				if err != nil {
					return err
				}
				for _, f := range files {
					path := filepath.Join(out, f.Name)
					if !check {
						if err := atomicfile.Write(path, f.Data); err != nil {
							return err
						}
						fmt.Fprintf(a.stdout, "wrote %s\n", path)
						continue
					}
					same, err := a.compare(path, f.Data)
					if err != nil {
						return err
					}
					drifted = drifted || !same
				}
			}
			if drifted {
				return failed(harness.NotConformant, errors.New("the schemas have drifted from the pages; run derive without --check to write them anew"))
			}
			return nil
		},
	}
	beside.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&out, "out", "schemas", "`DIR` for the schemas (GRAPHPACT_SCHEMAS, and schemas in the settings file)")
		fs.BoolVar(&check, "check", false, "compare with the files in place of writing them")
		annotate(fs.Lookup("out"), settingOf, "schemas")
	})
	return cmd
}

// printFindings prints the defects of the page before what was assumed about it.
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
				chosen = ", the operation (run --path N takes another)"
			}
			fmt.Fprintf(a.stdout, "  %d %s (%s)%s\n", l.Number, safetext.Line(l.String()), safetext.Line(l.Path.Source.Short()), chosen)
		}
	}
	if len(op.Agreement) > 0 {
		var counts []string
		for _, g := range op.Agreement {
			counts = append(counts, fmt.Sprintf("%s %d of %d", g.Fact, g.Same, g.Same+g.Different))
		}
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
