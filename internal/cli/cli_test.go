package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"graphpact/internal/harness"
)

// failing is a writer whose disk is full, or whose reader has gone.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestOutputErrors: what could not be printed is no success, whatever prints it. Who has gone
// wants to hear no more.
func TestOutputErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"list"}, {"explain", "UPD-01"}, {"run", "--help"}, {"waivers"}, {"restore", "--out", t.TempDir()}} {
		for _, tc := range []struct {
			err  error
			want int
			says string
		}{
			{syscall.ENOSPC, ExitUsage, "no space left on device"},
			{fmt.Errorf("stdout: %w", syscall.EPIPE), ExitConformant, ""},
		} {
			var said strings.Builder
			code := Run(t.Context(), args, nil, strings.NewReader(""), failing{tc.err}, &said)
			if code != tc.want && tc.says != "" || !strings.Contains(said.String(), tc.says) || tc.says == "" && said.Len() > 0 {
				t.Errorf("%v, %v: exit code %d, want %d\n%s", args, tc.err, code, tc.want, said.String())
			}
		}
	}
	if code := Run(t.Context(), []string{"explain", "UPD-999"}, nil, nil, failing{syscall.ENOSPC}, io.Discard); code != ExitUsage {
		t.Errorf("exit code %d", code)
	}
}

// TestErrorText: an error is printed in characters that are safe to print, and not in more
// lines than anybody reads.
func TestErrorText(t *testing.T) {
	t.Parallel()
	if got, want := errorText(errors.New("a\x1b[31m\u202eé\tb\nc")), "graphpact: a\\x1b[31m\\u202eé    b\nc\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var errs []error
	for i := range maxErrorLines + 1 {
		errs = append(errs, fmt.Errorf("mistake %d", i+1))
	}
	if got := errorText(errors.Join(errs...)); !strings.HasSuffix(got, "mistake 51\n") {
		t.Errorf("one line more is shown: %q", got)
	}
	got := errorText(failed(harness.Usage, errors.Join(append(errs, errs...)...)))
	if !strings.HasSuffix(got, "mistake 50\nand 52 lines more\n") || strings.Count(got, "\n") != maxErrorLines+1 {
		t.Errorf("%q", got)
	}
}
