package result

// AllProblems gives everything that is wrong with the run itself, whatever its
// requirements say: the Problems, and then in words an interruption, a pact that
// was not made, and a run that tested nothing. A run is conformant when no
// requirement failed or stayed unjudged and AllProblems is empty.
func (r *Run) AllProblems() []string {
	all := append([]string(nil), r.Problems...)
	if r.Interrupted {
		all = append(all, "the run was interrupted before its end")
	}
	if r.Pact != nil && r.Pact.Error != "" {
		all = append(all, "no pact was written: "+r.Pact.Error)
	}
	if t := r.Totals; t.Pass+t.Warn+t.Waived+t.Fail+t.Flaky+t.Error == 0 {
		all = append(all, "nothing was tested")
	}
	return all
}
