package harness

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"graphpact/internal/convention"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/steps"
)

// Shard is a part of the selected scenarios, for several runs that share them. The zero
// Shard is all of them.
type Shard struct {
	// Index is from 1 to Count.
	Index, Count int
}

// MaxShards is the most shards that there may be.
const MaxShards = 10_000

// cut gives the shard's part of what is selected: all scenarios in their order, in Count
// parts that follow each other and differ by one scenario at most. A page's scenarios stay
// together as far as that goes. A scenario that looks back at the whole run is played in
// each shard that has another one of its page, since it says something of those alone.
func (s Shard) cut(selected []Selected) (out []Selected, again []result.Subject) {
	total := 0
	for _, sel := range selected {
		total += len(sel.Cases)
	}
	from, to := total*(s.Index-1)/s.Count, total*s.Index/s.Count
	at := 0
	for _, sel := range selected {
		all := sel.Cases
		sel.Cases = nil
		others := false
		for _, c := range all {
			if in := at >= from && at < to; in {
				sel.Cases = append(sel.Cases, c)
				others = others || !steps.LooksBack(c)
			}
			at++
		}
		if others {
			for _, c := range all {
				if steps.LooksBack(c) && !slices.ContainsFunc(sel.Cases, func(in scenario.Case) bool { return in.Key() == c.Key() }) {
					sel.Cases = append(sel.Cases, c)
					again = append(again, result.Subject{Operation: sel.ID(), Key: c.Key()})
				}
			}
		}
		if len(sel.Cases) > 0 {
			out = append(out, sel)
		}
	}
	return out, again
}

// shard is the shard as a report has it, nil for all of what is selected.
func (c *RunConfig) shard() *result.Shard {
	s, whole := c.Shard, c.whole
	if s.Count == 0 {
		return nil
	}
	sum := sha256.New()
	all := subjects(whole)
	for _, q := range all {
		_, _ = fmt.Fprintf(sum, "%s\n%s\n", q.Operation, q.Key) // a hash takes everything
	}
	return &result.Shard{Index: s.Index, Count: s.Count, Selection: fmt.Sprintf("sha256:%x", sum.Sum(nil)), Requirements: len(all), Again: c.again}
}

func subjects(selected []Selected) []result.Subject {
	var out []result.Subject
	for _, sel := range selected {
		for _, c := range sel.Cases {
			out = append(out, result.Subject{Operation: sel.ID(), Key: c.Key()})
		}
	}
	return out
}

// Settled are the requirements of an earlier run that need no other one.
type Settled struct {
	// Of names the earlier run.
	Of string
	// Requirements are those that held there.
	Requirements map[result.Subject]bool
}

// SettledBy takes what held, was only warned of or is waived in the report.
func SettledBy(r *result.Run) *Settled {
	s := &Settled{Of: cmp.Or(r.ID, r.StartedAt.Format("2006-01-02T15:04:05Z")), Requirements: map[result.Subject]bool{}}
	for i := range r.Requirements {
		q := &r.Requirements[i]
		if q.Verdict == result.Pass || q.Verdict == result.Warn || q.Verdict == result.Waived {
			s.Requirements[q.Subject()] = true
		}
	}
	return s
}

// cut leaves out what is settled, and what the page has nothing for.
func (s *Settled) cut(selected []Selected) []Selected {
	var out []Selected
	for _, sel := range selected {
		sel.Cases = slices.DeleteFunc(slices.Clone(sel.Cases), func(c scenario.Case) bool {
			return c.Absent != "" || s.Requirements[result.Subject{Operation: sel.ID(), Key: c.Key()}]
		})
		if len(sel.Cases) > 0 {
			out = append(out, sel)
		}
	}
	return out
}

// Select chooses the scenarios: those of the selection, of these the shard's, and of these
// what is not settled.
func (c *RunConfig) Select() error {
	if err := c.Target.serves(c.Pages); err != nil {
		return err
	}
	selected, err := c.Pages.Select(c.Selection)
	if err != nil {
		return err
	}
	c.whole = selected
	for _, op := range c.Pages.Operations {
		c.Target.pathsLeftOut = append(c.Target.pathsLeftOut, op.Path.Template)
	}
	if c.Shard.Count > 0 {
		selected, c.again = c.Shard.cut(selected)
	}
	if len(c.touched) > 0 {
		selected = touchedBy(c.touched, c.Pages.Folder, selected)
	}
	if c.Settled != nil {
		if selected = c.Settled.cut(selected); len(selected) == 0 {
			return &Error{NothingRan, errors.New("every requirement held in the run of that report; there is nothing to run again")}
		}
	}
	c.Selected = selected
	return nil
}

// Touch narrows the run to what a change of the files touches: the scenarios of a page or of a
// feature. Where another file is among them, or they touch nothing, the run stays as it is. A
// run that is narrowed writes no Pact.
func (c *RunConfig) Touch(files []string) {
	if len(files) == 0 {
		return
	}
	var known []string
	for _, op := range c.Pages.Operations {
		known = append(known, filepath.Clean(op.Page))
		if c.Pages.Folder != "" {
			for _, one := range op.Suite.Cases {
				known = append(known, featureFile(c.Pages.Folder, one))
			}
		}
	}
	for _, f := range files {
		if !slices.Contains(known, filepath.Clean(f)) {
			return
		}
	}
	c.touched, c.Pact = files, nil
}

func featureFile(folder string, c scenario.Case) string {
	return filepath.Join(folder, filepath.FromSlash(c.Feature.URI))
}

// touchedBy gives of what is selected that which a change of the files touches.
func touchedBy(files []string, folder string, selected []Selected) (out []Selected) {
	touched := func(file string) bool {
		return slices.ContainsFunc(files, func(f string) bool { return filepath.Clean(f) == file })
	}
	for _, sel := range selected {
		if !touched(filepath.Clean(sel.Page)) {
			sel.Cases = slices.DeleteFunc(slices.Clone(sel.Cases), func(c scenario.Case) bool {
				return folder == "" || !touched(featureFile(folder, c))
			})
		}
		if len(sel.Cases) > 0 {
			out = append(out, sel)
		}
	}
	return out
}

// partial says how the run is narrowed, as result.Run.Partial.
func (c *RunConfig) partial() []string {
	out := c.Selection.Partial()
	if c.Shard.Count > 0 {
		out = append(out, (&result.Shard{Index: c.Shard.Index, Count: c.Shard.Count}).Phrase())
	}
	if c.Settled != nil {
		out = append(out, "only what had not held in the run "+c.Settled.Of)
	}
	if len(c.touched) > 0 {
		out = append(out, "only what a change touches of "+strings.Join(c.touched, ", "))
	}
	return out
}

// casesOf gives the selected scenarios of the operation in all shards.
func (c *RunConfig) casesOf(sel Selected) []scenario.Case {
	for _, whole := range c.whole {
		if whole.ID() == sel.ID() {
			return whole.Cases
		}
	}
	return sel.Cases
}

func (c *RunConfig) suite() *result.Suite {
	s := &result.Suite{Digest: c.Pages.SuiteDigest, Folder: c.Pages.Folder}
	selected := map[result.Subject]bool{}
	for _, q := range subjects(c.whole) {
		selected[q] = true
	}
	for _, q := range Subjects(c.Pages.Operations) {
		if !selected[q] {
			s.Omitted = append(s.Omitted, q)
		}
	}
	return s
}

// suiteDigest is the digest of the scenarios of fsys and the conventions.
func suiteDigest(fsys fs.FS) (string, error) {
	names, err := fs.Glob(fsys, "*.feature")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	add := func(name string, data []byte) {
		_, _ = fmt.Fprintf(sum, "%s %d\n", name, len(data)) // a hash takes everything
		_, _ = sum.Write(data)
	}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return "", err
		}
		add(path.Base(name), data)
	}
	add("conventions", convention.Source())
	return fmt.Sprintf("sha256:%x", sum.Sum(nil)), nil
}
