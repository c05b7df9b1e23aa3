package pageset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Git runs git with arguments and gives what it prints. Its error holds what git says.
type Git func(ctx context.Context, args ...string) ([]byte, error)

// Revision is a file or a folder in a revision of a git checkout.
type Revision struct {
	// Name is the revision as git takes it, as HEAD~1 or main, and Path the place in it.
	Name, Path string
	git        Git
}

// ParseRevision takes apart an argument REV:PATH; ok is false for one that names a file, or
// that has no revision.
func ParseRevision(arg string, git Git) (r *Revision, ok bool) {
	if _, err := os.Stat(arg); err == nil {
		return nil, false
	}
	rev, file, found := strings.Cut(arg, ":")
	if !found || rev == "" || strings.HasPrefix(rev, "-") || filepath.VolumeName(arg) != "" || strings.ContainsAny(rev, "*?[") && !strings.Contains(rev, "{") {
		return nil, false
	}
	return &Revision{rev, strings.TrimSuffix(filepath.ToSlash(file), "/"), git}, true
}

// Find gives the files of the revision below the path, by name.
func (r *Revision) Find(ctx context.Context) ([]File, error) {
	if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", r.Name+"^{commit}"); err != nil {
		return nil, fmt.Errorf("%s:%s: git knows no revision %s here: %w", r.Name, r.Path, r.Name, err)
	}
	object := r.Name + ":" + r.Path
	kind, err := r.git(ctx, "cat-file", "-t", object)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", object, err)
	case strings.TrimSpace(string(kind)) == "blob":
		return []File{{Path: object, Rel: path.Base(r.Path), Named: true}}, nil
	}
	names, err := r.git(ctx, "ls-tree", "-r", "-z", "--name-only", object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", object, err)
	}
	var files []File
	for name := range strings.SplitSeq(string(names), "\x00") {
		if isPage(name) {
			at := object + "/" + name
			if r.Path == "" {
				at = object + name
			}
			files = append(files, File{Path: at, Rel: name})
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no *.md file is there", object)
	}
	return files, nil
}

// Read gives the bytes of a file that Find has given.
func (r *Revision) Read(ctx context.Context, name string, limit int) ([]byte, error) {
	data, err := r.git(ctx, "cat-file", "blob", name)
	if err == nil && len(data) > limit {
		err = errors.New("it is longer than the limit for a page")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
