// Package atomicfile writes files so that a reader sees the old content or the new
// one, never a part: the data goes to a temporary file in the same folder, which is
// then renamed.
//
// Write does not fsync: reports are made anew by the next run, so what counts is the
// dying process and the full disk, not the power cut. WriteDurable is for what nothing
// makes anew.
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write puts data at path for everyone to read, creating its folder where needed. On
// an error the old file is untouched and no temporary file is left.
func Write(path string, data []byte) error {
	return write(path, whole(data), 0o644, false)
}

// WriteFrom is Write for what is made piece by piece: each piece that content writes goes to
// the file, and none is kept in memory.
func WriteFrom(path string, content func(w io.Writer) error) error {
	return write(path, func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 64<<10)
		if err := content(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	}, 0o644, false)
}

// whole writes the data in one piece.
func whole(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// WriteDurable is Write with a mode of the file's own, and the data and its name are on
// the disk when it returns: a power cut leaves the old content or the new one.
func WriteDurable(path string, data []byte, perm fs.FileMode) error {
	return write(path, whole(data), perm, true)
}

// RemoveDurable removes the file, so that a power cut does not bring it back. A file that
// is not there is no error.
func RemoveDurable(path string) error {
	if err := os.Remove(path); err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		return err
	}
	return syncDir(filepath.Dir(path))
}

func write(path string, content func(io.Writer) error, perm fs.FileMode, durable bool) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	if err = content(f); err != nil {
		return err
	}
	// CreateTemp makes the file private.
	if err = f.Chmod(perm); err != nil {
		return err
	}
	if durable {
		if err = f.Sync(); err != nil {
			return err
		}
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil || !durable {
		return err
	}
	// The folder may be a new one: its own name is in the one above.
	if err := syncDir(dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir brings the names in a folder to the disk. Windows knows no such thing, and
// its file system keeps a journal of them.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // it was only read
	return d.Sync()
}
