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
	"fmt"
	"io"
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

// renderer writes a run in one format. What grows with the scenarios is written piece by piece.
type renderer func(w io.Writer, run *result.Run) error

// JSON writes the run as report.json: indented, every list present even when empty,
// as schemas/report.schema.json asks. It is not escaped for embedding in HTML.
func JSON(w io.Writer, run *result.Run) error {
	full := withLists(*run)
	d := document{Run: full}
	d.Headline, d.Reasons = run.Headline()
	d.Requirements = []result.Requirement{}
	return writeJSON(w, d, "requirements", 1, len(full.Requirements), func(i int) any {
		r := full.Requirements[i]
		r.Exchanges = r.Sent()
		return r
	})
}

// document is report.json: the run with its verdict.
type document struct {
	Headline result.Headline `json:"headline"`
	// Reasons say why the headline is not CONFORMANT.
	Reasons []string `json:"headlineReasons,omitempty"`
	result.Run
}

// writeJSON writes v as indented JSON, with n items in its list of the name, which is empty in
// v and stands at the depth. The items are made and written one at a time.
func writeJSON(w io.Writer, v any, list string, depth, n int, item func(i int) any) error {
	frame, err := encodeJSON(v, 0)
	if err != nil {
		return err
	}
	indent := "\n" + strings.Repeat("  ", depth)
	// No text of v has this: within a text a line end is escaped.
	begin := indent + `"` + list + `": [`
	before, after, found := strings.Cut(frame, begin+"]")
	if !found {
		return fmt.Errorf("the JSON has no empty list %q", list)
	}
	return writeItems(w, before+begin, "]"+after, depth, n, item)
}

// writeItems writes the items of a list whose name or bracket stands at the depth, between what
// stands before and after them.
func writeItems(w io.Writer, before, after string, depth, n int, item func(i int) any) error {
	indent := "\n" + strings.Repeat("  ", depth)
	for i := range n {
		text, err := encodeJSON(item(i), depth+1)
		if err != nil {
			return err
		}
		if err := writeText(w, before+indent+"  "+strings.TrimSuffix(text, "\n")); err != nil {
			return err
		}
		before = ","
	}
	if n > 0 {
		before = indent
	}
	return writeText(w, before+after)
}

func writeText(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

// encodeJSON gives v as JSON in printable characters, indented as what stands at the depth.
// Nothing is escaped for HTML, so that curl lines and URLs stay readable.
func encodeJSON(v any, depth int) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return safetext.Escape(indentJSON(out.Bytes(), depth), safetext.Lines|safetext.JSON), nil
}

// indentJSON is json.Indent by two spaces for what the encoder has just written: it checks
// nothing, which takes a third of the time. depth is that of the value itself.
func indentJSON(compact []byte, depth int) string {
	var out strings.Builder
	out.Grow(len(compact) * 3 / 2)
	from := 0
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
	run.Pages = append([]result.Page{}, run.Pages...)
	run.Findings = append([]result.Finding{}, run.Findings...)
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
