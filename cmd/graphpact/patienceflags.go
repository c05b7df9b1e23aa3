package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"graphpact/internal/client"
)

const (
	defaultRetryBudget = 2 * time.Minute
	defaultGiveUp      = 5
)

// patienceFlags say how fast to send, how long to wait for an endpoint that is busy, and
// when to give up one that does not answer.
type patienceFlags struct {
	retryBudget time.Duration
	rate        float64
	giveUp      int
}

func (f *patienceFlags) add(fs *pflag.FlagSet) {
	fs.DurationVar(&f.retryBudget, "retry-budget", defaultRetryBudget, "how long all requests together may wait for 429 and 503 to pass, as `DURATION` 5m; 0 for no waiting")
	fs.Float64Var(&f.rate, "rate", 0, "send at most `N` requests a second, evenly spaced (no bursts), as 5 or 0.5; 0 for no limit")
	fs.IntVar(&f.giveUp, "give-up", defaultGiveUp, "send no more after `N` requests in a row without a complete answer, or twice as many timeouts in all; 0 for never")
}

func (f *patienceFlags) check() error {
	switch {
	case f.retryBudget < 0:
		return fmt.Errorf("--retry-budget %s: at least 0, which means no waiting", f.retryBudget)
	case f.giveUp < 0:
		return fmt.Errorf("--give-up %d: at least 0, which means never", f.giveUp)
	}
	return nil
}

// configure puts the flags into the configuration of a client.
func (f *patienceFlags) configure(cfg *client.Config) {
	cfg.RetryBudget, cfg.Rate, cfg.GiveUp = orNever(f.retryBudget), f.rate, orNever(f.giveUp)
}

// orNever turns the 0 of a flag, which means none, into what means so in a
// client.Config, where 0 is the default.
func orNever[T int | time.Duration](n T) T {
	if n == 0 {
		return -1
	}
	return n
}

// echo adds the flags in force to the settings of a report.
func (f *patienceFlags) echo(settings map[string]string) {
	settings["retry-budget"], settings["give-up"] = f.retryBudget.String(), fmt.Sprint(f.giveUp)
	if f.rate != 0 {
		settings["rate"] = fmt.Sprint(f.rate)
	}
}

// repeat adds what an endpoint needs to be reached in the same way again.
func (f *patienceFlags) repeat(line *commandLine) {
	if f.rate != 0 {
		line.add("rate", fmt.Sprint(f.rate))
	}
	if f.retryBudget != defaultRetryBudget {
		line.add("retry-budget", f.retryBudget.String())
	}
	if f.giveUp != defaultGiveUp {
		line.add("give-up", strconv.Itoa(f.giveUp))
	}
}
