//go:build cgo && !linux

package main

// limitMemory does nothing: no other system holds to such a limit.
func limitMemory() error { return nil }

// libraryPath is not to be had here without more native code.
func libraryPath() (string, error) { return "", nil }
