//go:build cgo

// Command graphpact-pact is the helper process of graphpact: the only program that
// holds pact-go and its native library. graphpact starts it and sends it the messages
// of package wire. It is of no use by hand.
//
// The native library prints on standard output, reads its environment before main,
// and a fault in it ends the process: here it can do all that without harm.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/pact-foundation/pact-go/v2/command"

	"graphpact/internal/pact/wire"
)

func main() {
	// Ctrl-C at a terminal reaches the whole process group. graphpact decides when
	// the helper ends: it still wants to finish what is under way.
	signal.Ignore(os.Interrupt)
	// The native library says why it aborts. Ignored, abort(3) ends the process all the
	// same, without pages about goroutines behind it.
	signal.Ignore(syscall.SIGABRT)
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "graphpact-pact: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	fd := uintptr(wire.ReplyFD)
	if handle, err := strconv.ParseUint(os.Getenv(wire.EnvReplyHandle), 10, strconv.IntSize); err == nil {
		fd = uintptr(handle)
	}
	replies := os.NewFile(fd, "replies")
	// The Go runtime may hold the descriptor itself when the parent has not set it.
	if info, err := replies.Stat(); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return fmt.Errorf("file descriptor %d is not a pipe; this program is started by graphpact, not by hand", fd)
	}
	if err := limitMemory(); err != nil {
		return err
	}
	if err := trustNobody(); err != nil {
		return err
	}
	hello, err := greeting()
	if err != nil {
		return err
	}
	// pact-go names itself in each pact, and takes the version of the program around it for its own.
	command.Version = pactGoVersion()
	var mocks mockServers
	return serve(os.Stdin, replies, hello, map[string]operation{
		wire.OpMockStart: typed(mocks.start),
		wire.OpMockStop:  typed(mocks.end),
		wire.OpVerify:    typed(verify),
	})
}

// pins names the native library that graphpact is made for; see the file.
//
//go:embed libpact_ffi.pins
var pins string

// greeting says which pact-go and which native library this process holds.
func greeting() (wire.Hello, error) {
	pinned, err := pinnedVersion(pins)
	if err != nil {
		return wire.Hello{}, err
	}
	path, err := libraryPath()
	if err != nil {
		return wire.Hello{}, err
	}
	return wire.Hello{PactGo: pactGoVersion(), Library: libraryVersion(), Pinned: pinned, Path: path}, nil
}

// pinnedVersion reads the line "version X.Y.Z" of the pins.
func pinnedVersion(pins string) (string, error) {
	for line := range strings.Lines(pins) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "version" {
			return fields[1], nil
		}
	}
	return "", errors.New(`libpact_ffi.pins has no line "version X.Y.Z"`)
}

// pactGoVersion is the version of the pact-go module in this binary.
func pactGoVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/pact-foundation/pact-go/v2" {
				return dep.Version
			}
		}
	}
	return "unknown"
}
