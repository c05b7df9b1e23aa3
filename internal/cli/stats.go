package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
	"graphpact/internal/survey"
)

type statsOptions struct {
	format, out      string
	noMock, noDetail bool
	pages            readingOptions
}

func (a *app) newStatsCommand(run func(context.Context, *statsOptions, []string) error) *cobra.Command {
	o := &statsOptions{}
	cmd := &cobra.Command{
		Use:   "stats PAGE...",
		Short: "Count what many pages give, and what is missing",
		Long: `stats reads pages and counts: contracts, defects, properties with their types and
values, and the suites that hold against a mock of their page, with an update that
succeeds. It accounts for each row, request line, header, status and example of the
pages: it is in the contract, or a finding names its line, or it is lost. With
--metadata it counts for each kind of fact where pages and metadata agree. It names
each page that something is missing of, with the line or the property behind it.
Nothing is sent anywhere.

` + pagesHelp + ` For stats a page without a
contract is a figure.

Exit codes:
  0    the figures are printed
  2    wrong usage or configuration, or no page`,
		Example: `  graphpact stats api-reference
  graphpact stats api-reference --no-mock --format json
  graphpact stats api-reference/v1.0 --metadata graph.xml
  graphpact stats 'api-reference/beta/api/*-update.md' --no-detail`,
		Args: wantsArgs(1, -1, "a PAGE, as graphpact stats api-reference"),
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), o, args) },
	}
	o.pages.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		declareFormat(fs, &o.format, "text", "json", "markdown")
		fs.StringVar(&o.out, "out", "", "`FILE` for the figures in place of the terminal")
		fs.BoolVar(&o.noMock, "no-mock", false, "read the pages alone, and play no suite")
		fs.BoolVar(&o.noDetail, "no-detail", false, "leave out the pages that something is missing of; in text and markdown")
		settingsOf("stats", fs, "format", "out")
	})
	return cmd
}

func (a *app) stats(ctx context.Context, o *statsOptions, args []string) error {
	sources, err := o.pages.reading()
	if err != nil {
		return err
	}
	report := survey.New(!o.noMock, o.pages.metadata != "")
	started := time.Now()
	told := started
	err = harness.Survey(ctx, args, sources, !o.noMock, func(s *harness.Surveyed) error {
		if s.PassedOver {
			report.PassedOver++
			return nil
		}
		page := survey.Page{File: s.Path, Operation: s.Operation, Refused: s.Refused, Untestable: s.Untestable}
		if m := s.Mock; m != nil {
			page.Played, page.Updates, page.Failed = true, m.Updates, m.Failed
			page.Passed, page.Skipped, page.Scenarios = m.Pass+m.Warn, m.Skip, m.Requirements
		}
		report.Add(page)
		if time.Since(told) >= tellEach {
			told = time.Now()
			fmt.Fprintf(a.stderr, "graphpact: %d pages\n", report.Pages)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if report.Pages == 0 {
		return (&pageCount{passedOver: report.PassedOver}).verdict()
	}
	report.Took(time.Since(started))
	err = a.deliver(o.out, fmt.Sprintf("%d pages", report.Pages), map[string]form{
		"text":     func(w io.Writer) error { return report.Text(w, !o.noDetail) },
		"markdown": func(w io.Writer) error { return report.Markdown(w, !o.noDetail) },
		"json":     asJSON(report),
	}[o.format])
	if err != nil || report.Contracts > 0 {
		return err
	}
	return refusedVerdict(report.Refused, report.Pages)
}
