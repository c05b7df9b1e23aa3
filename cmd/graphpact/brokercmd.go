package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"graphpact/internal/broker"
)

func (a *app) brokerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "See and create the environments of a Pact Broker",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.environmentsCommand(), a.createEnvironmentCommand())
	return cmd
}

func (a *app) environmentsCommand() *cobra.Command {
	var flags brokerFlags
	cmd := &cobra.Command{
		Use:     "environments",
		Short:   "List the environments, and what is deployed and released there",
		Long:    "environments lists the broker's environments with the versions in them.\n\n" + brokerHelp,
		Example: "  graphpact broker environments --broker https://broker.example.org",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := flags.client(a)
			if err != nil {
				return err
			}
			defer client.Close()
			return a.environments(cmd.Context(), client)
		},
	}
	flags.add(cmd)
	return cmd
}

func (a *app) createEnvironmentCommand() *cobra.Command {
	var flags brokerFlags
	var e broker.Environment
	cmd := &cobra.Command{
		Use:     "create-environment NAME",
		Short:   "Create an environment that versions can be deployed and released to",
		Long:    "create-environment adds an environment to the broker, once for each place that\nversions go to.\n\n" + brokerHelp,
		Example: "  graphpact broker create-environment production --production",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := flags.client(a)
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
	flags.add(cmd)
	cmd.Flags().StringVar(&e.DisplayName, "display-name", "", "`NAME` for people (default: made from NAME)")
	cmd.Flags().BoolVar(&e.Production, "production", false, "it serves users")
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
