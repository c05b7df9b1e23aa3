package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/doctor"
	"graphpact/internal/pact"
	"graphpact/internal/result"
)

type doctorOptions struct {
	runOptions
	broker brokerOptions
	format string
	// wrong is what was wrong with the settings, nil where nothing was.
	wrong error
	// file is the settings file, empty where there is none.
	file string
}

func (a *app) newDoctorCommand(run func(context.Context, *doctorOptions) error) *cobra.Command {
	o := &doctorOptions{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, network, TLS, token and entity before a run",
		Long: `doctor looks at what a run needs, in order, and reports on each in one line what was found
and how to fix it: settings, name resolution, connection, TLS, clock, the client
certificate and the state endpoint where they are named, token (audience, expiry,
permissions against those that the page names), the entity, its ETag, a journal that holds
the entity, what a run would send, the Pact helper, and the broker where one is named. It takes the flags by which a
run reaches the endpoint, sends GET and HEAD, and changes nothing. A check whose
precondition failed is not checked.

Exit codes:
  0    nothing would keep a run from starting
  2    the settings are wrong, a journal holds the entity, or the Pact helper
       is missing
  3    the target, its token or the broker is wrong`,
		Example: `  graphpact doctor --endpoint https://graph.microsoft.com/beta \
    --param roomId=… --param lampId=…
  graphpact doctor --auth client-secret --format json`,
		Args: noArgs,
		// Settings that are wrong are a finding like any other.
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			o.wrong = a.applySettings(cmd)
			if file, err := a.settingsFile(cmd); err == nil {
				o.file = file
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.declare(cmd)
	o.broker.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		declareFormat(fs, &o.format, "text", "json")
		fs.StringVar(&o.output.dir, "out", "reports", "`DIR` for the reports of the run; a journal below it may hold the entity")
	})
	// What a run does beyond reaching its target is nothing to look at.
	o.parallel, o.pact.Consumer, o.pact.Provider = 1, "graphpact", "microsoft-graph"
	return cmd
}

func (a *app) doctor(ctx context.Context, o *doctorOptions) error {
	c := doctor.Config{
		Wrong: o.wrong, SettingsFile: o.file, States: plainURL(o.states.stateURL), NoHelper: o.noPact, HelperTimeout: o.timeout, Helper: pact.Installation{Env: a.env}, Now: time.Now,
	}
	if c.Wrong == nil {
		c.Wrong = o.check(a)
	}
	if c.Wrong == nil {
		c.Run, c.Wrong = o.config(a)
	}
	c.WrongRun = o.checkStates()
	if !o.selection.ReadOnly {
		c.HostToAllow = o.write.missing(o.url)
	}
	if o.broker.url != "" {
		c.Broker = func(ctx context.Context) (address string, settings, answer error) {
			client, err := o.broker.client(a)
			if err != nil {
				return "", err, nil
			}
			defer client.Close()
			_, err = client.Environments(ctx)
			return client.BaseURL(), nil, err
		}
	}
	r := doctor.Examine(ctx, c)
	if ctx.Err() != nil {
		return errInterrupted()
	}
	if err := a.printChecks(o, r); err != nil {
		return err
	}
	if r.Worst != nil {
		return failed(*r.Worst, nil) // the checks have said why
	}
	return nil
}

var doctorMarks = map[result.Verdict]string{result.Pass: "ok", result.Warn: "warning", result.Fail: "WRONG", result.Skip: "-"}

func (a *app) printChecks(o *doctorOptions, r *doctor.Report) error {
	if o.format == "json" {
		code := ExitConformant
		if r.Worst != nil {
			code = exitCode(failed(*r.Worst, nil))
		}
		return a.printJSON(map[string]any{"version": "2", "exitCode": code, "checks": r.Checks})
	}
	for _, c := range r.Checks {
		found := c.Found
		if c.Hint != "" {
			found += "; " + c.Hint
		}
		if _, err := fmt.Fprintln(a.stdout, a.beside(fmt.Sprintf("%-8s %-12s ", doctorMarks[c.Verdict], c.Name), found)); err != nil {
			return err
		}
	}
	return nil
}
