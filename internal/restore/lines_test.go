package restore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/client/clienttest"
)

// shutter is a server with one entity that takes nothing while it is shut, and where an update needs
// the current ETag if tagged is set.
type shutter struct {
	mu           sync.Mutex
	state        map[string]any
	shut, tagged bool
	count        int
}

func (l *shutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tag := fmt.Sprintf(`"%d"`, l.count)
	w.Header().Set("ETag", tag)
	switch {
	case r.Header.Get("Authorization") != "Bearer tok-en-42":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet:
		_ = json.NewEncoder(w).Encode(l.state)
	case l.tagged && r.Header.Get("If-Match") == "":
		w.WriteHeader(http.StatusPreconditionRequired)
	case l.tagged && r.Header.Get("If-Match") != tag:
		w.WriteHeader(http.StatusPreconditionFailed)
	case l.shut || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		w.WriteHeader(http.StatusBadRequest)
	default:
		data, _ := io.ReadAll(r.Body)
		body, err := client.DecodeObject(data)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		maps.Copy(l.state, body)
		l.count++
		w.WriteHeader(http.StatusNoContent)
	}
}

// TestLinesThatWork: each property that is left has a line of its own, and the commands in them,
// pasted into a shell, restore the entity.
func TestLinesThatWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	for name, tagged := range map[string]bool{"plain": false, "with If-Match": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := map[string]any{"status": `it's "odd": $HOME ` + "`date`\nÄ", "n": json.Number("9007199254740993"), "nested": map[string]any{"x": []any{}}, "fixed": "k", "other": nil}
			l := &shutter{state: map[string]any{"status": "changed", "n": 5, "nested": nil, "fixed": "moved", "other": "new"}, shut: true, tagged: tagged}
			srv := httptest.NewServer(l)
			defer srv.Close()
			k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Token: "tok-en-42", TokenEnv: "GRAPH_TOKEN", Sleep: clienttest.NewClock().Sleep}), things())
			k.Remember("/a", first)
			touch(t, k, "/a", map[string]any{"status": "changed", "n": 5, "nested": nil, "fixed": "moved", "other": "new"})
			errs := k.Restore(t.Context())
			var left *StateError
			if len(errs) != 1 || !errors.As(errs[0], &left) {
				t.Fatal(errs)
			}
			lines := left.Lines()
			if len(lines) != 5 {
				t.Fatalf("%d lines: %s", len(lines), strings.Join(lines, "\n"))
			}
			all := strings.Join(lines, "\n")
			for _, want := range []string{
				"/a: n is 5, and was 9007199254740993 at first (", `/a: other is "new", and was null at first (`,
				`/a: fixed is "moved", and was "k" at first (PATCH answers 400 Bad Request); no update can set that`, `and was {"x":[]} at first`,
			} {
				if !strings.Contains(all, want) {
					t.Errorf("no line says %s: %s", want, all)
				}
			}
			l.mu.Lock()
			l.shut = false
			l.mu.Unlock()
			pasted := 0
			for _, line := range lines {
				_, command, ok := strings.Cut(line, "restore it with: ")
				if !ok {
					continue
				}
				pasted++
				sh := exec.CommandContext(t.Context(), "sh", "-c", command)
				sh.Env = append(os.Environ(), "GRAPH_TOKEN=tok-en-42", "http_proxy=", "HTTP_PROXY=")
				if out, err := sh.CombinedOutput(); err != nil {
					t.Errorf("%s: %v %s", command, err, out)
				}
			}
			if pasted != 4 {
				t.Errorf("%d commands in %s", pasted, all)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			data, _ := json.Marshal(l.state)
			now, err := client.DecodeObject(data)
			if err != nil {
				t.Fatal(err)
			}
			first["fixed"] = "moved" // no update can set it
			if diff := cmp.Diff(first, now); diff != "" {
				t.Errorf("after the commands of the lines (-want +got): %s", diff)
			}
		})
	}
}

// TestWholeEntity: where it is known what the server moves, every other difference is told, also
// of what no update has named. What went on as a date does is the server's own.
func TestWholeEntity(t *testing.T) {
	t.Parallel()
	first := map[string]any{"status": "first", "note": "a", "version": 3, "seen": "2026-01-01T00:00:00Z", "gone": "x"}
	now := map[string]any{"status": "first", "note": "b", "version": 9, "seen": "2026-01-02T00:00:00Z", "more": 1}
	for name, tt := range map[string]struct {
		learned bool
		want    string
		moved   string
	}{
		"nothing is known":    {want: `gone is absent, and was "x" at first`},
		"what moves is known": {learned: true, want: `gone is absent, and was "x" at first; more is 1, and was absent at first; note is "b", and was "a" at first`, moved: "version (is 9, was 3)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &store{entities: map[string]map[string]any{"/a": maps.Clone(now)}}
			srv := s.spy(t)
			k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
			k.Remember("/a", first)
			if tt.learned {
				k.Learned("/a", []string{"version"}, nil)
			}
			touch(t, k, "/a", map[string]any{"status": "second"})
			var got []string
			for _, err := range k.Restore(t.Context()) {
				var left *StateError
				if !errors.As(err, &left) {
					t.Fatal(err)
				}
				for _, line := range left.Lines() {
					line, _, _ = strings.Cut(strings.TrimPrefix(line, srv.URL+"/a: "), " at first;")
					got = append(got, line+" at first")
				}
			}
			if strings.Join(got, "; ") != tt.want {
				t.Errorf("told %s, want %s", strings.Join(got, "; "), tt.want)
			}
			if moved := strings.Join(k.Moved(), ", "); moved != tt.moved {
				t.Errorf("moved %s", moved)
			}
		})
	}
}

// TestSomebodyElse: what somebody else sets before the first update that names it is what is
// restored; what an update of the run has done is not.
func TestSomebodyElse(t *testing.T) {
	t.Parallel()
	s := &store{entities: map[string]map[string]any{"/a": {"status": "first", "n": json.Number("1"), "other": "mine", "extra": "kept", "a": json.Number("1")}}}
	srv := s.spy(t)
	c := newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep})
	k := NewKeeper(c, things())
	read := func() map[string]any {
		ex := c.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/a"})
		k.Answered(ex)
		state, err := client.DecodeObject(ex.Body)
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	update := func(body map[string]any) {
		touch(t, k, "/a", body)
		data, _ := json.Marshal(body)
		k.Answered(c.Do(t.Context(), client.Request{Method: http.MethodPatch, Path: "/a", Body: data, Header: http.Header{"Content-Type": {"application/json"}}}))
	}
	set := func(name string, v any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.entities["/a"][name] = v
	}
	k.Remember("/a", read())
	update(map[string]any{"status": "second"})
	set("n", json.Number("7")) // an update of the run has done it: no read lies between
	read()
	update(map[string]any{"status": "third"})
	set("a", json.Number("8")) // and this
	read()
	set("other", "theirs") // no update lies between the two reads
	set("extra", nil)      // lost, which may show late
	read()
	update(map[string]any{"n": json.Number("2"), "other": "x", "extra": "y", "a": json.Number("2")})
	read()
	if errs := k.Restore(t.Context()); errs != nil {
		t.Error(errs)
	}
	want := map[string]any{"status": "first", "n": json.Number("1"), "other": "theirs", "extra": "kept", "a": json.Number("1")}
	if diff := cmp.Diff(want, s.entities["/a"]); diff != "" {
		t.Error(diff)
	}
}

// TestSelected: what shows only with $select is read with it.
func TestSelected(t *testing.T) {
	t.Parallel()
	state := map[string]any{"status": "changed", "other": "changed"}
	var mu sync.Mutex
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPatch {
			data, _ := io.ReadAll(r.Body)
			body, _ := client.DecodeObject(data)
			maps.Copy(state, body)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		shown := maps.Clone(state)
		if r.URL.Query().Get("$select") != "other,status" {
			delete(shown, "other")
		}
		_ = json.NewEncoder(w).Encode(shown)
	}))
	defer srv.Close()
	k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
	n := &notes{}
	k.UseJournal(n)
	k.Remember("/a", map[string]any{"status": "first", "other": "first"})
	k.Learned("/a", nil, []string{"other", "status"})
	touch(t, k, "/a", map[string]any{"status": "changed", "other": "changed"})
	if !cmp.Equal(n.last.Select, []string{"other", "status"}) {
		t.Errorf("the journal knows %v", n.last.Select)
	}
	if errs := k.Restore(t.Context()); errs != nil {
		t.Error(errs)
	}
	if diff := cmp.Diff(map[string]any{"status": "first", "other": "first"}, state); diff != "" {
		t.Error(diff)
	}
}

// TestReadOnlyDateThatWentOn: a date that no update can set, and that has gone on since a client has
// tried to, is the server's own, but for one that may be what was sent, in the server's form.
func TestReadOnlyDateThatWentOn(t *testing.T) {
	t.Parallel()
	first := map[string]any{"status": "first", "seen": "2026-01-01T00:00:00Z"}
	for now, told := range map[string]bool{"2026-01-05T10:00:00Z": false, "2026-01-02T00:00:00.0000000Z": true, "2025-12-31T00:00:00Z": true, "soon": true} {
		t.Run(now, func(t *testing.T) {
			t.Parallel()
			s := &store{entities: map[string]map[string]any{"/a": {"status": "first", "seen": now}}}
			srv := s.spy(t)
			k := NewKeeper(newClient(t, client.Config{BaseURL: srv.URL, Sleep: clienttest.NewClock().Sleep}), things())
			k.Remember("/a", first)
			k.Learned("/a", nil, nil)
			touch(t, k, "/a", map[string]any{"seen": "2026-01-02T00:00:30Z"})
			if errs := k.Restore(t.Context()); (len(errs) > 0) != told {
				t.Errorf("told %v, want %v", errs, told)
			}
		})
	}
}
