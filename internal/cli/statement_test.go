package cli

import (
	"errors"
	"fmt"
	"testing"

	"graphpact/internal/statement"
)

// TestDoesNotHold: what does not hold is a verdict, and what cannot be read is usage.
func TestDoesNotHold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		code int
	}{
		{fmt.Errorf("x: %w", statement.ErrForeign), ExitNotConformant},
		{fmt.Errorf("%w: until yesterday", statement.ErrExpired), ExitNotConformant},
		{statement.ErrChanged, ExitNotConformant},
		{statement.ErrSaysNot, ExitNotConformant},
		{errors.New("it is no DSSE envelope"), ExitUsage},
	} {
		if got := exitCode(doesNotHold(tc.err)); got != tc.code {
			t.Errorf("%v: exit code %d, want %d", tc.err, got, tc.code)
		}
	}
}
