package main

import (
	"bytes"
	"fmt"
	"os"
	"time"
)

// watchMemory follows the largest resident set of a process and gives it, in KB, when
// the process has ended. The Maxrss of its ProcessState would not do: on Linux a child
// starts with that of its parent, and here the parent sends the gigabytes. The kernel keeps
// the peak, so a look now and then does.
func watchMemory(p *os.Process) func(*os.ProcessState) int64 {
	done, peak := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				peak <- most
				return
			case <-tick.C:
				most = max(most, peakKB(p.Pid))
			}
		}
	}()
	return func(*os.ProcessState) int64 {
		close(done)
		return <-peak
	}
}

// peakKB reads VmHWM of proc_pid_status(5), 0 where there is none any more.
func peakKB(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(data, []byte("VmHWM:"))
	var kb int64
	if _, err := fmt.Sscan(string(after), &kb); err != nil {
		return 0
	}
	return kb
}
