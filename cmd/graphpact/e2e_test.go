package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"graphpact/internal/cli"
	"graphpact/internal/contract"
	"graphpact/internal/harness"
	"graphpact/internal/mockgraph"
	"graphpact/schemas"
	"graphpact/schemas/schematest"
)

func projectRoot(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// buildBinaries gives the folder of the two programs, built as the Makefile does, so that
// a test never meets an old one.
func buildBinaries(t testing.TB) string {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatalf("%v (make deps fetches the Pact library)", err)
	}
	return dir
}

// binaries builds once a process: linking is most of it, and many tests want them.
// TestMain removes the folder.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "graphpact-test-")
	if err != nil {
		return "", err
	}
	binariesBuilt = dir
	for name, cgo := range map[string]string{"graphpact": "0", "graphpact-pact": "1"} {
		cmd := exec.CommandContext(context.Background(), "go", "build", "-ldflags", "-s -w", "-o", filepath.Join(dir, name), "graphpact/cmd/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	return dir, nil
})

// binariesBuilt is the folder of binaries, empty where no test wanted them.
var binariesBuilt string

// program runs the real binary in a folder of its own.
type program struct {
	bin, dir string
	env      []string
}

func newProgram(t testing.TB, env ...string) *program {
	t.Helper()
	return &program{bin: buildBinaries(t), dir: t.TempDir(), env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"GRAPHPACT_PACT_LIB=" + filepath.Join(projectRoot(t), ".pact/lib"),
	}, env...)}
}

func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, "graphpact"), args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	return cmd
}

// TestEndToEnd: the real binary serves the mock, and the real binary tests it.
func TestEndToEnd(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	mock := p.command(t.Context(), "mock")
	stdout, err := mock.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := mock.Start(); err != nil {
		t.Fatal(err)
	}
	var run []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if token, ok := strings.CutPrefix(line, "export "); ok {
			p.env = append(p.env, token)
		}
		if args, ok := strings.CutPrefix(line, "graphpact run "); ok {
			run = strings.Fields(args)
		}
		if strings.Contains(line, "Ctrl-C") {
			break
		}
	}
	out, err := p.command(t.Context(), append([]string{"run"}, run...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte("CONFORMANT: 53 scenarios passed")) {
		t.Errorf("%s", out)
	}
	checkReport(t, filepath.Join(p.dir, "reports/report.json"))
	if _, err := os.Stat(filepath.Join(p.dir, "reports/pacts/graphpact-microsoft-graph.json")); err != nil {
		t.Error(err)
	}
	if err := mock.Process.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
	if err := mock.Wait(); err != nil {
		t.Errorf("the mock did not stop in order: %v", err)
	}
}

// checkReport holds report.json to its published schema.
func checkReport(t *testing.T, file string) {
	t.Helper()
	report, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	schematest.Matches(t, schematest.Compile(t, schemas.Report), report)
}

// TestPlantedToken: an endpoint that sends the token back everywhere it can does not
// get it into anything that the program writes.
func TestPlantedToken(t *testing.T) {
	t.Parallel()
	const token = "planted/token+for~tests.0123456789"
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", got)
		w.Header().Set("Location", "/there?token="+url.QueryEscape(token))
		w.Header().Set("ETag", `"`+token+`"`)
		w.Header().Set("WWW-Authenticate", got)
		if r.Method == http.MethodPatch {
			w.WriteHeader(http.StatusBadRequest)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": token, "readinessStatus": token, "lastModifiedDateTime": got,
			"note": base64.StdEncoding.EncodeToString([]byte(token)), token: token,
			"error": map[string]string{"code": token, "message": "you sent " + got},
		})
	}))
	defer echo.Close()
	p := newProgram(t, "GRAPH_TOKEN="+token)
	for _, extra := range [][]string{nil, {"--verbose"}, {"--dry-run"}} {
		args := append([]string{"run", "--endpoint", echo.URL + "/beta", "--param", "outboundProvisioningFlowSetId=s", "--param", "provisioningFlowId=f"}, extra...)
		out, err := p.command(t.Context(), args...).CombinedOutput()
		if len(extra) == 0 && err == nil {
			t.Error("an endpoint that refuses every update was found conformant")
		}
		assertNoToken(t, "the output of "+strings.Join(args, " "), out, token)
	}
	if files := assertNoTokenBelow(t, p.dir, token); files < 5 {
		t.Errorf("%d files; expected four reports and the Pact", files)
	}
}

// assertNoTokenBelow searches every file of a folder and gives their number.
func assertNoTokenBelow(t *testing.T, dir, token string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		assertNoToken(t, path, data, token)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

func assertNoToken(t *testing.T, where string, data []byte, token string) {
	t.Helper()
	for name, form := range map[string]string{
		"plain": token, "query": url.QueryEscape(token), "path": url.PathEscape(token),
		"base64": base64.StdEncoding.EncodeToString([]byte(token)), "JSON": strings.ReplaceAll(token, "/", `\/`),
	} {
		if bytes.Contains(data, []byte(form)) {
			i := bytes.Index(data, []byte(form))
			t.Errorf("%s holds the token (%s): …%s…", where, name, data[max(0, i-120):min(len(data), i+80)])
		}
	}
}

// TestInterrupted: Ctrl-C in the middle of a run ends it in order.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	started := make(chan struct{}, 1)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case started <- struct{}{}:
		default:
		}
		select {
		case <-r.Context().Done():
		case <-time.After(30 * time.Second):
		}
	}))
	defer slow.Close()
	p := newProgram(t, "GRAPH_TOKEN=x")
	cmd := p.command(t.Context(), "run", "--no-pact", "--endpoint", slow.URL+"/beta", "--param", "outboundProvisioningFlowSetId=s", "--param", "provisioningFlowId=f")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-started
	begin := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, cli.ExitInterrupted, stderr.String())
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %s to stop", took)
	}
}

// TestInterruptPutsBack: an interrupt right behind the first change of a foreign entity
// leaves it as it was.
func TestInterruptPutsBack(t *testing.T) {
	t.Parallel()
	const token = "restore-test-token"
	mock, op := testMock(t, token)
	state := func() string {
		body, err := json.Marshal(mock.Entities(op)[0].Body)
		if err != nil {
			t.Fatal(err)
		}
		var o map[string]any
		if err := json.Unmarshal(body, &o); err != nil {
			t.Fatal(err)
		}
		return o["readinessStatus"].(string)
	}
	before := state()
	ctx, interrupt := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mock.ServeHTTP(w, r)
		if state() != before {
			interrupt()
		}
	}))
	defer srv.Close()
	args := []string{"run", "--no-pact", "--out", t.TempDir(), "--endpoint", srv.URL + mock.BasePath()}
	args = append(args, paramArgs(mock.Params(op))...)
	env := map[string]string{"GRAPH_TOKEN": token}
	var stdout, stderr bytes.Buffer
	if code := cli.Run(ctx, args, environ(env), nil, &stdout, &stderr); code != cli.ExitInterrupted {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
	if ctx.Err() == nil {
		t.Fatal("the run never changed the entity")
	}
	if after := state(); after != before {
		t.Errorf("the entity was left at %s, it was %s\n%s", after, before, stdout.String())
	}
}

// TestFrozenEntity: a value that could not be restored is not overwritten.
func TestFrozenEntity(t *testing.T) {
	t.Parallel()
	const token = "restore-test-token"
	mock, op := testMock(t, token)
	changed := false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		mock.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.Header().Del("Content-Length")
		changed = changed || r.Method == http.MethodPatch && strings.Contains(rec.Body.String(), `"readinessStatus":"ready"`)
		w.WriteHeader(rec.Code)
		// The mock holds notReady; the endpoint says that it is what nobody may set.
		_, _ = w.Write(bytes.ReplaceAll(rec.Body.Bytes(), []byte(`"notReady"`), []byte(`"unknownFutureValue"`)))
	}))
	defer srv.Close()
	args := []string{"run", "--no-pact", "--out", t.TempDir(), "--only", "UPD-02", "--only", "UPD-01", "--endpoint", srv.URL + mock.BasePath()}
	args = append(args, paramArgs(mock.Params(op))...)
	env := map[string]string{"GRAPH_TOKEN": token}
	var stdout, stderr bytes.Buffer
	if code := cli.Run(t.Context(), args, environ(env), nil, &stdout, &stderr); code != cli.ExitNothingRan || changed {
		t.Errorf("exit code %d, changed %v\n%s", code, changed, stdout.String())
	}
	if !strings.Contains(stdout.String(), "could not restore") {
		t.Errorf("the reason is missing:\n%s", stdout.String())
	}
}

func environ(env map[string]string) []string {
	var out []string
	for name, value := range env {
		out = append(out, name+"="+value)
	}
	return out
}

// TestReaderGoesAway: whoever closes the output does not keep the state from being put
// back, nor the reports from being written.
func TestReaderGoesAway(t *testing.T) {
	t.Parallel()
	const token = "pipe-test-token"
	mock, op := testMock(t, token)
	before, err := json.Marshal(mock.Entities(op)[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(mock)
	defer srv.Close()
	p := newProgram(t, "GRAPH_TOKEN="+token)
	args := []string{"run", "--no-pact", "--endpoint", srv.URL + mock.BasePath()}
	args = append(args, paramArgs(mock.Params(op))...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	cmd := p.command(t.Context(), args...)
	cmd.Stdout = w
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != cli.ExitUsage {
		t.Errorf("%v; a report that could not be shown is exit code %d", err, cli.ExitUsage)
	}
	_ = w.Close()
	after, err := json.Marshal(mock.Entities(op)[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	status := func(body []byte) any {
		var o map[string]any
		_ = json.Unmarshal(body, &o)
		return o["readinessStatus"]
	}
	if status(before) != status(after) {
		t.Errorf("the entity was left at %v", status(after))
	}
	if _, err := os.Stat(filepath.Join(p.dir, "reports/report.json")); err != nil {
		t.Error(err)
	}
}

// TestSecondSignal: a second Ctrl-C ends the program at once, and says what that means.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	started := make(chan struct{}, 1)
	hang := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && len(started) == 0 {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"id":"x","readinessStatus":"ready"}`))
		}
		if r.Method == http.MethodPatch || len(started) > 0 {
			select {
			case started <- struct{}{}:
			default:
			}
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
		}
	}))
	defer hang.CloseClientConnections()
	p := newProgram(t, "GRAPH_TOKEN=second-signal-token")
	cmd := p.command(t.Context(), "run", "--no-pact", "--endpoint", hang.URL+"/beta", "--param", "outboundProvisioningFlowSetId=s", "--param", "provisioningFlowId=f")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-started
	lines := bufio.NewScanner(stderr)
	for i, want := range []string{"restoring", "ended at once"} {
		signal := []os.Signal{syscall.SIGHUP, os.Interrupt}[i]
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Errorf("after signal %d: %q, want %q", i+1, lines.Text(), want)
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
}

// testMock is the embedded mock on the program's own page, for a test to put behind a
// server of its own.
// ownPages are those in the program, read once a process: nothing changes them.
var ownPages = sync.OnceValues(func() (*harness.Pages, error) { return harness.LoadPages(harness.PageConfig{}) })

func testMock(t testing.TB, token string) (*mockgraph.Server, *contract.Operation) {
	t.Helper()
	pages, err := ownPages()
	if err != nil {
		t.Fatal(err)
	}
	mock, err := harness.NewMock(pages, token)
	if err != nil {
		t.Fatal(err)
	}
	return mock, pages.Operations[0].Operation
}

func paramArgs(params map[string]string) []string {
	var args []string
	for name, value := range params {
		args = append(args, "--param", name+"="+value)
	}
	return args
}
