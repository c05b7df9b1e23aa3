// Package readlimit reads what a user names as a file. It may be anything: a device that
// never ends, a pipe that nobody writes to, a disk image.
package readlimit

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// The limits of files, in bytes.
const (
	// Settings is that of what people write by hand: settings, waivers, features, PEM files.
	Settings = 4 << 20
	// Pact is that of what programs write: pacts, derived schemas.
	Pact = 16 << 20
)

// File reads a regular file of at most limit bytes. Anything else (a folder, a device, a
// pipe, what a shell puts in place of <(...)) is an error, and never waited for.
func File(path string, limit int64) ([]byte, error) {
	return read(os.OpenFile, path, limit)
}

// FileIn is File for a file in a folder, which neither its name nor a link leads out of.
func FileIn(root *os.Root, name string, limit int64) ([]byte, error) {
	return read(root.OpenFile, name, limit)
}

// opener opens a file as os.OpenFile does.
type opener func(name string, flag int, perm fs.FileMode) (*os.File, error)

func read(openFile opener, name string, limit int64) ([]byte, error) {
	f, _, err := open(openFile, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is longer than %d MB, which is the limit for such a file", f.Name(), limit>>20)
	}
	return data, nil
}

// Open opens a regular file of any size, to be read piece by piece; size is what it has now.
func Open(path string) (f *os.File, size int64, err error) { return open(os.OpenFile, path) }

func open(openFile opener, name string) (f *os.File, size int64, err error) {
	// Without O_NONBLOCK, opening a pipe would wait for its writer.
	if f, err = openFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err != nil {
		_ = f.Close() // nothing was read
		return nil, 0, err
	}
	return f, info.Size(), nil
}
