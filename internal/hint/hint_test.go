package hint

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestOf(t *testing.T) {
	t.Parallel()
	plain := Errorf("use another; or none", "the port %d: %w", 7, io.EOF)
	for _, tc := range []struct {
		err           error
		problem, hint string
	}{
		{plain, "the port 7: EOF", "use another; or none"},
		{fmt.Errorf("--flag: %w", plain), "--flag: the port 7: EOF", "use another; or none"},
		{errors.New("a; b"), "a; b", ""},
		{errors.Join(plain, io.ErrNoProgress), "the port 7: EOF; use another; or none\n" + io.ErrNoProgress.Error(), ""},
	} {
		problem, hint := Of(tc.err)
		if problem != tc.problem || hint != tc.hint {
			t.Errorf("%v: %q and %q", tc.err, problem, hint)
		}
	}
	if !errors.Is(plain, io.EOF) || plain.Error() != "the port 7: EOF; use another; or none" {
		t.Errorf("%v", plain)
	}
}
