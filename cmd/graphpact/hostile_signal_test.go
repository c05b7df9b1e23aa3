package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"graphpact/internal/cli"
	"graphpact/internal/hostiletest"
)

// maxSignalTime is how long a run may take to its end after a signal: what it waits for by
// then ends at once, and restoring takes a few requests. No time limit of a request is
// anywhere near.
const maxSignalTime = 20 * time.Second

// TestSignalInAFlood: Ctrl-C in the middle of hostile HTTP/2 frames ends the run and restores
// the state over another connection, long before the time limit of the request. Three of the
// floods are met, or with -whole all.
func TestSignalInAFlood(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "GRAPH_TOKEN="+hostileToken)
	slots := newGroup(runtime.GOMAXPROCS(0))
	t.Run("all", func(t *testing.T) {
		defer slots.Wait()
		floods := slices.DeleteFunc(hostiletest.AllFrames(), func(f hostiletest.Frames) bool {
			return !f.Stalls && !f.Holds // the request ends by itself
		})
		if !*whole {
			floods = floods[:3]
		}
		for _, f := range floods {
			slots.run(t, f.Name, func(t *testing.T) { testSignalInAFlood(t, p, f) })
		}
	})
}

func testSignalInAFlood(t *testing.T, p *program, f hostiletest.Frames) {
	v := newVictim(t)
	before := v.state(t)
	// The second update is met by the flood, so that there is something to restore.
	var updates atomic.Int64
	met := make(chan struct{})
	srv := f.Serve(func(r *http.Request) bool {
		hostile := r.Method == http.MethodPatch && updates.Add(1) == 2
		if hostile {
			close(met)
		}
		return hostile
	}, v.mock)
	defer srv.CloseClientConnections()
	dir := t.TempDir()
	args := []string{"run", "--no-pact", "--endpoint", srv.URL + v.mock.BasePath(), "--ca-file", caFile(t, srv), "--out", dir, "--timeout", "10m"}
	cmd := p.command(t.Context(), append(args, paramArgs(v.params())...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(3*maxSignalTime, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	<-met
	time.Sleep(100 * time.Millisecond) // into the flood
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	signalled := time.Now()
	_ = cmd.Wait()
	took := time.Since(signalled)
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitInterrupted || took > maxSignalTime {
		t.Errorf("exit code %d, %s after the signal\n%s", code, took, cutOutput(out.String()))
	}
	if strings.Contains(out.String(), "not restored") {
		t.Errorf("the state is not restored\n%s", cutOutput(out.String()))
	}
	if left, _ := v.op.RestoreBody(before, v.state(t)); len(left) > 0 {
		t.Errorf("%v is not back", left)
	}
	checkReport(t, filepath.Join(dir, "report.json"))
}
