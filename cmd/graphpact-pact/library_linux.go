//go:build cgo

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxData is how much memory the process may have, in bytes. At work it has a quarter of it;
// a generator of a pact may ask the native library for gigabytes.
const maxData = 512 << 20

// limitMemory ends the process when it wants more than maxData (setrlimit(2)).
func limitMemory() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: maxData, Max: maxData}); err != nil {
		return fmt.Errorf("limiting the memory: %w", err)
	}
	return nil
}

// trustNobody makes the native library read one certificate authority, of which nobody has the
// key: for each interaction that it verifies it reads all those that it finds, and the hundreds
// of a system take it longer than the rest. It speaks plain HTTP to this machine. With none at
// all it would send nothing. The file is of memory and is read anew each time it is opened.
func trustNobody() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now()}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	fd, err := unix.MemfdCreate("authorities", unix.MFD_CLOEXEC)
	if err != nil {
		return nil //nolint:nilerr // an old kernel: the library reads what there is
	}
	if _, err := unix.Write(fd, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return fmt.Errorf("keeping a certificate: %w", err)
	}
	return os.Setenv("SSL_CERT_FILE", fmt.Sprintf("/proc/self/fd/%d", fd))
}

// libraryPath is the file that the dynamic loader took the native library from.
func libraryPath() (string, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return "", fmt.Errorf("looking for the native library: %w", err)
	}
	return findLibrary(string(maps))
}

// findLibrary reads the table of proc(5): address, permissions, offset, device,
// inode, then the path, which may hold spaces.
func findLibrary(maps string) (string, error) {
	for line := range strings.Lines(maps) {
		slash := strings.IndexByte(line, '/')
		if slash < 0 {
			continue
		}
		if path := strings.TrimSuffix(line[slash:], "\n"); filepath.Base(path) == "libpact_ffi.so" {
			return path, nil
		}
	}
	return "", errors.New("the native library is not among the loaded ones")
}
