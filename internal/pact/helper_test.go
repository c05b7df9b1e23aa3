package pact

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// built is the helper program, built once for all tests, in a tree of the shape that a
// user has: bin/graphpact-pact beside .pact/lib.
var built struct {
	once sync.Once
	root string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.root != "" {
		_ = os.RemoveAll(built.root)
	}
	os.Exit(code)
}

// helperProgram gives the path of the helper program.
func helperProgram(tb testing.TB) string {
	tb.Helper()
	built.once.Do(func() { built.err = buildHelper() })
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return filepath.Join(built.root, "bin", helperName)
}

func buildHelper() error {
	project, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	if !isFile(filepath.Join(project, ".pact", "lib", libraryName(runtime.GOOS))) {
		return fmt.Errorf("the tests of this package need the Pact library: run `make deps` in %s", project)
	}
	if built.root, err = os.MkdirTemp("", "graphpact-pact-test-"); err != nil {
		return err
	}
	if err := os.Symlink(filepath.Join(project, ".pact"), filepath.Join(built.root, ".pact")); err != nil {
		return err
	}
	// go test reuses a result as long as the files that the test itself opened stay.
	sources, err := filepath.Glob(filepath.Join(project, "cmd", "graphpact-pact", "*"))
	if err != nil {
		return err
	}
	for _, source := range sources {
		if _, err := os.Stat(source); err != nil {
			return err
		}
	}
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(built.root, "bin", helperName), "./cmd/graphpact-pact") //nolint:noctx // bounded by go test's own timeout
	build.Dir = project
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the helper: %w\n%s", err, out)
	}
	return nil
}
