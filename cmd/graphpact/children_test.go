package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNoChildBeforeMain: a start runs no program, whatever the packages do that it imports.
func TestNoChildBeforeMain(t *testing.T) {
	t.Parallel()
	bin, called := t.TempDir(), filepath.Join(t.TempDir(), "called")
	fake := "#!/bin/sh\necho \"$0 $*\" >> " + called + "\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(fake), 0o755); err != nil { //nolint:gosec // a program is to be run
		t.Fatal(err)
	}
	p := newProgram(t, "PATH="+bin)
	for _, args := range [][]string{{"--help"}, {"list"}, {"run", "--no-pact", "--only", "UPD-30"}} {
		if out, err := p.command(t.Context(), args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	if lines, err := os.ReadFile(called); err == nil {
		t.Errorf("started:\n%s", lines)
	}
	if os.Getenv("PATH") == "" {
		t.Error("main has no PATH")
	}
}
