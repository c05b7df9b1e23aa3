package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"graphpact/features"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/pageset"
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
	// Narrowed says what was left out, a sentence for each page.
	Narrowed []string
	// SuiteDigest is "sha256:" and the hex SHA-256 over the scenarios and the conventions, and
	// Folder the folder of the scenarios, empty for those in the program.
	SuiteDigest, Folder string
	// Refused are the pages that give no contract that can be tested.
	Refused []Refused
	// PassedOver is how many files of folders and patterns are no pages of an update.
	PassedOver int
	// BasePath is the prefix of every path of a mock of the pages, "" for the mock's own
	// default; Versions are those of the API that the folders of the pages name. With more
	// than one of them the path of each operation begins with its version.
	BasePath string
	Versions []string
}

// Refused is a page without a contract that can be tested.
type Refused struct {
	Path string
	Err  error
}

// VersionPath is how the path of the operation begins where the pages are of several versions
// of the API, as /beta; else "". A run of this page alone has it in its base URL.
func (p *Pages) VersionPath(op Operation) string {
	if !p.Mixed() {
		return ""
	}
	return "/" + versionOf(op.Operation, p.Versions)
}

// Mixed reports whether the pages are of several versions of the API.
func (p *Pages) Mixed() bool { return len(p.Versions) > 1 }

// seeList says where the requirements are listed.
func (p *Pages) seeList() string {
	return "`" + cmp.Or(p.ListCommand, "graphpact list") + "` shows them all"
}

// PageConfig says which pages are tested, and how much of them.
type PageConfig struct {
	// Docs name the pages, by files, folders and patterns; none means those in the program.
	Docs []string
	// Features is the folder of the scenarios; empty means those in the program.
	Features string
	// Reading says how the pages are read.
	Reading
	// Only are the properties to which the run is narrowed, where any is named, and
	// Exclude those that are left out.
	Only, Exclude []string
	// Values are values to send, decoded JSON by the name of the property.
	Values map[string][]any
	// Now is the time by which a date lies in the future; zero means far in the future.
	Now time.Time
}

// Operation is what a page promises, with the scenarios that test it.
type Operation struct {
	*contract.Operation
	Suite *scenario.Suite
}

// ReportPage describes the page in a report.
func (op Operation) ReportPage() result.Page {
	page := result.Page{
		File: op.Page, Title: op.Title.Value, Digest: op.Digest, Operation: op.ID(),
		Texts: []result.PageText{{File: op.Page, Text: op.Text}},
	}
	for _, p := range op.Promises() {
		promise := result.Promise{File: p.Source.File, Line: p.Source.Line, Text: p.Text, Property: p.Property}
		switch {
		case p.Update:
			promise.Kind = result.ProvesUpdate
		case p.Schema:
			promise.Kind = result.ProvesSchema
		}
		page.Promises = append(page.Promises, promise)
	}
	return page
}

// ID is the method and the path, as a report names the operation.
func (op Operation) ID() string { return op.Name() }

// PageID is a short name of the page, which does not depend on the pages beside it, as
// beta/lamp-update. In front of a requirement it chooses among pages: lamp-update#UPD-06.
func (op Operation) PageID() string { return pageset.ID(op.Page) }

// pageMark ends the name of a page in front of a requirement or a parameter.
const pageMark = "#"

// OfPage is the name of a requirement of the page, or its own where there is but one page.
func OfPage(page, key string) string {
	if page == "" {
		return key
	}
	return page + pageMark + key
}

// forPage takes a name apart that may begin with the name of a page. It is not for a page
// where it begins with another's.
func (op Operation) forPage(name string) (rest string, is bool) { return forPage(op.PageID(), name) }

func forPage(id, name string) (rest string, is bool) {
	page, rest, found := strings.Cut(name, pageMark)
	if !found || strings.ContainsAny(page, "[=") { // the mark belongs to the name of a row
		return name, true
	}
	page = strings.ToLower(strings.TrimSuffix(page, ".md"))
	id = strings.ToLower(id)
	return rest, page == id || strings.HasSuffix(id, "/"+page)
}

// Select gives the cases of the page that a selection means, and those of its names that
// mean none of them.
func (op Operation) Select(by scenario.Selection) (cases []scenario.Case, unknown []string, err error) {
	names := by.Names()
	own := by
	own.Only = nil
	var full []string // of each name of own
	for _, name := range names {
		if rest, is := op.forPage(name); is {
			own.Only, full = append(own.Only, rest), append(full, name)
		} else {
			unknown = append(unknown, name)
		}
	}
	if len(names) > 0 && len(own.Only) == 0 {
		return nil, unknown, nil
	}
	cases, missing, err := op.Suite.Select(own)
	for i, name := range own.Only {
		if slices.Contains(missing, name) {
			unknown = append(unknown, full[i])
		}
	}
	return cases, unknown, err
}

// Contracts gives the operations without their scenarios.
func (p *Pages) Contracts() []*contract.Operation {
	out := make([]*contract.Operation, len(p.Operations))
	for i, op := range p.Operations {
		out[i] = op.Operation
	}
	return out
}

// LoadPages reads the pages, and the scenarios for each. A page that gives no contract, or
// none that can be tested, is left out and named in Refused; where all are, that is the error.
func LoadPages(c PageConfig) (*Pages, error) {
	fsys, err := featureFS(c.Features)
	if err != nil {
		return nil, err
	}
	p := &Pages{Folder: c.Features}
	if p.SuiteDigest, err = suiteDigest(fsys); err != nil {
		return nil, err
	}
	ops, err := p.read(c)
	if err != nil {
		return nil, err
	}
	if p.Narrowed, err = c.narrow(ops); err != nil {
		return nil, err
	}
	suites := scenario.NewFeatures(fsys)
	for _, op := range ops {
		suite, err := suites.Suite(op, p.Conventions)
		if err != nil {
			if c.Features != "" {
				err = fmt.Errorf("features in %s: %w", c.Features, err)
			}
			return nil, err
		}
		p.Operations = append(p.Operations, Operation{op, suite})
	}
	for _, r := range p.Refused {
		p.Narrowed = append(p.Narrowed, path.Base(filepath.ToSlash(r.Path))+" left out, since it gives no contract that can be tested")
	}
	return p, nil
}

func (p *Pages) read(c PageConfig) ([]*contract.Operation, error) {
	if err := twice(c.Docs); err != nil {
		return nil, err
	}
	var ops []*contract.Operation
	err := ReadPages(context.Background(), c.Docs, c.Reading, func(page *PageRead) error {
		p.Conventions = page.Conventions
		if page.Refused == nil && page.Operation != nil {
			page.Refused = testable(page.Operation)
		}
		switch {
		case page.PassedOver:
			p.PassedOver++
		case page.Refused != nil:
			p.Refused = append(p.Refused, Refused{page.Path, page.Refused})
		default:
			ops = append(ops, page.Operation)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(ops) == 0 && len(p.Refused) > 0:
		var errs []error
		for _, r := range p.Refused {
			errs = append(errs, r.Err)
		}
		return nil, errors.Join(errs...)
	case len(ops) == 0:
		return nil, fmt.Errorf("%s: none of the %d files is the page of an update", strings.Join(c.Docs, ", "), p.PassedOver)
	}
	p.BasePath, p.Versions = arrange(ops)
	contract.TellApart(ops, func(op *contract.Operation) string { return pageset.ID(op.Page) })
	return ops, nil
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
			return fmt.Errorf("--%s %s: no page has the property%s", setting, name, suggest.DidYouMean(name, known))
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
		cases, unknown, err := op.Select(by)
		if err != nil {
			return nil, err
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return !slices.Contains(unknown, m) })
		if len(cases) == 0 {
			continue
		}
		compiled, err := compileResponseSchema(op.Operation, p.Conventions)
		if err != nil {
			return nil, err
		}
		out = append(out, Selected{op, cases, compiled})
	}
	switch {
	case len(missing) > 0:
		return nil, p.UnknownRequirements(missing) // a typo must not shrink a run silently
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
	for _, op := range p.Operations {
		for _, c := range op.Suite.Cases {
			known = append(known, op.PageID()+pageMark+c.ID)
		}
	}
	for _, name := range names {
		if page, _, found := strings.Cut(name, pageMark); found && !slices.ContainsFunc(p.Operations, func(op Operation) bool { _, is := op.forPage(name); return is }) {
			return fmt.Errorf("no requirement %s: there is no page %s%s", name, page, p.meant(page))
		}
		if near := suggest.Nearest(name, known); near != "" {
			return fmt.Errorf("no requirement %s; did you mean %s? %s", strings.Join(names, ", "), near, p.seeList())
		}
	}
	return fmt.Errorf("no requirement %s; %s", strings.Join(names, ", "), p.seeList())
}

// meant asks which page a name is likely to mean.
func (p *Pages) meant(page string) string {
	var ids []string
	for _, op := range p.Operations {
		ids = append(ids, op.PageID(), path.Base(op.PageID()))
		if strings.HasSuffix(op.PageID(), page) {
			return "; did you mean " + op.PageID() + "?"
		}
	}
	return cmp.Or(suggest.DidYouMean(page, ids), "; "+p.seeList())
}

// NothingMatches is the error of a selection without a case.
func (p *Pages) NothingMatches(tags string) error {
	if tags == "" {
		return &Error{NothingRan, errors.New("there is no scenario")}
	}
	return &Error{NothingRan, fmt.Errorf("no scenario matches %q; %s", tags, p.seeList())}
}

func operations(selected []Selected) []*contract.Operation {
	ops := make([]*contract.Operation, len(selected))
	for i, s := range selected {
		ops[i] = s.Operation.Operation
	}
	return ops
}
