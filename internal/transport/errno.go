package transport

import (
	"errors"
	"syscall"
)

// The numbers of Windows, for which package syscall has other ones of the same meaning
// (Windows Sockets error codes).
const (
	wsaConnectionReset   = syscall.Errno(10054)
	wsaConnectionRefused = syscall.Errno(10061)
)

// Refused reports whether the error says that nothing listens at the address.
func Refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaConnectionRefused)
}

// Reset reports whether the error says that the other side ended the connection without a word.
func Reset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, wsaConnectionReset)
}
