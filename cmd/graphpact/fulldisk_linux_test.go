package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"graphpact/internal/cli"
)

// fullDisk is a folder in which no more than some bytes can be written. run gives the program
// with its arguments, as it is started there.
type fullDisk struct {
	name string
	// sizes are in KB, from nothing at all to enough for everything.
	sizes []int
	make  func(t *testing.T, dir string, size int, cmd *exec.Cmd)
	says  string
}

// fullDisks are a file system that is full, which needs root, and a limit of the length of a
// file, which does not.
func fullDisks(t *testing.T) []fullDisk {
	t.Helper()
	sizes := []int{0, 16, 200, 8 << 10}
	if *whole {
		sizes = []int{0, 4, 8, 16, 64, 200, 400, 8 << 10}
	}
	all := []fullDisk{{name: "file limit", sizes: sizes, says: "file too large", make: func(_ *testing.T, _ string, size int, cmd *exec.Cmd) {
		// POSIX counts in blocks of 512 bytes; what bash does differently is no matter here.
		cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, 2*size), cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
	}}}
	probe := t.TempDir()
	if err := mountTmpfs(probe, 64); err != nil {
		t.Logf("NOT PLAYED: a file system that is full: mounting one: %v (it needs root)", err)
		return all
	}
	_ = syscall.Unmount(probe, 0)
	return append(all, fullDisk{name: "file system", sizes: sizes, says: "no space left on device", make: func(t *testing.T, dir string, size int, _ *exec.Cmd) {
		if err := mountTmpfs(dir, max(size, 4)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		})
		if size == 0 {
			if err := os.WriteFile(filepath.Join(dir, "full"), make([]byte, 4<<10), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}})
}

func mountTmpfs(dir string, kb int) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kb))
}

// TestFullDisk: on a disk that takes nothing, or not all, no run ends as conformant, each
// file is whole or not there, what was changed is restored, and without a journal nothing is
// changed at all. With -whole there are more sizes.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	const token = changingToken
	p := newProgram(t, "GRAPH_TOKEN="+token)
	for _, disk := range fullDisks(t) {
		for _, size := range disk.sizes {
			t.Run(fmt.Sprintf("%s of %d KB", disk.name, size), func(t *testing.T) {
				srv := newChanging(t)
				updates := 0
				srv.changed = func() { updates++ }
				enough := size == disk.sizes[len(disk.sizes)-1]
				for _, args := range [][]string{
					{"run"}, // with a pact
					append([]string{"run", "--no-pact", "--endpoint", srv.URL + srv.mock.BasePath()}, paramArgs(srv.params)...),
				} {
					dir := t.TempDir()
					cmd := p.command(t.Context(), append(args, "--out", dir)...)
					disk.make(t, dir, size, cmd)
					out, _ := cmd.CombinedOutput()
					checkFullDisk(t, dir, cmd.ProcessState.ExitCode(), string(out), disk.says, enough)
				}
				if now := srv.state(t); now["readinessStatus"] != srv.first["readinessStatus"] {
					t.Errorf("the entity is not restored: %v", now)
				}
				if size == 0 && updates > 0 {
					t.Errorf("changed %d times, and no journal", updates)
				}
			})
		}
	}
}

func checkFullDisk(t *testing.T, dir string, code int, out, says string, enough bool) {
	t.Helper()
	if conformant := strings.Contains(out, "\nCONFORMANT"); conformant != enough || (code == cli.ExitConformant) != enough {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if strings.Contains(out, says) == enough {
		t.Errorf("it says nothing of %q\n%s", says, out)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") {
			t.Errorf("%s is left", path)
		}
		data, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(path, ".json") && !json.Valid(data) {
			t.Errorf("%s is not whole", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
