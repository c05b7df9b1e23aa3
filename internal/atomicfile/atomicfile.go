// Package atomicfile writes files so that a reader sees the old content or the new
// one, never a part: the data goes to a temporary file in the same folder, which is
// then renamed. It does not fsync: reports are made anew by the next run, so what
// counts is the dying process and the full disk, not the power cut.
package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
)

// Write puts data at path, creating its folder where needed. On an error the old
// file is untouched and no temporary file is left.
func Write(path string, data []byte) (err error) {
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
	if _, err = f.Write(data); err != nil {
		return err
	}
	// CreateTemp makes the file private; a report is for everyone who may see the folder.
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
