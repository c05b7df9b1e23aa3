// Package sarif writes results as a SARIF 2.1.0 document, of the kind that code scanning
// services take. GitHub takes a subset (https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning):
// every result has a rule of the catalogue and a place in a file, and a fingerprint by which
// it is known again after lines have moved.
package sarif

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// Level is how much a result weighs.
type Level string

// The levels, worst first.
const (
	Error   Level = sarif.LevelError
	Warning Level = sarif.LevelWarning
	Note    Level = sarif.LevelNote
)

// Levels lists the levels, worst first.
func Levels() []Level { return []Level{Error, Warning, Note} }

// AtLeast reports whether the level weighs as much as the other, or more. One that is not
// known weighs more than all.
func (l Level) AtLeast(other Level) bool {
	return slices.Index(Levels(), l) <= slices.Index(Levels(), other)
}

// MaxResults is how many results GitHub takes of one run; it refuses a file with more.
const MaxResults = 25000

// fingerprintName is the name and the version of the way in which fingerprints are made.
const fingerprintName = "graphpact/v1"

// Tool is the program that found the results.
type Tool struct {
	Name, Version  string
	InformationURI string // an absolute URL about the tool; it may be empty
	// Category tells runs over one commit apart, as "graphpact-lint"; a service keeps the
	// results of each. It may be empty.
	Category string
}

// Rule is an entry of the catalogue.
type Rule struct {
	ID            string   // the stable name, as "todo-marker"
	Level         Level    // of a result which names none
	Summary, Help string   // Summary is one sentence; Help says more, in Markdown, and what to do
	HelpURI       string   // an absolute URL; it may be empty
	Tags          []string // words to filter by
}

// Result is one thing found.
type Result struct {
	Rule    string // the ID of a rule of the catalogue
	Level   Level  // empty for that of the rule
	Message string
	// File is a path, relative to the checkout where it is uploaded; Line counts from 1, and
	// less means the whole file.
	File string
	Line int
	// Fingerprint is the same as long as the result is; empty means that of rule, file and
	// message. Equal ones are told apart by their order.
	Fingerprint string
	Suppressed  string // why the result is accepted, as "baseline"; empty where it counts
}

// Fingerprint gives a short stable name of what identifies a result. Lines move, and are no
// part of it.
func Fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Document gives the SARIF document of one run. More than MaxResults results are cut to that,
// the lightest first, and a notification of the document says how many. It is an error where
// a result names no rule of the catalogue, or no file.
func Document(tool Tool, rules []Rule, results []Result) ([]byte, error) {
	run := sarif.NewRun()
	driver := sarif.NewToolComponent().WithName(tool.Name)
	if tool.Version != "" {
		driver.WithVersion(tool.Version)
	}
	if tool.InformationURI != "" {
		driver.WithInformationURI(tool.InformationURI)
	}
	run.WithTool(sarif.NewTool().WithDriver(driver))
	if tool.Category != "" {
		run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(tool.Category + "/"))
	}
	index := map[string]int{}
	for i, r := range rules {
		if _, dup := index[r.ID]; dup || r.ID == "" {
			return nil, fmt.Errorf("sarif: rule %q is in the catalogue twice, or has no id", r.ID)
		}
		index[r.ID] = i
		driver.AddRule(descriptor(r))
	}
	invocation := sarif.NewInvocation().WithExecutionSuccessful(true)
	if left := len(results) - MaxResults; left > 0 {
		results = heaviest(rules, index, results)
		invocation.AddToolExecutionNotification(sarif.NewNotification().WithLevel(string(Warning)).WithMessage(
			sarif.NewTextMessage(fmt.Sprintf("%d results of the least weight were left out: no more than %d are taken", left, MaxResults))))
	}
	run.AddInvocation(invocation)
	seen := map[string]int{}
	for _, r := range results {
		i, known := index[r.Rule]
		if !known {
			return nil, fmt.Errorf("sarif: %s:%d: there is no rule %q in the catalogue", r.File, r.Line, r.Rule)
		}
		if r.File == "" {
			return nil, fmt.Errorf("sarif: a result of the rule %s has no file", r.Rule)
		}
		mark := cmp.Or(r.Fingerprint, Fingerprint(r.Rule, uri(r.File), r.Message))
		seen[mark]++
		run.AddResult(entry(r, rules[i], i, fmt.Sprintf("%s:%d", mark, seen[mark])))
	}
	report := sarif.NewReport()
	report.AddRun(run)
	var b bytes.Buffer
	if err := report.PrettyWrite(&b); err != nil {
		return nil, fmt.Errorf("sarif: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// heaviest gives as many results as are taken, in their order, without the lightest.
func heaviest(rules []Rule, index map[string]int, results []Result) []Result {
	weight := func(r Result) int {
		level := r.Level
		if i, ok := index[r.Rule]; ok && level == "" {
			level = rules[i].Level
		}
		return slices.Index(Levels(), level)
	}
	order := make([]int, len(results))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight(results[a]), weight(results[b])) })
	order = order[:MaxResults]
	slices.Sort(order)
	kept := make([]Result, len(order))
	for i, at := range order {
		kept[i] = results[at]
	}
	return kept
}

func descriptor(r Rule) *sarif.ReportingDescriptor {
	help := cmp.Or(r.Help, r.Summary)
	d := sarif.NewRule(r.ID).WithName(pascal(r.ID)).WithDescription(r.Summary).WithMarkdownHelp(help).
		WithFullDescription(sarif.NewMultiformatMessageString().WithText(r.Summary)).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(string(cmp.Or(r.Level, Warning))))
	if r.HelpURI != "" {
		d.WithHelpURI(r.HelpURI)
	}
	if len(r.Tags) > 0 {
		d.WithProperties(&sarif.PropertyBag{Tags: slices.Clone(r.Tags)})
	}
	return d
}

func entry(r Result, rule Rule, index int, mark string) *sarif.Result {
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri(r.File))).
		WithRegion(sarif.NewRegion().WithStartLine(max(r.Line, 1)))
	out := sarif.NewRuleResult(r.Rule).WithRuleIndex(index).WithLevel(string(cmp.Or(r.Level, rule.Level, Warning))).
		WithMessage(sarif.NewTextMessage(r.Message)).
		AddLocation(sarif.NewLocationWithPhysicalLocation(place)).
		WithPartialFingerprints(map[string]string{fingerprintName: mark})
	if r.Suppressed != "" {
		out.AddSuppression(sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(r.Suppressed))
	}
	return out
}

// uri gives a path as a URI reference (RFC 3986): a relative one stays relative.
func uri(file string) string {
	file = path.Clean(filepath.ToSlash(file))
	u := url.URL{Path: file}
	if strings.HasPrefix(file, "/") {
		u.Scheme = "file"
	} else if len(file) > 1 && file[1] == ':' { // a drive
		u.Scheme, u.Path = "file", "/"+file
	}
	return u.String()
}

// pascal gives an id as SARIF writes names: TodoMarker.
func pascal(id string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '-' || r == '_' || r == '/' || r == '.' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
