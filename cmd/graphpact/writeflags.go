package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/shell"
	"graphpact/internal/transport"
)

// writeFlags say what may be written to, and who is asked first, alike for each
// command that writes to an endpoint.
type writeFlags struct {
	allowHosts []string
	yes        bool
}

func (f *writeFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.addHosts(fs)
	fs.BoolVarP(&f.yes, "yes", "y", false, "do not ask before the first write to another machine")
}

func (f *writeFlags) addHosts(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.allowHosts, "allow-host", nil, "`HOST[:PORT]` of another machine that may be written to (repeatable); this machine always may")
}

// check finds entries that name no host.
func (f *writeFlags) check() error {
	_, err := f.hosts()
	return err
}

func (f *writeFlags) hosts() (transport.Hosts, error) {
	h, err := transport.ParseHosts(f.allowHosts)
	if err != nil {
		return h, fmt.Errorf("--allow-host %w", err)
	}
	return h, nil
}

// allow refuses a base URL on another machine that was not named, as one left over in
// the environment. by says where the base URL comes from, as "--endpoint".
func (f *writeFlags) allow(baseURL, by string) error {
	h, err := f.hosts()
	if err != nil {
		return err
	}
	err = h.Check(baseURL)
	var host *transport.HostError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &host):
		return fmt.Errorf("%s: %w", by, err)
	}
	return fmt.Errorf("%s %s: %w; nothing was sent. If it is meant, add --allow-host %s, or to %s:\nallow-host: [%q]",
		by, baseURL, host, shell.Quote(host.Host), defaultFile, host.Host)
}

// allowStates is allow for a state endpoint: to set up a state is to write. A query,
// which may hold a key, is not shown.
func (f *writeFlags) allowStates(stateURL string) error {
	where, _, _ := strings.Cut(stateURL, "?")
	if where == "" {
		return nil
	}
	return f.allow(where, "--state-url")
}

// missing is the host of a base URL that would have to be named, empty where none.
func (f *writeFlags) missing(baseURL string) string {
	h, err := f.hosts()
	var host *transport.HostError
	if err == nil && baseURL != "" && errors.As(h.Check(baseURL), &host) {
		return host.Host
	}
	return ""
}

// repeat adds the flags that a repetition needs. Whether to be asked is for whoever
// repeats it.
func (f *writeFlags) repeat(line *commandLine) { line.add("allow-host", f.allowHosts...) }
