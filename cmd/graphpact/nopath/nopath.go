// Package nopath keeps programs from being started before main. A package of godog, which
// is for its own command line, runs `go env GOTOOLDIR` while it is initialised: a child
// process that sees every variable, a token among them, in the folder of the user, and
// that may even download a toolchain. Without a PATH it finds no program, and does without.
//
// Packages are initialised in the order of their import paths, each after those that it
// imports (https://go.dev/ref/spec#Program_initialization). This one imports os alone and
// comes before os/exec, so that no package can start a program before it.
package nopath

import "os"

var path, had = take()

func take() (string, bool) {
	p, ok := os.LookupEnv("PATH")
	if ok {
		_ = os.Unsetenv("PATH") // nothing could be done about it
	}
	return p, ok
}

// GiveBack sets PATH as it was. Package main calls it, which is initialised last.
func GiveBack() error {
	if !had {
		return nil
	}
	return os.Setenv("PATH", path)
}
