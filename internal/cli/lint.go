package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/harness"
	"graphpact/internal/lint"
	"graphpact/internal/readlimit"
	"graphpact/internal/safetext"
	"graphpact/internal/sarif"
)

type lintOptions struct {
	format, out, failOn, show, baseline string
	write, rules                        bool
	pages                               readingOptions
}

// never is the level of --fail-on that nothing reaches.
const never = "never"

func (a *app) newLintCommand(run func(context.Context, *lintOptions, []string) error) *cobra.Command {
	o := &lintOptions{}
	cmd := &cobra.Command{
		Use:   "lint PAGE...",
		Short: "Judge reference pages as documents",
		Long: `lint reads pages and prints what is wrong with them: the defects, which their
authors can repair, and the assumptions, which is what graphpact takes where a page
leaves something open. Each finding has the line, and a rule with a stable id and a
level; --rules lists them with what to do. Nothing is sent anywhere.

  error    the page contradicts itself, or gives no contract
  warning  it departs from the style of the reference
  note     an assumption

` + pagesHelp + ` For lint such a page is an error
among the others, by the rule ` + lint.RulePageRefused + `.

--baseline FILE makes what is in the file known: it does not count, and what has been
fixed since is named. --write-baseline writes the file from what is found. The format
sarif is what code scanning of GitHub and others takes.

Exit codes:
  0    there is no finding of the level of --fail-on or above
  1    there is one
  2    wrong usage or configuration, or no page`,
		Example: `  graphpact lint api-reference
  graphpact lint 'api-reference/beta/api/*-update.md' --show error
  graphpact lint api-reference --baseline lint-baseline.json --write-baseline
  graphpact lint api-reference --baseline lint-baseline.json --fail-on warning
  graphpact lint api-reference --format sarif --out lint.sarif
  graphpact lint --rules`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.rules {
				return noArgs(cmd, args)
			}
			return wantsArgs(1, -1, "a PAGE, as graphpact lint lamp-update.md, or a folder of them")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), o, args) },
	}
	levels := []string{string(sarif.Error), string(sarif.Warning), string(sarif.Note)}
	o.pages.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		declareFormat(fs, &o.format, "text", "json", "markdown", "sarif")
		fs.StringVar(&o.out, "out", "", "`FILE` for the report in place of the terminal")
		declareChoice(fs, &o.failOn, "fail-on", levels[0], "end with exit code 1 where a finding has this `LEVEL` or more: error, warning, note or never",
			append(slices.Clone(levels), never)...)
		declareChoice(fs, &o.show, "show", levels[2], "show the findings of this `LEVEL` or more: error, warning or note; in text and markdown", levels...)
		fs.StringVar(&o.baseline, "baseline", "", "`FILE` with the findings that are known, and do not count")
		fs.BoolVar(&o.write, "write-baseline", false, "write what is found to the file of --baseline")
		fs.BoolVar(&o.rules, "rules", false, "list the rules with level, meaning and what to do")
		settingsOf("lint", fs, "format", "out", "baseline", "fail-on", "rules")
	})
	return cmd
}

func (a *app) lint(ctx context.Context, o *lintOptions, args []string) error {
	if o.write && o.baseline == "" {
		return errors.New("--write-baseline needs --baseline FILE, to write to")
	}
	if o.rules {
		return a.lintRules(o)
	}
	known, err := o.readBaseline()
	if err != nil {
		return err
	}
	sources, err := o.pages.reading()
	if err != nil {
		return err
	}
	linter := lint.New()
	err = harness.ReadPages(ctx, args, sources, func(p *harness.PageRead) error {
		if p.PassedOver {
			linter.PassOver()
			return nil
		}
		if known != nil {
			known.Judged(p.Path, p.Operation)
		}
		return linter.Page(lint.Page{File: p.Path, Data: p.Data, Operation: p.Operation, Refused: p.Refused})
	})
	if err != nil {
		return err
	}
	report := linter.Report(known)
	if report.Pages == 0 {
		return (&pageCount{passedOver: report.PassedOver}).verdict()
	}
	if o.write {
		return a.writeBaseline(o, report)
	}
	least := sarif.Level(o.show)
	err = a.deliver(o.out, report.Totals(), map[string]form{
		"text":     func(w io.Writer) error { return report.Text(w, least) },
		"markdown": func(w io.Writer) error { return report.Markdown(w, least) },
		"json":     asJSON(report),
		"sarif": encoded(func() ([]byte, error) {
			return report.SARIF(sarif.Tool{Name: "graphpact", Version: toolVersion(), Category: "graphpact-lint"})
		}),
	}[o.format])
	if err != nil {
		return err
	}
	if o.failOn != never && report.Fails(sarif.Level(o.failOn)) {
		return failed(harness.NotConformant, nil) // the report has said why
	}
	return nil
}

// readBaseline reads the file of --baseline; nil where there is none, or where it is to be
// written.
func (o *lintOptions) readBaseline() (*lint.Baseline, error) {
	if o.baseline == "" || o.write {
		return nil, nil
	}
	data, err := readlimit.File(o.baseline, readlimit.Pact)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--baseline: %w; --write-baseline makes it", err)
	}
	if err != nil {
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	return lint.ParseBaseline(o.baseline, data)
}

func (a *app) writeBaseline(o *lintOptions, r *lint.Report) error {
	data, err := r.Baseline()
	if err != nil {
		return err
	}
	if err := atomicfile.Write(o.baseline, data); err != nil {
		return fmt.Errorf("--baseline: %w", err)
	}
	fmt.Fprintf(a.stdout, "%s\nwrote %s: %d findings are known from now on\n", r.Totals(), safetext.Line(o.baseline), len(r.Findings))
	return nil
}

func (a *app) lintRules(o *lintOptions) error {
	rules := lint.Rules()
	var text, markdown bytes.Buffer
	markdown.WriteString("| rule | level | kind | meaning | what to do |\n|---|---|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(&markdown, "| `%s` | %s | %s | %s | %s |\n", r.ID, r.Level, r.Kind, safetext.Markdown(r.Summary), safetext.Markdown(r.Fix))
		fmt.Fprintf(&text, "%-28s %-8s %s\n%s\n", r.ID, r.Level, r.Kind, hang("    ", r.Summary, a.columns(), 0))
		if r.Fix != "" {
			fmt.Fprintf(&text, "%s\n", hang("    ", r.Fix, a.columns(), 0))
		}
	}
	return a.deliver(o.out, fmt.Sprintf("%d rules", len(rules)), map[string]form{
		"text": written(text.Bytes()), "markdown": written(markdown.Bytes()), "json": asJSON(rules),
		"sarif": encoded(func() ([]byte, error) {
			return sarif.Document(sarif.Tool{Name: "graphpact", Version: toolVersion()}, lint.Catalogue(rules), nil)
		}),
	}[o.format])
}
