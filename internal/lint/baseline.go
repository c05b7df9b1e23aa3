package lint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"graphpact/internal/contract"
)

// Baseline are findings that are known: they do not count. Lines move, and are no part of it.
type Baseline struct {
	Version string  `json:"version"`
	Entries []Entry `json:"findings"`
	// linted are the files that were judged.
	linted map[string]bool
}

// Entry are the findings of one rule with one message in a file.
type Entry struct {
	File    string `json:"file"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
	// Count is how often it is found there, at least 1.
	Count int `json:"count"`
}

// ParseBaseline reads a baseline, strictly; name is in each error.
func ParseBaseline(name string, data []byte) (*Baseline, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	b := &Baseline{}
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("%s: no baseline: %w; write it anew with --write-baseline", name, err)
	}
	if _, err := dec.Token(); err != io.EOF { //nolint:errorlint // Token gives it bare
		return nil, fmt.Errorf("%s: no baseline: something follows the first value", name)
	}
	if b.Version != ReportVersion {
		return nil, fmt.Errorf("%s: version %q of a baseline; this program reads %s", name, b.Version, ReportVersion)
	}
	for i, e := range b.Entries {
		if e.File == "" || e.Rule == "" || e.Message == "" || e.Count < 1 {
			return nil, fmt.Errorf("%s: finding %d needs a file, a rule, a message, and a count of at least 1", name, i+1)
		}
	}
	return b, nil
}

// Judged tells the baseline that a page was judged: an entry of another page is not fixed
// because nobody looked. With the page the files were judged that its contract is read from, as
// resource pages; op is nil where there is no contract.
func (b *Baseline) Judged(file string, op *contract.Operation) {
	if b.linted == nil {
		b.linted = map[string]bool{}
	}
	b.linted[filepath.ToSlash(file)] = true
	if op == nil {
		return
	}
	for _, p := range op.Promises() {
		b.linted[filepath.ToSlash(p.Source.File)] = true
	}
	for _, f := range op.Findings {
		b.linted[filepath.ToSlash(f.Source.File)] = true
	}
}

// apply marks the findings that are known, and gives the entries, or the rest of their count,
// that are not found any more on pages that were judged or are gone.
func (b *Baseline) apply(findings []Finding) []Entry {
	left := map[Entry]int{} // by entries without a count
	for _, e := range b.Entries {
		left[Entry{File: e.File, Rule: e.Rule, Message: e.Message}] += e.Count
	}
	for i, f := range findings {
		if k := (Entry{File: f.File, Rule: f.Rule, Message: f.Message}); left[k] > 0 {
			left[k]--
			findings[i].Known = true
		}
	}
	var fixed []Entry
	for _, e := range b.Entries {
		e.Count = 0
		n := left[e]
		delete(left, e)
		if n == 0 {
			continue
		}
		if _, err := os.Stat(filepath.FromSlash(e.File)); b.linted[e.File] || os.IsNotExist(err) {
			fixed = append(fixed, Entry{e.File, e.Rule, e.Message, n})
		}
	}
	return fixed
}

// Baseline gives all findings of the report as a baseline file.
func (r *Report) Baseline() ([]byte, error) {
	b := Baseline{Version: ReportVersion, Entries: []Entry{}}
	counts := map[Entry]int{}
	for _, f := range r.Findings {
		counts[Entry{File: f.File, Rule: f.Rule, Message: f.Message}]++
	}
	for e, n := range counts {
		e.Count = n
		b.Entries = append(b.Entries, e)
	}
	slices.SortFunc(b.Entries, func(x, y Entry) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Message, y.Message))
	})
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(b)
	return out.Bytes(), err
}
