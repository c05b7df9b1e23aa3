//go:build cgo

package main

import (
	_ "embed"
	"errors"
	"runtime/debug"
	"strings"

	"graphpact/internal/pact/wire"
)

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
