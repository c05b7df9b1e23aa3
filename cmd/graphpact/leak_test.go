package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"graphpact/internal/cli"
)

// mainWithoutLeaks is the program of the scripts that ends with 99 where goroutines are left
// at the end. What ends by itself shortly after, as those of connections, is waited for.
func mainWithoutLeaks() {
	before := runtime.NumGoroutine()
	code := cli.Run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			fmt.Fprintf(os.Stderr, "%d goroutines before, %d left\n", before, runtime.NumGoroutine())
			_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
			os.Exit(99)
		}
	}
	os.Exit(code)
}
