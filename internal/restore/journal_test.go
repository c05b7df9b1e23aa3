package restore

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
)

const (
	runID   = "6f0c1a2b-3c4d-4e5f-8a6b-0123456789ab"
	otherID = "7f0c1a2b-3c4d-4e5f-8a6b-0123456789ab"
	base    = "https://graph.test/beta"
)

var began = time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)

// lamp is an operation with a property that a client sets, a date that it sets, a key,
// the date of the last modification, and one that is read-only.
func lamp(page string) *contract.Operation {
	return &contract.Operation{
		Method: contract.Fact[string]{Value: "PATCH"}, Page: page, Digest: "sha256:5f1c",
		Properties: []contract.Property{
			{Name: "id", Role: contract.RoleKey, Listed: true},
			{Name: "color", Type: contract.Type{Edm: "Edm.String"}, Listed: true},
			{Name: "litDateTime", Type: contract.Type{Edm: "Edm.DateTimeOffset"}, Listed: true},
			{Name: "modifiedDateTime", Role: contract.RoleModified, Listed: true},
			{Name: "serial", ReadOnly: contract.Fact[bool]{Value: true}, Listed: true},
		},
	}
}

func first() map[string]any {
	return map[string]any{
		"id": "l1", "color": "blue", "litDateTime": "2026-01-01T00:00:00Z", "serial": json.Number("9007199254740993"),
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	j := NewJournal(out, runID, began, base)
	p := j.For(lamp("lamp-update.md"))
	if j.Open() {
		t.Error("open before anything was touched")
	}
	steps := []error{
		p.Touch("/lamps/l1", Change{First: first(), Names: []string{"color"}}),
		p.Touch("/lamps/l1", Change{First: first(), Names: []string{"color", "serial"}}),
		j.For(lamp("lamp-shade.md")).Touch("/lamps/l1", Change{First: first(), Names: []string{"id"}}),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	files, err := FindJournals(out)
	if want := []string{filepath.Join(out, "restore", runID+".json")}; err != nil || cmp.Diff(want, files) != "" || j.Path() != want[0] {
		t.Fatalf("files %v, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	settable := []Property{{"color", "Edm.String"}, {"litDateTime", "Edm.DateTimeOffset"}}
	want := &Document{Version: journalVersion, RunID: runID, Process: ThisProcess(), StartedAt: began, BaseURL: base, Entities: []Entity{
		{Method: "PATCH", Path: "/lamps/l1", Page: Page{"lamp-update.md", "sha256:5f1c"}, First: first(), Settable: settable, Touched: []string{"color", "serial"}, Moves: []string{"modifiedDateTime"}, Fixed: []string{"id"}},
		{Method: "PATCH", Path: "/lamps/l1", Page: Page{"lamp-shade.md", "sha256:5f1c"}, First: first(), Settable: settable, Touched: []string{"id"}, Moves: []string{"modifiedDateTime"}, Fixed: []string{"id"}},
	}}
	got, err := ReadJournal(files[0])
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	if err := p.Restored("/lamps/l2"); err != nil {
		t.Errorf("an entity that was not touched: %v", err)
	}
	if err := p.Restored("/lamps/l1"); err != nil || !j.Open() {
		t.Errorf("one of two: %v, open %v", err, j.Open())
	}
	if got, err := ReadJournal(files[0]); err != nil || len(got.Entities) != 1 || got.Entities[0].Page.File != "lamp-shade.md" {
		t.Errorf("after one of two: %+v, %v", got, err)
	}
	loaded, err := LoadJournal(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.Done(0); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(j.Path())); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestTwoPages: where the earlier record of an entity is back and the later one is not,
// the later one leads to the state before both.
func TestTwoPages(t *testing.T) {
	t.Parallel()
	j := NewJournal(t.TempDir(), runID, began, base)
	before := first()
	delete(before, "litDateTime")
	changed := first()
	changed["color"], changed["serial"] = "red", json.Number("7")
	one, two := j.For(lamp("lamp-update.md")), j.For(lamp("lamp-shade.md"))
	err := errors.Join(
		one.Touch("/lamps/l1", Change{First: before, Names: []string{"color", "litDateTime"}}),
		two.Touch("/lamps/l2", Change{First: changed, Names: []string{"color"}}),
		two.Touch("/lamps/l1", Change{First: changed, Names: []string{"color", "serial"}}),
		one.Restored("/lamps/l1"),
	)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := ReadJournal(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	want := first()
	delete(want, "litDateTime")
	want["serial"] = json.Number("7") // the earlier page touched none
	if diff := cmp.Diff(want, doc.Entities[1].First); diff != "" || len(doc.Entities) != 2 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if doc.Entities[0].First["color"] != "red" || changed["color"] != "red" {
		t.Error("another entity, or the keeper's own memory, has changed")
	}
}

// TestTwoRuns: of two runs on one entity, whoever wrote second stops, and leaves the
// other's journal alone.
func TestTwoRuns(t *testing.T) {
	t.Parallel()
	reports := t.TempDir()
	one := NewJournal(reports, runID, began, base)
	if err := one.For(lamp("a.md")).Touch("/lamps/l1", Change{First: first()}); err != nil {
		t.Fatal(err)
	}
	// A verification writes one folder further down.
	two := NewJournal(filepath.Join(reports, "verify"), otherID, began, "https://GRAPH.test:443/beta/", reports)
	var used *InUseError
	if err := two.For(lamp("a.md")).Touch("/lamps/l1", Change{First: first()}); !errors.As(err, &used) || used.File != one.Path() {
		t.Errorf("the same entity: %v", err)
	}
	if two.Open() {
		t.Error("the second journal is open")
	}
	if err := two.For(lamp("a.md")).Touch("/lamps/l2", Change{First: first()}); err != nil {
		t.Errorf("another entity: %v", err)
	}
	files, err := FindJournals(reports)
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, tc := range []struct {
		base, path string
		taken      bool
	}{
		{base, "/lamps/l1", true},
		{base, "/lamps/l2", true},
		{base, "/lamps/l3", false},
		{"https://graph.test/v1.0", "/lamps/l1", false},
	} {
		if err := CheckFree(files, tc.base, tc.path); errors.As(err, &used) != tc.taken {
			t.Errorf("%s%s: %v", tc.base, tc.path, err)
		}
	}
}

// TestDiskTakesNothing: without a journal there is no update, and no half of a file.
func TestDiskTakesNothing(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, folder), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := FindJournals(out); err != nil || len(found) > 0 {
		t.Errorf("a file in place of the folder: %v, %v", found, err)
	}
	j := NewJournal(out, runID, began, base)
	err := j.For(lamp("a.md")).Touch("/lamps/l1", Change{First: first()})
	if err == nil || !strings.Contains(err.Error(), "the first state of the entity cannot be kept on disk") {
		t.Errorf("got %v", err)
	}
	if j.Open() {
		t.Error("the journal counts as written")
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	good := func() map[string]any {
		return map[string]any{
			"version": journalVersion, "runId": runID, "startedAt": began, "baseUrl": base,
			"entities": []any{map[string]any{
				"method": "PATCH", "path": "/lamps/l1", "page": map[string]any{"file": "a.md", "digest": "x"},
				"first": first(), "settable": []any{map[string]any{"name": "color"}}, "touched": []string{"color"},
			}},
		}
	}
	entity := func(doc map[string]any) map[string]any { return doc["entities"].([]any)[0].(map[string]any) }
	for name, tc := range map[string]struct {
		change func(doc map[string]any)
		want   string
	}{
		"as it should be":    {func(map[string]any) {}, ""},
		"newer":              {func(d map[string]any) { d["version"] = "3" }, `version "3"`},
		"no version":         {func(d map[string]any) { delete(d, "version") }, `version ""`},
		"unknown member":     {func(d map[string]any) { d["more"] = 1 }, "more"},
		"no id":              {func(d map[string]any) { d["runId"] = "../../x" }, "runId"},
		"no URL":             {func(d map[string]any) { d["baseUrl"] = "graph" }, "baseUrl"},
		"credentials in URL": {func(d map[string]any) { d["baseUrl"] = "https://a:b@graph.test/beta" }, "baseUrl"},
		"no entity":          {func(d map[string]any) { d["entities"] = []any{} }, "no entity"},
		"another method":     {func(d map[string]any) { entity(d)["method"] = "DELETE" }, `"DELETE"`},
		"no path":            {func(d map[string]any) { entity(d)["path"] = "lamps" }, "slash"},
		"out of the base":    {func(d map[string]any) { entity(d)["path"] = "/../v1.0/me" }, "elsewhere"},
		"out, escaped":       {func(d map[string]any) { entity(d)["path"] = "/lamps/%2e%2E/me" }, "elsewhere"},
		"out, in a segment":  {func(d map[string]any) { entity(d)["path"] = "/lamps/l1%2F..%2F..%2Fv1.0%2Fme" }, "elsewhere"},
		"out, escaped twice": {func(d map[string]any) { entity(d)["path"] = "/lamps/a%252f%252e%252e%252fme" }, "elsewhere"},
		"out, a backslash":   {func(d map[string]any) { entity(d)["path"] = "/lamps/a%5c..%5cme" }, "elsewhere"},
		"out, a parameter":   {func(d map[string]any) { entity(d)["path"] = "/lamps/..;x=1/me" }, "elsewhere"},
		"a query":            {func(d map[string]any) { entity(d)["path"] = "/lamps/l1?$batch" }, "elsewhere"},
		"an escape sequence": {func(d map[string]any) { entity(d)["path"] = "/lamps/\u009b31m" }, "elsewhere"},
		"one in the URL":     {func(d map[string]any) { d["baseUrl"] = base + "\u202e" }, "baseUrl"},
		"dots in a name":     {func(d map[string]any) { entity(d)["path"] = "/lamps/a..b/graph.light(of='%2F')" }, ""},
		"no first state":     {func(d map[string]any) { delete(entity(d), "first") }, "first state"},
		"nothing to set":     {func(d map[string]any) { entity(d)["first"] = map[string]any{} }, `"color"`},
	} {
		doc := good()
		tc.change(doc)
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseJournal(data)
		switch {
		case tc.want == "" && (err != nil || got == nil):
			t.Errorf("%s: %v", name, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if _, err := parseJournal(data[:len(data)-1]); err == nil {
			t.Errorf("%s: one with its end cut off is taken", name)
		}
		if _, err := parseJournal(append(data, '{')); err == nil {
			t.Errorf("%s: one with more behind its end is taken", name)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), runID+".json")
	if _, err := ReadJournal(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadJournal(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a broken file: %v", err)
	}
	if err := CheckFree([]string{path}, base, "/a"); err == nil {
		t.Error("a journal that cannot be read speaks of nothing")
	}
}

// restoreBody gives the update that restores the entity, and what no update can set.
func restoreBody(e *Entity, current map[string]any) (body map[string]any, unsettable []string) {
	body = (&restorer{e: e}).wanted(current)
	for _, d := range e.left(current, false) {
		if d.action == CannotSet {
			unsettable = append(unsettable, d.name)
		}
	}
	return body, unsettable
}

// others are the properties that differ and that are no reason for a restore.
func others(e *Entity, current map[string]any) (names []string) {
	for _, d := range e.compare(current, false) {
		if d.action == LeaveUntouched || d.action == LeaveMoving {
			names = append(names, d.name)
		}
	}
	return names
}

func TestRestoreBody(t *testing.T) {
	t.Parallel()
	e := Entity{
		First:    first(),
		Settable: []Property{{"color", "Edm.String"}, {"litDateTime", "Edm.DateTimeOffset"}},
		Touched:  []string{"color", "litDateTime", "new", "serial"},
	}
	same := first()
	same["litDateTime"] = "2026-01-01T01:00:00.000+01:00" // the same moment
	same["@odata.etag"] = "2"
	if body, left := restoreBody(&e, same); len(body) > 0 || left != nil {
		t.Errorf("nothing has changed: %v, %v", body, left)
	}
	changed := map[string]any{"id": "l2", "color": "red", "serial": json.Number("9007199254740992"), "new": 1, "note": "x", "@odata.etag": "2"}
	body, left := restoreBody(&e, changed)
	if diff := cmp.Diff(map[string]any{"color": "blue", "litDateTime": "2026-01-01T00:00:00Z"}, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"new", "serial"}, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	others := others(&e, changed)
	if diff := cmp.Diff([]string{"id", "note"}, others); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
}

// TestRestoreMoves: a date that the server sets at each update is never back, also where an
// update has tried to set it, and that keeps no journal open.
func TestRestoreMoves(t *testing.T) {
	t.Parallel()
	j := NewJournal(t.TempDir(), runID, began, base)
	if err := j.For(lamp("lamp-update.md")).Touch("/lamps/l1", Change{First: first(), Names: []string{"color", "modifiedDateTime"}}); err != nil {
		t.Fatal(err)
	}
	doc, err := ReadJournal(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	e, current := doc.Entities[0], first()
	current["modifiedDateTime"] = "2026-11-24T07:00:01Z"
	if body, left := restoreBody(&e, current); len(body) > 0 || left != nil {
		t.Errorf("%v, %v", body, left)
	}
	others := others(&e, current)
	if diff := cmp.Diff([]string{"modifiedDateTime"}, others); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
}

// FuzzParse: whatever lies in the folder, it is a journal or one clear error.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":"1","runId":"` + runID + `","startedAt":"2026-11-24T07:00:00Z","baseUrl":"https://g.test/b",` +
		`"entities":[{"method":"PATCH","path":"/a","page":{"file":"","digest":""},"first":{"a":1},"settable":[{"name":"a"}],"touched":["a"]}]}`))
	f.Add([]byte(`{"version":"3"}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := parseJournal(data)
		if (doc == nil) != (err != nil) {
			t.Fatalf("%v and %v", doc, err)
		}
		if err != nil {
			return
		}
		for _, e := range doc.Entities {
			body, _ := restoreBody(&e, map[string]any{})
			for name := range body {
				if _, ok := e.First[name]; !ok {
					t.Errorf("sets %q, which the first state lacks", name)
				}
			}
		}
	})
}
