package lazyregexp

import "testing"

func TestNew(t *testing.T) {
	t.Parallel()
	expr := New(`^a+$`)
	if !expr().MatchString("aa") || expr().MatchString("b") {
		t.Error("the expression does not match as regexp does")
	}
	if first := expr(); first != expr() {
		t.Error("the expression is compiled at each use")
	}
	wrong := New(`(`) // nothing is compiled here, so nothing panics
	defer func() {
		if recover() == nil {
			t.Error("no panic at the use of what is no expression")
		}
	}()
	wrong()
}
