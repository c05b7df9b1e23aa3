// Command graphpact checks what a Microsoft Graph reference page promises against
// an endpoint: it turns the page into a contract, runs scenarios, and writes
// verdicts, reports and a Pact. See `graphpact --help`.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"graphpact/cmd/graphpact/nopath"
	"graphpact/internal/cli"
)

// All other packages are initialised. To set what was set before cannot fail.
var _ = nopath.GiveBack()

func main() {
	// net/http tells this logger what a server sends behind a 204, secrets and all.
	log.SetOutput(io.Discard)
	// The program lives for less than a second: memory is cheaper than collecting it.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	// An endpoint that answers with megabytes must not make it costly.
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	// A reader that goes away must not end a run before the state is restored.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(cli.Run(interruptible(os.Args[1:]), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// memoryLimit is where the collector begins to work harder, in bytes. With what is not its
// to collect, no endpoint makes a run need more than 128 MB; see docs/hostile.md.
const memoryLimit = 96 << 20

// interruptible gives a context that the first signal ends, so that a run ends in order
// and restores the state; a second signal ends the program at once.
func interruptible(args []string) context.Context {
	restoring, left := "", ""
	if slices.ContainsFunc(args, func(a string) bool { return a == "run" || a == "rerun" || a == "verify" || a == "restore" }) {
		restoring, left = ", and restoring what was changed", "; an entity under test may hold what the last update set"
	}
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		fmt.Fprintln(os.Stderr, "graphpact: interrupted; ending in order"+restoring+" (again to end at once)")
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "graphpact: ended at once"+left)
		os.Exit(cli.ExitInterrupted)
	}()
	return ctx
}
