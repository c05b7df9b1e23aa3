package contract

import "testing"

// Each class of findings has a weight and a fix, for the catalogue of rules.
func TestEachClassHasAdvice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range Classes() {
		if c.Fix == "" {
			t.Errorf("the class %s says nothing of what to do; add it to classes in findings.go", c.Name)
		}
		if c.Weight != WeightError && c.Weight != WeightWarning && c.Weight != WeightNote {
			t.Errorf("the class %s has the weight %q", c.Name, c.Weight)
		}
		if (c.Weight == WeightNote) != (KindOf(c.Name) == Assumption) {
			t.Errorf("%s: an %s of the weight %s; assumptions are notes, and defects are more", c.Name, KindOf(c.Name), c.Weight)
		}
		if seen[c.Name] {
			t.Errorf("the class %s is in the catalogue twice", c.Name)
		}
		seen[c.Name] = true
	}
	if kind := KindOf("new-class"); kind != Defect {
		t.Errorf("a class that is not known is a %s", kind)
	}
}
