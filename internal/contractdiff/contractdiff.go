// Package contractdiff says what a changed page changes in the contract: each change under the
// stable id of a check, with whether it breaks a client that kept to the page as it was.
package contractdiff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

// Check is an entry of the catalogue. Its id is stable.
type Check struct {
	ID string `json:"id"`
	// Breaking is set where the change breaks a client that kept to the page as it was.
	Breaking bool `json:"breaking"`
	// Summary is one sentence that says what has changed.
	Summary string `json:"summary"`
}

// Change is one difference between two contracts.
type Change struct {
	Check    string `json:"check"`
	Breaking bool   `json:"breaking"`
	// Property is the property that the change is about, one of a nested type as settings/level;
	// empty for none.
	Property string `json:"property,omitempty"`
	Message  string `json:"message"`
	// OldPlace and NewPlace are the lines, as page.md:12; empty where there is none.
	OldPlace string `json:"oldPlace,omitempty"`
	NewPlace string `json:"newPlace,omitempty"`
}

// comparison compares two contracts of one page.
type comparison struct {
	old, new *contract.Operation
	changes  []Change
	checks   map[string]Check
	// compared are the pairs of nested types that were compared.
	compared map[string]bool
}

// Compare gives the changes from one contract to the other, those that break first.
func Compare(before, after *contract.Operation) []Change {
	c := &comparison{old: before, new: after, checks: byID(), compared: map[string]bool{}}
	for _, compare := range []func(*comparison){
		(*comparison).request, (*comparison).requestLines, (*comparison).answer, (*comparison).types,
		(*comparison).headers, (*comparison).permissions, (*comparison).properties,
	} {
		compare(c)
	}
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		if a.Breaking == b.Breaking {
			return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Property, b.Property))
		}
		if a.Breaking {
			return -1
		}
		return 1
	})
	return c.changes
}

// Whole is a change of a page that is there on one side alone, or has a contract on one side.
func Whole(check, format string, args ...any) Change {
	k := byID()[check]
	return Change{Check: check, Breaking: k.Breaking, Message: fmt.Sprintf(format, args...)}
}

func byID() map[string]Check {
	out := map[string]Check{}
	for _, k := range Checks() {
		out[k.ID] = k
	}
	return out
}

// add adds a change; a check that is not in the catalogue is a mistake of this package.
func (c *comparison) add(check string, old, now contract.Source, format string, args ...any) {
	c.addTo("", check, old, now, format, args...)
}

func (c *comparison) addTo(property, check string, old, now contract.Source, format string, args ...any) {
	k, ok := c.checks[check]
	if !ok {
		panic("contractdiff: no check " + check)
	}
	c.changes = append(c.changes, Change{
		Check: check, Breaking: k.Breaking, Property: property, Message: fmt.Sprintf(format, args...), OldPlace: place(old), NewPlace: place(now),
	})
}

// place is page.md:12, or the id of a convention; empty for no source.
func place(s contract.Source) string {
	if s.IsZero() {
		return ""
	}
	return s.Short()
}

// wording is a check with its message; %s in it is the property.
type wording struct{ check, message string }

// toggle adds the one check where a thing was so and is no longer, and the other where it is so now.
func (c *comparison) toggle(property string, was, is bool, old, now contract.Source, gone, added wording) {
	say := gone
	if is {
		say = added
	}
	if was != is {
		c.addTo(property, say.check, old, now, "%s", strings.ReplaceAll(say.message, "%s", property))
	}
}
