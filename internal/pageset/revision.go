package pageset

import (
	"context"
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
	// Name is the revision as git takes it, as HEAD~1 or main, and Path the place in it, below
	// the top of the checkout.
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

// Resolve checks that git has the revision, and makes a path that begins with ./ or ../ one below
// the top of the checkout.
func (r *Revision) Resolve(ctx context.Context) error {
	if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", r.Name+"^{commit}"); err != nil {
		return fmt.Errorf("%s:%s: git knows no revision %s here: %w", r.Name, r.Path, r.Name, err)
	}
	if first, _, _ := strings.Cut(r.Path, "/"); first != "." && first != ".." {
		return nil
	}
	prefix, err := r.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return fmt.Errorf("%s:%s: %w", r.Name, r.Path, err)
	}
	to := path.Join(strings.TrimSpace(string(prefix)), r.Path)
	if to == ".." || strings.HasPrefix(to, "../") {
		return fmt.Errorf("%s:%s: the path leads out of the checkout", r.Name, r.Path)
	}
	r.Path = strings.TrimPrefix(to, ".")
	return nil
}

// object names a path of the revision as git takes it.
func (r *Revision) object(name string) string { return r.Name + ":" + name }

// Find gives the pages of the revision below the path, by name.
func (r *Revision) Find(ctx context.Context) ([]File, error) {
	if err := r.Resolve(ctx); err != nil {
		return nil, err
	}
	kind, err := r.git(ctx, "cat-file", "-t", r.object(r.Path))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", r.object(r.Path), err)
	case strings.TrimSpace(string(kind)) == "blob":
		return []File{{Path: r.object(r.Path), Rel: path.Base(r.Path), Named: true}}, nil
	}
	names, err := r.List(ctx, r.Path)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, name := range names {
		if isPage(name) {
			files = append(files, File{Path: r.object(path.Join(r.Path, name)), Rel: name})
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no *.md file is there", r.object(r.Path))
	}
	return files, nil
}

// List gives the regular files of the revision at any depth below a folder, relative to it, by
// name. Symbolic links are left out: git keeps where they lead, and not what is there.
func (r *Revision) List(ctx context.Context, folder string) ([]string, error) {
	if folder == "." {
		folder = ""
	}
	lines, err := r.git(ctx, "ls-tree", "-r", "-z", "--full-tree", r.object(folder))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.object(folder), err)
	}
	var names []string
	for line := range strings.SplitSeq(string(lines), "\x00") {
		if what, name, ok := strings.Cut(line, "\t"); ok && strings.HasPrefix(what, "100") {
			names = append(names, name)
		}
	}
	return names, nil
}

// Read gives the bytes of a file of the revision, which is named with the revision, as Find
// does, or without it.
func (r *Revision) Read(ctx context.Context, name string, limit int) ([]byte, error) {
	name = r.object(strings.TrimPrefix(name, r.Name+":"))
	data, err := r.git(ctx, "cat-file", "blob", name)
	if err == nil && len(data) > limit {
		err = fmt.Errorf("it is longer than %d MB, which is the limit for such a file", limit>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
