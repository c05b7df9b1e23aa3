package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/broker"
)

// recordOptions are the flags of the commands that record where versions are.
type recordOptions struct {
	broker     brokerOptions
	deployment broker.Deployment
	// what is done, as "deployed to", and send tells the broker.
	what string
	send func(*broker.Client, context.Context, broker.Deployment) error
	// anyVersion is set where the version may be left out, and instances where several may run
	// side by side.
	anyVersion, instances bool
}

// command gives the command its work and its flags.
func (o *recordOptions) command(run func(context.Context, *recordOptions) error, cmd *cobra.Command) *cobra.Command {
	cmd.Args = noArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) }
	declare(cmd, ownFlags, func(f *pflag.FlagSet) {
		f.StringVar(&o.deployment.Pacticipant, "pacticipant", "", "`NAME` of the application")
		version := "its `VERSION` (default: the git commit)"
		if o.anyVersion {
			version = "its `VERSION` (default: whatever is deployed)"
		}
		f.StringVar(&o.deployment.Version, "version", "", version)
		f.StringVar(&o.deployment.Environment, "environment", "", "`NAME` of the environment; `graphpact broker environments` lists them")
		if o.instances {
			f.StringVar(&o.deployment.Instance, "application-instance", "", "`NAME` of the instance, where several run side by side in the environment")
		}
	})
	o.broker.declare(cmd)
	return cmd
}

func (a *app) newRecordDeploymentCommand(run func(context.Context, *recordOptions) error) *cobra.Command {
	o := &recordOptions{what: "deployed to", send: (*broker.Client).RecordDeployment, instances: true}
	return o.command(run, &cobra.Command{
		Use:   "record-deployment",
		Short: "Tell a Pact Broker that a version was deployed",
		Long: `record-deployment tells the broker that the version runs in the environment now, in
place of the one before it. Run it after each deployment that succeeded: can-i-deploy
and a provider's verification go by it.

` + brokerHelp,
		Example: "  graphpact record-deployment --pacticipant graphpact --version 1.4.2 \\\n    --environment production",
	})
}

func (a *app) newRecordUndeploymentCommand(run func(context.Context, *recordOptions) error) *cobra.Command {
	o := &recordOptions{what: "no longer deployed to", send: (*broker.Client).RecordUndeployment, anyVersion: true, instances: true}
	return o.command(run, &cobra.Command{
		Use:   "record-undeployment",
		Short: "Tell a Pact Broker that an application runs in an environment no longer",
		Long: `record-undeployment tells the broker that the application, or the instance that is
named, was taken down in the environment. A deployment of another version takes the
place of the one before it, and needs no undeployment.

` + brokerHelp,
		Example: "  graphpact record-undeployment --pacticipant graphpact --environment test \\\n    --application-instance blue",
	})
}

func (a *app) newRecordSupportEndedCommand(run func(context.Context, *recordOptions) error) *cobra.Command {
	o := &recordOptions{what: "no longer supported in", send: (*broker.Client).RecordSupportEnded}
	return o.command(run, &cobra.Command{
		Use:   "record-support-ended",
		Short: "Tell a Pact Broker that a released version is supported no longer",
		Long: `record-support-ended tells the broker that users of the released version are on
their own now: can-i-deploy and a provider's verification leave it out.

` + brokerHelp,
		Example: "  graphpact record-support-ended --pacticipant graphpact --version 1.4.2 \\\n    --environment production",
	})
}

func (a *app) newRecordReleaseCommand(run func(context.Context, *recordOptions) error) *cobra.Command {
	o := &recordOptions{what: "released to", send: (*broker.Client).RecordRelease}
	return o.command(run, &cobra.Command{
		Use:   "record-release",
		Short: "Tell a Pact Broker that a version was released",
		Long: `record-release tells the broker that the version is on offer in the environment,
beside the ones before it: for what users install, as an app or a library.

` + brokerHelp,
		Example: "  graphpact record-release --pacticipant graphpact --version 1.4.2 \\\n    --environment production",
	})
}

func (a *app) record(ctx context.Context, o *recordOptions) error {
	d := o.deployment
	switch {
	case d.Pacticipant == "":
		return errors.New("--pacticipant: name the application")
	case d.Environment == "":
		return errors.New("--environment: name the environment; `graphpact broker environments` lists them")
	}
	var err error
	if d.Version != "" || !o.anyVersion {
		if d.Version, err = a.versionOf(ctx, d.Version); err != nil {
			return err
		}
	}
	client, err := o.broker.client(a)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := o.send(client, ctx, d); err != nil {
		return brokerExit(err)
	}
	fmt.Fprintf(a.stdout, "RECORDED: %s is %s %s\n", strings.TrimSpace(d.Pacticipant+" "+d.Version), o.what, d.Environment)
	return nil
}
