package pact

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	helperName = "graphpact-pact"
	// noHelperNote is the file that an archive of a release has in place of the helper, where
	// none is built for its platform (packaging/share.sh).
	noHelperNote = "NO-PACT-HELPER.txt"

	// EnvHelper names the helper program, where it does not lie beside graphpact.
	EnvHelper = "GRAPHPACT_PACT_HELPER"
	// EnvLibrary names the folder of the native library, where it does not lie in
	// ../lib/graphpact (an installation), ../lib or ../.pact/lib (a checkout) of the helper's folder.
	EnvLibrary = "GRAPHPACT_PACT_LIB"
)

// ErrMissing is in every error that says that the helper or its native library is not
// there. The rest of graphpact works without them.
var ErrMissing = errors.New("using Pact needs a part that is not installed")

// Installation says where the helper program and its native library are.
type Installation struct {
	// Helper is the helper program; empty means the one that GRAPHPACT_PACT_HELPER names,
	// or the one beside the running executable.
	Helper string
	// Library is the folder of the native library; empty means GRAPHPACT_PACT_LIB, or
	// where the helper has it.
	Library string
	// Env looks up a variable of the environment; nil means that none is set.
	Env func(name string) (value string, ok bool)
}

// lookup is the value of a variable, empty where it is not set.
func (at Installation) lookup(name string) string {
	if at.Env == nil {
		return ""
	}
	value, _ := at.Env(name)
	return value
}

// Check reports whether the helper and its library are there, by an error that is
// ErrMissing. Nothing is started.
func (at Installation) Check() error {
	_, err := at.find()
	return err
}

// find fills in what is empty, and makes sure that both are there.
func (at Installation) find() (Installation, error) {
	var err error
	if at.Helper == "" {
		if at.Helper, err = at.findHelper(); err != nil {
			return at, err
		}
	}
	if !isFile(at.Helper) {
		return at, fmt.Errorf("%w: there is no %s; `make build` makes it", ErrMissing, at.Helper)
	}
	at.Library, err = libraryFolder(at.Helper, cmp.Or(at.Library, at.lookup(EnvLibrary)))
	return at, err
}

func (at Installation) findHelper() (string, error) {
	if named := at.lookup(EnvHelper); named != "" {
		if !isFile(named) {
			return "", fmt.Errorf("%w: %s names %s, and there is no such file", ErrMissing, EnvHelper, named)
		}
		return filepath.Abs(named)
	}
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w", helperName, err)
	}
	return helperBeside(exe)
}

// helperBeside gives the helper program beside the executable exe, symbolic links resolved.
func helperBeside(exe string) (string, error) {
	if target, err := filepath.EvalSymlinks(exe); err == nil {
		exe = target
	}
	helper := filepath.Join(filepath.Dir(exe), helperFile(runtime.GOOS))
	if !isFile(helper) {
		if isFile(filepath.Join(filepath.Dir(exe), noHelperNote)) {
			return "", fmt.Errorf("%w: the release for %s/%s has no %s; write the Pact on another platform, or set %s to one of your own",
				ErrMissing, runtime.GOOS, runtime.GOARCH, helperName, EnvHelper)
		}
		return "", fmt.Errorf("%w: there is no %s in %s; a release has it beside graphpact, `make build` makes it in a checkout, or set %s",
			ErrMissing, helperName, filepath.Dir(exe), EnvHelper)
	}
	return helper, nil
}

// libraryFolder gives the folder of the native library that belongs to the helper. The
// helper would also look in folders that pact-go names, /tmp among them, where anyone
// may put a library: so it is started only when ours is found.
func libraryFolder(helper, own string) (string, error) {
	if runtime.GOOS == "windows" {
		// The loader looks in the folder of the program first, and in the current folder, where
		// anyone may have put a library, before those of PATH.
		if own = filepath.Dir(helper); !isFile(filepath.Join(own, libraryName(runtime.GOOS))) {
			return "", fmt.Errorf("%w: the Pact library %s is not in %s, beside %s", ErrMissing, libraryName(runtime.GOOS), own, helperFile(runtime.GOOS))
		}
		return own, nil
	}
	if own != "" {
		own, err := filepath.Abs(own)
		if err != nil {
			return "", err
		}
		if !isFile(filepath.Join(own, libraryName(runtime.GOOS))) {
			return "", fmt.Errorf("%w: %s names %s, and there is no %s in it", ErrMissing, EnvLibrary, own, libraryName(runtime.GOOS))
		}
		return own, nil
	}
	if target, err := filepath.EvalSymlinks(helper); err == nil {
		helper = target
	}
	bin, err := filepath.Abs(filepath.Dir(helper))
	if err != nil {
		return "", err
	}
	up := filepath.Dir(bin)
	folders := []string{filepath.Join(up, ".pact", "lib"), filepath.Join(up, "lib", "graphpact"), filepath.Join(up, "lib")}
	for _, folder := range folders {
		if isFile(filepath.Join(folder, libraryName(runtime.GOOS))) {
			return folder, nil
		}
	}
	return "", fmt.Errorf("%w: the Pact library %s is not in %s; a release has it in lib/graphpact beside bin, `make deps` fetches it into a checkout, or set %s",
		ErrMissing, libraryName(runtime.GOOS), strings.Join(folders, ", "), EnvLibrary)
}

// helperFile is the file name of the helper on a system, by its GOOS.
func helperFile(system string) string {
	if system == "windows" {
		return helperName + ".exe"
	}
	return helperName
}

// libraryName is the file name of the native library on a system, by its GOOS.
func libraryName(system string) string {
	switch system {
	case "darwin":
		return "libpact_ffi.dylib"
	case "windows":
		return "pact_ffi.dll"
	}
	return "libpact_ffi.so"
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
