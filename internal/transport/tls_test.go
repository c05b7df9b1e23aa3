package transport

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graphpact/internal/transport/tlstest"
)

func TestTLSFiles(t *testing.T) {
	t.Parallel()
	house, err := tlstest.NewAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cert, key, err := house.Issue("one", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, otherKey, err := house.Issue("two", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	empty := write("empty.pem", "no certificate")
	locked := write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n")
	for name, tc := range map[string]struct {
		files TLSFiles
		want  string
	}{
		"no such CA":    {TLSFiles{CA: "nowhere.pem"}, "the CA file: open nowhere.pem: no such file"},
		"no CA in it":   {TLSFiles{CA: empty}, "empty.pem: there is no PEM certificate in it"},
		"no key":        {TLSFiles{Cert: cert}, "has no key; name it with --client-key"},
		"no cert":       {TLSFiles{Key: key}, "has no certificate; name it with --client-cert"},
		"no such cert":  {TLSFiles{Cert: "nowhere.pem", Key: key}, "the client certificate: open nowhere.pem"},
		"no such key":   {TLSFiles{Cert: cert, Key: "nowhere.key"}, "the client key: open nowhere.key"},
		"another's key": {TLSFiles{Cert: cert, Key: otherKey}, "two.key: private key does not match public key"},
		"not PEM":       {TLSFiles{Cert: empty, Key: key}, "empty.pem with the key"},
		"encrypted":     {TLSFiles{Cert: cert, Key: locked}, "locked.key is encrypted; give it without a password"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(tc.files, time.Second); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v\nwant %s", err, tc.want)
			}
		})
	}
}
