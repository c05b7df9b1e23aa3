package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fetchTree is a project tree of its own with the script, pins for a made-up package,
// and an npm that copies it.
type fetchTree struct {
	t       *testing.T
	root    string
	env     []string
	tarball []byte
}

const fetchPackage = "example-core"

// newFetchTree gives a tree whose package holds the given files.
func newFetchTree(t *testing.T, files map[string]string) *fetchTree {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("these tests need node, as the script does")
	}
	f := &fetchTree{t: t, root: t.TempDir(), tarball: tarball(t, files)}
	script, err := os.ReadFile("fetch-lib.sh")
	if err != nil {
		t.Fatal(err)
	}
	f.write("cmd/graphpact-pact/fetch-lib.sh", string(script), 0o755)
	sum := sha512.Sum512(f.tarball)
	digest := "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	pins := "version 9.9.9\npackage " + fetchPackage + " 1.0.0\n"
	for _, platform := range []string{"linux-x64-glibc", "linux-x64-musl", "linux-arm64-glibc", "linux-arm64-musl", "darwin-arm64", "darwin-x64", "windows-x64"} {
		pins += platform + " " + digest + "\n"
	}
	f.write("cmd/graphpact-pact/libpact_ffi.pins", pins, 0o644)
	f.write("package.tgz", string(f.tarball), 0o644)
	f.npm(`echo called >>"` + f.root + `/calls"; cp "` + f.root + `/package.tgz" package.tgz; echo package.tgz`)
	f.env = []string{"PATH=" + filepath.Join(f.root, "path") + ":" + os.Getenv("PATH")}
	return f
}

// npm replaces the npm of the tree.
func (f *fetchTree) npm(script string) {
	f.write("path/npm", "#!/bin/sh\n"+script+"\n", 0o755)
}

func (f *fetchTree) write(name, content string, mode os.FileMode) {
	f.t.Helper()
	path := filepath.Join(f.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.t.Fatal(err)
	}
	// A process that another test starts meanwhile would hold the file open, and then it cannot be
	// run: "text file busy" (golang.org/issue/22315).
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fetchTree) run(env ...string) (output string, ok bool) {
	f.t.Helper()
	cmd := exec.CommandContext(f.t.Context(), filepath.Join(f.root, "cmd/graphpact-pact/fetch-lib.sh"))
	cmd.Env = slices.Concat(f.env, env)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// library is what lies in .pact/lib; "" when nothing does.
func (f *fetchTree) library() string {
	data, _ := os.ReadFile(filepath.Join(f.root, ".pact/lib", libraryFile))
	return string(data)
}

// clean makes sure that no temporary folder is left.
func (f *fetchTree) clean() {
	f.t.Helper()
	left, _ := filepath.Glob(filepath.Join(f.root, ".pact/fetch.*"))
	if len(left) > 0 {
		f.t.Errorf("left behind: %v", left)
	}
}

func tarball(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func goodFiles() map[string]string {
	return map[string]string{"package/package.json": "{}", "package/prebuilds/any/" + libraryFile: "the library"}
}

func TestFetchOnce(t *testing.T) {
	f := newFetchTree(t, goodFiles())
	for range 2 {
		if out, ok := f.run(); !ok {
			t.Fatal(out)
		}
	}
	if f.library() != "the library" {
		t.Errorf("the library holds %q", f.library())
	}
	if calls, _ := os.ReadFile(filepath.Join(f.root, "calls")); string(calls) != "called\n" {
		t.Errorf("npm was called %d times", strings.Count(string(calls), "called"))
	}
	f.clean()

	// A damaged library is fetched anew; so is another pinned version.
	f.write(".pact/lib/"+libraryFile, "damaged", 0o644)
	if out, ok := f.run(); !ok || f.library() != "the library" {
		t.Errorf("after damage: %q, %s", f.library(), out)
	}
}

// The library of another platform is fetched by its name; the packages do not call it alike.
func TestFetchForAnotherPlatform(t *testing.T) {
	for platform, names := range map[string][2]string{
		"linux-x64-glibc": {"libpact_ffi.so", "libpact_ffi.so"},
		"linux-x64-musl":  {"libpact_ffi_musl.so", "libpact_ffi.so"},
		"darwin-arm64":    {"libpact_ffi.dylib", "libpact_ffi.dylib"},
		"windows-x64":     {"pact_ffi.dll", "pact_ffi.dll"},
	} {
		f := newFetchTree(t, map[string]string{"package/package.json": "{}", "package/prebuilds/any/" + names[0]: "of " + platform})
		out, ok := f.run("GRAPHPACT_PACT_PLATFORM=" + platform)
		if data, _ := os.ReadFile(filepath.Join(f.root, ".pact/lib", names[1])); !ok || string(data) != "of "+platform {
			t.Errorf("%s: %q, %s", platform, data, out)
		}
	}
	f := newFetchTree(t, goodFiles())
	if out, ok := f.run("GRAPHPACT_PACT_PLATFORM=amiga"); ok || !strings.Contains(out, "GRAPHPACT_PACT_PLATFORM is amiga") {
		t.Errorf("an unknown platform: %s", out)
	}
}

func TestFetchFailures(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		spoil func(*fetchTree)
		want  []string
	}{
		{"another digest", goodFiles(), func(f *fetchTree) { f.write("package.tgz", string(f.tarball)+"x", 0o644) },
			[]string{"is not the pinned one", "expected sha512-", "got      sha512-", "GRAPHPACT_PACT_LIB"}},
		{"npm fails", goodFiles(), func(f *fetchTree) { f.npm("echo 'npm error network' >&2; exit 1") },
			[]string{"npm error network", "could not fetch example-core-", "check the network"}},
		{"npm leaves nothing", goodFiles(), func(f *fetchTree) { f.npm("exit 0") }, []string{"left no package"}},
		{"no library in the package", map[string]string{"package/package.json": "{}"}, nil, []string{"holds no " + libraryFile}},
		{"no pins", goodFiles(), func(f *fetchTree) { _ = os.Remove(filepath.Join(f.root, "cmd/graphpact-pact/libpact_ffi.pins")) }, []string{"cannot read"}},
		{"no digest", goodFiles(), func(f *fetchTree) {
			f.write("cmd/graphpact-pact/libpact_ffi.pins", "package example-core 1.0.0\n", 0o644)
		}, []string{"has no digest for", "npm view"}},
		{"a file in the way", goodFiles(), func(f *fetchTree) { f.write(".pact", "", 0o644) }, []string{"cannot make the folder"}},
		{"unknown processor", goodFiles(), func(f *fetchTree) { f.write("path/uname", "#!/bin/sh\necho pdp11\n", 0o755) }, []string{"processor pdp11", "--no-pact"}},
		{"full disk", goodFiles(), func(f *fetchTree) {
			f.write("path/tar", "#!/bin/sh\n[ \"$1\" = -xzf ] || exec /bin/tar \"$@\"\necho 'tar: No space left on device' >&2; exit 2\n", 0o755)
		}, []string{"No space left on device", "is the disk full?"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFetchTree(t, tt.files)
			if tt.spoil != nil {
				tt.spoil(f)
			}
			out, ok := f.run()
			if ok {
				t.Error("the script succeeded")
			}
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("%s\ndoes not say %q", out, want)
				}
			}
			if f.library() != "" {
				t.Errorf("the library holds %q", f.library())
			}
			f.clean()
		})
	}
}

func TestFetchWithoutNpm(t *testing.T) {
	f := newFetchTree(t, goodFiles())
	// A PATH with what the script needs, but for npm and node.
	bin := filepath.Join(f.root, "few")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"sh", "dirname", "awk", "uname", "getconf", "ls", "rm", "mkdir", "mktemp", "cat", "cksum"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	f.env[0] = "PATH=" + bin
	if out, ok := f.run(); ok || !strings.Contains(out, "npm and node are needed") {
		t.Errorf("got %s", out)
	}
}

func TestFetchOwnLibrary(t *testing.T) {
	f := newFetchTree(t, goodFiles())
	f.npm("exit 1")
	own := filepath.Join(f.root, "own")
	if out, ok := f.run("GRAPHPACT_PACT_LIB=" + own); ok || !strings.Contains(out, "there is no "+libraryFile+" in it") {
		t.Errorf("without a library: %s", out)
	}
	for _, content := range []string{"mine", "mine, newer"} {
		f.write("own/"+libraryFile, content, 0o644)
		if out, ok := f.run("GRAPHPACT_PACT_LIB=" + own); !ok || f.library() != content {
			t.Errorf("%q, %s", f.library(), out)
		}
	}
	f.clean()
}
