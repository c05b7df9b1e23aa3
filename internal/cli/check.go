package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
	"graphpact/internal/safetext"
	"graphpact/internal/shell"
)

type checkOptions struct {
	recording string
	pages     pageOptions
	output    outputOptions
	flags     *pflag.FlagSet
}

func (a *app) newCheckCommand(run func(*checkOptions) error) *cobra.Command {
	o := &checkOptions{}
	cmd := &cobra.Command{
		Use:   "check RECORDING",
		Short: "Judge recorded traffic by the pages, without sending anything",
		Long: `check reads a recording of real traffic and judges each PATCH and GET of an entity that a
page documents: the status, the answer against the schema, the merge against the GETs
around it, the dates that only the server sets. Nothing is sent, and no endpoint is needed.

RECORDING is a HAR file, as browsers and proxies save it and ` + "`graphpact run --har`" + ` writes
it, or a folder with *.har files, or with NAME.request beside NAME.response, an HTTP/1.1
message each. An exchange is one of a page where its URL ends in the page's path.

What a recording cannot tell is said: an update without a GET before and after it, a body
that was not saved. A change that another client may have made, or a late read, is a
warning unless ETags prove that nobody else wrote. Secrets of the recording are masked in
the reports.

Exit codes:
  0    what could be judged holds, a successful update among it
  1    NOT CONFORMANT: something recorded breaks a promise
  2    wrong usage, or the recording cannot be read
  4    nothing could be judged: no exchange is of the pages, or no successful
       update is`,
		Example: `  graphpact check traffic.har --doc lamp-update.md
  graphpact check recordings/
  graphpact run --har run.har && graphpact check run.har`,
		Args: wantsArgs(1, 1, "the recording, as traffic.har"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.recording = args[0]
			return run(o)
		},
	}
	o.flags = cmd.Flags()
	o.pages.flags = o.flags
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.pages.docs, "doc", nil, "reference page `FILE` to judge by (repeatable; default: the page in the program)")
		fs.IntVar(&o.pages.reading.requestLine, "path", 0, "judge by request line `N` of the page, from 1 (default: its first PATCH)")
		o.output.declare(fs, "reports/check", "show the evidence of every requirement")
		settingsOf("check", fs, "out")
	})
	return cmd
}

func (a *app) check(o *checkOptions) error {
	formats, err := o.output.reports()
	if err != nil {
		return err
	}
	pages, err := o.pages.load()
	if err != nil {
		return err
	}
	line := newCommandLine("graphpact check " + shell.Quote(o.recording))
	line.repeat(o.flags, always)
	settings := settingsShown(o.flags)
	settings["recording"] = o.recording
	term := o.output.terminal(a)
	r, held, err := harness.CheckRecording(&harness.CheckConfig{
		Tool: tool(), Pages: pages, Settings: settings, Recording: o.recording, Out: o.output.dir, Formats: formats, Repeat: line.String(),
		Observer: harness.Observer{Start: term.Start, Requirement: term.Requirement},
	})
	if r == nil {
		return err
	}
	for _, q := range r.Requirements {
		if q.Reason != "" && q.Verdict != "skip" {
			fmt.Fprintf(a.stdout, "  %s  %s\n", q.Key(), safetext.Line(q.Reason))
		}
	}
	fmt.Fprintf(a.stdout, "\nrecording %s: %d exchanges, %d of them with an entity of a page; %d could not be placed\n",
		safetext.Line(o.recording), held.Exchanges, held.Matching, held.Exchanges-held.Matching)
	return a.finish(term, r, err)
}
