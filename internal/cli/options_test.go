package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/pact"
)

// parse runs a command whose work is replaced, and gives what it prints.
func parse(t *testing.T, a *app, cmd *cobra.Command, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	a.stdout, a.stderr = &out, &out
	root := &cobra.Command{
		Use: "graphpact", SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.applySettings(cmd) },
	}
	root.PersistentFlags().String("config", filepath.Join(t.TempDir(), "none.yaml"), "")
	if err := os.WriteFile(root.PersistentFlags().Lookup("config").DefValue, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	root.AddCommand(cmd)
	root.SetOut(&out)
	root.SetArgs(append([]string{cmd.Name()}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// TestRepeatKeepsWhatMattered: a line that repeats a command has every flag that shaped it,
// wherever it was set, and no secret.
func TestRepeatKeepsWhatMattered(t *testing.T) {
	t.Parallel()
	a := &app{environ: []string{"GRAPHPACT_RATE=5", "GRAPHPACT_PARALLEL=2"}}
	var got *runOptions
	cmd := a.newRunCommand(func(_ context.Context, o *runOptions) error { got = o; return nil })
	out, err := parse(t, a, cmd, "--endpoint", "https://graph.example/beta", "--param", "a=1", "--header", "X-Key=secret",
		"--state-url", "https://graph.example/s?key=secret", "--token-command", "print secret", "--doc", "a b.md", "--timeout", "30s",
		"--no-get", "--yes", "--out", "x", "--tags", "@must", "--repeat", "3")
	if err != nil {
		t.Fatal(err, out)
	}
	want := "graphpact run --endpoint https://graph.example/beta --param a=1 --token-command '…' --header 'X-Key=…' --rate 5" +
		" --state-url 'https://graph.example/s?…' --no-get --doc 'a b.md' --repeat 3 --only UPD-01"
	if diff := cmp.Diff(want, got.repeat("UPD-01")); diff != "" {
		t.Errorf("repeat (-want +got):\n%s", diff)
	}
	want = "graphpact restore --allow-host graph.example --token-command '…' --header 'X-Key=…' --rate 5 'the journal.json'"
	if diff := cmp.Diff(want, got.restoreCommand("the journal.json")); diff != "" {
		t.Errorf("restore (-want +got):\n%s", diff)
	}
	settings := settingsShown(got.flags)
	wantSettings := map[string]string{
		"header": "X-Key", "state-url": "https://graph.example/s", "token-command": "…", "doc": "a b.md", "timeout": "30s", "no-get": "true",
		"out": "x", "tags": "@must", "repeat": "3", "rate": "5", "parallel": "2", "give-up": "5", "retry-budget": "2m0s", "token-env": "GRAPH_TOKEN",
	}
	if diff := cmp.Diff(wantSettings, settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// TestVerifyRepeatKeepsSelectors: the same for a pact of a broker, and of a file.
func TestVerifyRepeatKeepsSelectors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"broker": {
			[]string{"--broker", "https://b.example?k=secret", "--provider", "p", "--main-branch", "--deployed-to", "prod", "--provider-branch", "main", "--publish-results", "--provider-version", "1"},
			"graphpact verify --broker 'https://b.example?…' --main-branch --deployed-to prod --provider p --provider-branch main --filter-description '^d$'",
		},
		"file": {
			[]string{"--broker", "https://b.example", "--provider", "p", "--pact", "all", "--filter-state", "x"},
			"graphpact verify --pact one.json --provider p --filter-description '^d$'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{}
			var got *verifyOptions
			cmd := a.newVerifyCommand(func(_ context.Context, o *verifyOptions) error { got = o; return nil })
			if out, err := parse(t, a, cmd, tc.args...); err != nil {
				t.Fatal(err, out)
			}
			if diff := cmp.Diff(tc.want, got.repeat(pact.Interaction{Pact: "one.json", Description: "d"})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFlagsAreParsedWithoutRunning: each command whose work can be replaced takes its flags.
func TestFlagsAreParsedWithoutRunning(t *testing.T) {
	t.Parallel()
	a := &app{environ: []string{"PACT_BROKER_BASE_URL=https://b.example", "GRAPHPACT_SELFTEST_OUT=m.md"}}
	var (
		self    *selftestOptions
		deploy  *canIDeployOptions
		publish *publishOptions
		rec     *recordOptions
		rest    *restoreOptions
		doc     *doctorOptions
	)
	for _, tc := range []struct {
		cmd  *cobra.Command
		args []string
	}{
		{a.newSelftestCommand(func(_ context.Context, o *selftestOptions) error { self = o; return nil }), []string{"--pairs", "7"}},
		{a.newCanIDeployCommand(func(_ context.Context, o *canIDeployOptions) error { deploy = o; return nil }), []string{"--retry-interval", "3s"}},
		{a.newPublishCommand(func(_ context.Context, o *publishOptions) error { publish = o; return nil }), []string{"a.json", "b.json"}},
		{a.newRecordReleaseCommand(func(_ context.Context, o *recordOptions) error { rec = o; return nil }), []string{"--environment", "e"}},
		{a.newRestoreCommand(func(_ context.Context, o *restoreOptions) error { rest = o; return nil }), []string{"--force", "j.json"}},
		{a.newDoctorCommand(func(_ context.Context, o *doctorOptions) error { doc = o; return nil }), []string{"--read-only"}},
	} {
		if out, err := parse(t, a, tc.cmd, tc.args...); err != nil {
			t.Fatalf("%s: %v\n%s", tc.cmd.Name(), err, out)
		}
	}
	if self.pairs != 7 || self.out != "m.md" {
		t.Errorf("selftest %+v", self)
	}
	if deploy.interval != 3*time.Second || deploy.broker.url != "https://b.example" {
		t.Errorf("can-i-deploy %+v", deploy)
	}
	if strings.Join(publish.pacts, " ") != "a.json b.json" || rec.what != "released to" || rec.deployment.Environment != "e" {
		t.Errorf("publish %+v, record %+v", publish, rec)
	}
	if !rest.force || len(rest.files) != 1 || !doc.selection.ReadOnly || doc.wrong != nil {
		t.Errorf("restore %+v, doctor %+v", rest, doc)
	}
}

// The Pact CLI takes the seconds between two questions as a number alone.
func TestRetryInterval(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{"10": 10 * time.Second, "0": 0, "250ms": 250 * time.Millisecond, "1m": time.Minute, "x": -1, "-3": -1, "1.5": -1, "99999999999": -1} {
		a := &app{}
		var got *canIDeployOptions
		cmd := a.newCanIDeployCommand(func(_ context.Context, o *canIDeployOptions) error { got = o; return nil })
		_, err := parse(t, a, cmd, "--retry-interval", value)
		if (err != nil) != (want < 0) || err == nil && got.interval != want {
			t.Errorf("%q gives %+v, %v", value, got, err)
		}
	}
}

// TestEachFlagHasAGroup: no flag is declared past the groups, so that help, settings and
// repeat lines go by it.
func TestEachFlagHasAGroup(t *testing.T) {
	t.Parallel()
	for _, cmd := range (&app{}).newRootCommand().Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if first(f, groupOf) == "" && f.Name != "help" {
				t.Errorf("%s --%s has no group", cmd.Name(), f.Name)
			}
		})
	}
}
