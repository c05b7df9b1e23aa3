// Command graphpact checks what a Microsoft Graph reference page promises against
// an endpoint: it turns the page into a contract, runs scenarios, and writes
// verdicts, reports and a Pact. See `graphpact --help`.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	// net/http tells this logger what a server sends behind a 204, secrets and all.
	log.SetOutput(io.Discard)
	// The program lives for less than a second: memory is cheaper than collecting it.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the run in order; a second one ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(Run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// Run is the whole program: it returns the exit code and touches nothing global.
func Run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	a := &app{env: env, stdout: stdout, stderr: stderr}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return a.exit(root.ExecuteContext(ctx))
}
