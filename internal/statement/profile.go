package statement

import (
	"graphpact/internal/result"
)

// Outcome is what a profile came to.
type Outcome string

// The outcomes.
const (
	Success Outcome = "success" // everything that the pages have for it was tested and holds
	Partial Outcome = "partial" // nothing is broken, and something is unsupported, waived or was left out
	Failure Outcome = "failure" // something failed, was flaky or could not be judged
)

// The profiles.
const (
	PagePromises = "page promises" // what the pages themselves say
	Conventions  = "conventions"   // what Graph, OData and HTTP ask of any server
	Robustness   = "robustness"    // wrong input and missing rights are refused, and change nothing
)

// Profile is a part of the requirements, with its own outcome.
type Profile struct {
	Name   string        `json:"name"`
	Result Outcome       `json:"result"`
	Totals result.Totals `json:"totals"`
	// Unsupported are the requirements that could not be tested on this endpoint, and Waived
	// those that are broken and accepted for a time.
	Unsupported []NotScored `json:"unsupported"`
	Waived      []Waived    `json:"waived"`
}

// Waived is a requirement that is broken and accepted for a time.
type Waived struct {
	ID      string `json:"id"`
	Of      string `json:"of"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
}

// profileOf names the profile of a requirement.
func profileOf(q *result.Requirement, robustness func(string) bool) string {
	switch {
	case q.Source.Kind == "doc":
		return PagePromises
	case robustness(q.Source.Ref):
		return Robustness
	}
	return Conventions
}

// profiles sorts the requirements into the profiles. What a page has nothing for is in none.
func profiles(r *result.Run, robustness func(string) bool) []Profile {
	many := len(r.Pages) > 1
	var out []Profile
	for _, of := range []string{PagePromises, Conventions, Robustness} {
		p := Profile{Name: of, Result: Success, Unsupported: []NotScored{}, Waived: []Waived{}}
		var reqs []result.Requirement
		for i := range r.Requirements {
			q := &r.Requirements[i]
			if profileOf(q, robustness) != of || q.NotOnPage {
				continue
			}
			reqs = append(reqs, *q)
			if q.Verdict == result.Skip {
				p.Unsupported = append(p.Unsupported, NotScored{name(q.Subject(), many), q.Reason})
			}
			if w := q.Waiver; w != nil {
				p.Waived = append(p.Waived, Waived{name(q.Subject(), many), string(w.Of), w.Reason, w.Expires})
			}
		}
		p.Totals = result.Count(reqs)
		switch t := p.Totals; {
		case t.Fail+t.Flaky+t.Error > 0 || len(r.AllProblems()) > 0:
			p.Result = Failure
		case t.Pass == 0 || t.Skip+t.Waived > 0 || len(r.Partial) > 0:
			p.Result = Partial
		}
		out = append(out, p)
	}
	return out
}
