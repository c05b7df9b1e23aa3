package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"graphpact/features"
	"graphpact/fixtures"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/result"
	"graphpact/internal/scenario"

	"github.com/spf13/cobra"
)

// operation is a page with what it promises and the scenarios that test it.
type operation struct {
	*contract.Operation
	suite *scenario.Suite
}

// page tells of the page in a report.
func (op operation) page() result.Page {
	return result.Page{File: op.Page, Title: op.Title.Value, Digest: op.Digest, Operation: op.Method.Value + " " + op.Path.Template}
}

// pageFlags are the flags of every command that reads pages and features.
type pageFlags struct {
	docs     []string
	features string
}

func (f *pageFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.docs, "doc", nil, "reference page `FILE` to test (repeatable; default: the page in the program)")
	cmd.Flags().StringVar(&f.features, "features", "", "`DIR` with *.feature files to run in place of those in the program")
}

// load reads the pages and the scenarios for each of them.
func (f *pageFlags) load() ([]operation, *convention.Set, error) {
	conv, err := convention.Load()
	if err != nil {
		return nil, nil, err
	}
	ops, err := readOperations(f.docs, conv)
	if err != nil {
		return nil, nil, err
	}
	fsys, err := f.featureFS()
	if err != nil {
		return nil, nil, err
	}
	out := make([]operation, len(ops))
	for i, op := range ops {
		if op.Method.Value != http.MethodPatch {
			return nil, nil, fmt.Errorf("%s: the page documents %s; graphpact tests updates by PATCH only, since a part of an entity sent by another method could replace the whole", op.Method.Source.Short(), op.Method.Value)
		}
		if sent := op.RequestMediaType; sent.Value != "application/json" && !strings.HasSuffix(sent.Value, "+json") {
			return nil, nil, fmt.Errorf("%s: the page sends %s; graphpact tests updates with a JSON body only", sent.Source.Short(), sent.Value)
		}
		suite, err := scenario.Load(fsys, op, conv)
		if err != nil {
			if f.features != "" {
				err = fmt.Errorf("features in %s: %w", f.features, err)
			}
			return nil, nil, err
		}
		out[i] = operation{op, suite}
	}
	return out, conv, nil
}

func (f *pageFlags) featureFS() (fs.FS, error) {
	if f.features == "" {
		return features.FS, nil
	}
	info, err := os.Stat(f.features)
	if err != nil {
		return nil, fmt.Errorf("--features: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("--features: %s is a file; name the folder that holds it", f.features)
	}
	return os.DirFS(f.features), nil
}

// readOperations reads the pages, or those in the program where none is named.
func readOperations(files []string, conv *convention.Set) ([]*contract.Operation, error) {
	read := readPage
	if len(files) == 0 {
		names, err := fs.Glob(fixtures.FS, "docs/*.md")
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			files = append(files, path.Join("fixtures", n))
		}
		read = func(name string) ([]byte, error) { return fixtures.FS.ReadFile(name[len("fixtures/"):]) }
	}
	var (
		ops  []*contract.Operation
		errs []error
		seen = map[string]string{}
	)
	for _, f := range files {
		op, err := readOperation(f, read, conv)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		id := op.Method.Value + " " + op.Path.Template
		if prev, dup := seen[id]; dup {
			errs = append(errs, fmt.Errorf("%s and %s both document %s; name one of them", prev, f, id))
			continue
		}
		seen[id] = f
		ops = append(ops, op)
	}
	return ops, errors.Join(errs...)
}

// maxPage is more than any page that graphdoc takes.
const maxPage = 5 << 20

// readPage reads a file that a user names, which may be anything.
func readPage(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file with a page", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxPage))
}

func readOperation(file string, read func(string) ([]byte, error), conv *convention.Set) (*contract.Operation, error) {
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	page, err := graphdoc.Parse(file, data)
	if err != nil {
		return nil, err
	}
	return contract.FromPage(page, conv)
}
