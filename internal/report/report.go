// Package report writes a run in the formats that people and programs read. Each
// format has a file of its own and is written from a result.Run alone.
//
// Three rules hold for all of them. The order is the run's order, the same every
// time. What came from the target is hostile until made safe: no control character,
// markup or terminal escape of a server gets into a report as such. And a run with
// anything wrong looks green in none of them, see result.Run.Clean and Headline.
package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// The names of the files that Write makes.
const (
	JSONFile     = "report.json"
	JUnitFile    = "junit.xml"
	CucumberFile = "cucumber.json"
	CTRFFile     = "ctrf.json"
	SARIFFile    = "report.sarif"
	MarkdownFile = "summary.md"
	HTMLFile     = "report.html"
)

// renderer gives a run in one format.
type renderer func(*result.Run) ([]byte, error)

// document is report.json: the run with its verdict.
type document struct {
	Headline result.Headline `json:"headline"`
	// Reasons say why the headline is not CONFORMANT.
	Reasons []string `json:"headlineReasons,omitempty"`
	result.Run
}

// renderJSON gives the run as report.json: indented, every list present even when empty,
// as schemas/report.schema.json asks. It is not escaped for embedding in HTML.
func renderJSON(run *result.Run) ([]byte, error) {
	d := document{Run: withLists(*run)}
	d.Headline, d.Reasons = run.Headline()
	return encodeJSON(d)
}

// encodeJSON gives v as indented JSON in printable characters. Nothing is escaped for
// HTML, so that curl lines and URLs stay readable.
func encodeJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(safetext.Escape(indentJSON(out.Bytes()), safetext.Lines|safetext.JSON)), nil
}

// indentJSON is json.Indent by two spaces for what the encoder has just written: it checks
// nothing, which takes a third of the time.
func indentJSON(compact []byte) string {
	var out strings.Builder
	out.Grow(len(compact) * 3 / 2)
	depth, from := 0, 0
	newline := func(upTo int) {
		out.Write(compact[from:upTo])
		out.WriteByte('\n')
		for range depth {
			out.WriteString("  ")
		}
		from = upTo
	}
	for i := 0; i < len(compact); i++ {
		switch compact[i] {
		case '"':
			for i++; compact[i] != '"'; i++ {
				if compact[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if next := compact[i+1]; next != '}' && next != ']' {
				depth++
				newline(i + 1)
			}
		case '}', ']':
			if last := compact[i-1]; last != '{' && last != '[' {
				depth--
				newline(i)
			}
		case ',':
			newline(i + 1)
		case ':':
			out.Write(compact[from : i+1])
			out.WriteByte(' ')
			from = i + 1
		}
	}
	out.Write(compact[from:])
	return out.String()
}

// withLists gives the run with empty lists in place of nil ones, which JSON would
// write as null, and its time in UTC. The caller's run stays as it is.
func withLists(run result.Run) result.Run {
	run.StartedAt = run.StartedAt.UTC()
	if run.Pages == nil {
		run.Pages = []result.Page{}
	}
	if run.Findings == nil {
		run.Findings = []result.Finding{}
	}
	reqs := append([]result.Requirement{}, run.Requirements...)
	for i := range reqs {
		if reqs[i].Checks == nil {
			reqs[i].Checks = []result.Check{}
		}
	}
	run.Requirements = reqs
	return run
}

// runItself is the name of the case that JUnit and Cucumber get when the run itself
// went wrong, so that a reader of that file alone does not see green.
const runItself = "the run itself"

// group splits the requirements by key. The groups are in the order of their first
// requirements, and keep the order within.
func group(reqs []result.Requirement, key func(*result.Requirement) string) [][]*result.Requirement {
	var groups [][]*result.Requirement
	index := map[string]int{}
	for i := range reqs {
		r := &reqs[i]
		at, ok := index[key(r)]
		if !ok {
			at = len(groups)
			index[key(r)] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], r)
	}
	return groups
}

// sortedPairs gives a map's entries in the order of their names.
func sortedPairs(m map[string]string) [][2]string {
	var pairs [][2]string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, [2]string{name, m[name]})
	}
	return pairs
}
