package golden

import (
	"path/filepath"
	"testing"
)

// recorder notes that a test failed instead of failing.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestCheck(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "a.txt")
	fails := func(got string, write bool) bool {
		r := &recorder{TB: t}
		check(r, path, []byte(got), write)
		return r.failed
	}
	if !fails("one", false) {
		t.Error("a file that is absent equals anything")
	}
	if fails("one", true) || fails("one", false) {
		t.Error("what was written is not what is read")
	}
	if !fails("two", false) {
		t.Error("a difference is not seen")
	}
	if fails("two", true) || fails("two", false) {
		t.Error("the file is not written anew")
	}
}
