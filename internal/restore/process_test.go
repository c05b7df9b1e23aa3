package restore

import (
	"os/exec"
	"runtime"
	"testing"
)

func TestRuns(t *testing.T) {
	t.Parallel()
	child := exec.CommandContext(t.Context(), "sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	here := Process{Host: "here", PID: 1 << 30}
	alive := Process{Host: "here", PID: child.Process.Pid}
	for _, tc := range []struct {
		name    string
		process Process
		want    bool
	}{
		{"a process that is there", alive, true},
		{"the one that asks", here, false},
		{"another machine's", Process{Host: "there", PID: alive.PID}, false},
		{"a machine without a name", Process{PID: alive.PID}, false},
		{"no process", Process{Host: "here"}, false},
		{"a group of processes", Process{Host: "here", PID: -1}, false},
	} {
		if got := tc.process.runs(here); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
	_ = child.Process.Kill()
	if runtime.GOOS == "linux" {
		for alive.runs(here) { // it has not been waited for: a zombie
			if t.Context().Err() != nil {
				t.Fatal("a killed process that nobody waited for counts as one at work")
			}
			runtime.Gosched()
		}
	}
	_ = child.Wait() // killed
	if alive.runs(here) {
		t.Error("a process that has ended")
	}
}
