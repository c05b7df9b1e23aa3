package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// everyCommand calls fn with each command that is offered.
func everyCommand(t *testing.T, fn func(t *testing.T, cmd *cobra.Command)) {
	t.Helper()
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		t.Run(strings.ReplaceAll(cmd.CommandPath(), " ", "_"), func(t *testing.T) { fn(t, cmd) })
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				visit(c)
			}
		}
	}
	visit((&app{}).newRootCommand())
}

// TestHelpFitsATerminal: no line of the help is longer than a terminal is wide.
func TestHelpFitsATerminal(t *testing.T) {
	everyCommand(t, func(t *testing.T, cmd *cobra.Command) {
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > maxColumns {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	})
}

// TestHelpIsConsistent: each command has an example and says what its exit codes mean.
func TestHelpIsConsistent(t *testing.T) {
	everyCommand(t, func(t *testing.T, cmd *cobra.Command) {
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		help := out.String()
		if strings.Count(help, "Global flags:\n") != 1 {
			t.Error("the global flags are not listed once")
		}
		if cmd.HasParent() && !slices.Contains([]string{"version", "completion"}, cmd.Name()) && cmd.Parent().Name() != "completion" &&
			!cmd.HasAvailableSubCommands() && cmd.Example == "" {
			t.Error("no example")
		}
		if !cmd.HasAvailableSubCommands() && cmd.Name() != "version" && cmd.Parent().Name() != "completion" && strings.Count(help, "Exit codes:\n") != 1 {
			t.Error("the exit codes are not listed once")
		}
	})
}

func TestReflow(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a paragraph":        {"one two\nthree four", "one two\nthree four"},
		"a long line":        {"one two three four", "one two\nthree four"},
		"an indented line":   {"  one two three four", "  one two three four"},
		"a list below":       {"one:\n  two three", "one:\n  two three"},
		"paragraphs":         {"one\n\ntwo", "one\n\ntwo"},
		"a word that is too": {"incomprehensible", "incomprehensible"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := reflow(c.in, 10); got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}
