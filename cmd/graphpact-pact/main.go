//go:build cgo

// Command graphpact-pact is the helper process of graphpact: the only program that
// holds pact-go and its native library. graphpact starts it, and speaks with it in
// the language of package wire. It is of no use by hand.
//
// The native library prints on standard output, reads its environment before main,
// and a fault in it ends the process: here it can do all that without harm.
package main

import (
	"fmt"
	"os"
	"os/signal"

	"github.com/pact-foundation/pact-go/v2/command"

	"graphpact/internal/pact/wire"
)

func main() {
	// Ctrl-C at a terminal reaches the whole process group. graphpact decides when
	// the helper ends: it still wants to finish what is under way.
	signal.Ignore(os.Interrupt)
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "graphpact-pact: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	replies := os.NewFile(wire.ReplyFD, "replies")
	// The Go runtime may hold the descriptor itself when the parent has not set it.
	if info, err := replies.Stat(); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return fmt.Errorf("file descriptor %d is not a pipe; this program is started by graphpact, not by hand", wire.ReplyFD)
	}
	hello, err := greeting()
	if err != nil {
		return err
	}
	// pact-go names itself in each pact, and takes the version of the program around it
	// for its own.
	command.Version = pactGoVersion()
	p := newPlays()
	return serve(os.Stdin, replies, hello, map[string]operation{
		wire.OpPlayBegin: typed(p.begin),
		wire.OpPlayEnd:   typed(p.end),
		wire.OpVerify:    typed(verify),
	})
}
