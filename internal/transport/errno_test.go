package transport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestErrno(t *testing.T) {
	t.Parallel()
	wrapped := func(no syscall.Errno) error {
		return fmt.Errorf("dialling: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", no)})
	}
	for name, c := range map[string]struct {
		err            error
		refused, reset bool
	}{
		"refused":            {wrapped(syscall.ECONNREFUSED), true, false},
		"reset":              {wrapped(syscall.ECONNRESET), false, true},
		"broken pipe":        {wrapped(syscall.EPIPE), false, true},
		"refused on Windows": {wrapped(10061), true, false},
		"reset on Windows":   {wrapped(10054), false, true},
		"another":            {errors.New("refused"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Refused(c.err); got != c.refused {
				t.Errorf("Refused: %v", got)
			}
			if got := Reset(c.err); got != c.reset {
				t.Errorf("Reset: %v", got)
			}
		})
	}
}
