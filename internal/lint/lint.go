package lint

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/graphdoc"
	"graphpact/internal/pageset"
	"graphpact/internal/sarif"
)

// ReportVersion is the version of the JSON form of a Report.
const ReportVersion = "1"

// Report is what was found on pages.
type Report struct {
	Version string `json:"version"`
	// Pages count the pages of updates, each in one of the three that follow; PassedOver are
	// the other files of folders and patterns.
	Pages       int `json:"pages"`
	Clean       int `json:"clean"`
	WithDefects int `json:"withDefects"`
	Refused     int `json:"refused"`
	PassedOver  int `json:"passedOver"`
	// Errors, Warnings and Notes count the findings that are not in the baseline, which are
	// Known.
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Notes    int `json:"notes"`
	Known    int `json:"known"`
	// Findings are in the order of the pages, those of a page by line.
	Findings []Finding `json:"findings"`
	// Fixed are the entries of the baseline that are no longer found.
	Fixed []Entry `json:"fixed,omitempty"`
}

// Finding is what a rule says of a page.
type Finding struct {
	Rule  string `json:"rule"`
	Level Level  `json:"level"`
	// Kind is defect or assumption.
	Kind contract.FindingKind `json:"kind"`
	// File is the page, or the resource page or metadata beside it that the finding is about, with
	// slashes, and Line its 1-based line; 0 where the finding is about the whole file.
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
	// Assumed is what graphpact takes instead; empty where nothing is assumed.
	Assumed string `json:"assumed,omitempty"`
	// Known is set where the baseline has the finding.
	Known bool `json:"known,omitempty"`
}

// Page is a page to judge.
type Page struct {
	// File is where it was read, and Data its bytes; nil where it could not be read.
	File string
	Data []byte
	// Operation is what it promises; nil where Refused says why there is no contract.
	Operation *contract.Operation
	Refused   error
}

// Linter judges pages, one after the other.
type Linter struct {
	rules    map[string]Rule
	contents *pageset.Contents
	// documented are the pages of each operation of a version.
	documented map[string][]documented
	// beside are the findings so far that are about other files than the page.
	beside map[Finding]bool
	report Report
}

// New makes a Linter.
func New() *Linter {
	l := &Linter{rules: map[string]Rule{}, contents: pageset.NewContents(), documented: map[string][]documented{}, beside: map[Finding]bool{}}
	for _, r := range Rules() {
		l.rules[r.ID] = r
	}
	l.report = Report{Version: ReportVersion, Findings: []Finding{}}
	return l
}

// PassOver counts a file that is no page of an update.
func (l *Linter) PassOver() { l.report.PassedOver++ }

// Page judges a page. The error is of a table of contents that cannot be read.
func (l *Linter) Page(p Page) error {
	var found []Finding
	add := func(rule string, line int, assumed, format string, args ...any) {
		r := l.rules[rule]
		found = append(found, Finding{
			Rule: rule, Level: r.Level, Kind: r.Kind, File: filepath.ToSlash(p.File), Line: line, Message: fmt.Sprintf(format, args...), Assumed: assumed,
		})
	}
	if p.Refused != nil {
		line, text := place(p)
		add(RulePageRefused, line, "", "%s", text)
	} else {
		for _, f := range p.Operation.Findings {
			add(f.Class, f.Source.Line, f.Assumed, "%s", f.Text)
			found[len(found)-1].File = filepath.ToSlash(cmp.Or(f.Source.File, p.File))
		}
		l.repeated(p, add)
	}
	versionMixed(p, add)
	listed, known, err := l.contents.Lists(p.File)
	if known && !listed {
		add(RuleNotInContents, 0, "", "No toc.yml names the page.")
	}
	beside := func(f Finding) string { // the page itself comes first
		if f.File == filepath.ToSlash(p.File) {
			return ""
		}
		return f.File
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(beside(a), beside(b)), cmp.Compare(a.Line, b.Line))
	})
	l.report.Pages++
	switch {
	case p.Refused != nil:
		l.report.Refused++
	case slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == contract.Defect }):
		l.report.WithDefects++
	default:
		l.report.Clean++
	}
	for _, f := range found {
		if beside(f) != "" { // pages share a resource page
			if l.beside[f] {
				continue
			}
			l.beside[f] = true
		}
		l.report.Findings = append(l.report.Findings, f)
	}
	return err
}

type find func(rule string, line int, assumed, format string, args ...any)

// place gives the line that an error of the page names, and the error without the place.
func place(p Page) (line int, text string) {
	var at *graphdoc.PlaceError
	if errors.As(p.Refused, &at) {
		return cmp.Or(at.Line, at.Near), at.Text
	}
	return 0, p.Refused.Error()
}

// repeated finds a page of an operation that another page of the version has.
func (l *Linter) repeated(p Page, add find) {
	op := p.Operation
	key := strings.Join([]string{pageset.Version(p.File), op.Method.Value, op.Path.Template, op.QualifiedType()}, " ")
	own := documented{filepath.Base(p.File), titleType(op.Title.Value)}
	for _, other := range l.documented[key] {
		// The pages of a type and of one derived from it share a request, and an example.
		if own.of == "" || other.of == "" || own.of == other.of {
			add(RuleOperationRepeated, op.Path.Source.Line, "Each page is a contract of its own.", "%s %s is documented in %s too.", op.Method.Value, op.Path.Template, other.file)
			return
		}
	}
	l.documented[key] = append(l.documented[key], own)
}

// documented is a page of an operation, and the type that its title names.
type documented struct{ file, of string }

// titleType is the type of a title "Update lamp" in lower case; "" for one of other words.
func titleType(title string) string {
	words := strings.Fields(strings.ToLower(title))
	if len(words) != 2 || words[0] != "update" {
		return ""
	}
	return words[1]
}

var (
	// versionedURL is a URL whose path begins with a version of the API.
	versionedURL = regexp.MustCompile(`https?://[^/\s"'<>]+/(v1\.0|beta)(?:[/?#"'\s]|$)`)
	fence        = regexp.MustCompile("^[ \t>]*(`{3,}|~{3,})")
)

// versionMixed finds URLs in the code blocks of a page that name another version than its
// folder does, or than the first of them where the folder names none.
func versionMixed(p Page, add find) {
	own, from := pageset.Version(p.File), "the folder of the page"
	open := ""
	line := 0
	for text := range bytes.Lines(p.Data) {
		line++
		if m := fence.FindSubmatch(text); m != nil {
			switch mark := string(m[1]); {
			case open == "":
				open = mark
			case mark[0] == open[0] && len(mark) >= len(open):
				open = ""
			}
			continue
		}
		if open == "" {
			continue
		}
		for _, m := range versionedURL.FindAllSubmatch(text, -1) {
			switch v := string(m[1]); {
			case own == "":
				own, from = v, fmt.Sprintf("line %d", line)
			case v != own:
				add(RuleVersionMixed, line, "The path counts, and not its version.", "The URL names %s, and %s names %s.", v, from, own)
			}
		}
	}
}

// Report gives the report with the baseline applied; nil is none.
func (l *Linter) Report(b *Baseline) *Report {
	r := l.report
	r.Findings = slices.Clone(r.Findings)
	if b != nil {
		r.Fixed = b.apply(r.Findings)
	}
	r.Errors, r.Warnings, r.Notes, r.Known = 0, 0, 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Known:
			r.Known++
		case f.Level == sarif.Error:
			r.Errors++
		case f.Level == sarif.Warning:
			r.Warnings++
		default:
			r.Notes++
		}
	}
	return &r
}

// Fails reports whether a finding that is not known weighs as much as the level, or more.
func (r *Report) Fails(level Level) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return !f.Known && f.Level.AtLeast(level) })
}

// SARIF gives the report as a SARIF document. What the baseline has is in it, suppressed.
func (r *Report) SARIF(tool sarif.Tool) ([]byte, error) {
	results := make([]sarif.Result, len(r.Findings))
	for i, f := range r.Findings {
		results[i] = sarif.Result{Rule: f.Rule, Level: f.Level, Message: f.text(), File: f.File, Line: f.Line, Fingerprint: f.fingerprint()}
		if f.Known {
			results[i].Suppressed = "known: it is in the baseline"
		}
	}
	return sarif.Document(tool, Catalogue(Rules()), results)
}

// fingerprint is the same while the finding is, wherever its line has moved.
func (f Finding) fingerprint() string { return sarif.Fingerprint(f.Rule, f.File, f.Message) }

func (f Finding) text() string {
	if f.Assumed == "" {
		return f.Message
	}
	return f.Message + " Assumed: " + f.Assumed
}
