package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/client"
	"graphpact/internal/credential"
	"graphpact/internal/harness"
	"graphpact/internal/hint"
	"graphpact/internal/providerstate"
	"graphpact/internal/shell"
	"graphpact/internal/transport"
)

const (
	defaultTokenEnv = "GRAPH_TOKEN"
	defaultTimeout  = 30 * time.Second
)

// targetOptions say what the target is and how to send to it, alike for each command
// that sends.
type targetOptions struct {
	// url is the base URL, of the flag that setting names; empty for the embedded mock.
	url, setting                           string
	params, headers, query                 []string
	tokenEnv                               string
	authHeader, authScheme, clientIDHeader string
	timeout, retryBudget                   time.Duration
	rate                                   float64
	giveUp                                 int
	// auth says where the token comes from; its Method is the one that is named, if any.
	auth credential.Settings
	tls  transport.TLSFiles
	// flags are those of the command.
	flags *pflag.FlagSet
}

// declareURL declares the flags that name the target. setting is the flag for the base
// URL, and paramHelp says what --param is for.
func (o *targetOptions) declareURL(cmd *cobra.Command, setting, urlHelp, paramHelp string) {
	o.setting = setting
	declare(cmd, endpointFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.url, setting, "", urlHelp)
		if paramHelp != "" {
			fs.StringArrayVar(&o.params, "param", nil, paramHelp)
			mark(fs, notShown, "param")
		}
		mark(fs, notShown, setting)
	})
}

// declareReach declares the flags that say how to send.
func (o *targetOptions) declareReach(cmd *cobra.Command) {
	o.flags = cmd.Flags()
	declare(cmd, authFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.tokenEnv, "token-env", defaultTokenEnv, "variable `NAME` that holds the bearer token")
		fs.StringVar(&o.auth.Method, "auth", "", "`METHOD` by which the token is got: "+strings.Join(credential.Methods(), ", ")+" (default: token, where the variable of --token-env is set)")
		fs.StringVar(&o.auth.TokenFile, "token-file", "", "`FILE` that holds the token; read again for each request")
		fs.StringVar(&o.auth.TokenCommand, "token-command", "", "`COMMAND` that prints the token, quoted as for a shell; none runs it")
		fs.StringVar(&o.auth.Tenant, "tenant", "", "`ID` or domain of the tenant (also AZURE_TENANT_ID)")
		fs.StringVar(&o.auth.ClientID, "client-id", "", "`ID` of the application, or of a user-assigned managed identity (also AZURE_CLIENT_ID)")
		fs.StringVar(&o.auth.Scope, "scope", "", "`SCOPE` to ask a token for (default: that of the endpoint, where it is a Microsoft Graph)")
		fs.StringVar(&o.auth.Authority, "authority", "", "`URL` of the identity service (default: AZURE_AUTHORITY_HOST, or that of the endpoint's cloud)")
		mark(fs, alwaysShown, "token-env")
		annotate(fs.Lookup("token-command"), secretIn, wholeValue)
	})
	declare(cmd, endpointFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.query, "query", nil, "query parameter `NAME=VALUE` of each request, as api-version=2 (repeatable)")
		fs.StringVar(&o.tls.CA, "ca-file", "", "PEM `FILE` of certificates to trust, beside the system's")
		fs.StringVar(&o.tls.Cert, "client-cert", "", "PEM `FILE` with the certificate for mutual TLS")
		fs.StringVar(&o.tls.Key, "client-key", "", "PEM `FILE` with the private key of --client-cert")
		fs.StringVar(&o.authHeader, "auth-header", "Authorization", "header `NAME` that carries the token")
		fs.StringVar(&o.authScheme, "auth-scheme", "", "`WORD` before the token, or none (default: Bearer in Authorization, none in another header)")
		fs.StringVar(&o.clientIDHeader, "client-request-id-header", "client-request-id", "header `NAME` that carries an id of each request")
		fs.StringArrayVar(&o.headers, "header", nil, "header `NAME=VALUE` to send with each request (repeatable)")
		fs.DurationVar(&o.timeout, "timeout", defaultTimeout, "how long a request may take, as `DURATION` 10s")
		mark(fs, alwaysShown, "timeout")
		annotate(fs.Lookup("header"), secretIn, namedValue)
	})
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.Float64Var(&o.rate, "rate", 0, "send at most `N` requests a second, evenly spaced (no bursts), as 5 or 0.5; 0 for no limit")
		fs.DurationVar(&o.retryBudget, "retry-budget", 2*time.Minute, "how long all requests together may wait for 429 and 503 to pass, as `DURATION` 5m; 0 for no waiting")
		fs.IntVar(&o.giveUp, "give-up", 5, "send no more after `N` requests in a row without a complete answer, or twice as many timeouts in all; 0 for never")
		mark(fs, alwaysShown, "retry-budget", "give-up")
	})
}

// reaches is true for the flags that declareReach declares.
func reaches(f *pflag.Flag) bool {
	switch f.Name {
	case "endpoint", "provider-url", "param", "state-url", "request-id-header", "no-get", "wait":
		return false
	case "rate", "retry-budget", "give-up":
		return true
	}
	g := first(f, groupOf)
	return g == endpointFlags || g == authFlags
}

// method is the method in force by which a token is got.
func (o *targetOptions) method() string {
	switch {
	case o.auth.Method != "":
		return o.auth.Method
	case o.auth.TokenFile != "":
		return credential.MethodFile
	case o.auth.TokenCommand != "":
		return credential.MethodCommand
	}
	return credential.MethodToken
}

func (o *targetOptions) credential(a *app) credential.Settings {
	s := o.auth
	s.Method, s.CAFile = o.method(), o.tls.CA
	s.Lookup, s.Environ, s.Prompt = a.env, a.environ, a.stderr
	return s
}

// check finds values that cannot be, and flags that do not go together.
func (o *targetOptions) check(a *app) error {
	switch {
	case o.timeout <= 0:
		return fmt.Errorf("--timeout %s: more than 0", o.timeout)
	case o.retryBudget < 0:
		return fmt.Errorf("--retry-budget %s: at least 0, which means no waiting", o.retryBudget)
	case o.giveUp < 0:
		return fmt.Errorf("--give-up %d: at least 0, which means never", o.giveUp)
	case o.auth.Method == "" && o.auth.TokenFile != "" && o.auth.TokenCommand != "":
		return errors.New("--token-file and --token-command: both give the token; leave one out")
	}
	if o.auth.Method == "" {
		for _, flag := range []string{"tenant", "client-id", "scope", "authority"} {
			if o.flags.Lookup(flag).Value.String() != "" {
				return fmt.Errorf("--%s is for a token of Microsoft Entra ID: choose how to get it with --auth, as --auth %s", flag, credential.MethodSecret)
			}
		}
	}
	return o.credential(a).Check()
}

// checkMock refuses flags that only an endpoint has a use for.
func (o *targetOptions) checkMock() error {
	switch {
	case o.url != "":
		return nil
	case len(o.params) > 0:
		return fmt.Errorf("--param names an entity of --%s; the embedded mock has entities of its own", o.setting)
	case o.method() != credential.MethodToken || o.auth.Method != "":
		return fmt.Errorf("--auth is for the token of --%s; the embedded mock has one of its own", o.setting)
	}
	return nil
}

func (o *targetOptions) target(a *app) (harness.Target, error) {
	t := harness.Target{URL: o.url, Credential: o.credential(a)}
	var err error
	if t.Params, err = pairs(o.params, "param", false); err != nil {
		return t, err
	}
	if t.Client, err = o.client(a); err != nil {
		return t, err
	}
	if t.Token, _ = a.env(o.tokenEnv); t.Token == "" && o.auth.Method == credential.MethodToken {
		return t, fmt.Errorf("--auth %s needs a token in %s (--token-env)", o.auth.Method, o.tokenEnv)
	}
	return t, nil
}

func (o *targetOptions) client(a *app) (client.Config, error) {
	cfg := client.Config{
		Query: url.Values{}, Header: http.Header{}, TokenEnv: o.tokenEnv, TLS: o.tls,
		AuthHeader: o.authHeader, AuthScheme: o.authScheme, ClientRequestIDHeader: o.clientIDHeader,
		Timeout: o.timeout, RetryBudget: orNever(o.retryBudget), Rate: o.rate, GiveUp: orNever(o.giveUp),
		UserAgent: userAgent(), Sleep: a.reportedSleep, Secrets: a.secrets(o.tokenEnv),
	}
	headers, err := pairs(o.headers, "header", true)
	query, err2 := pairs(o.query, "query", false)
	if err := errors.Join(err, err2); err != nil {
		return cfg, err
	}
	for name, value := range headers {
		cfg.Header.Set(name, value)
	}
	for name, value := range query {
		if strings.Contains(value, "&") {
			return cfg, fmt.Errorf("--query %s: its value has an &, which would be sent as %%26; give each parameter by a --query of its own", name)
		}
		cfg.Query.Set(name, value)
	}
	cfg.RunID, err = client.NewID(rand.Reader)
	return cfg, err
}

// secretName is what the name of a variable says that holds a secret, and not the name of a
// file or of another variable.
var secretName = regexp.MustCompile(`(?i)(TOKEN|SECRET|PASSW(OR)?D|PASSPHRASE|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)$`)

// minSecret is the least length, in bytes, of a value that is taken for one by its name.
const minSecret = 8

// secrets are the secrets in the environment: of those that are not sent too, a token command
// or a server may say something.
func (a *app) secrets(tokenEnv string) []string {
	var out []string
	for _, kv := range a.environ {
		name, value, _ := strings.Cut(kv, "=")
		if name == tokenEnv || secretName.MatchString(name) && len(value) >= minSecret {
			out = append(out, value)
		}
	}
	return out
}

// orNever turns the 0 of a flag, which means none, into what means so in a
// client.Config, where 0 is the default.
func orNever[T int | time.Duration](n T) T {
	if n == 0 {
		return -1
	}
	return n
}

// reportedSleep reports a wait that a user would notice: for an endpoint that answers 429
// or 503, or one that does not show yet what was restored.
func (a *app) reportedSleep(ctx context.Context, d time.Duration) error {
	if d >= time.Second {
		fmt.Fprintf(a.stderr, "graphpact: waiting %s for the endpoint\n", d.Round(time.Second))
	}
	return transport.Sleep(ctx, d)
}

// writeOptions say what may be written to, and who is asked first, alike for each command
// that writes to an endpoint.
type writeOptions struct {
	allowHosts []string
	yes        bool
}

func (o *writeOptions) declare(cmd *cobra.Command) {
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.allowHosts, "allow-host", nil, "`HOST[:PORT]` of another machine that may be written to (repeatable); this machine always may")
		fs.BoolVarP(&o.yes, "yes", "y", false, "do not ask before the first write to another machine")
		mark(fs, notShown, "yes")
		mark(fs, notRepeated, "yes") // whether to be asked is for whoever repeats it
	})
}

func (o *writeOptions) check() error {
	_, err := o.hosts()
	return err
}

func (o *writeOptions) hosts() (transport.Hosts, error) {
	h, err := transport.ParseHosts(o.allowHosts)
	if err != nil {
		return h, fmt.Errorf("--allow-host %w", err)
	}
	return h, nil
}

// allow refuses a base URL on another machine that was not named, as one left over in
// the environment. by says where the base URL comes from, as "--endpoint".
func (o *writeOptions) allow(baseURL, by string) error {
	h, err := o.hosts()
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
func (o *writeOptions) allowStates(stateURL string) error {
	where, _, _ := strings.Cut(stateURL, "?")
	if where == "" {
		return nil
	}
	return o.allow(where, "--state-url")
}

// missing is the host of a base URL that would have to be named, empty where none.
func (o *writeOptions) missing(baseURL string) string {
	h, err := o.hosts()
	var host *transport.HostError
	if err == nil && baseURL != "" && errors.As(h.Check(baseURL), &host) {
		return host.Host
	}
	return ""
}

// stateOptions say how a run gets at the state of the entity, and what is left of it.
type stateOptions struct {
	// stateURL is the provider's own state endpoint; empty where there is none.
	stateURL string
	// noGet is set where the endpoint has no GET of the entity.
	noGet bool
	// keepChanges leaves the entity as the run leaves it.
	keepChanges bool
}

func (o *stateOptions) declare(cmd *cobra.Command) {
	declare(cmd, endpointFlags, func(fs *pflag.FlagSet) {
		declareStateURL(fs, &o.stateURL, "`URL` of the provider's own state endpoint, asked before and after each scenario")
		fs.BoolVar(&o.noGet, "no-get", false, "the endpoint has no GET of the entity: judge its answers, and skip what only a GET could show")
	})
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.keepChanges, "keep-changes", false, "leave the entity as the run leaves it; nothing is restored")
	})
}

func declareStateURL(fs *pflag.FlagSet, stateURL *string, help string) {
	fs.StringVar(stateURL, "state-url", "", help)
	annotate(fs.Lookup("state-url"), secretIn, urlQuery)
}

func (o *stateOptions) check(t *targetOptions, readOnly bool) error {
	switch {
	case o.noGet && readOnly:
		return hint.Errorf("leave one out", "--no-get and --read-only: without a GET there is nothing to read")
	case o.stateURL != "" && readOnly:
		return hint.Errorf("leave one out", "--state-url and --read-only: to set up a state is to write")
	case t.url == "" && o.stateURL != "":
		return errors.New("--state-url is for an endpoint of your own: name it with --endpoint")
	case t.url == "" && o.keepChanges:
		return errors.New("--keep-changes is for an endpoint of your own; the embedded mock keeps nothing")
	case o.stateURL != "" && o.keepChanges:
		return hint.Errorf("leave one out", "--state-url and --keep-changes: the state endpoint takes each state down again")
	case o.noGet && t.url != "" && o.stateURL == "" && !o.keepChanges:
		return hint.Errorf("name the provider's state endpoint with --state-url, or accept it with --keep-changes", "--no-get: the state cannot be read, so it cannot be restored")
	}
	if o.stateURL == "" {
		return nil
	}
	if _, err := providerstate.New(o.stateURL, "graphpact", t.timeout, t.tls); err != nil {
		return fmt.Errorf("--state-url: %w", err)
	}
	return nil
}
