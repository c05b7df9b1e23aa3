package result

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Headline is the verdict of a run.
type Headline string

// The headlines.
const (
	// Conformant: something passed, each MUST that could be tested held each time or is
	// waived, everything could be judged, and all that was to be tested was.
	Conformant Headline = "CONFORMANT"
	// NotConformant: a MUST failed or was flaky, a requirement could not be judged, or the
	// run itself went wrong.
	NotConformant Headline = "NOT CONFORMANT"
	// Incomplete: nothing failed, and too little was tested to say more.
	Incomplete Headline = "INCOMPLETE"
)

// Headline gives the verdict of the run, with the reasons why it is not Conformant: none for
// that one. It is the only place where this is decided; each format shows it.
func (r *Run) Headline() (Headline, []string) {
	t := r.Totals
	var why []string
	count := func(n int, what string) {
		if n > 0 {
			why = append(why, fmt.Sprintf("%d %s", n, what))
		}
	}
	count(t.Fail, "failed")
	count(t.Flaky, "flaky")
	if !r.Interrupted {
		count(t.Error, "could not be judged")
	}
	if n := len(r.ownProblems()); n == 1 {
		why = append(why, "1 problem with the run")
	} else {
		count(n, "problems with the run")
	}
	headline := NotConformant
	if len(why) == 0 {
		headline = Incomplete
	}
	if r.Interrupted { // what had not ended was an error once, and says nothing of the target
		count(t.Error, "could not be judged")
	}
	if r.Ended != nil { // nor does what was not played for it
		why = append(why, fmt.Sprintf("the run ended early (%s)", r.Ended.Cause))
	}
	count(r.NotPlayed(), "not played")
	why = append(why, r.missing()...)
	if t.Pass == 0 && t.Warn+t.Waived > 0 && t.Fail+t.Flaky+t.Error == 0 {
		why = append(why, "nothing passed: there are only warnings and waivers")
	}
	if len(r.Partial) > 0 {
		why = append(why, "partial: "+strings.Join(r.Partial, ", "))
	}
	if len(why) == 0 {
		return Conformant, nil
	}
	return headline, why
}

// Conformant reports whether the headline is Conformant.
func (r *Run) Conformant() bool {
	headline, _ := r.Headline()
	return headline == Conformant
}

// Clean reports whether nothing is wrong: no requirement failed or stayed unjudged, and
// AllProblems is empty. A run that was narrowed on purpose may be clean, and is not conformant.
func (r *Run) Clean() bool {
	t := r.Totals
	return t.Fail+t.Flaky+t.Error == 0 && len(r.AllProblems()) == 0
}

// AllProblems gives everything that is wrong with the run itself, whatever its
// requirements say: what ended it, with all that follows from that in one paragraph, the other
// Problems, and then in words an interruption, a pact that was not made, and a run that tested
// nothing, or no update that succeeds.
func (r *Run) AllProblems() []string {
	if text := r.EndedText(); text != "" {
		return append([]string{text}, r.OtherProblems()...)
	}
	return r.OtherProblems()
}

// OtherProblems are AllProblems but for what ended the run.
func (r *Run) OtherProblems() []string { return append(slices.Clone(r.ownProblems()), r.missing()...) }

// missing says what the run should have done and has not.
func (r *Run) missing() []string {
	var all []string
	if r.Interrupted {
		all = append(all, cmp.Or(r.StoppedBy, "the run was interrupted before its end"))
	}
	if r.Pact != nil && r.Pact.Error != "" {
		all = append(all, "no pact was written: "+r.Pact.Error)
	}
	if r.TestedNothing() && r.Ended == nil {
		return append(all, "nothing was tested")
	}
	if r.Ended != nil {
		return all // what was not played says nothing of the page
	}
	for _, operation := range r.WithoutUpdate() {
		all = append(all, "no successful update could be tested: "+operation)
	}
	return all
}

// TestedNothing reports whether every requirement was skipped. Of a shard it is not said: what
// that one could not test another one may have tested.
func (r *Run) TestedNothing() bool {
	if r.Shard != nil {
		return false
	}
	t := r.Totals
	return t.Pass+t.Warn+t.Waived+t.Fail+t.Flaky+t.Error == 0
}

// WithoutUpdate gives the operations of which each requirement that proves an update was
// skipped: nothing shows that an update of theirs succeeds. Of a shard it is not said.
func (r *Run) WithoutUpdate() []string {
	if r.Shard != nil {
		return nil
	}
	var order []string
	tested := map[string]bool{}
	for i := range r.Requirements {
		q := &r.Requirements[i]
		if q.Proves != ProvesUpdate {
			continue
		}
		if _, seen := tested[q.Operation]; !seen {
			order = append(order, q.Operation)
		}
		tested[q.Operation] = tested[q.Operation] || q.Verdict != Skip
	}
	return slices.DeleteFunc(order, func(operation string) bool { return tested[operation] })
}
