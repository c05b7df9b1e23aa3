package readlimit

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, size int) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const limit = 1 << 20
	full, over := write("full", limit), write("over", limit+1)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(full, link); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{full, link, write("empty", 0)} {
		if data, err := File(file, limit); err != nil || len(data) > limit {
			t.Errorf("%s: %d bytes, %v", file, len(data), err)
		}
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		over: "is longer than 1 MB", pipe: "pipe is not a regular file", "/dev/zero": "/dev/zero is not a regular file", dir: "is not a regular file",
	} {
		if data, err := File(file, limit); err == nil || data != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d bytes, %v", file, len(data), err)
		}
	}
	if _, err := File(filepath.Join(dir, "none"), limit); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestFileIn: a file in a folder is read as any other, and nothing outside of it.
func TestFileIn(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "in")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out.md", "in/page.md"} {
		if err := os.WriteFile(filepath.Join(top, name), []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../out.md", filepath.Join(dir, "link.md")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.md"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	if data, err := FileIn(root, "page.md", 4); string(data) != "text" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	for name, want := range map[string]string{
		"../out.md": "escapes", "link.md": "escapes", "pipe.md": filepath.Join(dir, "pipe.md") + " is not a regular file", "page.md": "page.md is longer than 0 MB",
	} {
		if data, err := FileIn(root, name, 3); err == nil || data != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
}
