package restore

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestSignature: what the key signed is known again from its file, and nothing else is.
func TestSignature(t *testing.T) {
	t.Parallel()
	key, err := MakeKey(filepath.Join(t.TempDir(), "state", "graphpact"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := MakeKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	j := NewJournal(t.TempDir(), runID, began, base)
	j.UseKey(key)
	state := first()
	state["odd"] = []any{"\xff\u2028<&>", json.Number("1e+21"), map[string]any{"z": nil, "a": 1.5}}
	change := Change{First: state, Names: []string{"color"}, Sent: map[string][]any{"color": {"red", "\xff"}}}
	if err := j.For(lamp("a.md")).Touch("/lamps/l1", change); err != nil {
		t.Fatal(err)
	}
	if err := j.For(lamp("b.md")).Touch("/lamps/l2", change); err != nil {
		t.Fatal(err)
	}
	read := func() *Document {
		doc, err := ReadJournal(j.Path())
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	if doc := read(); !doc.SignedBy(key) || doc.SignedBy(other) || doc.SignedBy(nil) {
		t.Error("the key's own signature is not known, or another key's is")
	}
	for name, forge := range map[string]func(*Document){
		"the endpoint":  func(d *Document) { d.BaseURL = "http://127.0.0.1:1/beta" },
		"the path":      func(d *Document) { d.Entities[0].Path = "/lamps/l3" },
		"the state":     func(d *Document) { d.Entities[0].First["color"] = "black" },
		"what was sent": func(d *Document) { d.Entities[0].Sent["color"] = append(d.Entities[0].Sent["color"], "green") },
		"an entity":     func(d *Document) { d.Entities = d.Entities[:1] },
		"the process":   func(d *Document) { d.Process.PID++ },
		"no signature":  func(d *Document) { d.Signature = "" },
		"a cut one":     func(d *Document) { d.Signature = d.Signature[:len(d.Signature)-1] },
	} {
		doc := read()
		if forge(doc); doc.SignedBy(key) {
			t.Errorf("%s: changed, and still signed", name)
		}
	}

	// One that goes on is signed by whoever has said so, and by nobody else.
	for _, k := range []*Key{key, nil} {
		loaded, err := LoadJournal(j.Path())
		if err != nil {
			t.Fatal(err)
		}
		loaded.UseKey(k)
		if err := loaded.For(lamp("c.md")).Touch("/lamps/l4", change); err != nil {
			t.Fatal(err)
		}
		if got := read().SignedBy(key); got != (k != nil) {
			t.Errorf("with the key %v: signed is %t", k, got)
		}
	}
}

func TestMakeKey(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graphpact")
	if _, err := ReadKey(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
	if _, err := MakeKey(""); err == nil || !strings.Contains(err.Error(), "HOME") {
		t.Errorf("no folder: %v", err)
	}
	keys := make([]*Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := MakeKey(dir)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	wg.Wait()
	for _, k := range keys {
		if k == nil || string(k.secret) != string(keys[0].secret) {
			t.Fatal("of several at once each has a key of its own")
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v, want the key alone", left, err)
	}
	file := filepath.Join(dir, keyName)
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKey(dir); runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "can be read by others")) {
		t.Errorf("a key that others read: %v", err)
	}
	for _, text := range []string{"", "00", strings.Repeat("zz", keyBytes), strings.Repeat("00", keyBytes+1)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := MakeKey(dir); err == nil || !strings.Contains(err.Error(), "no key of the journals") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
