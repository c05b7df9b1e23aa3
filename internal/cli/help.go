package cli

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"graphpact/internal/safetext"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func addGroup(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, c := range commands {
		c.GroupID = title
	}
	root.AddCommand(commands...)
}

// setHelp makes the help of the command, and of those below it, fit a terminal.
func (a *app) setHelp(root *cobra.Command) {
	root.SetUsageFunc(a.usage)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", reflow(cmp.Or(cmd.Long, cmd.Short+"."), a.columns()), cmd.UsageString())
	})
}

// usage prints how the command is used: its line, examples, commands and flags.
func (a *app) usage(cmd *cobra.Command) error {
	width := a.columns()
	var b strings.Builder
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND [flags]"
	}
	fmt.Fprintf(&b, "Usage:\n  %s\n", line)
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		for _, g := range cmd.Groups() {
			writeCommands(&b, cmd, width, g.Title, func(c *cobra.Command) bool { return c.GroupID == g.ID })
		}
		title := "Other commands:"
		if len(cmd.Groups()) == 0 {
			title = "Commands:"
		}
		writeCommands(&b, cmd, width, title, func(c *cobra.Command) bool { return c.GroupID == "" })
	}
	own, global := cmd.LocalFlags(), cmd.InheritedFlags()
	if !cmd.HasParent() {
		own, global = pflag.NewFlagSet("", pflag.ContinueOnError), cmd.LocalFlags()
	}
	b.WriteString(groupedFlags(own, width))
	fmt.Fprintf(&b, "\nGlobal flags:\n%s", global.FlagUsagesWrapped(width))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n`%s COMMAND --help` says more about a command.\n", cmd.CommandPath())
	}
	_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
	return err
}

// writeCommands writes the commands below cmd that belong chooses.
func writeCommands(b *strings.Builder, cmd *cobra.Command, width int, title string, belong func(*cobra.Command) bool) {
	for _, c := range cmd.Commands() {
		if !belong(c) || !c.IsAvailableCommand() && c.Name() != "help" {
			continue
		}
		if title != "" {
			fmt.Fprintf(b, "\n%s\n", title)
			title = ""
		}
		fmt.Fprintf(b, "  %s\n", hang(fmt.Sprintf("%-*s ", c.NamePadding(), c.Name()), c.Short, width-2, 2))
	}
}

// groupedFlags is the text of the flags, the command's own first.
func groupedFlags(all *pflag.FlagSet, width int) string {
	var b strings.Builder
	for _, group := range []string{ownFlags, endpointFlags, authFlags, careFlags, brokerFlags} {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = group == ownFlags
		all.VisitAll(func(f *pflag.Flag) {
			if g := first(f, groupOf); g == group || g == "" && group == ownFlags {
				set.AddFlag(f)
			}
		})
		if set.HasAvailableFlags() {
			fmt.Fprintf(&b, "\n%s:\n%s", group, set.FlagUsagesWrapped(width))
		}
	}
	return b.String()
}

// reflow breaks the paragraphs of a text anew, so that no line is longer than width. A line
// that is indented stays as it is.
func reflow(text string, width int) string {
	var out, paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			out = append(out, safetext.Wrap(strings.Join(paragraph, " "), width)...)
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || line[0] == ' ' || strings.HasSuffix(line, ":") {
			if line != "" && line[0] != ' ' {
				paragraph = append(paragraph, line)
				end()
				continue
			}
			end()
			out = append(out, line)
			continue
		}
		paragraph = append(paragraph, line)
	}
	end()
	return strings.Join(out, "\n")
}

// hang wraps a text behind a label; the lines that follow begin below the text. margin is
// the indentation that the first line gets elsewhere.
func hang(label, text string, width, margin int) string {
	indent := utf8.RuneCountInString(label)
	lines := safetext.Wrap(text, max(width-indent, 20))
	return label + strings.Join(lines, "\n"+strings.Repeat(" ", margin+indent))
}
