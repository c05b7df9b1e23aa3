package cli

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/compare"
	"graphpact/internal/harness"
	"graphpact/internal/result"
)

type compareOptions struct {
	reports     []string
	format, out string
	failOn      string
	matrix      bool
}

// What lets a comparison end with exit code 1, beside never.
const (
	failOnRegression = "regression"
	failOnUntested   = "untested"
)

func (a *app) newCompareCommand(run func(*compareOptions) error) *cobra.Command {
	o := &compareOptions{}
	cmd := &cobra.Command{
		Use:   "compare [NAME=]REPORT [NAME=]REPORT...",
		Short: "Put runs beside each other: what is newly broken, or who does what",
		Long: `compare reads report.json of two runs, or the folders that hold them, and tells what
changed: new failures, what still fails, what is fixed, what is no longer tested, new and
gone requirements, what is flaky, how late reads are, and what is new in the run itself.

With three reports or more, or with --matrix, it is a table: each requirement, and what
each implementation does with it. NAME= before a report names it there.

A failure is new where the requirement was not broken before, also where it was not there:
failed, flaky and not judged are broken; passed, warned and waived are not. What was left
out of a run on purpose is told apart from what is gone.

Exit codes:
  0    no regression; or --fail-on never, which is the default of a table
  1    --fail-on regression (the default of two runs): a failure is new, or
       something is wrong with the later run itself that was not so before.
       --fail-on untested: that, or a requirement is tested no longer
  2    wrong usage, or a report cannot be read`,
		Example: `  graphpact compare yesterday/report.json reports/report.json
  graphpact compare main/ branch/ --format markdown >> "$GITHUB_STEP_SUMMARY"
  graphpact compare main/ branch/ --fail-on untested
  graphpact compare ours=a/ theirs=b/ third=c/ --format html --out matrix.html`,
		Args: wantsArgs(2, -1, "two reports to compare, as yesterday/report.json reports/report.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.reports = args
			o.matrix = o.matrix || len(args) > 2
			if !cmd.Flags().Changed("fail-on") && o.matrix {
				o.failOn = never
			}
			return run(o)
		},
	}
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		declareFormat(fs, &o.format, "text", "markdown", "html", "json")
		fs.StringVar(&o.out, "out", "", "`FILE` for the comparison in place of the terminal")
		declareChoice(fs, &o.failOn, "fail-on", failOnRegression, "exit code 1 on a `CHANGE`: regression, untested or never; of a table the first report is compared with the last",
			failOnRegression, failOnUntested, never)
		fs.BoolVar(&o.matrix, "matrix", false, "make a table of two reports too")
		settingsOf("compare", fs, "format", "out")
	})
	return cmd
}

func (a *app) compareRuns(o *compareOptions) error {
	var inputs []compare.Input
	var errs []error
	for _, arg := range o.reports {
		label, path := named(arg)
		r, _, err := result.ReadFile(path)
		inputs, errs = append(inputs, compare.Input{Label: label, Run: r}), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	c := compare.Of(inputs)
	text := c.Text
	if o.matrix {
		text = c.MatrixText
	}
	err := a.deliver(o.out, "", map[string]form{
		"text":     text,
		"markdown": func(w io.Writer) error { return c.Markdown(w, o.matrix) },
		"html":     func(w io.Writer) error { return c.HTML(w, o.matrix) },
		"json":     c.JSON,
	}[o.format])
	if err != nil {
		return err
	}
	if o.failOn != never && c.Regressed() || o.failOn == failOnUntested && c.LostCoverage() {
		return failed(harness.NotConformant, nil) // the comparison has said why
	}
	return nil
}

// named splits NAME=PATH; a path that is there is one, whatever is in it.
func named(arg string) (label, path string) {
	name, path, ok := strings.Cut(arg, "=")
	if _, err := os.Stat(arg); err == nil || !ok || name == "" {
		return arg, arg
	}
	return name, path
}
