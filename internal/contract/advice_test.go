package contract

import "testing"

// Each class of findings has advice, for the catalogue of rules: a new class needs a line in
// advices.
func TestEachClassHasAdvice(t *testing.T) {
	t.Parallel()
	known := advices()
	for _, c := range Classes() {
		if known[c.Name].fix == "" {
			t.Errorf("the class %s has no advice; add a line with its weight and what to do to advices in advice.go", c.Name)
		}
		if weight, _ := Advice(c.Name); (weight == WeightNote) != (KindOf(c.Name) == Assumption) {
			t.Errorf("%s: an %s of the weight %s; assumptions are notes, and defects are more", c.Name, KindOf(c.Name), weight)
		}
		delete(known, c.Name)
	}
	for name := range known {
		t.Errorf("there is advice on %s, which is no class", name)
	}
	if weight, fix := Advice("new-class"); weight != WeightWarning || fix != "" {
		t.Errorf("a class that is not known: %s, %q", weight, fix)
	}
}
