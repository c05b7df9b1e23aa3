package main

import (
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"graphpact/internal/cli"
	"graphpact/internal/client"
)

// BenchmarkRun is one whole run against the embedded mock, in this process, without
// the Pact: pages, features, 53 scenarios and a report file of each format.
func BenchmarkRun(b *testing.B) {
	dir := b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		if code := cli.Run(b.Context(), []string{"run", "--no-pact", "--out", dir}, os.Environ(), nil, io.Discard, io.Discard); code != cli.ExitConformant {
			b.Fatalf("exit code %d", code)
		}
	}
}

// BenchmarkReports is what the files of all formats add to a run: "%-of-run" is to stay at most
// 20. Runs with all of them and with the smallest one alone are played in turn, so that a noisy
// machine hits both; what counts is the time that the processor works.
func BenchmarkReports(b *testing.B) {
	p := newProgram(b)
	var all, least time.Duration
	for b.Loop() {
		for format, sum := range map[string]*time.Duration{"all": &all, "markdown": &least} {
			cmd := p.command(b.Context(), "run", "--no-pact", "--report", format)
			timed(b, cmd)
			*sum += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
	}
	b.ReportMetric(100*float64(all-least)/float64(least), "%-of-run")
	b.ReportMetric(float64(all.Microseconds())/1000/float64(b.N), "cpu-ms/run")
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

// BenchmarkLongPage is a page with 200 enum members and 200 more properties: the run that
// writes the Pact, and the verification that plays it. Both grow with the number of values
// and no faster.
func BenchmarkLongPage(b *testing.B) {
	p := newProgram(b)
	dir := b.TempDir()
	page, out := filepath.Join(dir, "lamp-update.md"), filepath.Join(dir, "out")
	if err := os.WriteFile(page, []byte(longPage(200, 200)), 0o600); err != nil {
		b.Fatal(err)
	}
	pacts := filepath.Join(out, "pacts")
	var run, verify time.Duration
	for b.Loop() {
		t, _ := timed(b, p.command(b.Context(), "run", "--doc", page, "--out", out))
		run += t
		t, _ = timed(b, p.command(b.Context(), "verify", "--doc", page, "--pact", pacts, "--out", filepath.Join(dir, "verify")))
		verify += t
	}
	b.ReportMetric(run.Seconds()/float64(b.N), "s/run")
	b.ReportMetric(verify.Seconds()/float64(b.N), "s/verify")
	data, err := os.ReadFile(filepath.Join(pacts, "graphpact-microsoft-graph.json"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(data))/(1<<20), "MiB/pact")
}

// longPage is a page with so many enum members, four to a property, and more properties.
func longPage(members, more int) string {
	var rows, example strings.Builder
	for i := range members / 4 {
		fmt.Fprintf(&rows, "|mode%d|String|The mode. The possible values are: `a%d`, `b%d`, `c%d`, `d%d`.|\n", i, i, i, i, i)
		fmt.Fprintf(&example, "  \"mode%d\": \"a%d\",\n", i, i)
	}
	for i := range more {
		fmt.Fprintf(&rows, "|label%d|String|The label.|\n", i)
		fmt.Fprintf(&example, "  \"label%d\": \"text %d\",\n", i, i)
	}
	object := strings.TrimSuffix(example.String(), ",\n")
	return "# Update lamp\n\nUpdate the properties of a lamp object.\n\n## HTTP request\n\n``` http\nPATCH /rooms/{roomId}/lamps/{lampId}\n```\n\n" +
		"## Request body\n\n|Property|Type|Description|\n|:---|:---|:---|\n" + rows.String() +
		"\n## Response\n\nIf successful, this method returns a `200 OK` response code and an updated lamp object in the response body.\n\n" +
		"## Examples\n\n### Request\n\n``` http\nPATCH https://graph.microsoft.com/beta/rooms/1/lamps/2\nContent-Type: application/json\n\n{\n" + object + "\n}\n```\n\n" +
		"### Response\n\n``` http\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{\n  \"id\": \"2\",\n" + object + "\n}\n```\n"
}

// timed runs a command to its end and gives its time and peak memory (KiB on Linux).
func timed(b testing.TB, cmd *exec.Cmd) (time.Duration, int64) {
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
