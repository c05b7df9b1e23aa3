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
		for line := range strings.Lines(groupedFlags(cmd.LocalFlags())) {
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
