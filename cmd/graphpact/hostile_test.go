package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"graphpact/features"
	"graphpact/internal/cli"
	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/hostiletest"
	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
)

const hostileToken = "hostile-secret-token"

// whole is what `make whole` sets; the selftest and the full disk are whole then too. Without it
// each endpoint is hostile to a process of its own in updates, where most is read and kept; one of
// each kind is hostile to the command within this process on the other occasions and in a
// verification, but for those that cost most, as they never end or need most memory.
var whole = flag.Bool("whole", false, "play the whole selftest, each size of a full disk, and each hostile endpoint on each occasion, in runs and verifications, against a process of its own")

// The bounds of a run against a hostile endpoint. Retries wait for two seconds, in the run
// and in restoring. One that stalls gets two seconds a request and is given up after
// four timeouts; restoring takes three more. The rest is for a machine that has other
// things to do.
const (
	maxHostileTime = 30 * time.Second
	maxHostileKB   = 128 << 10
)

// victim is an honest endpoint in this process, for a hostile one to stand in front of.
type victim struct {
	op   *contract.Operation
	mock *mockgraph.Server
	path string
	// pact is the file that is verified; empty where the scenarios are run.
	pact string
	// within runs the command in this process, where its memory is not measured.
	within bool
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	mock, op := testMock(t, hostileToken)
	v := &victim{op: op, mock: mock}
	var err error
	if v.path, err = client.Expand(v.op.Path.Template, v.params()); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *victim) params() map[string]string { return v.mock.Params(v.op) }

// state asks the honest endpoint itself.
func (v *victim) state(t *testing.T) map[string]any {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, v.mock.BasePath()+v.path, nil)
	r.Header.Set("Authorization", "Bearer "+hostileToken)
	rec := httptest.NewRecorder()
	v.mock.ServeHTTP(rec, r)
	var body map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// occasions are when an endpoint is hostile: from the first request on, or only after an
// honest start.
var occasions = map[string]func() func(*http.Request) bool{
	"from the start": func() func(*http.Request) bool { return func(*http.Request) bool { return true } },
	"to updates": func() func(*http.Request) bool {
		return func(r *http.Request) bool { return r.Method == http.MethodPatch }
	},
	// The first GET after an update, which is the read back or the look after a restore.
	"to read-backs": func() func(*http.Request) bool {
		var updated atomic.Bool
		return func(r *http.Request) bool {
			if r.Method == http.MethodPatch {
				updated.Store(true)
				return false
			}
			return updated.Swap(false)
		}
	},
}

// hostileResult is what a run against a hostile endpoint came to.
type hostileResult struct {
	code   int
	took   time.Duration
	peakKB int64
	out    string
	dir    string
	report result.Run
}

// fewScenarios are the features that a run against a hostile endpoint plays: updates, what is
// read back, refusals and reads, one of each kind that a hostile answer can meet.
var fewScenarios = []string{"03-merge.feature", "08-reading.feature"}

// fewFeatures writes fewScenarios into a folder.
func fewFeatures(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range fewScenarios {
		text, err := features.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run plays the program against the URL and looks at what holds in every case.
func (v *victim) run(t *testing.T, p *program, url string, args ...string) *hostileResult {
	t.Helper()
	res := &hostileResult{dir: t.TempDir()}
	line := []string{"run", "--no-pact", "--endpoint", url, "--settle", "500ms"}
	if v.pact != "" {
		line = []string{"verify", "--pact", v.pact, "--provider-url", url}
	}
	line = append(line, "--out", res.dir, "--retry-budget", "500ms")
	for name, value := range v.params() {
		line = append(line, "--param", name+"="+value)
	}
	line = append(line, args...)
	ctx, cancel := context.WithTimeout(t.Context(), 2*maxHostileTime)
	defer cancel()
	var out lockedBuffer
	started := time.Now()
	if v.within {
		res.code = cli.Run(ctx, line, append(slices.Clone(p.env), "GRAPHPACT_PACT_HELPER="+filepath.Join(p.bin, "graphpact-pact")), nil, &out, &out)
	} else {
		cmd := p.command(ctx, line...)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		peak := watchMemory(cmd.Process)
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		res.code, res.peakKB = cmd.ProcessState.ExitCode(), peak(cmd.ProcessState)
	}
	res.took, res.out = time.Since(started), out.String()
	v.holds(t, res)
	return res
}

// lockedBuffer is what two streams are written to.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// holds checks what no endpoint may bring about.
func (v *victim) holds(t *testing.T, res *hostileResult) {
	t.Helper()
	if res.took > maxHostileTime || res.peakKB > maxHostileKB {
		t.Errorf("%s and %d KB, allowed are %s and %d KB", res.took, res.peakKB, maxHostileTime, maxHostileKB)
	}
	checkReport(t, filepath.Join(res.dir, "report.json"))
	texts := map[string]string{"output": res.out}
	files, err := filepath.Glob(filepath.Join(res.dir, "*.*"))
	if err != nil || len(files) < 4 {
		t.Errorf("files %v, %v", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(f)] = string(data)
	}
	for name, text := range texts {
		for _, bad := range []string{"panic", "goroutine ", "runtime error", hostileToken} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		if i := strings.IndexFunc(text, func(r rune) bool {
			return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
		}); i >= 0 {
			t.Errorf("%s holds the control character %q", name, text[i:min(len(text), i+8)])
		}
		if len(text) > 16<<20 {
			t.Errorf("%s is %d bytes long", name, len(text))
		}
	}
	for d := xml.NewDecoder(strings.NewReader(texts["junit.xml"])); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Errorf("junit.xml: %v", err)
			break
		}
	}
	if err := json.Unmarshal([]byte(texts["report.json"]), &res.report); err != nil {
		t.Fatal(err)
	}
	if (res.code == cli.ExitConformant) != res.report.Conformant() {
		t.Errorf("exit code %d, and the report says conformant: %v", res.code, res.report.Conformant())
	}
}

// checkState expects the state restored, or said not to be.
func (v *victim) checkState(t *testing.T, before map[string]any, r *result.Run) {
	t.Helper()
	left, _ := v.op.RestoreBody(before, v.state(t))
	said := slices.ContainsFunc(r.Problems, func(p string) bool {
		return strings.Contains(p, "the first state is not restored") || strings.Contains(p, " at first; ") || strings.Contains(p, ", and was ")
	})
	if len(left) > 0 && !said {
		t.Errorf("%v is not back, and the problems are %q", left, r.Problems)
	}
}

// cut shortens the output for a failing test's log.
func cutOutput(s string) string {
	if len(s) > 4000 {
		return s[:2000] + "\n[…]\n" + s[len(s)-2000:]
	}
	return s
}

func quietServer(h http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	return srv
}

var (
	// entities are JSON objects all the same: only the scenarios find fault with them.
	entities = map[string]bool{"long-string": true, "quotes": true, "control-characters": true}
	// largest are those that need most memory: of values, of text to escape, and of bytes.
	largest = map[string]bool{"million-members": true, "quotes": true, "endless-body": true}
	// stalls are those that only a time limit ends.
	stalls = map[string]bool{"no-answer": true, "drip-header": true, "drip-body": true, "stall-in-body": true}
	// resent are connections that were used before and are closed without an answer: a GET
	// is sent once more on a new one.
	resent = map[string]bool{"reset-at-once": true, "closed-at-once": true}
)

// caFile writes the certificate of the server to a file.
func caFile(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func retried(r result.Requirement) bool {
	return slices.ContainsFunc(r.Exchanges, func(x result.Exchange) bool { return len(x.Retries) > 0 && x.Attempts > 1 })
}

// TestHostileEndpoints: whatever an endpoint does, the run ends within its bounds, with
// the right exit code and a whole report.
func TestHostileEndpoints(t *testing.T) {
	t.Parallel()
	testHostile(t, newProgram(t, "GRAPH_TOKEN="+hostileToken), "")
}

// TestHostileProviders: and so does the verification of a pact, here of three interactions
// of the one that a run writes: an update, one that is empty, and one that is refused.
func TestHostileProviders(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "GRAPH_TOKEN="+hostileToken)
	if out, err := p.command(t.Context(), "run").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file := filepath.Join(p.dir, "reports", "pacts", "graphpact-microsoft-graph.json")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var pact map[string]any
	if err := json.Unmarshal(data, &pact); err != nil {
		t.Fatal(err)
	}
	pact["interactions"] = slices.DeleteFunc(pact["interactions"].([]any), func(i any) bool {
		description := i.(map[string]any)["description"].(string)
		return !strings.Contains(description, "UPD-02") && !strings.Contains(description, "UPD-12") && !strings.Contains(description, "provisioningFlowId")
	})
	if len(pact["interactions"].([]any)) != 3 {
		t.Fatal(pact["interactions"])
	}
	if data, err = json.Marshal(pact); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	testHostile(t, p, file)
}

// testHostile plays each endpoint on each occasion: the scenarios, or the pact where there
// is one.
func testHostile(t *testing.T, p *program, pact string) {
	few, partly := fewFeatures(t), !*whole && !*update
	var (
		mu    sync.Mutex
		table = map[string]*hostileResult{}
	)
	t.Run("all", func(t *testing.T) {
		// Most of them keep a processor busy. Those that wait, for a time limit or to send
		// again, run beside them, and not all at once: what is honest has to arrive in time.
		busy, waiting := newGroup(runtime.GOMAXPROCS(0)), newGroup(10)
		defer busy.Wait()
		defer waiting.Wait()
		// A few scenarios show how a run ends. All of them are played where no scenario may
		// report anything, where what is kept of each answer is largest, and for the document.
		play := func(group *group, name, occasion string, waits, allScenarios bool, want int, serve func(pick func(*http.Request) bool, honest http.Handler) *httptest.Server) {
			group.run(t, name+" "+occasion, func(t *testing.T) {
				v := newVictim(t)
				v.pact = pact
				v.within = partly && occasion != "to updates"
				before := v.state(t)
				srv := serve(occasions[occasion](), v.mock)
				defer srv.CloseClientConnections()
				args := []string{"--timeout", "20s"} // what is honest has to arrive in time
				if waits {
					args = []string{"--timeout", "2s", "--give-up", "2"}
				}
				if pact == "" && !allScenarios {
					args = append(args, "--features", few)
				}
				if srv.TLS != nil {
					args = append(args, "--ca-file", caFile(t, srv))
				}
				res := v.run(t, p, srv.URL+v.mock.BasePath(), args...)
				if resent[name] && pact == "" && occasion == "to read-backs" && !slices.ContainsFunc(res.report.Requirements, retried) {
					t.Error("the second send of a request is not marked")
				}
				if res.code != want {
					t.Errorf("exit code %d, want %d\n%s", res.code, want, cutOutput(res.out))
				}
				// A verification trusts the state that it reads; the probe of a run does not.
				if lies := pact != "" && occasion == "from the start" && entities[name]; !lies {
					v.checkState(t, before, &res.report)
				}
				mu.Lock()
				defer mu.Unlock()
				table[name+" "+occasion] = res
			})
		}
		// leftOut reports whether an endpoint is left out on an occasion, as it costs much or as one
		// of its kind was played.
		played := map[any]bool{}
		leftOut := func(kind any, costly bool, occasion string) bool {
			met := [...]any{kind, occasion}
			known := played[met]
			played[met] = true
			switch {
			case !partly:
				return false
			case pact != "":
				return known || costly && occasion != "to updates" || occasion == "to read-backs"
			}
			return occasion != "to updates" && (known || costly)
		}
		for _, b := range hostiletest.All() {
			kind := [...]bool{b.Legal, entities[b.Name], largest[b.Name], stalls[b.Name], resent[b.Name], b.Name == "duplicate-keys"}
			for occasion := range occasions {
				if b.Legal && occasion != "from the start" {
					continue // an answer that differs from the others is no legal one
				}
				if (!b.Legal || pact != "") && leftOut(kind, largest[b.Name], occasion) {
					continue
				}
				group := busy
				if stalls[b.Name] || strings.HasPrefix(b.Name, "retry-") {
					group = waiting
				}
				want := cli.ExitNotConformant
				switch {
				case b.Legal:
					want = cli.ExitConformant
				case occasion == "from the start" && !entities[b.Name]:
					want = cli.ExitTarget
				case occasion == "to read-backs" && resent[b.Name]:
					want = cli.ExitConformant
				case occasion == "to updates" && pact != "" && b.Name == "duplicate-keys":
					want = cli.ExitConformant // the Pact library reads the last of each
				}
				allScenarios := *update || b.Legal || largest[b.Name] && occasion == "to updates" && !partly
				play(group, b.Name, occasion, stalls[b.Name], allScenarios, want, func(pick func(*http.Request) bool, honest http.Handler) *httptest.Server {
					return quietServer(hostiletest.When(pick, b.Wrap(honest), honest))
				})
			}
		}
		for _, f := range hostiletest.AllFrames() {
			for occasion := range occasions {
				if leftOut([...]bool{f.Stalls, f.Holds, f.Resent}, f.Stalls, occasion) {
					continue
				}
				group := busy
				if f.Stalls || f.Holds || f.Resent {
					group = waiting
				}
				want := cli.ExitNotConformant
				switch {
				case occasion == "from the start":
					want = cli.ExitTarget
				case occasion == "to read-backs" && f.Resent:
					want = cli.ExitConformant
				}
				play(group, f.Name, occasion, f.Stalls || f.Holds, *update, want, f.Serve)
			}
		}
	})
	if *update || !t.Failed() {
		checkHostileDoc(t, table, pact != "")
	}
}

// group runs subtests side by side, as t.Parallel does, but as many as it is made for.
type group struct {
	sync.WaitGroup
	slots chan struct{}
}

func newGroup(size int) *group { return &group{slots: make(chan struct{}, size)} }

func (g *group) run(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	g.Go(func() {
		g.slots <- struct{}{}
		defer func() { <-g.slots }()
		t.Run(name, test)
	})
}

const hostileDoc = "../../docs/hostile.md"

// hostileDocs: a run and a verification write into the document at once.
var hostileDocs sync.Mutex

// checkHostileDoc holds the document to the behaviours that there are; with -update it
// writes the figures of this run, or of this verification, into it.
func checkHostileDoc(t *testing.T, table map[string]*hostileResult, verified bool) {
	t.Helper()
	hostileDocs.Lock()
	defer hostileDocs.Unlock()
	begin, end := "<!-- figures -->\n", "<!-- end of the figures -->\n"
	if verified {
		begin, end = "<!-- figures of verify -->\n", "<!-- end of the figures of verify -->\n"
	}
	doc, err := os.ReadFile(hostileDoc)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(doc), begin)
	known, tail, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s has no place for the figures", hostileDoc)
	}
	var out strings.Builder
	rows := hostiletest.All()
	for _, f := range hostiletest.AllFrames() {
		rows = append(rows, hostiletest.Behaviour{Name: f.Name, What: f.What})
	}
	for _, b := range rows {
		row := fmt.Sprintf("| `%s` | %s |", b.Name, b.What)
		if verified { // what each does stands in the table of run
			row = fmt.Sprintf("| `%s` |", b.Name)
		}
		out.WriteString(row)
		for _, occasion := range []string{"from the start", "to updates", "to read-backs"} {
			cell := " |"
			if r := table[b.Name+" "+occasion]; r != nil {
				cell = fmt.Sprintf(" %d, %.1f s, %d MB |", r.code, r.took.Seconds(), r.peakKB>>10)
			}
			out.WriteString(cell)
		}
		out.WriteString("\n")
		if !*update && !strings.Contains(known, row) {
			t.Errorf("%s does not know %s; run this test with -update", hostileDoc, b.Name)
		}
	}
	t.Logf("\n%s", out.String())
	if *update {
		header := "| name | what it does | from the start | to updates | to read-backs |\n|---|---|---|---|---|\n"
		if verified {
			header = "| name | from the start | to updates | to read-backs |\n|---|---|---|---|\n"
		}
		if err := os.WriteFile(hostileDoc, []byte(head+begin+header+out.String()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
