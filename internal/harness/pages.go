package harness

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"graphpact/features"
	"graphpact/fixtures"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/readlimit"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
	"graphpact/internal/suggest"
)

// Pages are the operations to test, and the conventions that hold beside them.
type Pages struct {
	Operations  []Operation
	Conventions *convention.Set
	// ListCommand is the command that lists the requirements of these pages, for messages;
	// empty means that of the pages in the program.
	ListCommand string
	// Narrowed says what was left out at the wish of the user, a sentence for each page.
	Narrowed []string
	// SuiteDigest is "sha256:" and the hex SHA-256 over the scenarios and the conventions, and
	// Folder the folder of the scenarios, empty for those in the program.
	SuiteDigest, Folder string
}

// seeList says where the requirements are listed.
func (p *Pages) seeList() string {
	return "`" + cmp.Or(p.ListCommand, "graphpact list") + "` shows them all"
}

// PageConfig says which pages are tested, and how much of them.
type PageConfig struct {
	// Docs are the files of the pages; none means those in the program.
	Docs []string
	// Features is the folder of the scenarios; empty means those in the program.
	Features string
	// RequestLine is the number of the request line of each page that is tested, from 1;
	// 0 means the first PATCH.
	RequestLine int
	// Only are the properties to which the run is narrowed, where any is named, and
	// Exclude those that are left out.
	Only, Exclude []string
	// Values are values to send, decoded JSON by the name of the property.
	Values map[string][]any
	// Now is the time by which a date lies in the future; zero means far in the future.
	Now time.Time
	// Beside is what is read beside the pages.
	Beside Beside
}

// Operation is what a page promises, with the scenarios that test it.
type Operation struct {
	*contract.Operation
	Suite *scenario.Suite
}

// ReportPage describes the page in a report.
func (op Operation) ReportPage() result.Page {
	return result.Page{File: op.Page, Title: op.Title.Value, Digest: op.Digest, Operation: op.ID()}
}

// ID is the method and the path, as a report names the operation.
func (op Operation) ID() string { return op.Method.Value + " " + op.Path.Template }

// Contracts gives the operations without their scenarios.
func (p *Pages) Contracts() []*contract.Operation {
	out := make([]*contract.Operation, len(p.Operations))
	for i, op := range p.Operations {
		out[i] = op.Operation
	}
	return out
}

// LoadPages reads the pages, and the scenarios for each.
func LoadPages(c PageConfig) (*Pages, error) {
	ops, conv, err := readPages(c.Docs, c.RequestLine, c.Beside)
	if err != nil {
		return nil, err
	}
	fsys, err := featureFS(c.Features)
	if err != nil {
		return nil, err
	}
	p := &Pages{Conventions: conv, Folder: c.Features}
	if p.SuiteDigest, err = suiteDigest(fsys); err != nil {
		return nil, err
	}
	if p.Narrowed, err = c.narrow(ops); err != nil {
		return nil, err
	}
	for _, op := range ops {
		if op.Method.Value != http.MethodPatch {
			return nil, fmt.Errorf("%s: the page documents %s; graphpact tests updates by PATCH only, since a part of an entity sent by another method could replace the whole", op.Method.Source.Short(), op.Method.Value)
		}
		if sent := op.RequestMediaType; sent.Value != "application/json" && !strings.HasSuffix(sent.Value, "+json") {
			return nil, fmt.Errorf("%s: the page sends %s; graphpact tests updates with a JSON body only", sent.Source.Short(), sent.Value)
		}
		suite, err := scenario.Load(fsys, op, conv)
		if err != nil {
			if c.Features != "" {
				err = fmt.Errorf("features in %s: %w", c.Features, err)
			}
			return nil, err
		}
		p.Operations = append(p.Operations, Operation{op, suite})
	}
	return p, nil
}

func featureFS(folder string) (fs.FS, error) {
	if folder == "" {
		return features.FS, nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return nil, fmt.Errorf("--features: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("--features: %s is a file; name the folder that holds it", folder)
	}
	return folderFS{os.DirFS(folder), folder}, nil
}

// folderFS reads the files of a folder as those that a user names.
type folderFS struct {
	fs.FS
	folder string
}

// ReadFile reads a file of the folder.
func (f folderFS) ReadFile(name string) ([]byte, error) {
	return readlimit.File(filepath.Join(f.folder, filepath.FromSlash(name)), readlimit.Settings)
}

// narrow applies to the operations what the user says of their properties.
func (c *PageConfig) narrow(ops []*contract.Operation) (narrowed []string, err error) {
	var known []string
	for _, op := range ops {
		for _, p := range op.Properties {
			if !slices.Contains(known, p.Name) {
				known = append(known, p.Name)
			}
		}
	}
	check := func(setting string, names []string) error {
		for _, name := range names {
			if slices.Contains(known, name) {
				continue
			}
			hint := ""
			if near := suggest.Nearest(name, known); near != "" {
				hint = "; did you mean " + near + "?"
			}
			return fmt.Errorf("--%s %s: no page has the property%s", setting, name, hint)
		}
		return nil
	}
	if err := errors.Join(check("property", c.Only), check("exclude", c.Exclude), check("value", slices.Sorted(maps.Keys(c.Values)))); err != nil {
		return nil, err
	}
	for _, name := range c.Only {
		if slices.Contains(c.Exclude, name) {
			return nil, fmt.Errorf("--property %s and --exclude %s: it is tested or left out; leave one out", name, name)
		}
		settable := func(op *contract.Operation) bool { p, _ := op.Property(name); return p.Settable() }
		if !slices.ContainsFunc(ops, settable) {
			return nil, fmt.Errorf("--property %s: no client may set it, so that no update could be tested; name one that a client may set", name)
		}
	}
	for i := range ops {
		op := ops[i].At(c.Now)
		ops[i] = op
		if err := op.WithValues(c.Values); err != nil {
			return nil, fmt.Errorf("--value: %w", err)
		}
		left := op.Narrow(c.Only, c.Exclude)
		if c.RequestLine > 0 {
			narrowed = append(narrowed, fmt.Sprintf("%s for its request line %d alone, %s %s", path.Base(op.Page), c.RequestLine, op.Method.Value, op.Path.Template))
		}
		if len(left) > 0 {
			narrowed = append(narrowed, fmt.Sprintf("%s without %s", path.Base(op.Page), strings.Join(left, ", ")))
		}
	}
	return narrowed, nil
}

// ReadPages reads what pages promise, without their scenarios.
func ReadPages(files []string, beside Beside) ([]*contract.Operation, *convention.Set, error) {
	return readPages(files, 0, beside)
}

func readPages(files []string, requestLine int, beside Beside) ([]*contract.Operation, *convention.Set, error) {
	conv, err := convention.Load()
	if err != nil {
		return nil, nil, err
	}
	sources, err := beside.open()
	if err != nil {
		return nil, nil, err
	}
	defer sources.close()
	read := func(name string) ([]byte, error) { return readlimit.File(name, readlimit.Settings) }
	if len(files) == 0 {
		names, err := fs.Glob(fixtures.FS, "docs/*.md")
		if err != nil {
			return nil, nil, err
		}
		for _, n := range names {
			files = append(files, path.Join("fixtures", n))
		}
		read = func(name string) ([]byte, error) { return fixtures.FS.ReadFile(name[len("fixtures/"):]) }
		sources.pages = nil // a page in the program lies in no folder
	}
	var (
		ops  []*contract.Operation
		errs []error
		seen = map[string]string{}
	)
	for _, f := range files {
		op, err := readOperation(f, requestLine, read, conv, sources)
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
	contract.TellApart(ops)
	return ops, conv, errors.Join(errs...)
}

func readOperation(file string, requestLine int, read func(string) ([]byte, error), conv *convention.Set, beside *sources) (*contract.Operation, error) {
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	page, err := graphdoc.Parse(file, data)
	if err != nil {
		return nil, err
	}
	op, err := contract.FromRequestLine(page, conv, requestLine)
	if err != nil {
		return nil, err
	}
	beside.merge(op, page, conv)
	return op, nil
}

// Selected is what one operation contributes to a run.
type Selected struct {
	Operation
	Cases    []scenario.Case
	response *schema.Schema
}

// Select chooses the cases of each operation. Where nothing is selected, or a requirement
// is named that no page has, the error says so.
func (p *Pages) Select(by scenario.Selection) ([]Selected, error) {
	var out []Selected
	missing := by.Names()
	for _, op := range p.Operations {
		cases, unknown, err := op.Suite.Select(by)
		if err != nil {
			return nil, err
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return !slices.Contains(unknown, m) })
		if len(cases) == 0 {
			continue
		}
		data, err := contract.ResponseSchema(op.Operation, p.Conventions)
		if err != nil {
			return nil, err
		}
		compiled, err := schema.Compile("the response schema of "+op.Page, data)
		if err != nil {
			return nil, err
		}
		out = append(out, Selected{op, cases, compiled})
	}
	switch {
	case len(missing) > 0 && len(out) > 0:
		return nil, p.UnknownRequirements(missing) // a typo must not shrink a run silently
	case len(missing) > 0:
		return nil, &Error{NothingRan, p.UnknownRequirements(missing)}
	case len(out) > 0:
		return out, nil
	case by.ReadOnly:
		return nil, &Error{NothingRan, errors.New("--read-only: no scenario of those asked for is tagged @read-only; `graphpact list --tags @read-only` shows them all")}
	}
	return nil, p.NothingMatches(by.Tags)
}

// UnknownRequirements is the error of names that no page has.
func (p *Pages) UnknownRequirements(names []string) error {
	var known []string
	for _, op := range p.Operations {
		for _, c := range op.Suite.Cases {
			known = append(known, c.ID, c.Key())
		}
	}
	for _, name := range names {
		if near := suggest.Nearest(name, known); near != "" {
			return fmt.Errorf("no requirement %s; did you mean %s? %s", strings.Join(names, ", "), near, p.seeList())
		}
	}
	return fmt.Errorf("no requirement %s; %s", strings.Join(names, ", "), p.seeList())
}

// NothingMatches is the error of a selection without a case.
func (p *Pages) NothingMatches(tags string) error {
	if tags == "" {
		return &Error{NothingRan, errors.New("there is no scenario")}
	}
	return &Error{NothingRan, fmt.Errorf("no scenario matches %q; %s", tags, p.seeList())}
}

// operations gives what the pages behind a selection promise.
func operations(selected []Selected) []*contract.Operation {
	ops := make([]*contract.Operation, len(selected))
	for i, s := range selected {
		ops[i] = s.Operation.Operation
	}
	return ops
}
