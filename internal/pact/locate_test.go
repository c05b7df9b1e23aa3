package pact

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"graphpact/internal/pact/wire"
)

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// A process that another test starts meanwhile would hold the file open, and then it cannot be
	// run: "text file busy" (golang.org/issue/22315).
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// env is an installation of which one variable of the environment says something.
func env(name, value string) Installation {
	return Installation{Env: func(asked string) (string, bool) {
		if asked != name {
			return "", false
		}
		return value, true
	}}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe := filepath.Join(dir, "bin", "graphpact")
	writeFile(t, exe, "", 0o755)
	link := filepath.Join(dir, "graphpact")
	if err := os.Symlink(exe, link); err != nil {
		t.Fatal(err)
	}

	_, err := helperBeside(exe)
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "`make build`") {
		t.Errorf("without a helper: %v", err)
	}
	want := filepath.Join(dir, "bin", helperName)
	writeFile(t, want, "", 0o755)
	for _, from := range []string{exe, link} {
		if got, err := helperBeside(from); err != nil || got != want {
			t.Errorf("helperBeside(%s) = %s, %v", from, got, err)
		}
	}

	if got, err := env(EnvHelper, want).findHelper(); err != nil || got != want {
		t.Errorf("findHelper() = %s, %v", got, err)
	}
	if _, err := env(EnvHelper, want+".not").findHelper(); !errors.Is(err, ErrMissing) {
		t.Errorf("with a name that leads nowhere: %v", err)
	}
}

// copyHelper puts the helper into a tree without the library.
func copyHelper(t *testing.T) (helper, root string) {
	t.Helper()
	data, err := os.ReadFile(helperProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	helper = filepath.Join(root, "bin", helperName)
	writeFile(t, helper, string(data), 0o755)
	return helper, root
}

func TestHelperMissing(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Options{Installation: Installation{Helper: filepath.Join(t.TempDir(), "none")}, Consumer: "c", Provider: "p"})
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "`make build`") {
		t.Errorf("got %v", err)
	}
}

func TestLibraryMissing(t *testing.T) {
	t.Parallel()
	helper, _ := copyHelper(t)
	_, err := Open(t.Context(), Options{Installation: Installation{Helper: helper}, Consumer: "c", Provider: "p"})
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "`make deps`") {
		t.Errorf("got %v", err)
	}
	at := env(EnvLibrary, t.TempDir())
	at.Helper = helper
	if _, err = Open(t.Context(), Options{Installation: at, Consumer: "c", Provider: "p"}); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), EnvLibrary) {
		t.Errorf("with a folder of one's own: %v", err)
	}
}

func TestLibraryOfOnesOwn(t *testing.T) {
	t.Parallel()
	helper, _ := copyHelper(t)
	lib, err := filepath.Abs("../../.pact/lib")
	if err != nil {
		t.Fatal(err)
	}
	at := env(EnvLibrary, lib)
	at.Helper = helper
	s := open(t, func(o *Options) { o.Installation = at })
	if err := s.Record(t.Context(), setColour(1), send(nil)); err != nil {
		t.Error(err)
	}
}

// TestHelperThatCannotWork starts real processes that are no working helper.
func TestHelperThatCannotWork(t *testing.T) {
	t.Parallel()
	const hello = `'{"id":0,"result":{"pactGo":"v2.7.0","library":"%","pinned":"0.5.8"}}'`
	tests := []struct {
		name, script, library string
		want                  string
		missing               bool
	}{
		{"broken library", "", "no library", "the Pact library cannot be loaded", true},
		{"ends at once", "exit 3", "", "exit status 3", false},
		{"output", "echo Bearer abc123 >&2; exit 3", "", "the end of its output:\nBearer ***", false},
		{"garbage", "echo hello >&3; exec sleep 120", "", "something that is no reply", false},
		{"says nothing, and a child holds its pipes", "sleep 120", "", "did not answer within", false},
		{"another version", "echo " + strings.Replace(hello, "%", "0.4.28", 1) + " >&3; exec sleep 120", "", "is of version 0.4.28, and graphpact is made for 0.5.8", false},
		{"does not take requests", "echo " + strings.Replace(hello, "%", "0.5.8", 1) + " >&3; exec sleep 120", "", "did not answer within", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			helper, root := copyHelper(t)
			if tt.script != "" {
				writeFile(t, helper, "#!/bin/sh\n"+tt.script+"\n", 0o755)
			}
			writeFile(t, filepath.Join(root, "lib", libraryName(runtime.GOOS)), tt.library, 0o644)
			timeout := time.Minute
			if strings.Contains(tt.want, "did not answer") {
				timeout = 300 * time.Millisecond
			}
			s, err := Open(t.Context(), Options{Installation: Installation{Helper: helper}, Consumer: "c", Provider: "p", Dir: root, Timeout: timeout})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			start := time.Now()
			err = s.Record(t.Context(), setColour(1), send(nil))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrMissing) != tt.missing {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheckHello(t *testing.T) {
	t.Parallel()
	ours, other := t.TempDir(), filepath.Join(t.TempDir(), libraryName(runtime.GOOS))
	writeFile(t, filepath.Join(ours, libraryName(runtime.GOOS)), "", 0o644)
	writeFile(t, other, "", 0o644)
	tests := []struct {
		name, folder string
		hello        wire.Hello
		want         string
	}{
		{"ours", ours, wire.Hello{Library: "1.2.3", Pinned: "1.2.3", Path: filepath.Join(ours, libraryName(runtime.GOOS))}, ""},
		{"path unknown", ours, wire.Hello{Library: "1.2.3", Pinned: "1.2.3"}, ""},
		{"version", ours, wire.Hello{Library: "1.2.4", Pinned: "1.2.3"}, "is of version 1.2.4"},
		{"elsewhere", ours, wire.Hello{Library: "1.2.3", Pinned: "1.2.3", Path: other}, "loaded the Pact library from " + other},
		{"gone", t.TempDir(), wire.Hello{Library: "1.2.3", Pinned: "1.2.3", Path: other}, "is gone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			raw, err := json.Marshal(tt.hello)
			if err != nil {
				t.Fatal(err)
			}
			err = checkHello(wire.Reply{Result: raw}, tt.folder)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// What is looked for has the names of its system.
func TestNamesOfASystem(t *testing.T) {
	t.Parallel()
	for system, want := range map[string][2]string{
		"linux":   {"graphpact-pact", "libpact_ffi.so"},
		"darwin":  {"graphpact-pact", "libpact_ffi.dylib"},
		"windows": {"graphpact-pact.exe", "pact_ffi.dll"},
	} {
		if got := [2]string{helperFile(system), libraryName(system)}; got != want {
			t.Errorf("%s: %q, want %q", system, got, want)
		}
	}
}

// An archive for a platform that no helper is built for says so.
func TestArchiveWithoutHelper(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, noHelperNote), "", 0o644)
	_, err := helperBeside(filepath.Join(dir, "graphpact"))
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "the release for "+runtime.GOOS+"/"+runtime.GOARCH+" has no graphpact-pact") {
		t.Error(err)
	}
}
