//go:build cgo

package main

import (
	"crypto/x509"
	"os"
	"testing"
)

func TestFindLibrary(t *testing.T) {
	const maps = "55d0-55d1 r--p 00000000 08:01 123    /home/a b/bin/graphpact-pact\n" +
		"7f00-7f01 rw-p 00000000 00:00 0 \n" +
		"7f02-7f03 r-xp 00001000 08:01 456    /home/a b/.pact/lib/libpact_ffi.so\n"
	if got, err := findLibrary(maps); got != "/home/a b/.pact/lib/libpact_ffi.so" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := findLibrary("7f00-7f01 r-xp 0 08:01 1 /lib/libc.so.6\n"); err == nil {
		t.Errorf("got %q where there is none", got)
	}
}

// TestTrustNobody: each reader of the file finds the one authority in it.
func TestTrustNobody(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "")
	if err := trustNobody(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		text, err := os.ReadFile(os.Getenv("SSL_CERT_FILE"))
		if err != nil {
			t.Fatal(err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			t.Errorf("no certificate in %q", text)
		}
	}
}
