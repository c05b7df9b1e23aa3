package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestHelpShowsEachFlagOnce: the headings lose no flag, and repeat none.
func TestHelpShowsEachFlagOnce(t *testing.T) {
	root := (&app{}).newRootCommand()
	for _, cmd := range root.Commands() {
		cmd.InitDefaultHelpFlag()
		var shown []string
		for line := range strings.Lines(groupedFlags(cmd.LocalFlags(), maxColumns)) {
			if strings.HasPrefix(line, "        ") { // the rest of a text
				continue
			}
			for _, word := range strings.Fields(line)[:min(2, len(strings.Fields(line)))] {
				if name, ok := strings.CutPrefix(word, "--"); ok {
					shown = append(shown, name)
				}
			}
		}
		var want []string
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { want = append(want, f.Name) })
		slices.Sort(shown)
		slices.Sort(want)
		if !slices.Equal(shown, want) {
			t.Errorf("%s: shown %v, want %v", cmd.Name(), shown, want)
		}
	}
	var out bytes.Buffer
	if code := Run(t.Context(), []string{"run", "--help"}, nil, nil, &out, &out); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, want := range []string{"\nAuthentication:\n", "\nGlobal flags:\n", "  graphpact run\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// TestNamesOfOtherPactTools: each leads to a flag of ours, which no other flag hides, or to
// a sentence.
func TestNamesOfOtherPactTools(t *testing.T) {
	commands := (&app{}).newRootCommand().Commands()
	for _, cmd := range commands {
		if cmd.Name() == "broker" {
			commands = append(commands, cmd.Commands()...)
		}
	}
	for _, cmd := range commands {
		own := map[string]bool{}
		cmd.Flags().VisitAll(func(f *pflag.Flag) { own[f.Name] = true })
		for _, n := range namesOf(cmd.Name()) {
			if own[n.pact] {
				t.Errorf("%s has --%s itself", cmd.Name(), n.pact)
			}
			f := cmd.Flags().Lookup(n.pact)
			if len(n.pact) == 1 {
				f = cmd.Flags().ShorthandLookup(n.pact)
			}
			switch {
			case (n.flag == "") == (n.instead == ""):
				t.Errorf("%s --%s: %+v", cmd.Name(), n.pact, n)
			case n.flag != "" && (f == nil || f.Name != n.flag):
				t.Errorf("%s --%s is not --%s", cmd.Name(), n.pact, n.flag)
			}
		}
	}
	for args, want := range map[string]string{
		"verify --consumer-version-selectors={}": "--consumer-version-selectors: choose with --main-branch",
		"publish --broker-token=x":               "never flags: PACT_BROKER_TOKEN",
		"publish --nothing":                      "unknown flag: --nothing; see `graphpact publish --help`",
		"verify --provider-base-url=http://127.0.0.1:1 --publish-verification-results --pact-url=y": "--publish-results needs --provider-version",
		"verify --enable-pending --broker-base-url=z":                                               "--broker needs --provider",
	} {
		var out bytes.Buffer
		if code := Run(t.Context(), strings.Fields(args), nil, nil, &out, &out); code != ExitUsage || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit code %d, %q", args, code, out.String())
		}
	}
}
