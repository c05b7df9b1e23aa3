// Package scenario reads the feature files into the cases of a run: it parses
// Gherkin, reads the tags that make a scenario a requirement, fills the Examples
// that come from the page, and selects what to run. It executes nothing.
//
// A scenario carries these tags (its own or its feature's):
//
//	@req:ID                          the stable id of the requirement
//	@must, @should or @may           its strength
//	@source:doc @fact:NAME           asked for by the page; NAME is a fact of contract.Operation,
//	                                 and @rule:ID beside it the convention that carries it here
//	@source:convention @rule:ID      asked for by a rule of package convention
//	@pact                            also played into the Pact
//	@read-only                       sends nothing but GET
//	@needs-get                       says nothing on a target without a GET of the entity
//	@proves:update                   cannot be tested without an update that succeeds
//
// Examples tagged @from-page hold a header row only; their rows come from the
// Operation, by the name of the Examples (see tables.go).
package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tagexpressions "github.com/cucumber/tag-expressions/go/v6"

	"graphpact/internal/contract"
	"graphpact/internal/result"
)

// Case is one scenario to run: a Scenario, or one row of a Scenario Outline.
type Case struct {
	// Content is a feature that holds this scenario, or this row of it, and no other: what
	// godog is given for a play. It is empty for a case that cannot be run (see Absent).
	Content []byte
	// ID is the requirement's id, and Row names the row of an outline ("" otherwise).
	ID, Row string
	Level   result.Level
	// Source is what asks for the requirement, fit for a report.
	Source result.Source
	Pact   bool
	// ReadOnly is set where the scenario sends nothing but GET.
	ReadOnly bool
	// NeedsGet is set where nothing is left to judge without a GET of the entity.
	NeedsGet bool
	// Proves is result.ProvesUpdate where a pass shows that an update succeeds.
	Proves string
	// Tags are all tags in force, with '@'.
	Tags []string
	// Name is the scenario's name with the row's values filled in.
	Name string
	// Outline is the scenario's name as the file has it.
	Outline string
	// Feature is the place of the scenario.
	Feature result.Location
	Steps   []result.Step
	// Absent says why there is nothing to run: the page has no fact, or no row, for it.
	Absent string
}

// Key is the id with the row, as "UPD-01[ready]".
func (c Case) Key() string { return result.Requirement{ID: c.ID, Case: c.Row}.Key() }

// Suite is the whole of the scenarios for one Operation.
type Suite struct {
	Operation *contract.Operation
	// Cases are in the order of the files (by name), the scenarios, and the rows.
	Cases []Case
}

// Selection says which cases to run. The zero value selects all.
type Selection struct {
	// Tags is a Cucumber tag expression, as "@must and not @pact".
	Tags string
	// Only are ids ("UPD-01": every row) or keys ("UPD-01[ready]": one row), one or several
	// with commas between. Letter case does not count where nothing is written exactly so.
	Only []string
	// ReadOnly leaves out what sends anything but GET.
	ReadOnly bool
}

// Names gives the single names of Only.
func (s Selection) Names() []string {
	var names []string
	for _, list := range s.Only {
		depth, from := 0, 0
		for i, c := range list + "," {
			switch c {
			case '[':
				depth++
			case ']':
				depth = max(depth-1, 0)
			case ',': // one in brackets belongs to the name of a row
				if i < len(list) && depth > 0 {
					continue
				}
				if name := strings.TrimSpace(list[from:i]); name != "" {
					names = append(names, name)
				}
				from = i + 1
			}
		}
	}
	return names
}

// Partial says how the selection narrows a run, as result.Run.Partial.
func (s Selection) Partial() []string {
	var out []string
	if names := s.Names(); len(names) > 0 {
		out = append(out, "only "+strings.Join(names, ", "))
	}
	if strings.TrimSpace(s.Tags) != "" {
		out = append(out, "only what "+s.Tags+" selects")
	}
	if s.ReadOnly {
		out = append(out, "only what sends nothing but GET")
	}
	return out
}

// Select gives the cases that the selection names, in order, and those of its ids that
// no case has (another suite may). A tag expression that does not parse is an error; a
// selection that is well-formed and matches nothing gives no cases.
func (s *Suite) Select(sel Selection) (out []Case, unknown []string, err error) {
	match, err := tagMatcher(sel.Tags)
	if err != nil {
		return nil, nil, err
	}
	names := sel.Names()
	named := map[string]bool{}
	for _, name := range names {
		keys := s.named(name)
		if len(keys) == 0 {
			unknown = append(unknown, name)
		}
		for _, key := range keys {
			named[key] = true
		}
	}
	for _, c := range s.Cases {
		if (len(names) == 0 || named[c.Key()]) && match(c.Tags) && (c.ReadOnly || !sel.ReadOnly) {
			out = append(out, c)
		}
	}
	return out, unknown, nil
}

// named gives the keys of the cases that a name means.
func (s *Suite) named(name string) []string {
	var exact, folded []string
	for _, c := range s.Cases {
		switch key := c.Key(); {
		case name == c.ID || name == key:
			exact = append(exact, key)
		case strings.EqualFold(name, c.ID) || strings.EqualFold(name, key):
			folded = append(folded, key)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return folded
}

// tagMatcher reads a Cucumber tag expression. Words that are no tag are refused:
// "&&", "~@slow" and "@a,@b" of older tools would otherwise select nothing without an error.
func tagMatcher(expr string) (func(tags []string) bool, error) {
	if strings.TrimSpace(expr) == "" {
		return func([]string) bool { return true }, nil
	}
	for _, w := range strings.FieldsFunc(expr, func(r rune) bool { return r == ' ' || r == '(' || r == ')' }) {
		if !slices.Contains([]string{"and", "or", "not"}, w) && (!strings.HasPrefix(w, "@") || strings.Contains(w, ",")) {
			return nil, fmt.Errorf("tag expression %q: %q is no tag; write it as `@must and not (@pact or @source:doc)`", expr, w)
		}
	}
	ev, err := parseTags(expr)
	if err != nil {
		return nil, fmt.Errorf("tag expression %q: %w", expr, err)
	}
	return ev.Evaluate, nil
}

// parseTags turns the panic of the library on a missing operand ("@a and") into an error.
func parseTags(expr string) (ev tagexpressions.Evaluatable, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("a tag is missing beside and, or, or not")
		}
	}()
	return tagexpressions.Parse(expr)
}
