package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/credential"
	"graphpact/internal/harness"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
)

// shells are those that a completion script can be made for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func (a *app) newCompletionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script of a shell",
		Long: `completion prints a script that completes graphpact's commands, flags and their
values (requirements, faults, variants, path parameters, authentication methods,
provider states) in bash, zsh, fish or powershell. The one for bash needs the
package bash-completion.

Exit codes:
  0    the script is printed
  2    there is no such shell`,
		Example: `  source <(graphpact completion bash)
  graphpact completion bash > /etc/bash_completion.d/graphpact
  graphpact completion zsh > "${fpath[1]}/_graphpact"
  graphpact completion fish > ~/.config/fish/completions/graphpact.fish
  graphpact completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args:      wantsArgs(1, 1, "a SHELL: "+strings.Join(shells, ", ")),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			write, known := map[string]form{
				"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
				"zsh":        root.GenZshCompletion,
				"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
				"powershell": root.GenPowerShellCompletionWithDesc,
			}[args[0]]
			if !known {
				return fmt.Errorf("completion %s: there is no script for this shell; choose %s", args[0], strings.Join(shells, ", "))
			}
			return write(a.stdout)
		},
	}
}

// completer gives the values that a word may become, each with a description behind a tab.
type completer func(cmd *cobra.Command) []string

// completers are the values of flags, by their names. A flag that means something else for
// a command is named with it.
var completers = map[string]completer{
	"auth":         func(*cobra.Command) []string { return credential.Methods() },
	"exclude":      completeProperties,
	"fault":        func(*cobra.Command) []string { return behaviourNames(mockgraph.Faults()) },
	"filter-state": completeStates,
	"only":         completeRequirements,
	"param": func(cmd *cobra.Command) []string {
		return namesIn(cmd, func(op harness.Operation, add func(string)) {
			for _, p := range op.Path.Params {
				add(p.Name + "=")
			}
		})
	},
	"property":      completeProperties,
	"report":        func(*cobra.Command) []string { return strings.Split(formatNames(), ", ") },
	"selftest only": func(*cobra.Command) []string { return describedTrials() },
	"tags": func(cmd *cobra.Command) []string {
		return namesIn(cmd, func(op harness.Operation, add func(string)) {
			for _, c := range op.Suite.Cases {
				for _, tag := range c.Tags {
					add(tag)
				}
			}
		})
	},
	"value": func(cmd *cobra.Command) []string {
		names := completeProperties(cmd)
		for i := range names {
			names[i] += "="
		}
		return names
	},
	"variant": func(*cobra.Command) []string { return behaviourNames(mockgraph.Variants()) },
}

// completions gives each flag of the commands what it may hold: the formats and the like
// from the flag itself, names from completers; a flag that names a file gets files, and
// another one nothing.
func completions(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		completions(cmd)
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			fn := func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
				return nil, cobra.ShellCompDirectiveDefault
			}
			values, ok := completers[cmd.Name()+" "+f.Name]
			if !ok {
				values, ok = completers[f.Name]
			}
			words, few := f.Value.(choice)
			switch kind, _ := pflag.UnquoteUsage(f); {
			case ok:
				fn = func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
					if f.Name == "param" || f.Name == "value" { // a value is typed behind NAME=
						return values(cmd), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
					}
					return values(cmd), cobra.ShellCompDirectiveNoFileComp
				}
			case few:
				fn = cobra.FixedCompletions(words.words, cobra.ShellCompDirectiveNoFileComp)
			case kind == "DIR":
				fn = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
			case kind != "FILE" && kind != "PAGE":
				fn = cobra.NoFileCompletions
			}
			// It fails for a flag that has a function already, and none has.
			_ = cmd.RegisterFlagCompletionFunc(f.Name, fn)
		})
	}
}

// namesIn gives the names that of adds for each operation of the pages that the command line
// names so far, each once; none where the pages cannot be read, which is reported when the
// command runs.
func namesIn(cmd *cobra.Command, of func(op harness.Operation, add func(name string))) []string {
	o := &pageOptions{}
	o.docs, _ = cmd.Flags().GetStringArray("doc")
	o.features, _ = cmd.Flags().GetString("features")
	o.reading.requestLine, _ = cmd.Flags().GetInt("path")
	pages, err := o.load()
	if err != nil {
		return nil
	}
	var out []string
	for _, op := range pages.Operations {
		of(op, func(name string) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		})
	}
	return out
}

func completeRequirements(cmd *cobra.Command) []string {
	return namesIn(cmd, func(op harness.Operation, add func(string)) {
		for _, c := range op.Suite.Cases {
			add(c.ID + "\t" + c.Outline)
			if c.Row != "" {
				add(c.Key() + "\t" + c.Name)
			}
		}
	})
}

func completeProperties(cmd *cobra.Command) []string {
	return namesIn(cmd, func(op harness.Operation, add func(string)) {
		for _, p := range op.Settable() {
			add(p.Name)
		}
	})
}

func completeStates(cmd *cobra.Command) []string {
	pages, err := (&pageOptions{}).load()
	if err != nil {
		return nil
	}
	uses, err := stateUses(cmd.Context(), pages, nil)
	if err != nil {
		return nil
	}
	var out []string
	for _, s := range listStates(uses, pages.Contracts()) {
		out = append(out, s.Name)
	}
	return out
}

func behaviourNames(list []mockgraph.Behaviour) []string {
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = b.Name + "\t" + b.Summary
	}
	return out
}

func describedTrials() []string {
	out := behaviourNames(slices.Concat(mockgraph.Faults(), mockgraph.Variants()))
	for _, c := range negative.Controls() {
		out = append(out, c.Name+"\t"+c.Summary)
	}
	return out
}
