package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"graphpact/internal/providerstate"
)

// stateFlags say how a run gets at the state of the entity, and what becomes of it.
type stateFlags struct {
	// stateURL is the provider's own state endpoint; empty where there is none.
	stateURL string
	// noGet is set where the endpoint has no GET of the entity.
	noGet bool
	// keepChanges leaves the entity as the run leaves it.
	keepChanges bool
}

func (f *stateFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.stateURL, "state-url", "", "`URL` of the provider's own state endpoint, asked before and after each scenario")
	fs.BoolVar(&f.noGet, "no-get", false, "the endpoint has no GET of the entity: judge its answers, and skip what only a GET could show")
	fs.BoolVar(&f.keepChanges, "keep-changes", false, "leave the entity as the run leaves it; nothing is put back")
}

// check finds flags that do not go together.
func (f *stateFlags) check(o *runOptions) error {
	switch {
	case f.noGet && o.readOnly:
		return errors.New("--no-get and --read-only: without a GET there is nothing to read; leave one out")
	case f.stateURL != "" && o.readOnly:
		return errors.New("--state-url and --read-only: to set up a state is to write; leave one out")
	case o.url == "" && f.stateURL != "":
		return errors.New("--state-url is for an endpoint of your own: name it with --endpoint")
	case o.url == "" && f.keepChanges:
		return errors.New("--keep-changes is for an endpoint of your own; the embedded mock keeps nothing")
	case f.stateURL != "" && f.keepChanges:
		return errors.New("--state-url and --keep-changes: the state endpoint takes each state down again; leave one out")
	case f.noGet && o.url != "" && f.stateURL == "" && !f.keepChanges:
		return errors.New("--no-get: the state cannot be read, so it cannot be put back; name the provider's state endpoint with --state-url, or accept it with --keep-changes")
	}
	if f.stateURL == "" {
		return nil
	}
	if _, err := providerstate.New(f.stateURL, "graphpact", o.timeout, o.auth.tls); err != nil {
		return fmt.Errorf("--state-url: %w", err)
	}
	return nil
}

// putsBack reports whether graphpact itself brings the first state back at the end.
func (f *stateFlags) putsBack(o *runOptions) bool {
	return !o.readOnly && f.stateURL == "" && !f.keepChanges
}

// stateAfter says what the state is after the run, where it was not put back.
func (f *stateFlags) stateAfter() string {
	switch {
	case f.keepChanges:
		return "left as the run has left it (--keep-changes)"
	case f.stateURL != "":
		return "set up and taken down by the state endpoint (--state-url)"
	}
	return ""
}

// settings adds what shaped the run.
func (f *stateFlags) settings(s map[string]string) {
	if f.stateURL != "" {
		s["state-url"], _, _ = strings.Cut(f.stateURL, "?") // a query may hold a key
	}
	for name, set := range map[string]bool{"no-get": f.noGet, "keep-changes": f.keepChanges} {
		if set {
			s[name] = "true"
		}
	}
}

// repeat adds the flags that lead to the same state again.
func (f *stateFlags) repeat(line *commandLine) {
	line.add("state-url", plainURL(f.stateURL))
	line.flag("no-get", f.noGet)
	line.flag("keep-changes", f.keepChanges)
}

// plainURL hides the query of a URL, which may hold a key.
func plainURL(u string) string {
	plain, query, _ := strings.Cut(u, "?")
	if query != "" {
		plain += "?…"
	}
	return plain
}
