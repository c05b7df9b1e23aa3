package harness

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"graphpact/internal/graphdoc"
)

// resourcePages reads the pages around an update page. It stays within the tree that the
// page lies in (the folder api-reference, as in a checkout of the reference, else the parent
// of the page's folder) and in the folder that the user names; links that lead elsewhere,
// symbolic ones too, and addresses are never followed. It is safe for concurrent use.
type resourcePages struct {
	// place is where the pages are: on disk, or in a revision.
	place treePlace
	// own is the folder that the user names, nil where there is none.
	own   *tree
	mu    sync.Mutex // of the maps
	trees map[string]*tree
	// pages are read when they are asked for the first time.
	pages map[string]func() (*graphdoc.Resource, error)
}

// The limits of what is read beside the pages, in bytes and files.
const (
	maxResourcePage  = 1 << 20
	maxResourceFiles = 50_000
	// maxRemembered is how many pages are kept for the next page that links to them.
	maxRemembered = 1_000
)

// newResourcePages opens the folder of --resources, where it is named, in the place of its own.
func newResourcePages(home, ofOwn treePlace, dir string) (*resourcePages, error) {
	r := &resourcePages{place: home, trees: map[string]*tree{}, pages: map[string]func() (*graphdoc.Resource, error){}}
	if dir == "" {
		return r, nil
	}
	if err := ofOwn.check(dir); err != nil {
		return nil, fmt.Errorf("--resources: %w", err)
	}
	r.own = ofOwn.tree(dir)
	r.own.deep = true
	return r, nil
}

// tree is a folder in which pages are looked up.
type tree struct {
	treeFiles
	// name gives the name of a file of the tree as sources show it.
	name func(rel string) string
	// deep is set where a page is looked up by its name in the folders below too.
	deep bool
	mu   sync.Mutex // of files
	// files are the Markdown files of a folder of resource pages, by folder, in lower case.
	files map[string]map[string][]string
}

// tree gives the tree of a folder of the place that the pages are read from.
func (r *resourcePages) tree(dir string) *tree {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, known := r.trees[dir]
	if !known {
		t = r.place.tree(dir)
		r.trees[dir] = t
	}
	return t
}

// Close closes the folders.
func (r *resourcePages) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.trees {
		t.close()
	}
	if r.own != nil {
		r.own.close()
	}
	r.trees = map[string]*tree{}
}

// place gives the tree of a file, and its path in the tree with slashes.
func place(file string) (dir, rel string) {
	clean := filepath.ToSlash(filepath.Clean(file))
	parts := strings.Split(clean, "/")
	for i := len(parts) - 2; i >= 0; i-- {
		if strings.EqualFold(parts[i], "api-reference") {
			return filepath.FromSlash(strings.Join(parts[:i+1], "/")), path.Join(parts[i+1:]...)
		}
	}
	folder := path.Dir(clean)
	if base := path.Base(folder); base == "." || base == ".." || base == "/" {
		// The parent is not part of the name.
		if abs, err := filepath.Abs(file); err == nil && !filepath.IsAbs(file) {
			return place(abs)
		}
		return filepath.FromSlash(folder), path.Base(clean)
	}
	return filepath.FromSlash(path.Dir(folder)), path.Join(path.Base(folder), path.Base(clean))
}

// local gives the path in a tree that a link leads to; false for addresses, for absolute
// links, and for what is no Markdown.
func local(rel, target string) (string, bool) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") || strings.Contains(u.Path, `\`) {
		return "", false
	}
	if !strings.EqualFold(path.Ext(u.Path), ".md") {
		return "", false
	}
	to := path.Join(path.Dir(rel), u.Path)
	return to, fs.ValidPath(to)
}

// Linked gives the resource page that a link of a file leads to; nil where it leads to none
// that may be read.
func (r *resourcePages) Linked(file, target string) (*graphdoc.Resource, error) {
	t, rel := r.home(file)
	to, ok := local(rel, target)
	if !ok {
		return nil, nil
	}
	return r.first(t, to)
}

// home gives the tree and the path of a file that is an update page, or a page that was
// read from a tree.
func (r *resourcePages) home(file string) (*tree, string) {
	if r.own != nil {
		if rel, ok := r.own.rel(file); ok {
			return r.own, rel
		}
	}
	dir, rel := r.place.home(file)
	return r.tree(dir), rel
}

// first reads the page from the tree, or by its name from the folder of the user.
func (r *resourcePages) first(t *tree, to string) (*graphdoc.Resource, error) {
	page, err := r.read(t, to)
	if page != nil || err != nil {
		return page, err
	}
	if r.own == nil {
		return nil, nil
	}
	for _, found := range r.own.named(".", path.Base(to)) {
		return r.read(r.own, found)
	}
	return nil, nil
}

// read parses a page of a tree once; nil where there is none.
func (r *resourcePages) read(t *tree, rel string) (*graphdoc.Resource, error) {
	file := t.name(rel)
	r.mu.Lock()
	page, known := r.pages[file]
	if !known {
		if len(r.pages) >= maxRemembered {
			clear(r.pages)
		}
		page = sync.OnceValues(func() (*graphdoc.Resource, error) {
			data, name, err := t.file(rel)
			if err != nil || data == nil {
				return nil, err
			}
			return graphdoc.ParseResource(name, data)
		})
		r.pages[file] = page
	}
	r.mu.Unlock()
	return page()
}

// file reads a file of the tree, in any letter case of its name: links are written on
// systems that do not tell them apart. It gives nil where there is none.
func (t *tree) file(rel string) (data []byte, name string, err error) {
	data, err = t.read(rel)
	if errors.Is(err, fs.ErrNotExist) {
		for _, found := range t.named(path.Dir(rel), path.Base(rel)) {
			rel = found
			data, err = t.read(rel)
			break
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	return data, t.name(rel), err
}

// named gives the Markdown files below a folder of the tree that have a name, in any letter
// case.
func (t *tree) named(folder, name string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	index, known := t.files[folder]
	if !known {
		index = map[string][]string{}
		t.files[folder] = index
		for _, p := range t.list(folder, t.deep) {
			name := strings.ToLower(path.Base(p))
			index[name] = append(index[name], p)
		}
	}
	return index[strings.ToLower(name)]
}

// Named gives the page of a type that no link leads to: a file of the resource pages that is
// called like the type, maybe behind the name of its namespace.
func (r *resourcePages) Named(file, name string) *graphdoc.Resource {
	t, rel := r.home(file)
	folder := path.Join(path.Dir(path.Dir(rel)), "resources")
	namespace, bare := "", name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		namespace, bare = name[:i], name[i+1:]
	}
	if bare == "" || strings.ContainsAny(bare, `/\ `) {
		return nil
	}
	names := []string{bare + ".md"}
	if i := strings.LastIndexByte(namespace, '.'); i >= 0 {
		names = append([]string{namespace[i+1:] + "-" + bare + ".md"}, names...)
	}
	for _, n := range names {
		if page, err := r.first(t, path.Join(folder, strings.ToLower(n))); err == nil && page != nil && sameType(page.Name.Value, name) {
			return page
		}
	}
	return nil
}

// sameType reports whether a page is about a type: the names are equal, in any letter case, as
// far as both have a namespace.
func sameType(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	bare := func(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }
	return (!strings.Contains(a, ".") || !strings.Contains(b, ".")) && strings.EqualFold(bare(a), bare(b))
}

// included reads a file that a page includes; nil where there is none that may be read.
func (r *resourcePages) included(file, target string) (data []byte, name string, err error) {
	t, rel := r.home(file)
	to, ok := local(rel, target)
	if !ok {
		return nil, "", nil
	}
	return t.file(to)
}

// Permissions reads the permissions of a file that a page includes; no rows where there is
// none that may be read.
func (r *resourcePages) Permissions(file, target string) (rows []graphdoc.Permission, name string, err error) {
	data, name, err := r.included(file, target)
	if err != nil || data == nil {
		return nil, "", err
	}
	rows, err = graphdoc.ParsePermissions(name, data)
	return rows, name, err
}
