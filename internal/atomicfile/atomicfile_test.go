package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteReplacesWhole(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b.txt")
	for _, want := range []string{"first, and longer", "second"} {
		if err := Write(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
}

func TestDurable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b.txt")
	for _, want := range []string{"first, and longer", "second"} {
		if err := WriteDurable(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		info, serr := os.Stat(path)
		if err != nil || serr != nil || string(got) != want || info.Mode().Perm() != 0o600 {
			t.Fatalf("got %q, %v, %v, %v; want %q", got, info.Mode(), err, serr, want)
		}
	}
	for range 2 {
		if err := RemoveDurable(path); err != nil {
			t.Errorf("removing: %v", err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	// A file in place of the folder: as with a disk that takes nothing.
	if err := Write(filepath.Dir(path)+"/file", nil); err != nil {
		t.Fatal(err)
	}
	if err := WriteDurable(filepath.Dir(path)+"/file/c.txt", []byte("x"), 0o600); err == nil {
		t.Error("writing below a file succeeded")
	}
}

func TestWriteFailsWithoutTrace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// A folder in the way of the rename: the write gets as far as it can.
	path := filepath.Join(dir, "target")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("x")); err == nil {
		t.Fatal("writing over a folder succeeded")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

func TestWriteFrom(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b.txt")
	pieces := func(w io.Writer) error {
		_, err := io.WriteString(w, "one ")
		_, err2 := io.WriteString(w, "two")
		return errors.Join(err, err2)
	}
	if err := WriteFrom(path, pieces); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("no more")
	err := WriteFrom(path, func(w io.Writer) error { return errors.Join(pieces(w), stop) })
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), path) {
		t.Errorf("error: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "one two" {
		t.Errorf("got %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
