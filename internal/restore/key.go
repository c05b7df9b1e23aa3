package restore

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"graphpact/internal/readlimit"
)

// Key signs the journals of one user on one machine, so that one that somebody else has put
// there is known as such: a journal says where the credentials of a restore go, and what is
// set there.
//
// It is a file of the user's own and not made from the token, which is another one by the
// time that a journal is needed: most live for an hour.
type Key struct{ secret []byte }

const (
	keyName  = "journal.key"
	keyBytes = 32
	// signed is what a signature begins with: its algorithm (RFC 2104 with SHA-256).
	signed = "hmac-sha256:"
)

// MakeKey gives the key of the user whose state folder dir is, and makes it where there is
// none. Of two processes that make it at once both get the same one.
func MakeKey(dir string) (*Key, error) {
	k, err := ReadKey(dir)
	if dir == "" || !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := writeKey(dir); err != nil {
		return nil, fmt.Errorf("the key of the journals: %w", err)
	}
	return ReadKey(dir)
}

func writeKey(dir string) error {
	secret := make([]byte, keyBytes)
	_, _ = rand.Read(secret) // it never fails
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+keyName+".*") // which makes it private
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// Unlike a rename, a link never takes the place of what another process has made.
	if err := os.Link(f.Name(), filepath.Join(dir, keyName)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// ReadKey gives the key of the user whose state folder dir is. One that others can read
// is none.
func ReadKey(dir string) (*Key, error) {
	if dir == "" {
		return nil, errors.New("there is no folder for the key of the journals: neither HOME nor XDG_STATE_HOME leads to one")
	}
	file := filepath.Join(dir, keyName)
	data, err := readlimit.File(file, readlimit.Settings)
	if err != nil {
		return nil, fmt.Errorf("the key of the journals: %w", err)
	}
	// Windows has no such bits; the folder is the user's own there.
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others, so that it proves nothing; delete it", file)
	}
	secret, err := hex.DecodeString(string(bytes.TrimSpace(data)))
	if err != nil || len(secret) != keyBytes {
		return nil, fmt.Errorf("%s is no key of the journals; delete it", file)
	}
	return &Key{secret}, nil
}

// sign gives the signature of all that the document says.
func (k *Key) sign(d Document) (string, error) {
	d.Signature = ""
	said, err := canonical(d)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, k.secret)
	mac.Write(said)
	return signed + hex.EncodeToString(mac.Sum(nil)), nil
}

// canonical gives the same bytes for a document before and after its way through a file.
func canonical(d Document) ([]byte, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	var read Document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&read); err != nil {
		return nil, err
	}
	return json.Marshal(read)
}

// SignedBy reports whether the key has signed the document as it is; a nil key has signed
// none.
func (d *Document) SignedBy(k *Key) bool {
	if k == nil || d.Signature == "" {
		return false
	}
	want, err := k.sign(*d)
	return err == nil && hmac.Equal([]byte(want), []byte(d.Signature))
}
