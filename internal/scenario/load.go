package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	gherkin "github.com/cucumber/gherkin/go/v42"
	messages "github.com/cucumber/messages/go/v34"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// Load reads the features of a folder for one Operation; see Features.Suite.
func Load(fsys fs.FS, op *contract.Operation, conv *convention.Set) (*Suite, error) {
	return NewFeatures(fsys).Suite(op, conv)
}

// Suite reads every *.feature file, in the order of their names, for the Operation. Errors
// name the file and line; those in the tags are reported all at once.
func (f *Features) Suite(op *contract.Operation, conv *convention.Set) (*Suite, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	uris, err := fs.Glob(f.fsys, "*.feature")
	if err != nil {
		return nil, fmt.Errorf("looking for feature files: %w", err)
	}
	if len(uris) == 0 {
		return nil, errors.New("no *.feature file in the features folder")
	}
	suite := &Suite{Operation: op}
	var errs []error
	for _, uri := range uris {
		file, err := f.file(uri)
		if err != nil {
			return nil, err
		}
		doc, lines, err := file.fill(op)
		if err != nil {
			return nil, err
		}
		r := reader{uri: uri, lines: lines, parsed: doc, op: op, conv: conv, shared: f.shared}
		cases, caseErrs := r.cases()
		suite.Cases = append(suite.Cases, cases...)
		errs = append(errs, caseErrs...)
	}
	suite.Cases = slices.Clone(suite.Cases) // without the room that append has made
	errs = append(errs, duplicates(suite.Cases)...)
	return suite, errors.Join(errs...)
}

// maxLine bounds a line of a feature file, in bytes.
const maxLine = 32 << 10

func parse(uri string, content []byte, newID func() string) (*messages.GherkinDocument, error) {
	// The parser panics where its scanner stops, which it does at such a line.
	for i, line := range bytes.Split(content, []byte("\n")) {
		if len(line) > maxLine {
			return nil, fmt.Errorf("%s:%d: not valid Gherkin: the line has %d bytes, and %d is the limit", uri, i+1, len(line), maxLine)
		}
	}
	doc, err := gherkin.ParseGherkinDocument(bytes.NewReader(content), newID)
	if err != nil {
		return nil, fmt.Errorf("%s: not valid Gherkin: %s", uri, safetext.Escape(err.Error(), safetext.Lines))
	}
	doc.Uri = uri
	return doc, nil
}

// duplicates reports cases that share a key: their results could not be distinguished.
func duplicates(cases []Case) []error {
	var errs []error
	first := map[string]Case{}
	for _, c := range cases {
		if prev, dup := first[c.Key()]; dup {
			errs = append(errs, fmt.Errorf("%s:%d: duplicate requirement %s, already at %s:%d; ids must be unique",
				c.Feature.URI, c.Feature.Line, c.Key(), prev.Feature.URI, prev.Feature.Line))
			continue
		}
		first[c.Key()] = c
	}
	return errs
}

// reader turns the pickles of one feature into cases.
type reader struct {
	uri   string
	lines []int // line of the content to line of the file
	*parsed
	op     *contract.Operation
	conv   *convention.Set
	shared map[string]Case
}

func (r *reader) cases() (cases []Case, errs []error) {
	nodes := r.nodes
	byScenario := map[string][]*messages.Pickle{}
	for _, p := range r.pickles {
		byScenario[p.AstNodeIds[0]] = append(byScenario[p.AstNodeIds[0]], p)
	}
	for _, sc := range nodes.scenarios {
		base, err := r.requirement(sc, nodes.tags[sc.Id])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if len(byScenario[sc.Id]) == 0 && base.Absent == "" {
			base.Absent = r.whyNoRows(sc)
		}
		if base.Absent != "" {
			cases = append(cases, base)
			continue
		}
		for _, p := range byScenario[sc.Id] {
			c := base
			c.Name, c.Tags = p.Name, tagNames(p.Tags)
			c.Content = r.alone(p)
			if len(p.AstNodeIds) > 1 {
				row := nodes.rows[p.AstNodeIds[1]]
				c.Row = rowName(row)
				// A page has as many enums and limits as it likes; the row's own is the one that asks.
				if src, summary, ok := r.rowFact(row, tagNames(p.Tags)); ok {
					c.Source.Line, c.Source.File, c.Source.Ref, c.Source.Summary = src.Line, src.File, src.Short(), summary
				}
			}
			for _, s := range p.Steps {
				st := nodes.steps[s.AstNodeIds[0]]
				c.Steps = append(c.Steps, result.Step{
					Keyword: strings.TrimSpace(st.Keyword), Text: s.Text, Line: r.line(st.Location),
				})
			}
			if len(c.Steps) == 0 {
				errs = append(errs, r.errorf(sc.Location, "scenario %q has no steps", sc.Name))
			}
			cases = append(cases, r.share(c))
		}
	}
	return cases, errs
}

// share gives the case with the texts of an equal one of another page: scenarios without rows
// of the page are the same for all.
func (r *reader) share(c Case) Case {
	if c.Row != "" {
		return c
	}
	key := fmt.Sprintf("%s:%d\n%s", r.uri, c.Feature.Line, c.Content)
	same, known := r.shared[key]
	if !known {
		r.shared[key] = c
		return c
	}
	c.Content, c.Steps, c.Tags, c.Name, c.Outline, c.Feature = same.Content, same.Steps, same.Tags, same.Name, same.Outline, same.Feature
	return c
}

// alone gives the feature without the other scenarios and the other rows of an outline.
func (r *reader) alone(p *messages.Pickle) []byte {
	var out []byte
	for i, line := range r.content {
		o := r.owners[i]
		if (o.scenario == "" || o.scenario == p.AstNodeIds[0]) && (o.row == "" || slices.Contains(p.AstNodeIds, o.row)) {
			out = append(out, line...)
		}
	}
	return out
}

func (r *reader) requirement(sc *messages.Scenario, tags []string) (Case, error) {
	c := Case{
		Name: sc.Name, Outline: sc.Name, Tags: tags,
		Feature: result.Location{URI: r.uri, Line: r.line(sc.Location), Feature: r.doc.Feature.Name},
	}
	var kind, fact, rule string
	set := func(dst *string, v string) error {
		if *dst != "" && *dst != v {
			return r.errorf(sc.Location, "scenario %q carries two tags where one belongs: %s and %s", sc.Name, *dst, v)
		}
		*dst = v
		return nil
	}
	values := map[string]*string{"req": &c.ID, "source": &kind, "fact": &fact, "rule": &rule, "proves": &c.Proves}
	for _, t := range tags {
		name, value, _ := strings.Cut(strings.TrimPrefix(t, "@"), ":")
		var err error
		if dst, ok := values[name]; ok {
			err = set(dst, value)
		}
		switch name {
		case "must", "should", "may":
			err = set((*string)(&c.Level), name)
		case "pact":
			c.Pact = true
		case "proves":
			if err == nil && value != result.ProvesUpdate {
				err = r.errorf(sc.Location, "scenario %q carries @proves:%s; known: @proves:%s", sc.Name, value, result.ProvesUpdate)
			}
		case "read-only":
			c.ReadOnly, c.NeedsGet = true, true
		case "needs-get":
			c.NeedsGet = true
		}
		if err != nil {
			return c, err
		}
	}
	switch {
	case c.ID == "":
		return c, r.errorf(sc.Location, "scenario %q has no @req:ID tag", sc.Name)
	case c.Level == "":
		return c, r.errorf(sc.Location, "scenario %q (%s) needs one of @must, @should, @may", sc.Name, c.ID)
	case kind == "doc" && fact != "":
		c, err := r.fromPage(c, sc, fact)
		if err != nil || rule == "" {
			return c, err
		}
		rl, err := r.rule(c, sc, rule)
		c.Source.Clause = rl.Clause
		return c, err
	case kind == "convention" && rule != "":
		rl, err := r.rule(c, sc, rule)
		c.Source = result.Source{Kind: "convention", Ref: rl.ID, Clause: rl.Clause, Summary: rl.Summary}
		return c, err
	}
	return c, r.errorf(sc.Location, "scenario %q (%s) needs @source:doc with @fact:NAME, or @source:convention with @rule:ID", sc.Name, c.ID)
}

func (r *reader) rule(c Case, sc *messages.Scenario, id string) (convention.Rule, error) {
	rl, ok := r.conv.Rule(id)
	if !ok {
		return rl, r.errorf(sc.Location, "scenario %q (%s): there is no convention %q", c.Name, c.ID, id)
	}
	return rl, nil
}

func (r *reader) fromPage(c Case, sc *messages.Scenario, fact string) (Case, error) {
	if known := contract.FactNames(); !slices.Contains(known, fact) {
		return c, r.errorf(sc.Location, "scenario %q (%s): there is no fact %q; known: %s", c.Name, c.ID, fact, strings.Join(known, ", "))
	}
	src, summary, ok := r.op.Fact(fact)
	c.Source = docSource(src, summary)
	if !ok {
		// A page that does not say never makes a MUST.
		c.Source = result.Source{Kind: "doc", Ref: r.op.Page, File: r.op.Page, Summary: "the page has no " + fact}
		c.Absent = "the page has no " + fact
	}
	return c, nil
}

// rowFact is the fact that asks for one row of an outline, where rows have facts of their own.
func (r *reader) rowFact(row *messages.TableRow, tags []string) (contract.Source, string, bool) {
	switch {
	case slices.Contains(tags, "@fact:enum"):
		return r.op.EnumFact(row.Cells[0].Value)
	case slices.Contains(tags, "@fact:bounds") && len(row.Cells) > 1:
		return r.op.BoundFact(row.Cells[0].Value, row.Cells[1].Value)
	}
	return contract.Source{}, "", false
}

func docSource(src contract.Source, summary string) result.Source {
	return result.Source{Kind: "doc", Ref: src.Short(), File: src.File, Line: src.Line, Summary: summary}
}

func (r *reader) whyNoRows(sc *messages.Scenario) string {
	for _, ex := range sc.Examples {
		if fromPage(ex) {
			return fmt.Sprintf("the page names nothing to play it with (%q has no rows)", ex.Name)
		}
	}
	return "the outline has no rows"
}

func (r *reader) line(l *messages.Location) int {
	if n := int(l.Line); n < len(r.lines) {
		return r.lines[n]
	}
	return int(l.Line)
}

func (r *reader) errorf(l *messages.Location, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{r.uri, r.line(l)}, args...)...)
}

// rowName joins the cells of a row: "property=value".
func rowName(row *messages.TableRow) string {
	return strings.Join(cells(row), "=")
}

func cells(row *messages.TableRow) []string {
	out := make([]string, len(row.Cells))
	for i, c := range row.Cells {
		out[i] = c.Value
	}
	return out
}

func tagNames(tags []*messages.PickleTag) []string {
	out := make([]string, 0, len(tags))
	for _, t := range tags {
		if !slices.Contains(out, t.Name) {
			out = append(out, t.Name)
		}
	}
	return out
}
