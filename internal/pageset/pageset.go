// Package pageset finds the reference pages that a user means by files, folders and
// patterns, and knows where each stands in its checkout: below which folder, for which
// version of the API, in which table of contents. It does not read the pages.
package pageset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// File is a page that an argument names.
type File struct {
	// Path is where it is read.
	Path string
	// Rel is its path below the folder that the arguments have in common, with slashes:
	// what is written for the page goes to the same place below another folder.
	Rel string
	// Named is set where the user named this very file: it is a page, whatever it is called.
	// What a folder or a pattern gives may be something else.
	Named bool
}

// Find gives the files that the arguments name: a file itself, each *.md file below a
// folder, and what a pattern matches (*, ?, [a-z], {a,b}, and ** for folders at any depth).
// Files come in the order of the arguments, those of one argument by name, each once. An
// argument that names nothing is an error.
func Find(args []string) ([]File, error) {
	var (
		files []File
		errs  []error
		seen  = map[string]int{}
		roots []string
	)
	for _, arg := range args {
		found, root, err := find(arg)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		roots = append(roots, filepath.Clean(root))
		for _, f := range found {
			key := filepath.Clean(f.Path)
			if at, dup := seen[key]; dup {
				files[at].Named = files[at].Named || f.Named
				continue
			}
			seen[key] = len(files)
			files = append(files, f)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	root := common(roots)
	for i, f := range files {
		files[i].Rel = below(root, f.Path)
	}
	return files, nil
}

// find gives the files of one argument, and the folder that it is about.
func find(arg string) (files []File, root string, err error) {
	if arg == "" {
		return nil, "", errors.New("an empty name is no page")
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		files, err = walk(arg)
		return files, arg, err
	case err == nil:
		return []File{{Path: arg, Named: true}}, filepath.Dir(arg), nil
	case !strings.ContainsAny(arg, "*?[{"):
		return nil, "", fmt.Errorf("reading the page: %w", err)
	}
	pattern := filepath.ToSlash(arg)
	if !doublestar.ValidatePattern(pattern) {
		return nil, "", fmt.Errorf("%s: not a valid pattern", arg)
	}
	matches, err := doublestar.FilepathGlob(arg, doublestar.WithFilesOnly())
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", arg, err)
	}
	slices.Sort(matches)
	for _, m := range matches {
		if isPage(m) {
			files = append(files, File{Path: m})
		}
	}
	if len(files) == 0 {
		return nil, "", fmt.Errorf("%s: no *.md file matches the pattern", arg)
	}
	base, _ := doublestar.SplitPattern(pattern)
	return files, filepath.FromSlash(base), nil
}

// walk gives the *.md files below a folder, by name. Folders whose name begins with a dot
// hold no pages.
func walk(dir string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && isPage(p):
			files = append(files, File{Path: p})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for pages: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no *.md file is in the folder", dir)
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files, nil
}

func isPage(name string) bool { return strings.EqualFold(filepath.Ext(name), ".md") }

// common is the deepest folder that holds all roots; "" where there is none.
func common(roots []string) string {
	if len(roots) == 0 {
		return ""
	}
	shared := segments(roots[0])
	for _, r := range roots[1:] {
		s := segments(r)
		n := 0
		for n < len(shared) && n < len(s) && shared[n] == s[n] {
			n++
		}
		shared = shared[:n]
	}
	return strings.Join(shared, "/")
}

// segments gives the names of a path; an absolute one begins with an empty name.
func segments(p string) []string {
	p = path.Clean(filepath.ToSlash(p))
	if p == "." {
		return nil
	}
	if p == "/" {
		return []string{""}
	}
	return strings.Split(p, "/")
}

// below gives a path relative to a folder that holds it, without any name that leads out of
// a folder: what is written there stays there.
func below(root, file string) string {
	s := segments(file)
	if n := len(segments(root)); root != "" && n < len(s) {
		s = s[n:]
	}
	s = slices.DeleteFunc(slices.Clone(s), func(name string) bool { return name == "" || name == ".." || strings.HasSuffix(name, ":") })
	return strings.Join(s, "/")
}

// Versions are the names of folders, and of path segments, that stand for a version of the
// API.
func Versions() []string { return []string{"v1.0", "beta"} }

// Version is the version of the API that the folders of a page name, "" where they name
// none. The deepest counts.
func Version(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	for _, name := range slices.Backward(segments(filepath.Dir(file))) {
		if slices.Contains(Versions(), name) {
			return name
		}
	}
	return ""
}

// ID is a short name of a page that does not depend on the pages beside it: the version
// that its folders name, and its file name without the ending, as beta/lamp-update.
func ID(file string) string {
	base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if v := Version(file); v != "" {
		return v + "/" + base
	}
	return base
}
