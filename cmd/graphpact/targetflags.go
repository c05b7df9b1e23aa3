package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"graphpact/internal/client"
	"graphpact/internal/shell"
	"graphpact/internal/transport"
)

const (
	defaultTokenEnv = "GRAPH_TOKEN"
	defaultTimeout  = 30 * time.Second
)

// targetFlags say what the target is and how to send to it, alike for each command
// that sends.
type targetFlags struct {
	// url is the base URL, of the flag that urlFlag names; empty for the embedded mock.
	url, urlFlag string
	params       []string
	tokenEnv     string
	headers      []string
	query        []string
	// authHeader, authScheme and clientIDHeader are what the target calls its headers.
	authHeader, authScheme, clientIDHeader string
	timeout                                time.Duration
	patienceFlags
	auth authFlags
	// readOnly is set where nothing may be written, and runID is the id of the run.
	readOnly bool
	runID    string

	// notices is where a long wait is told of; nil where nobody is told.
	notices io.Writer
}

// add declares the flags. urlFlag is the name of the one for the base URL, and
// paramHelp says what --param is for.
func (f *targetFlags) add(cmd *cobra.Command, urlFlag, urlHelp, paramHelp string) {
	groupFlags(cmd)
	f.urlFlag = urlFlag
	fs := cmd.Flags()
	fs.StringVar(&f.url, urlFlag, "", urlHelp)
	fs.StringArrayVar(&f.params, "param", nil, paramHelp)
	f.addReach(cmd)
}

// addReach declares the flags that say how to send.
func (f *targetFlags) addReach(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.tokenEnv, "token-env", defaultTokenEnv, "variable `NAME` that holds the bearer token")
	f.auth.add(fs)
	fs.StringVar(&f.authHeader, "auth-header", "Authorization", "header `NAME` that carries the token")
	fs.StringVar(&f.authScheme, "auth-scheme", "", "`WORD` before the token, or none (default: Bearer in Authorization, none in another header)")
	fs.StringVar(&f.clientIDHeader, "client-request-id-header", "client-request-id", "header `NAME` that carries an id of each request")
	fs.StringArrayVar(&f.query, "query", nil, "query parameter `NAME=VALUE` of each request, as api-version=2 (repeatable)")
	fs.StringArrayVar(&f.headers, "header", nil, "header `NAME=VALUE` to send with each request (repeatable)")
	fs.DurationVar(&f.timeout, "timeout", defaultTimeout, "how long a request may take, as `DURATION` 10s")
	f.patienceFlags.add(fs)
}

// check finds values that cannot be.
func (f *targetFlags) check(a *app) error {
	if f.timeout <= 0 {
		return fmt.Errorf("--timeout %s: more than 0", f.timeout)
	}
	if err := f.auth.check(a); err != nil {
		return err
	}
	return f.patienceFlags.check()
}

// newClient makes the one client for all requests. The transport and onSend are for
// the dry run.
func (f *targetFlags) newClient(t *endpoint, transport http.RoundTripper, onSend func(client.PlannedRequest)) (*client.Client, error) {
	given, err := pairs("header", f.headers)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for name, value := range given {
		h.Set(name, value)
	}
	params, err := pairs("query", f.query)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	for name, value := range params {
		query.Set(name, value)
	}
	cfg := client.Config{
		BaseURL: t.base, Query: query, Token: t.token, TokenEnv: f.tokenEnv, Header: h, Timeout: f.timeout,
		UserAgent: "graphpact/" + toolVersion(), Transport: transport, OnSend: onSend, Sleep: f.wait,
		ReadOnly: f.readOnly, RunID: f.runID,
	}
	if f.url != "" { // the embedded mock calls things as Graph does
		cfg.AuthHeader, cfg.AuthScheme, cfg.ClientRequestIDHeader = f.authHeader, f.authScheme, f.clientIDHeader
	}
	f.configure(&cfg)
	if t.mock == nil {
		cfg.TLS = f.auth.tls
	}
	if t.credential != nil {
		cfg.Credential, cfg.TokenFrom = t.credential, "the token of --auth "+t.auth
	}
	return client.New(cfg)
}

// wait tells of a wait that a user would notice: for an endpoint that answers 429 or
// 503, or one that does not show yet what was put back.
func (f *targetFlags) wait(ctx context.Context, d time.Duration) error {
	if f.notices != nil && d >= time.Second {
		fmt.Fprintf(f.notices, "graphpact: waiting %s for the endpoint\n", d.Round(time.Second))
	}
	return transport.Sleep(ctx, d)
}

// settings echoes what shaped the run; header values may be secret and stay out.
func (f *targetFlags) settings() map[string]string {
	s := map[string]string{"timeout": f.timeout.String(), "token-env": f.tokenEnv}
	f.echo(s)
	f.auth.echo(s)
	for name, v := range f.habits() {
		s[name] = v
	}
	if len(f.query) > 0 {
		s["query"] = strings.Join(f.query, ", ")
	}
	if len(f.headers) > 0 {
		s["header"] = strings.Join(f.headerNames(), ", ")
	}
	return s
}

// habits are the names that are not Graph's, by flag.
func (f *targetFlags) habits() map[string]string {
	names := map[string]string{}
	if f.url == "" {
		return names
	}
	for _, h := range []struct{ flag, value, graph string }{
		{"auth-header", f.authHeader, "Authorization"}, {"auth-scheme", f.authScheme, ""},
		{"client-request-id-header", f.clientIDHeader, "client-request-id"},
	} {
		if !strings.EqualFold(h.value, h.graph) {
			names[h.flag] = h.value
		}
	}
	return names
}

func (f *targetFlags) headerNames() []string {
	names := make([]string, len(f.headers))
	for i, h := range f.headers {
		names[i], _, _ = strings.Cut(h, "=")
	}
	return names
}

// repeat adds the flags that reach the same target again, secrets left out.
func (f *targetFlags) repeat(line *commandLine) {
	line.add(f.urlFlag, f.url)
	line.add("param", f.params...)
	f.reach(line)
}

// reach adds the flags that say how to send.
func (f *targetFlags) reach(line *commandLine) {
	if f.tokenEnv != defaultTokenEnv {
		line.add("token-env", f.tokenEnv)
	}
	line.add("query", f.query...)
	f.auth.repeat(line)
	habits := f.habits()
	for _, name := range slices.Sorted(maps.Keys(habits)) {
		line.add(name, habits[name])
	}
	for _, name := range f.headerNames() {
		line.add("header", name+"=…")
	}
	if f.timeout != defaultTimeout {
		line.add("timeout", f.timeout.String())
	}
	f.patienceFlags.repeat(line)
}

// commandLine is a command for a user to paste.
type commandLine struct{ strings.Builder }

func newCommandLine(command string) *commandLine {
	l := &commandLine{}
	l.WriteString(command)
	return l
}

// add writes a flag for each value that is not empty.
func (l *commandLine) add(flag string, values ...string) {
	for _, v := range values {
		if v != "" {
			l.WriteString(" --" + flag + " " + shell.Quote(v))
		}
	}
}

// flag writes a flag that takes no value, where it is set.
func (l *commandLine) flag(name string, set bool) {
	if set {
		l.WriteString(" --" + name)
	}
}
