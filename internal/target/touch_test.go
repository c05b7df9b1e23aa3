package target

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// notes is a journal that writes down what it is told, and fails where it is told to.
type notes struct {
	said []string
	fail error
}

func (n *notes) Touch(path string, first map[string]any, names []string) error {
	data, err := json.Marshal(first)
	n.said = append(n.said, fmt.Sprintf("touch %s %s %s", path, data, strings.Join(names, ",")))
	return errors.Join(err, n.fail)
}

func (n *notes) Restored(path string) error {
	n.said = append(n.said, "restored "+path)
	return n.fail
}

func TestTouchedWritesAhead(t *testing.T) {
	s := &store{entities: map[string]map[string]any{"/a": {"status": "changed"}, "/b": {"status": "same"}}}
	srv := s.spy(t)
	k := NewKeeper(newClient(t, Config{BaseURL: srv.URL, Token: "tok-en-42", Sleep: newClock().Sleep}), restoreAll)
	n := &notes{}
	k.UseJournal(n)
	touched := func(path string, names ...string) {
		t.Helper()
		if err := k.Touched(path, names...); err != nil {
			t.Error(err)
		}
	}
	if err := k.Touched("/a", "status"); err == nil || !strings.Contains(err.Error(), "nobody remembers") {
		t.Errorf("an entity that nobody remembers: %v", err)
	}
	k.Remember("/a", map[string]any{"status": "first", "password": "hunter2"})
	k.Remember("/b", map[string]any{"status": "same", "echo": "you sent tok-en-42", "tok-en-42": 1})
	touched("/a")
	touched("/a")
	touched("/a", "status", "date")
	touched("/a", "date")
	touched("/a", "extra")
	touched("/b", "status")
	s.entities["/a"]["password"] = "hunter2"
	if errs := k.PutBack(t.Context()); errs != nil {
		t.Errorf("errors %v", errs)
	}
	want := []string{
		// An update that names nothing is an update.
		`touch /a {"password":"hunter2","status":"first"} `,
		`touch /a {"password":"hunter2","status":"first"} date,status`,
		`touch /a {"password":"hunter2","status":"first"} date,extra,status`,
		`touch /b {"status":"same"} status`,
		"restored /a",
		"restored /b",
	}
	if diff := cmp.Diff(want, n.said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJournalFails(t *testing.T) {
	s := &store{entities: map[string]map[string]any{"/a": {"status": "first"}}}
	k := NewKeeper(newClient(t, Config{BaseURL: s.spy(t).URL, Sleep: newClock().Sleep}), restoreAll)
	n := &notes{fail: errors.New("no space left")}
	k.UseJournal(n)
	k.Remember("/a", map[string]any{"status": "first"})
	// What could not be written is tried again, and never counts as written.
	for range 2 {
		if err := k.Touched("/a", "status"); !errors.Is(err, n.fail) {
			t.Errorf("got %v", err)
		}
	}
	if len(n.said) != 2 {
		t.Errorf("said %q", n.said)
	}
	if errs := k.PutBack(t.Context()); len(errs) != 1 || !errors.Is(errs[0], n.fail) {
		t.Errorf("a journal that cannot be removed: %v", errs)
	}
}

// TestTouchedKey: an update that named what no update can set, and that the endpoint
// refused, has changed nothing.
func TestTouchedKey(t *testing.T) {
	s := &store{entities: map[string]map[string]any{"/a": {"fixed": "x"}}}
	k := NewKeeper(newClient(t, Config{BaseURL: s.spy(t).URL, Sleep: newClock().Sleep}), restoreAll)
	k.Remember("/a", map[string]any{"fixed": "x"})
	if err := k.Touched("/a", "fixed"); err != nil {
		t.Fatal(err)
	}
	if errs := k.PutBack(t.Context()); errs != nil {
		t.Errorf("errors %v", errs)
	}
	s.entities["/a"]["fixed"] = "y"
	if errs := k.PutBack(t.Context()); len(errs) != 1 {
		t.Errorf("a change that cannot be mended: %v", errs)
	}
}
