package journal

import (
	"errors"
	"os"
	"syscall"
)

// Process is the program that writes a journal.
type Process struct {
	// Host is the machine's name; in a container, the container's.
	Host string `json:"host"`
	PID  int    `json:"pid"`
}

// ThisProcess is the one that asks. A machine that does not know its name has none.
func ThisProcess() Process {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return Process{Host: host, PID: os.Getpid()}
}

// runs reports whether the process is known to be there still. Of another machine, or one
// without a name, nothing is known.
func (p Process) runs(here Process) bool {
	if p.Host == "" || p.Host != here.Host || p.PID <= 0 || p.PID == here.PID {
		return false
	}
	found, err := os.FindProcess(p.PID)
	if err != nil {
		return false
	}
	defer func() { _ = found.Release() }()
	// Signal 0 asks without a signal (POSIX kill); where it cannot be asked so, FindProcess
	// has found the process.
	return !errors.Is(found.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// AtWork reports whether the run of the journal is known to be under way: its process is
// there still. A run on another machine is not known of.
func (d *Document) AtWork() bool { return d.Process.runs(ThisProcess()) }
