package harness

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"runtime"
	"slices"
	"strings"

	"graphpact/fixtures"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/mockgraph"
	"graphpact/internal/pageset"
	"graphpact/internal/readlimit"
)

// PageRead is what came of one file.
type PageRead struct {
	pageset.File
	// Data are the bytes of the file, nil where it could not be read.
	Data []byte
	// Conventions are those that the contract is read by.
	Conventions *convention.Set
	// Operation is what the page promises; nil where Refused says why there is no contract,
	// or where the file is passed over.
	Operation *contract.Operation
	Refused   error
	// PassedOver is set for a file of a folder or a pattern that is no page of an update, as
	// the page of a list or of a resource.
	PassedOver bool
}

// pageReader reads pages and says what they promise.
type pageReader struct {
	conventions *convention.Set
	// requestLine is the number of the request line that counts, 0 for the first PATCH.
	requestLine int
	read        func(name string) ([]byte, error)
	// beside is what is read beside the pages.
	beside *sources
}

// findPages gives the files that the arguments name, and how they are read; no argument
// means the pages in the program.
func findPages(args []string) ([]pageset.File, func(string) ([]byte, error), error) {
	if len(args) > 0 {
		files, err := pageset.Find(args)
		return files, func(name string) ([]byte, error) { return readlimit.File(name, readlimit.Settings) }, err
	}
	names, err := fs.Glob(fixtures.FS, "docs/*.md")
	if err != nil {
		return nil, nil, err
	}
	var files []pageset.File
	for _, n := range names {
		files = append(files, pageset.File{Path: path.Join("fixtures", n), Rel: path.Base(n), Named: true})
	}
	return files, func(name string) ([]byte, error) { return fixtures.FS.ReadFile(name[len("fixtures/"):]) }, nil
}

// Reading says how pages are read.
type Reading struct {
	Beside
	// RequestLine is the number of the request line that counts, from 1; 0 for the first PATCH. A
	// page that has no such line is refused.
	RequestLine int
}

// ReadPages reads the pages that files, folders and patterns name (pageset.Find; none means
// those in the program), on all processors, and gives each to onPage in their order. No more
// than a few pages are held at a time. An error of onPage ends it. The resource pages that a
// page links to within its own tree are read too.
func ReadPages(ctx context.Context, args []string, how Reading, onPage func(*PageRead) error) error {
	return eachPage(ctx, args, how, (*pageReader).page, onPage)
}

// eachPage does work on the pages that args name, and gives what comes of each to onDone, as
// inOrder does.
func eachPage[O any](ctx context.Context, args []string, how Reading, work func(*pageReader, pageset.File) O, onDone func(O) error) error {
	conv, err := convention.Load()
	if err != nil {
		return err
	}
	files, read, err := findPages(args)
	if err != nil {
		return err
	}
	r := &pageReader{conventions: conv, read: read, requestLine: how.RequestLine}
	if r.beside, err = how.open(len(args) > 0); err != nil {
		return err
	}
	defer r.beside.close()
	return inOrder(ctx, files, func(f pageset.File) O { return work(r, f) }, onDone)
}

// inOrder does work on the items, several at a time, and gives what comes of each to onDone
// in the order of the items. Work never runs far ahead of onDone.
func inOrder[I, O any](ctx context.Context, items []I, work func(I) O, onDone func(O) error) error {
	workers := min(runtime.GOMAXPROCS(0), max(len(items), 1))
	results := make(chan chan O, workers)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slots := make(chan struct{}, workers)
	go func() {
		defer close(results)
		for _, item := range items {
			one := make(chan O, 1)
			select {
			case results <- one:
			case <-ctx.Done():
				return
			}
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				one <- work(item)
			}()
		}
	}()
	for one := range results {
		if ctx.Err() != nil {
			return errInterrupted()
		}
		if err := onDone(<-one); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return errInterrupted()
	}
	return nil
}

func (r *pageReader) page(f pageset.File) *PageRead {
	out := &PageRead{File: f, Conventions: r.conventions}
	data, err := r.read(f.Path)
	if err != nil {
		out.Refused = fmt.Errorf("reading the page: %w", err)
		return out
	}
	out.Data = data
	page, err := graphdoc.Parse(f.Path, data)
	include := slices.Contains(strings.Split(f.Rel, "/"), "includes") // text for other pages
	if !f.Named && (include || err == nil && !updates(page, f.Path)) {
		out.PassedOver = true
		return out
	}
	if err == nil {
		r.beside.include(page)
		if out.Operation, err = contract.FromRequestLine(page, r.conventions, r.requestLine); err == nil {
			r.beside.merge(out.Operation, page, r.conventions)
		}
	}
	out.Refused = err
	return out
}

// updates reports whether a page is about an update: a request line says PATCH, or the
// title or the name of the file says so.
func updates(page *graphdoc.Page, file string) bool {
	base := strings.ToLower(strings.TrimSuffix(path.Base(strings.ReplaceAll(file, `\`, "/")), path.Ext(file)))
	return slices.ContainsFunc(page.Requests, func(l graphdoc.RequestLine) bool { return strings.EqualFold(l.Method.Value, http.MethodPatch) }) ||
		base == "update" || strings.HasSuffix(base, "-update") || strings.HasSuffix(base, "_update") ||
		strings.HasPrefix(strings.ToLower(page.Title.Value), "update ")
}

// testable says why an operation cannot be tested, nil where it can.
func testable(op *contract.Operation) error {
	if op.Method.Value != http.MethodPatch {
		return fmt.Errorf("%s: the page documents %s; graphpact tests updates by PATCH only, since a part of an entity sent by another method could replace the whole", op.Method.Source.Short(), op.Method.Value)
	}
	if sent := op.RequestMediaType; sent.Value != "application/json" && !strings.HasSuffix(sent.Value, "+json") {
		return fmt.Errorf("%s: the page sends %s; graphpact tests updates with a JSON body only", sent.Source.Short(), sent.Value)
	}
	return nil
}

func twice(args []string) error {
	for i, arg := range args {
		if slices.Contains(args[:i], arg) {
			return fmt.Errorf("%s and %s both document the same operation; name one of them", arg, arg)
		}
	}
	return nil
}

// arrange makes what pages of several versions of the API promise one set of operations: the
// path of each then begins with its version. Pages of one version leave it to the base URL.
// It gives the base path of a mock.
func arrange(ops []*contract.Operation) (basePath string, versions []string) {
	for _, op := range ops {
		if v := pageset.Version(op.Page); v != "" && !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	slices.Sort(versions)
	switch len(versions) {
	case 0:
		return "", nil
	case 1:
		return "/" + versions[0], versions
	}
	for _, op := range ops {
		op.Below("/" + versionOf(op, versions))
	}
	return mockgraph.RootBasePath, versions
}

// versionOf is the version of a page; one in no folder of a version has the first.
func versionOf(op *contract.Operation, versions []string) string {
	return cmp.Or(pageset.Version(op.Page), versions[0])
}
