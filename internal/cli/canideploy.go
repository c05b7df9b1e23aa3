package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/broker"
	"graphpact/internal/harness"
)

type canIDeployOptions struct {
	broker   brokerOptions
	question broker.Question
	retries  int
	interval time.Duration
}

func (a *app) newCanIDeployCommand(run func(context.Context, *canIDeployOptions) error) *cobra.Command {
	o := &canIDeployOptions{}
	cmd := &cobra.Command{
		Use:   "can-i-deploy",
		Short: "Ask a Pact Broker whether a version may be deployed",
		Long: `can-i-deploy asks the broker whether a version works with the others that it will
meet, and prints the pacts and their verifications as a table. The others are those in
an environment, or the latest ones. "Not known yet" is no yes: with
--retry-while-unknown the broker is asked again while a verification is missing.

` + brokerHelp,
		Example: `  graphpact can-i-deploy --pacticipant graphpact --to-environment production
  graphpact can-i-deploy --pacticipant graphpact --version 1.4.2 \
    --to-main-branch --retry-while-unknown 30
  graphpact can-i-deploy --pacticipant graphpact --to-branch release \
    --with microsoft-graph`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	declare(cmd, ownFlags, func(f *pflag.FlagSet) {
		f.StringVar(&o.question.Pacticipant, "pacticipant", "", "`NAME` of the application to deploy")
		f.StringVar(&o.question.Version, "version", "", "its `VERSION` (default: the git commit)")
		f.StringVar(&o.question.Environment, "to-environment", "", "with what is in the environment `NAME` now")
		f.StringVar(&o.question.Branch, "to-branch", "", "with the latest version on `BRANCH` of each application that --with names")
		f.BoolVar(&o.question.MainBranch, "to-main-branch", false, "with the latest version on the main branch of each other application")
		f.BoolVar(&o.question.Latest, "latest", false, "with the latest version of each other application, or of those that --with names")
		f.StringArrayVar(&o.question.With, "with", nil, "`NAME` of another application (repeatable)")
		f.IntVar(&o.retries, "retry-while-unknown", 0, "ask up to `N` times more while a verification is missing")
		o.interval = 10 * time.Second
		f.Var((*secondsValue)(&o.interval), "retry-interval", "wait this `DURATION` before asking again; a number alone is seconds, as the Pact CLI has it")
	})
	o.broker.declare(cmd)
	return cmd
}

// secondsValue is a duration whose unit may be left out: then it is seconds.
type secondsValue time.Duration

func (v *secondsValue) Set(s string) error {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		*v = secondsValue(time.Duration(n) * time.Second)
		return nil
	}
	d, err := time.ParseDuration(s)
	*v = secondsValue(d)
	return err
}

func (v *secondsValue) String() string { return time.Duration(*v).String() }

// Type is that of the other durations, by which a wrong value is explained.
func (*secondsValue) Type() string { return "duration" }

// check holds the flags to what the broker can be asked.
func (o *canIDeployOptions) check() error {
	q := o.question
	places := 0
	for _, set := range []bool{q.Environment != "", q.Branch != "", q.MainBranch, q.Latest} {
		if set {
			places++
		}
	}
	switch {
	case q.Pacticipant == "":
		return errors.New("--pacticipant: name the application to deploy")
	case places != 1:
		return errors.New("say where to: one of --to-environment, --to-branch, --to-main-branch and --latest")
	case q.Branch != "" && len(q.With) == 0:
		return errors.New("--to-branch: name the applications that have the branch with --with; for the main branch of all use --to-main-branch")
	case len(q.With) > 0 && (q.Environment != "" || q.MainBranch):
		return errors.New("--with goes with --to-branch and --latest; an environment and the main branch mean all applications")
	case o.retries < 0:
		return fmt.Errorf("--retry-while-unknown %d: at least 0", o.retries)
	case o.interval < 0:
		return fmt.Errorf("--retry-interval %s: at least 0s", o.interval)
	}
	return nil
}

func (a *app) canIDeploy(ctx context.Context, o *canIDeployOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	q := o.question
	version, err := a.versionOf(ctx, q.Version)
	if err != nil {
		return err
	}
	q.Version = version
	client, err := o.broker.client(a)
	if err != nil {
		return err
	}
	defer client.Close()
	answer, err := client.AskUntilKnown(ctx, q, broker.Retry{Retries: o.retries, Interval: o.interval, Waiting: func(retry int, why string) {
		fmt.Fprintf(a.stdout, "%s, asking again in %s (%d of %d)\n", why, o.interval, retry, o.retries)
	}})
	if err != nil {
		return brokerExit(err)
	}
	if err := a.printMatrix(answer.Rows); err != nil {
		return err
	}
	if answer.Reason != "" {
		fmt.Fprintln(a.stdout, strings.TrimSpace(answer.Reason))
	}
	subject := q.Pacticipant + " " + q.Version
	switch answer.Deployable {
	case broker.Yes:
		fmt.Fprintf(a.stdout, "YES: %s can be deployed %s\n", subject, destination(q))
		return nil
	case broker.Unknown:
		advice := "verify the pact, or wait with --retry-while-unknown"
		// An error here is no answer to the question.
		if absent, err := client.Absent(ctx, q, answer); err == nil && len(absent) > 0 {
			advice = "waiting does not help: there is no version of " + strings.Join(absent, ", ") + " there"
		}
		return failed(harness.NotConformant, fmt.Errorf("NOT KNOWN: a verification is missing for %s %s; %s", subject, destination(q), advice))
	case broker.No:
	}
	return failed(harness.NotConformant, fmt.Errorf("NO: %s cannot be deployed %s", subject, destination(q)))
}

// versionOf is the version that a flag names, or the git commit.
func (a *app) versionOf(ctx context.Context, version string) (string, error) {
	v := orElse(version, "version", func() fact { return a.build().commit(ctx) })
	if v.value == "" {
		return "", errors.New("the version is not known: add --version, or run in a git repository")
	}
	return v.value, nil
}

func destination(q broker.Question) string {
	with := ""
	if len(q.With) > 0 {
		with = " of " + strings.Join(q.With, ", ")
	}
	switch {
	case q.Environment != "":
		return "to " + q.Environment
	case q.Branch != "":
		return "with branch " + q.Branch + with
	case q.MainBranch:
		return "with the main branches"
	}
	return "with the latest" + with
}

func (a *app) printMatrix(rows []broker.MatrixRow) error {
	if len(rows) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CONSUMER\tVERSION\tPROVIDER\tVERSION\tVERIFIED\tRESULT")
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join([]string{ // no column is empty
			r.Consumer, r.ConsumerVersion, r.Provider, cmp.Or(r.ProviderVersion, "-"), cmp.Or(string(r.Verified), "-"), cmp.Or(r.ResultURL, "-"),
		}, "\t"))
	}
	return w.Flush()
}
