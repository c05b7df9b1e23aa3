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
