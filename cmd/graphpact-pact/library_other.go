//go:build cgo && !linux

package main

// libraryPath is not to be had here without more native code.
func libraryPath() (string, error) { return "", nil }
