package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// app is what the commands share.
type app struct {
	env            func(string) (string, bool)
	environ        []string // all of it, to find what is misspelt
	stdout, stderr io.Writer
	// random is the source of the ids of runs.
	random io.Reader
	// stdin is where a question is answered.
	stdin io.Reader
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "graphpact",
		Short: "Check what a Microsoft Graph reference page promises",
		Long: `graphpact turns a Microsoft Graph reference page ("Update lamp") into a
contract, runs scenarios against any endpoint, and writes verdicts, reports and a
Pact. Each verdict points back to a line of the page, or to a convention of Graph,
OData or HTTP.

Try it:
  graphpact run                 against the embedded mock Graph
  graphpact list                what is tested, and who asks for it
  graphpact explain UPD-06      one requirement in full

Every flag can also be set by a variable (--token-env is GRAPHPACT_TOKEN_ENV; a list
is separated by commas) and in graphpact.yaml, by the flag's name. A flag beats the
environment, and the environment beats the file.

` + exitCodesHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       toolVersion(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.applySettings(cmd)
		},
	}
	root.PersistentFlags().String("config", "", "settings `FILE` (default graphpact.yaml, where it exists)")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())
	})
	root.AddCommand(a.runCommand(), a.listCommand(), a.explainCommand(), a.waiversCommand(), a.deriveCommand(), a.mockCommand(), a.selftestCommand(), a.verifyCommand(), a.doctorCommand(), a.restoreCommand(), a.statesCommand(),
		a.publishCommand(), a.canIDeployCommand(), a.recordDeploymentCommand(), a.recordReleaseCommand(), a.brokerCommand(), a.versionCommand())
	return root
}
