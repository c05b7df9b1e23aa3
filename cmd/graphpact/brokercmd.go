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
		Short: "Look into a Pact Broker",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.environmentsCommand())
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
