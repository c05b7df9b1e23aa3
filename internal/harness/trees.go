package harness

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/pageset"
	"graphpact/internal/readlimit"
)

// treePlace is where trees of pages are: on disk, or in a revision of a git checkout.
type treePlace struct {
	// revision is nil for the disk; list and read are of its files.
	revision *pageset.Revision
	list     func(folder string) ([]string, error)
	read     func(name string, limit int) ([]byte, error)
}

// inRevision is the place of a revision. The context is that of the command.
func inRevision(ctx context.Context, r *pageset.Revision) treePlace {
	return treePlace{
		r, func(folder string) ([]string, error) { return r.List(ctx, folder) },
		func(name string, limit int) ([]byte, error) { return r.Read(ctx, name, limit) },
	}
}

// home gives the tree of a file, and its path in the tree with slashes.
func (p treePlace) home(file string) (dir, rel string) {
	if p.revision == nil {
		return place(file)
	}
	// The top of the checkout is the top of all trees.
	return place("/" + strings.TrimPrefix(file, p.revision.Name+":"))
}

// check says why there is no folder.
func (p treePlace) check(dir string) error {
	if p.revision != nil {
		_, err := p.list(dir)
		return err
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is a file; name the folder of the resource pages", dir)
	}
	return err
}

// tree opens a folder. One that cannot be opened has no files.
func (p treePlace) tree(dir string) *tree {
	t := &tree{files: map[string]map[string][]string{}}
	if p.revision == nil {
		t.name = func(rel string) string { return filepath.Join(dir, filepath.FromSlash(rel)) }
		d := &diskFiles{dir: dir}
		if root, err := os.OpenRoot(dir); err == nil {
			d.root = root
		}
		t.treeFiles = d
		return t
	}
	dir = strings.TrimPrefix(path.Clean(filepath.ToSlash(dir)), "/")
	t.name = func(rel string) string { return p.revision.Name + ":" + path.Join(dir, rel) }
	t.treeFiles = &revisionFiles{dir, p, sync.OnceValues(func() ([]string, error) {
		names, err := p.list(dir)
		slices.Sort(names)
		return names, err
	})}
	return t
}

// treeFiles are the files of a tree.
type treeFiles interface {
	// read gives the bytes of a file; fs.ErrNotExist where there is none.
	read(rel string) ([]byte, error)
	// list gives the Markdown files of a folder, with deep also those of the folders in it, no
	// more than maxResourceFiles.
	list(folder string, deep bool) []string
	// rel gives the path in the tree of a file that is named with the tree's place.
	rel(file string) (string, bool)
	close()
}

// diskFiles are the files of a folder on disk.
type diskFiles struct {
	dir  string
	root *os.Root // nil where the folder cannot be opened
}

func (d *diskFiles) close() {
	if d.root != nil {
		_ = d.root.Close() // it was only read
	}
}

func (d *diskFiles) rel(file string) (string, bool) {
	rel, err := filepath.Rel(d.dir, file)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

func (d *diskFiles) read(rel string) ([]byte, error) {
	if d.root == nil {
		return nil, fs.ErrNotExist
	}
	return readlimit.FileIn(d.root, filepath.FromSlash(rel), maxResourcePage)
}

func (d *diskFiles) list(folder string, deep bool) (files []string) {
	if d.root == nil {
		return nil
	}
	_ = fs.WalkDir(d.root.FS(), folder, func(p string, e fs.DirEntry, err error) error { // what cannot be listed is not found
		switch {
		case err != nil:
			return fs.SkipDir
		case e.IsDir() && p != folder && (!deep || strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case !e.IsDir() && strings.EqualFold(path.Ext(p), ".md"):
			if files = append(files, p); len(files) >= maxResourceFiles {
				return fs.SkipAll
			}
		}
		return nil
	})
	return files
}

// revisionFiles are the files of a folder in a revision.
type revisionFiles struct {
	dir   string
	place treePlace
	// all lists the files by name, once.
	all func() ([]string, error)
}

func (r *revisionFiles) close() {}

func (r *revisionFiles) rel(file string) (string, bool) {
	file, found := strings.CutPrefix(file, r.place.revision.Name+":")
	if r.dir == "." || r.dir == "" {
		return file, found
	}
	rel, below := strings.CutPrefix(file, r.dir+"/")
	return rel, found && below
}

func (r *revisionFiles) read(rel string) ([]byte, error) {
	names, err := r.all()
	if err != nil {
		return nil, err
	}
	if _, found := slices.BinarySearch(names, rel); !found {
		return nil, fs.ErrNotExist
	}
	return r.place.read(path.Join(r.dir, rel), maxResourcePage)
}

func (r *revisionFiles) list(folder string, deep bool) (files []string) {
	names, err := r.all()
	if err != nil {
		return nil
	}
	for _, name := range names {
		in := folder == "." && (deep || !strings.Contains(name, "/")) || path.Dir(name) == folder || deep && strings.HasPrefix(name, folder+"/")
		if in && strings.EqualFold(path.Ext(name), ".md") && len(files) < maxResourceFiles {
			files = append(files, name)
		}
	}
	return files
}
