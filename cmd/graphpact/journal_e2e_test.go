package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"graphpact/internal/cli"
	"graphpact/internal/mockgraph"
	"graphpact/internal/restore"
)

// changing serves the mock and calls changed after each answer at which the entity is
// another one than at the beginning.
type changing struct {
	*httptest.Server
	mock    *mockgraph.Server
	params  map[string]string
	first   map[string]any
	changed func()
	// behind is what the body of a request holds that has to come before the change counts.
	behind string
}

// changingToken is the token that a changing server wants.
const changingToken = "journal-test-token"

func newChanging(t *testing.T) *changing {
	t.Helper()
	mock, op := testMock(t, changingToken)
	c := &changing{mock: mock, params: mock.Params(op), changed: func() {}}
	var mu sync.Mutex
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if mu.Lock(); bytes.Contains(body, []byte(c.behind)) {
			c.behind = ""
		}
		early := c.behind != ""
		mu.Unlock()
		mock.ServeHTTP(w, r)
		if early {
			return
		}
		if now := c.state(t); now["readinessStatus"] != c.first["readinessStatus"] {
			c.changed()
		}
	}))
	t.Cleanup(c.Close)
	c.first = c.state(t)
	return c
}

// state asks the mock's control endpoint for the entity under test.
func (c *changing) state(t *testing.T) map[string]any {
	t.Helper()
	rec := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_graphpact/state", nil)
	req.Header.Set("Authorization", "Bearer "+changingToken)
	c.mock.ServeHTTP(rec, req)
	var all struct {
		Operations []struct {
			Entities []struct{ Body map[string]any }
		}
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &all); err != nil || len(all.Operations) == 0 || len(all.Operations[0].Entities) == 0 {
		t.Errorf("state: %v: %s", err, rec.Body.Bytes())
		return nil
	}
	return all.Operations[0].Entities[0].Body
}

// startUntilChange starts the program, and does what is to be done to its process right
// behind the first change that it makes. What it prints is whole once it has ended.
func startUntilChange(t *testing.T, p *program, srv *changing, args []string, do func(*os.Process)) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := p.command(t.Context(), args...)
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	var once sync.Once
	started := make(chan struct{})
	srv.changed = func() {
		<-started
		once.Do(func() { do(cmd.Process) })
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	return cmd, out
}

// TestKilledRun: kill -9 right behind the first change loses nothing. The journal is
// there, the next run refuses, restore restores the state, and a second restore finds
// nothing to do. That holds too where the run has tried to set the date that the server
// sets at each update, which nothing brings back.
func TestKilledRun(t *testing.T) {
	t.Parallel()
	for name, behind := range map[string]string{"the first change": "", "a date was tried": "lastModifiedDateTime"} {
		t.Run(name, func(t *testing.T) { testKilledRun(t, behind) })
	}
}

func testKilledRun(t *testing.T, behind string) {
	const token = changingToken
	srv := newChanging(t)
	p := newProgram(t, "GRAPH_TOKEN="+token)
	run := append([]string{"run", "--no-pact", "--endpoint", srv.URL + srv.mock.BasePath()}, paramArgs(srv.params)...)
	srv.behind = behind

	cmd, killed := startUntilChange(t, p, srv, run, func(p *os.Process) { _ = p.Kill() })
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the run was not killed: %v\n%s", err, killed.String())
	}
	if got := srv.state(t); got["readinessStatus"] == srv.first["readinessStatus"] {
		t.Fatalf("the killed run left no change: %v", got)
	}

	files, err := restore.FindJournals(filepath.Join(p.dir, "reports"))
	if err != nil || len(files) != 1 {
		t.Fatalf("journals %v, %v", files, err)
	}
	doc, err := restore.ReadJournal(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if behind != "" && !slices.Contains(doc.Entities[0].Touched, behind) {
		t.Fatalf("no update has named %s yet: %v", behind, doc.Entities[0].Touched)
	}
	if e := doc.Entities[0]; e.First["readinessStatus"] != srv.first["readinessStatus"] || len(e.Touched) == 0 ||
		len(e.Settable) == 0 || e.Page.File != "fixtures/docs/provisioningflow-update.md" || !strings.HasPrefix(e.Page.Digest, "sha256:") {
		t.Errorf("the journal says %+v", e)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	assertNoTokenBelow(t, p.dir, token)

	step := func(want int, says string, args ...string) {
		t.Helper()
		cmd := p.command(t.Context(), args...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != want || !strings.Contains(string(out), says) {
			t.Errorf("graphpact %s: exit code %d, want %d, and %q in\n%s", strings.Join(args, " "), code, want, says, out)
		}
	}
	step(cli.ExitUsage, "graphpact restore reports/restore/"+doc.RunID+".json", run...)
	step(cli.ExitConformant, `-X PATCH`, "restore", "--dry-run")
	if got := srv.state(t); got["readinessStatus"] == srv.first["readinessStatus"] {
		t.Error("the dry run changed the entity")
	}
	step(cli.ExitConformant, "has its first state", "restore")
	if got := srv.state(t); got["readinessStatus"] != srv.first["readinessStatus"] {
		t.Errorf("restored to %v, it was %v", got, srv.first)
	}
	step(cli.ExitConformant, "nothing to restore", "restore")
	srv.changed = func() {}
	step(cli.ExitConformant, "CONFORMANT", run...)
	if files, err := restore.FindJournals(filepath.Join(p.dir, "reports")); err != nil || len(files) > 0 {
		t.Errorf("a run that has restored all leaves %v, %v", files, err)
	}
}

// TestRunAtWork: while a run is under way nobody else starts on its entity, and restore
// keeps its hands off. The run is stopped in its middle, so that it surely is.
func TestRunAtWork(t *testing.T) {
	const token = changingToken
	srv := newChanging(t)
	p := newProgram(t, "GRAPH_TOKEN="+token)
	run := append([]string{"run", "--no-pact", "--endpoint", srv.URL + srv.mock.BasePath()}, paramArgs(srv.params)...)

	stopped := make(chan struct{})
	cmd, out := startUntilChange(t, p, srv, run, func(p *os.Process) {
		_ = p.Signal(syscall.SIGSTOP)
		close(stopped)
	})
	<-stopped
	for _, args := range [][]string{run, {"restore"}} {
		other := p.command(t.Context(), args...)
		said, _ := other.CombinedOutput()
		if code := other.ProcessState.ExitCode(); code != cli.ExitUsage || !strings.Contains(string(said), "is still at work (process ") {
			t.Errorf("graphpact %s: exit code %d\n%s", strings.Join(args, " "), code, said)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the run that was stopped for a while: %v\n%s", err, out.String())
	}
}

// TestPlantedJournal: a journal that the user's key has not signed, as one that came with a
// checkout, leads nowhere without the endpoint that the user names now and a yes.
func TestPlantedJournal(t *testing.T) {
	t.Parallel()
	const token = changingToken
	srv := newChanging(t)
	p := newProgram(t, "GRAPH_TOKEN="+token)
	endpoint := srv.URL + srv.mock.BasePath()
	run := append([]string{"run", "--no-pact", "--endpoint", endpoint}, paramArgs(srv.params)...)
	cmd, out := startUntilChange(t, p, srv, run, func(p *os.Process) { _ = p.Kill() })
	if err := cmd.Wait(); err == nil {
		t.Fatalf("the run was not killed\n%s", out)
	}
	srv.changed = func() {}
	files, err := restore.FindJournals(filepath.Join(p.dir, "reports"))
	if err != nil || len(files) != 1 {
		t.Fatalf("journals %v, %v", files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer thief.Close()
	plant := func(old, with string) {
		t.Helper()
		forged := strings.ReplaceAll(string(whole), old, with)
		if forged == string(whole) {
			t.Fatalf("%q is not in the journal", old)
		}
		if err := os.WriteFile(files[0], []byte(forged), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(says string, args ...string) {
		t.Helper()
		cmd := p.command(t.Context(), append([]string{"restore"}, args...)...)
		said, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != cli.ExitUsage || !strings.Contains(string(said), says) {
			t.Errorf("restore %v: exit code %d, want %q in\n%s", args, code, says, said)
		}
	}

	plant(endpoint, thief.URL)
	refused("so that it may lead anywhere", "--yes")
	refused("and --endpoint says", "--endpoint", endpoint, "--trust")
	changed := srv.state(t)["readinessStatus"]
	plant(`"`+srv.first["readinessStatus"].(string)+`"`, `"expired"`)
	refused("so that it may lead anywhere", "--yes")
	refused("add --trust if it is meant", "--yes", "--endpoint", endpoint)
	if now := srv.state(t)["readinessStatus"]; asked.Load() > 0 || now != changed {
		t.Errorf("%d requests at the other endpoint, and the entity went from %v to %v", asked.Load(), changed, now)
	}

	// On a terminal it asks, and takes nothing but yes for one.
	plant(`"signature": "`, `"signature": "0`)
	args := []string{"restore", "--endpoint", endpoint}
	for answer, want := range map[string]int{"n\n": cli.ExitUsage, "\x03": cli.ExitInterrupted} {
		code, said := answered(t, p, args, answer, func() {})
		if now := srv.state(t)["readinessStatus"]; code != want || now != changed || !strings.Contains(said, "or was changed since") {
			t.Errorf("%q: exit code %d, want %d; %v\n%s", answer, code, want, now, said)
		}
	}
	if code, said := answered(t, p, args, "y\n", func() {}); code != cli.ExitConformant || srv.state(t)["readinessStatus"] != srv.first["readinessStatus"] {
		t.Errorf("yes: exit code %d\n%s", code, said)
	}
}
