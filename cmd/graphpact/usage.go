package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagGroups are the headings under which help lists flags, with the flags of each in
// the order shown. A flag that none names is one of the command's own, "Flags".
var flagGroups = []flagGroup{
	{"The endpoint", []string{
		"endpoint", "provider-url", "param", "header", "query", "timeout", "ca-file", "client-cert", "client-key",
		"auth-header", "auth-scheme", "request-id-header", "client-request-id-header", "state-url", "no-get",
	}},
	{"Authentication", []string{
		"auth", "token-env", "token-file", "token-command", "tenant", "client-id", "scope", "authority",
	}},
	{"Care for the endpoint", []string{
		"allow-host", "yes", "dry-run", "read-only", "keep-changes", "rate", "retry-budget", "give-up", "max-time", "force",
	}},
	{"The broker", []string{
		"broker", "broker-ca-cert", "broker-allow-http", "broker-timeout", "consumer-branch", "main-branch",
		"matching-branch", "deployed-to", "released-to", "latest", "tag", "include-pending", "include-wip-since",
		"provider-version", "provider-branch", "publish-results", "build-url",
	}},
}

type flagGroup struct {
	title string
	flags []string
}

// groupFlags has help list the command's flags under their headings, where there are so
// many that nobody would find one.
func groupFlags(cmd *cobra.Command) {
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		w := cmd.OutOrStderr()
		_, err := fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n%sGlobal flags:\n%s", cmd.UseLine(), cmd.Example,
			groupedFlags(cmd.LocalFlags()), cmd.InheritedFlags().FlagUsages())
		return err
	})
}

// groupedFlags is the text of the flags, the command's own first.
func groupedFlags(all *pflag.FlagSet) string {
	var b strings.Builder
	section := func(title string, names []string) {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = false
		for _, name := range names {
			if f := all.Lookup(name); f != nil {
				set.AddFlag(f)
			}
		}
		if set.HasAvailableFlags() {
			fmt.Fprintf(&b, "\n%s:\n%s", title, set.FlagUsages())
		}
	}
	var own []string
	all.VisitAll(func(f *pflag.Flag) {
		if !slices.ContainsFunc(flagGroups, func(g flagGroup) bool { return slices.Contains(g.flags, f.Name) }) {
			own = append(own, f.Name)
		}
	})
	section("Flags", own)
	for _, g := range flagGroups {
		section(g.title, g.flags)
	}
	b.WriteByte('\n')
	return b.String()
}
