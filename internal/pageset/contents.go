package pageset

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"graphpact/internal/readlimit"
)

// Contents knows which pages the tables of contents of a checkout name. The tables of a page
// are the toc.yml of a folder above it and the YAML files below the folder toc beside that,
// as the docs of Microsoft Graph have them. It may be used from several goroutines.
type Contents struct {
	mu sync.Mutex
	// tables are the files that the tables below a folder name, nil where it has none.
	tables map[string]*table
}

type table struct {
	pages map[string]bool
	err   error
}

// NewContents makes an empty Contents; tables are read when a page asks for them.
func NewContents() *Contents { return &Contents{tables: map[string]*table{}} }

// levels is how many folders above a page may hold its table of contents.
const levels = 4

// Lists reports whether a table of contents names the page; known is false where the
// checkout has no table for it.
func (c *Contents) Lists(file string) (listed, known bool, err error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return false, false, err
	}
	dir := filepath.Dir(abs)
	for range levels {
		t := c.of(dir)
		if t.err != nil {
			return false, false, t.err
		}
		if t.pages != nil {
			return t.pages[pageKey(abs)], true, nil
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return false, false, nil
}

// pageKey compares paths as the tables do: many are written on systems that ignore case.
func pageKey(path string) string { return strings.ToLower(filepath.Clean(path)) }

func (c *Contents) of(dir string) *table {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.tables[dir]; ok {
		return t
	}
	t := &table{}
	c.tables[dir] = t
	if _, err := os.Stat(filepath.Join(dir, "toc.yml")); err == nil {
		t.read(filepath.Join(dir, "toc.yml"))
	}
	err := filepath.WalkDir(filepath.Join(dir, "toc"), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.EqualFold(filepath.Ext(p), ".yml") {
			t.read(p)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) && t.err == nil {
		t.err = fmt.Errorf("looking for tables of contents: %w", err)
	}
	return t
}

func (t *table) read(file string) {
	data, err := readlimit.File(file, readlimit.Pact)
	var doc yaml.Node
	if err == nil {
		err = yaml.Unmarshal(data, &doc)
	}
	if err != nil {
		t.err = fmt.Errorf("the table of contents %s: %w", file, err)
		return
	}
	if t.pages == nil {
		t.pages = map[string]bool{}
	}
	t.add(filepath.Dir(file), &doc)
}

// add takes what the entries link to: href and topicHref, relative to the file.
func (t *table) add(dir string, n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := n.Content[i].Value; key == "href" || key == "topicHref" {
				u, err := url.Parse(n.Content[i+1].Value)
				if err == nil && u.Host == "" && u.Path != "" {
					t.pages[pageKey(filepath.Join(dir, filepath.FromSlash(u.Path)))] = true
				}
			}
		}
	}
	for _, child := range n.Content {
		t.add(dir, child)
	}
}
