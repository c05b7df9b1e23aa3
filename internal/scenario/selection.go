package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tagexpressions "github.com/cucumber/tag-expressions/go/v6"
)

// Selection says which cases to run. The zero value selects all.
type Selection struct {
	// Tags is a Cucumber tag expression, as "@must and not @pact".
	Tags string
	// Only are ids ("UPD-01": every row) or keys ("UPD-01[ready]": one row).
	Only []string
	// ReadOnly leaves out what sends anything but GET.
	ReadOnly bool
}

// Select gives the cases that the selection names, in order, and those of its ids that
// no case has (another suite may). A tag expression that does not parse is an error; a
// selection that is well-formed and matches nothing gives no cases.
func (s *Suite) Select(sel Selection) (out []Case, unknown []string, err error) {
	match, err := tagMatcher(sel.Tags)
	if err != nil {
		return nil, nil, err
	}
	unknown = slices.Clone(sel.Only)
	for _, c := range s.Cases {
		named := len(sel.Only) == 0
		for _, o := range sel.Only {
			if o == c.ID || o == c.Key() {
				named = true
				unknown = slices.DeleteFunc(unknown, func(u string) bool { return u == o })
			}
		}
		if named && match(c.Tags) && (c.ReadOnly || !sel.ReadOnly) {
			out = append(out, c)
		}
	}
	return out, unknown, nil
}

// tagMatcher reads a Cucumber tag expression. Words that are no tag are refused:
// "&&", "~@slow" and "@a,@b" of older tools would otherwise select nothing in silence.
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
