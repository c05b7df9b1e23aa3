package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
	"graphpact/internal/result"
)

type rerunOptions struct {
	report string
	write  writeOptions
	output outputOptions
	dryRun bool
	// headers, tokenCommand and stateURL are what no report holds.
	headers                []string
	tokenCommand, stateURL string
	flags                  *pflag.FlagSet
}

func (a *app) newRerunCommand(run func(context.Context, *rerunOptions) error) *cobra.Command {
	o := &rerunOptions{}
	cmd := &cobra.Command{
		Use:   "rerun REPORT",
		Short: "Run again what failed, was not judged or never ran",
		Long: `rerun reads report.json of an earlier run, or the folder that holds it, and runs again on
the same target and with the same settings what had not held there: what failed, was flaky,
could not be judged, was skipped on account of the endpoint, or never ran. What passed, was
warned of or is waived is left alone. The result is partial: it says nothing of the rest.

The settings are those of the report, whatever graphpact.yaml says now. A secret is never in
a report: the token comes from its variable or method again, and --header, --token-command
or a --state-url with a query, where the run had one, is given again. So is --allow-host, also
for what only reads: a report that someone else wrote must not decide where your token goes.
--doc and --features name the same files, from the same folder; one that changed is reported.

` + exitCodesHelp + `

Here 4 also means that everything had held.`,
		Example: `  graphpact rerun reports/report.json
  graphpact rerun reports --dry-run
  graphpact rerun reports --allow-host graph.microsoft.com --yes
  graphpact rerun reports && graphpact compare reports reports/rerun`,
		Args: wantsArgs(1, 1, "the report of the earlier run, as reports/report.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.report = args[0]
			return run(cmd.Context(), o)
		},
	}
	o.flags = cmd.Flags()
	o.write.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		o.output.declare(fs, "reports/rerun", "show the evidence of every scenario")
		settingsOf("rerun", fs, "out")
	})
	declare(cmd, endpointFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.headers, "header", nil, "header `NAME=VALUE` that the run had (repeatable)")
		declareStateURL(fs, &o.stateURL, "`URL` of the state endpoint that the run had, with its query")
		annotate(fs.Lookup("header"), secretIn, namedValue)
	})
	declare(cmd, authFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.tokenCommand, "token-command", "", "`COMMAND` that the run had")
		annotate(fs.Lookup("token-command"), secretIn, wholeValue)
	})
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.dryRun, "dry-run", false, "print every request that would be sent, and send nothing")
	})
	return cmd
}

func (a *app) rerun(ctx context.Context, o *rerunOptions) error {
	earlier, _, err := result.ReadFile(o.report)
	if err != nil {
		return err
	}
	again, err := o.again(a, earlier)
	if err != nil {
		return fmt.Errorf("%s: %w", o.report, err)
	}
	if again.url != "" {
		if err := o.write.allow(again.url, "the endpoint of the report"); err != nil {
			return err
		}
	}
	return a.run(ctx, again)
}

// again are the options of the earlier run, with what is given now.
func (o *rerunOptions) again(a *app, earlier *result.Run) (*runOptions, error) {
	switch c := earlier.Command; {
	case c == nil && len(earlier.Parts) > 0:
		return nil, errors.New("the shards of this run had targets of their own; run each of them again from its own report")
	case c == nil:
		return nil, errors.New("the report does not say how it was started, as that of `graphpact verify` or of an older graphpact; start it anew with --only")
	case c.Name != "run":
		return nil, fmt.Errorf("it is a report of %q; only `graphpact run` can be run again", "graphpact "+c.Name)
	}
	var options *runOptions
	cmd := a.newRunCommand(func(_ context.Context, got *runOptions) error { options = got; return nil })
	var args []string
	for _, arg := range earlier.Command.Arguments {
		name, _, ok := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		f := cmd.Flags().Lookup(name)
		if !ok || !strings.HasPrefix(arg, "--") || f == nil || !o.mayRepeat(f) {
			return nil, fmt.Errorf("the argument %.60q is none that a report may give to `graphpact run`", arg)
		}
		args = append(args, arg)
	}
	for _, name := range earlier.Command.Withheld {
		if !o.flags.Changed(name) {
			return nil, fmt.Errorf("the run had a --%s, which may be secret and so is not in the report; give it again, by the flag or the variable %s", name, envName(name))
		}
	}
	for _, name := range []string{"out", "report", "verbose", "ascii", "allow-host", "yes", "dry-run", "header", "state-url", "token-command"} {
		f := o.flags.Lookup(name)
		for _, v := range valuesOf(f) {
			if f.Changed || name == "out" {
				args = append(args, "--"+name+"="+v)
			}
		}
	}
	if err := cmd.ParseFlags(args); err != nil {
		return nil, err
	}
	if err := cmd.RunE(cmd, nil); err != nil {
		return nil, err
	}
	options.earlier = earlier
	return options, nil
}

// mayRepeat reports whether a report may say what the flag is: nothing of where to write, of
// which host is allowed, or of what may be secret or is started as a command.
func (o *rerunOptions) mayRepeat(f *pflag.Flag) bool {
	if f.Name == "shard" || f.Name == "state-url" {
		return true
	}
	return !slices.Contains(notRun, f.Name) && !has(f, secretIn)
}

// warnOfChanges says which pages and scenarios are others than those of the earlier run.
func (a *app) warnOfChanges(earlier *result.Run, pages *harness.Pages) {
	for _, was := range earlier.Pages {
		for _, op := range pages.Operations {
			if is := op.ReportPage(); is.Operation == was.Operation && is.Digest != was.Digest {
				fmt.Fprintf(a.stderr, "graphpact: %s has changed since that run: the requirements may be others\n", is.File)
			}
		}
	}
	if earlier.Suite != nil && earlier.Suite.Digest != pages.SuiteDigest {
		fmt.Fprintln(a.stderr, "graphpact: the scenarios have changed since that run: the requirements may be others")
	}
}
