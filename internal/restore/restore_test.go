package restore

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/client/clienttest"
	"graphpact/internal/transport"
)

// follower is an Observer that agrees as it is told.
type follower struct {
	agree    error // errNo for no, another error to end it
	found    []Difference
	restored []string
	accepted []string
}

var errNo = errors.New("no")

func (f *follower) Found(_ string, differences []Difference) {
	f.found = append(f.found, differences...)
}

func (f *follower) Agree(context.Context) (bool, error) {
	if errors.Is(f.agree, errNo) {
		return false, nil
	}
	return f.agree == nil, f.agree
}

func (f *follower) Restored(url string) { f.restored = append(f.restored, url) }

func (f *follower) Accepted(_ string, left error) { f.accepted = append(f.accepted, left.Error()) }

// left makes the journal of a run that was killed after it had touched the lamp.
func left(t *testing.T, url string) *Journal {
	t.Helper()
	j := NewJournal(t.TempDir(), runID, began, url)
	state := first()
	state["note"] = "n"
	if err := j.For(lamp("lamp-update.md")).Touch("/lamps/l1", Change{First: state, Names: []string{"color", "serial"}}); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestJournalRestore(t *testing.T) {
	t.Parallel()
	lost := func() *store {
		return &store{entities: map[string]map[string]any{"/lamps/l1": {
			"id": "l1", "color": "red", "litDateTime": "2026-01-01T00:00:00Z", "serial": first()["serial"],
			"modifiedDateTime": "2026-11-24T07:00:01Z", "password": "hunter2", "note": "n",
		}}}
	}
	refusing := func(method string, status int) *store {
		s := lost()
		s.refuse = func(m, _ string) int { return map[string]int{method: status}[m] }
		return s
	}
	stopped := errors.New("stopped")
	var unavailable *UnavailableError
	var notRestored *NotRestoredError
	for name, tc := range map[string]struct {
		store *store
		agree error
		is    func(error) bool // nil where all is restored
		text  string
	}{
		"restored":           {store: lost()},
		"gone":               {refusing("GET", 404), nil, func(err error) bool { return errors.As(err, &unavailable) }, "404 Not Found: the entity is gone"},
		"no answer":          {refusing("GET", 500), nil, func(err error) bool { return errors.As(err, &unavailable) }, "500 Internal Server Error"},
		"the answer is no":   {lost(), errNo, func(err error) bool { return errors.As(err, &notRestored) }, ": left as it is"},
		"the asking ends it": {lost(), stopped, func(err error) bool { return errors.Is(err, stopped) }, "stopped"},
		"refused":            {refusing("PATCH", 400), nil, func(err error) bool { return errors.As(err, &notRestored) }, "the endpoint may have changed since"},
		"forbidden":          {refusing("PATCH", 403), nil, func(err error) bool { return errors.As(err, &notRestored) }, "PATCH answers 403 Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := tc.store.spy(t)
			j := left(t, srv.URL)
			o := &follower{agree: tc.agree}
			err := j.Restore(t.Context(), newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), o, Options{})
			if tc.is == nil {
				want := []Difference{
					{Set, `"color":"red"`, `"color":"blue"`},
					{LeaveMoving, `"modifiedDateTime":"2026-11-24T07:00:01Z"`, "absent"},
					{LeaveUntouched, `"password":"***"`, "absent"},
				}
				if diff := cmp.Diff(want, o.found); err != nil || diff != "" {
					t.Errorf("%v, found (-want +got):\n%s", err, diff)
				}
				if _, err := os.Stat(j.Path()); !errors.Is(err, fs.ErrNotExist) || len(o.restored) != 1 || j.Open() {
					t.Errorf("the journal stays: %v, restored %v", err, o.restored)
				}
				return
			}
			if err == nil || !tc.is(err) || !strings.Contains(err.Error(), tc.text) || !strings.HasSuffix(err.Error(), "\nthe journal "+j.Path()+" stays; delete it to give up") {
				t.Errorf("error %v, want %q", err, tc.text)
			}
			if strings.Contains(err.Error(), "may have changed since") != (name == "refused") {
				t.Errorf("%v", err)
			}
			if !j.Open() || len(o.restored) > 0 || tc.store.entities["/lamps/l1"]["color"] != "red" {
				t.Errorf("open %v, restored %v, the entity %v", j.Open(), o.restored, tc.store.entities)
			}
		})
	}
}

// TestPlan: the rehearsal sends what a restore may send, and no more.
func TestPlan(t *testing.T) {
	t.Parallel()
	e := left(t, base).Document().Entities[0]
	var sent []string
	c := newClient(t, client.Config{
		BaseURL: base, Sleep: clienttest.NewClock().Sleep, Transport: transport.InMemory(e.Rehearse()),
		OnSend: func(r client.PlannedRequest) { sent = append(sent, r.Method+" "+r.Body) },
	})
	if err := e.Plan(t.Context(), c); err != nil {
		t.Error(err)
	}
	want := []string{http.MethodGet + " ", http.MethodPatch + ` {"color":"blue"}`, http.MethodGet + " "}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// TestLeftoversAreCollected: what a killed process was writing holds the state of an entity.
func TestLeftoversAreCollected(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	dir := filepath.Join(out, folder)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	const name = "6f0c1a2b-3c4d-4e5f-8a6b-0123456789ab.json"
	for file, old := range map[string]bool{name: true, "." + name + ".123": true, "." + name + ".456": false, ".mine.json.1": true} {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		if old {
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := FindJournals(out)
	if err != nil || len(found) != 1 || filepath.Base(found[0]) != name {
		t.Errorf("%v, %v", found, err)
	}
	for file, want := range map[string]bool{name: true, "." + name + ".123": false, "." + name + ".456": true, ".mine.json.1": true} {
		if _, err := os.Stat(filepath.Join(dir, file)); (err == nil) != want {
			t.Errorf("%s: %v", file, err)
		}
	}
}
