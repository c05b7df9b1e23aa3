package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/broker"
)

// The variables that the users of other Pact tools have set already.
const (
	envBrokerURL      = "PACT_BROKER_BASE_URL"
	envBrokerToken    = "PACT_BROKER_TOKEN"
	envBrokerUsername = "PACT_BROKER_USERNAME"
	envBrokerPassword = "PACT_BROKER_PASSWORD"
)

const brokerHelp = `The broker is named by --broker or PACT_BROKER_BASE_URL. The credentials come from
PACT_BROKER_TOKEN (PactFlow), or from PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD,
and are never flags. HTTPS_PROXY and NO_PROXY are honoured.

Exit codes:
  0    done, or yes
  1    the broker says no, or it does not know yet
  2    wrong usage or configuration, or the broker refuses the request
  3    the broker is not reachable, lets nobody in, or is no Pact Broker
  4    there is nothing to publish
  130  interrupted`

// brokerOptions name the broker.
type brokerOptions struct {
	url       string
	caCert    string
	allowHTTP bool
	timeout   time.Duration
}

func (f *brokerOptions) declare(cmd *cobra.Command) {
	declare(cmd, brokerFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&f.url, "broker", "", "base `URL` of the Pact Broker (also "+envBrokerURL+")")
		fs.StringVar(&f.caCert, "broker-ca-cert", "", "PEM `FILE` of certificates to trust for the broker, beside the system's")
		fs.BoolVar(&f.allowHTTP, "broker-allow-http", false, "let the credentials travel in clear to a broker on another machine")
		fs.DurationVar(&f.timeout, "broker-timeout", 30*time.Second, "how long a request to the broker may take, as `DURATION` 10s")
		annotate(fs.Lookup("broker"), variablesOf, envBrokerURL)
		annotate(fs.Lookup("broker"), secretIn, urlQuery)
	})
}

// client makes the client of the broker that the flags and the environment name.
// Nothing is sent.
func (f *brokerOptions) client(a *app) (*broker.Client, error) {
	if f.url == "" {
		return nil, errors.New("no broker is named: add --broker URL, or set " + envBrokerURL)
	}
	if f.timeout <= 0 {
		return nil, errors.New("--broker-timeout: more than 0")
	}
	value := func(name string) string {
		v, _ := a.env(name)
		return v
	}
	return broker.New(broker.Config{
		BaseURL: f.url, CACert: f.caCert, AllowHTTP: f.allowHTTP, Timeout: f.timeout, UserAgent: userAgent(),
		Token: value(envBrokerToken), Username: value(envBrokerUsername), Password: value(envBrokerPassword),
	})
}

func (a *app) newBrokerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "See and create the environments of a Pact Broker",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.newEnvironmentsCommand(), a.newCreateEnvironmentCommand())
	return cmd
}

func (a *app) newEnvironmentsCommand() *cobra.Command {
	var flags brokerOptions
	cmd := &cobra.Command{
		Use:     "environments",
		Short:   "List the environments, and what is deployed and released there",
		Long:    "environments lists the broker's environments with the versions in them.\n\n" + brokerHelp,
		Example: "  graphpact broker environments --broker https://broker.example.org",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := flags.client(a)
			if err != nil {
				return err
			}
			defer client.Close()
			return a.environments(cmd.Context(), client)
		},
	}
	flags.declare(cmd)
	return cmd
}

func (a *app) newCreateEnvironmentCommand() *cobra.Command {
	var options brokerOptions
	var e broker.Environment
	cmd := &cobra.Command{
		Use:     "create-environment NAME",
		Short:   "Create an environment that versions can be deployed and released to",
		Long:    "create-environment adds an environment to the broker, once for each place that\nversions go to.\n\n" + brokerHelp,
		Example: "  graphpact broker create-environment production --production",
		Args:    wantsArgs(1, 1, "the environment, as graphpact broker create-environment production"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := options.client(a)
			if err != nil {
				return err
			}
			defer client.Close()
			e.Name = args[0]
			if err := client.CreateEnvironment(cmd.Context(), e); err != nil {
				return brokerExit(err)
			}
			fmt.Fprintf(a.stdout, "CREATED: the environment %s\n", e.Name)
			return nil
		},
	}
	declare(cmd, ownFlags, func(f *pflag.FlagSet) {
		f.StringVar(&e.DisplayName, "display-name", "", "`NAME` for people (default: made from NAME)")
		f.BoolVar(&e.Production, "production", false, "it serves users")
	})
	options.declare(cmd)
	return cmd
}

func (a *app) environments(ctx context.Context, client *broker.Client) error {
	envs, err := client.Environments(ctx)
	if err != nil {
		return brokerExit(err)
	}
	if len(envs) == 0 {
		fmt.Fprintln(a.stdout, "the broker has no environments")
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ENVIRONMENT\tKIND\tAPPLICATION\tVERSION\tSTATE")
	for _, e := range envs {
		kind := "test"
		if e.Production {
			kind = "production"
		}
		placed, err := client.InEnvironment(ctx, e)
		if err != nil {
			return brokerExit(err)
		}
		if len(placed) == 0 {
			fmt.Fprintln(w, strings.Join([]string{e.Name, kind, "-", "-", "-"}, "\t"))
		}
		for _, p := range placed {
			state := "deployed"
			if p.Released {
				state = "released"
			}
			if p.Instance != "" {
				state += " as " + p.Instance
			}
			fmt.Fprintln(w, strings.Join([]string{e.Name, kind, p.Pacticipant, p.Version, state}, "\t"))
		}
	}
	return w.Flush()
}
