//go:build cgo && !linux

package main

// limitMemory does nothing: no other system holds to such a limit.
func limitMemory() error { return nil }

// trustNobody does nothing: no other system has files of memory that are opened by a name.
func trustNobody() error { return nil }

// libraryPath is not to be had here without more native code.
func libraryPath() (string, error) { return "", nil }
