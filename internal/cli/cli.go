// Package cli is the command line of graphpact: flags, settings file, environment, help and
// exit codes. It reads them into plain structs, hands these to the packages that do the
// work, and prints what comes of it.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"graphpact/internal/atomicfile"
	"graphpact/internal/broker"
	"graphpact/internal/harness"
	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// app is what the commands share.
type app struct {
	// environ is the environment, as os.Environ gives it.
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	// args is the command line, and touched are the files that changed since the run before
	// this one, where --watch runs it again.
	args, touched []string
}

// Run is the whole program: it returns the exit code, and touches nothing global. env is
// the environment, as os.Environ gives it.
func Run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &output{Writer: stdout}
	a := &app{environ: env, stdin: stdin, stdout: out, stderr: stderr, args: args}
	code := a.exit(a.execute(ctx, args))
	// What was printed in part must not pass for the whole; who has gone wants no more.
	if code == ExitConformant && out.err != nil && !errors.Is(out.err, syscall.EPIPE) {
		return a.exit(out.err)
	}
	return code
}

// output remembers the first error of what it writes to: few of those who print look.
type output struct {
	io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.err == nil {
			o.err = err
		}
	}
	return n, err
}

func (a *app) execute(ctx context.Context, args []string) error {
	root := a.newRootCommand()
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) { // a shell asks; no other start needs them
		completions(root)
	}
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	return root.ExecuteContext(ctx)
}

// Command gives the commands with their help, for what makes documentation of it.
func Command() *cobra.Command { return (&app{}).newRootCommand() }

// env gives a variable; the last one of a name counts, as for a child process.
func (a *app) env(name string) (string, bool) {
	for _, kv := range slices.Backward(a.environ) {
		if n, v, ok := strings.Cut(kv, "="); ok && n == name {
			return v, true
		}
	}
	return "", false
}

func (a *app) newRootCommand() *cobra.Command {
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
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.applySettings(cmd)
		},
	}
	root.PersistentFlags().String("config", "", "settings `FILE` (default graphpact.yaml, where it exists)")
	a.setHelp(root)
	root.SetFlagErrorFunc(flagError)
	addGroup(root, "Test an endpoint:", a.newRunCommand(a.run), a.newVerifyCommand(a.verify), a.newDoctorCommand(a.doctor),
		a.newRestoreCommand(a.restore), a.newMockCommand(), a.newCheckCommand(a.check), a.newRerunCommand(a.rerun))
	addGroup(root, "Read a page:", a.newListCommand(), a.newExplainCommand(), a.newDeriveCommand(), a.newLintCommand(a.lint),
		a.newDiffCommand(a.diff), a.newInitCommand(a.init), a.newStatsCommand(a.stats))
	addGroup(root, "Results:", a.newOpenCommand(startProgram), a.newCompareCommand(a.compareRuns), a.newMergeCommand(a.merge),
		a.newStatementCommand(a.statement, a.verifyStatement), a.newWaiversCommand(), a.newSelftestCommand(a.selftest))
	addGroup(root, "Pact and the Pact Broker:", a.newStatesCommand(), a.newPublishCommand(a.publish), a.newCanIDeployCommand(a.canIDeploy),
		a.newRecordDeploymentCommand(a.record), a.newRecordUndeploymentCommand(a.record), a.newRecordReleaseCommand(a.record),
		a.newRecordSupportEndedCommand(a.record), a.newBrokerCommand())
	root.AddCommand(a.newVersionCommand(), a.newCompletionCommand())
	root.CompletionOptions.DisableDefaultCmd = true
	return root
}

// The exit codes of graphpact.
const (
	ExitConformant    = 0   // what was asked for is so
	ExitNotConformant = 1   // a MUST failed, a requirement could not be judged, or schemas drifted
	ExitUsage         = 2   // wrong usage or configuration; no Pact could be written
	ExitTarget        = 3   // the target is not reachable, or lets nobody in
	ExitNothingRan    = 4   // nothing matched, nothing or no update that succeeds could be tested, or the answer was no
	ExitInterrupted   = 130 // SIGINT or SIGTERM
)

const exitCodesHelp = `Exit codes:
  0    CONFORMANT: every MUST that could be tested holds. Also INCOMPLETE, where
       that much was asked for: a part of the scenarios (--only, --tags,
       --read-only) holds, or there are only warnings and waivers
  1    NOT CONFORMANT: a MUST failed, or a requirement could not be judged
  2    wrong usage or configuration, as the name of a requirement that there is
       none of, or the Pact could not be written (INCOMPLETE)
  3    the target is not reachable or not authenticated, or the entity is
       missing
  4    nothing ran: a filter matched nothing, there is no scenario, or the
       question before the first write was not answered with yes. Also
       INCOMPLETE, where nothing could be tested, or no update that succeeds
  130  interrupted; what had run is reported, and the entity's state is restored`

// exitCode gives the exit code of an error; one that has no kind is of usage or
// configuration.
func exitCode(err error) int {
	var coded *harness.Error
	if !errors.As(err, &coded) {
		return ExitUsage
	}
	code, known := map[harness.Kind]int{
		harness.NotConformant: ExitNotConformant, harness.TargetFailed: ExitTarget,
		harness.NothingRan: ExitNothingRan, harness.Interrupted: ExitInterrupted,
	}[coded.Kind]
	if !known {
		return ExitUsage
	}
	return code
}

// exit prints the error, if there is one to print, and gives the exit code.
func (a *app) exit(err error) int {
	if err == nil {
		return ExitConformant
	}
	var coded *harness.Error
	if errors.As(err, &coded) && coded.Err == nil {
		return exitCode(err) // a report or the terminal has said why
	}
	if !errors.Is(err, syscall.EPIPE) {
		fmt.Fprint(a.stderr, errorText(err))
	}
	return exitCode(err)
}

// maxErrorLines bounds what is printed of an error: a file can have as many mistakes as lines.
const maxErrorLines = 50

// errorText is an error as it is printed. Most of them quote what came from outside.
func errorText(err error) string {
	lines := strings.Split("graphpact: "+safetext.Escape(err.Error(), safetext.Lines), "\n")
	if more := len(lines) - maxErrorLines; more > 1 {
		lines = append(lines[:maxErrorLines], fmt.Sprintf("and %d lines more", more))
	}
	return strings.Join(lines, "\n") + "\n"
}

func failed(kind harness.Kind, err error) error { return &harness.Error{Kind: kind, Err: err} }

func errInterrupted() error { return failed(harness.Interrupted, errors.New("interrupted")) }

// brokerExit gives a broker's error its kind.
func brokerExit(err error) error {
	switch broker.KindOf(err) {
	case broker.Cancelled:
		return errInterrupted()
	case broker.Unreachable, broker.Unauthenticated, broker.MayNotWrite, broker.NotBroker, broker.Server:
		return failed(harness.TargetFailed, err)
	case broker.Conflict:
		return failed(harness.NotConformant, err)
	case broker.NotFound, broker.Refused:
		return failed(harness.Usage, err)
	}
	return err
}

// version is set by the linker (-ldflags -X); a `go install` build has the module's
// version instead.
var version = ""

func toolVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// userAgent is what graphpact calls itself to servers.
func userAgent() string { return "graphpact/" + toolVersion() }

func tool() result.Tool {
	return result.Tool{Name: "graphpact", Version: toolVersion(), GoVersion: runtime.Version()}
}

func (a *app) newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "graphpact %s (%s, %s/%s)\n", toolVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

func (a *app) printJSON(v any) error { return asJSON(v)(a.stdout) }

// form writes a report in one of its formats.
type form func(w io.Writer) error

// asJSON is a value in JSON, indented.
func asJSON(v any) form {
	return func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
}

// encoded is what encode gives.
func encoded(encode func() ([]byte, error)) form {
	return func(w io.Writer) error {
		data, err := encode()
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
}

// written is what has been made already.
func written(data []byte) form { return encoded(func() ([]byte, error) { return data, nil }) }

// deliver prints a report, or writes it to the file and prints the sentence, where there is one.
func (a *app) deliver(file, sentence string, report form) error {
	if file == "" {
		return report(a.stdout)
	}
	if err := atomicfile.WriteFrom(file, report); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if sentence == "" {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "%s\nwrote %s\n", sentence, safetext.Line(file))
	return err
}
