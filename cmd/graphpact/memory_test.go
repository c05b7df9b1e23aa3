package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// What reads many pages holds a few at a time: eight times the pages take no more memory.
func TestMemoryOfManyPages(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is counted in other units here")
	}
	const few, factor = 8, 8
	p := newProgram(t, "GOGC=25") // close to what is in use
	for name, n := range map[string]int{"few": few, "many": few * factor} {
		for i := range n {
			file := filepath.Join(p.dir, name, fmt.Sprintf("lamp%d-update.md", i))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(longPage(120, 120)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, command := range [][]string{
		{"derive", "--out", "schemas"},
		{"lint", "--format", "json", "--fail-on", "never"},
		{"stats", "--no-mock"},
	} {
		peak := func(pages string) int64 {
			_, kib := timed(t, p.command(t.Context(), append(command, pages)...))
			return kib
		}
		one, all := peak("few"), peak("many")
		t.Logf("%s: %d MiB for %d pages, %d MiB for %d", command[0], one>>10, few, all>>10, few*factor)
		if all > one*5/4 {
			t.Errorf("%s takes %d KiB for %d pages, and %d KiB for %d", command[0], one, few, all, few*factor)
		}
	}
}
