package main

import (
	"os"
	"syscall"
)

// watchMemory gives the largest resident set of a process, in KB, when it has ended.
func watchMemory(*os.Process) func(*os.ProcessState) int64 {
	return func(s *os.ProcessState) int64 {
		if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
			return usage.Maxrss >> 10 // in bytes here
		}
		return 0
	}
}
