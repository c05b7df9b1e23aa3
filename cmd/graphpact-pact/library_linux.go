//go:build cgo

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxData is how much memory the process may have, in bytes. At work it has a quarter of it;
// a generator of a pact may ask the native library for gigabytes.
const maxData = 512 << 20

// limitMemory ends the process when it wants more than maxData (setrlimit(2)).
func limitMemory() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: maxData, Max: maxData}); err != nil {
		return fmt.Errorf("limiting the memory: %w", err)
	}
	return nil
}

// libraryPath is the file that the dynamic loader took the native library from.
func libraryPath() (string, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return "", fmt.Errorf("looking for the native library: %w", err)
	}
	return findLibrary(string(maps))
}

// findLibrary reads the table of proc(5): address, permissions, offset, device,
// inode, then the path, which may hold spaces.
func findLibrary(maps string) (string, error) {
	for line := range strings.Lines(maps) {
		slash := strings.IndexByte(line, '/')
		if slash < 0 {
			continue
		}
		if path := strings.TrimSuffix(line[slash:], "\n"); filepath.Base(path) == "libpact_ffi.so" {
			return path, nil
		}
	}
	return "", errors.New("the native library is not among the loaded ones")
}
