package main

import (
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"graphpact/internal/cli"
	"graphpact/internal/client"
)

// BenchmarkRun is one whole run against the embedded mock, in this process, without
// the Pact: pages, features, 52 scenarios and four report files.
func BenchmarkRun(b *testing.B) {
	dir := b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		if code := cli.Run(b.Context(), []string{"run", "--no-pact", "--out", dir}, os.Environ(), nil, io.Discard, io.Discard); code != cli.ExitConformant {
			b.Fatalf("exit code %d", code)
		}
	}
}

// BenchmarkProcess times whole processes, each of graphpact's in turn with a bare
// godog program that does 20 PATCH checks against the same server, so that a noisy
// machine hits both. "x-bare" is the ratio of the times, "MiB" the peak memory.
func BenchmarkProcess(b *testing.B) {
	p := newProgram(b)
	bare := filepath.Join(b.TempDir(), "baregodog")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", bare, "./testdata/baregodog").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	const token = "bench-token"
	mock, op := testMock(b, token)
	srv := httptest.NewServer(mock)
	defer srv.Close()
	params := mock.Params(op)
	path, err := client.Expand(op.Path.Template, params)
	if err != nil {
		b.Fatal(err)
	}
	base := srv.URL + mock.BasePath()
	p.env = append(p.env, "GRAPH_TOKEN="+token)
	foreign := append([]string{"run", "--no-pact", "--endpoint", base}, paramArgs(params)...)
	schema := filepath.Join(projectRoot(b), "schemas/provisioningflow-update.response.schema.json")
	bareCmd := func() *exec.Cmd {
		cmd := exec.CommandContext(b.Context(), bare, base+path, schema, "readinessStatus", "ready", "failed")
		cmd.Env = p.env
		return cmd
	}
	for name, args := range map[string][]string{
		"endpoint-no-pact": foreign,
		"mock-no-pact":     {"run", "--no-pact"},
		"mock-with-pact":   {"run"},
		"help":             {"--help"},
		"list":             {"list"},
	} {
		b.Run(name, func(b *testing.B) {
			var ours, theirs time.Duration
			var memory int64
			for b.Loop() {
				t, m := timed(b, p.command(b.Context(), args...))
				ours, memory = ours+t, max(memory, m)
				t, _ = timed(b, bareCmd())
				theirs += t
			}
			b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "ms/run")
			b.ReportMetric(float64(ours)/float64(theirs), "x-bare")
			b.ReportMetric(float64(memory)/1024, "MiB")
		})
	}
}

// timed runs a command to its end and gives its time and peak memory (KiB on Linux).
func timed(b *testing.B, cmd *exec.Cmd) (time.Duration, int64) {
	b.Helper()
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("no resource usage on this system")
	}
	return time.Since(begin), usage.Maxrss
}
