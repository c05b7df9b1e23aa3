package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"graphpact/internal/credential"
	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// authFlags say where the token for an endpoint comes from, and which certificates to
// use. No secret is a flag.
type authFlags struct {
	method, tokenFile, tokenCommand    string
	tenant, clientID, scope, authority string
	tls                                transport.TLSFiles
}

func (f *authFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.method, "auth", "", "`METHOD` by which the token is got: "+strings.Join(credential.Methods(), ", ")+" (default: token, where the variable of --token-env is set)")
	fs.StringVar(&f.tokenFile, "token-file", "", "`FILE` that holds the token; read again for each request")
	fs.StringVar(&f.tokenCommand, "token-command", "", "`COMMAND` that prints the token, quoted as for a shell; none runs it")
	fs.StringVar(&f.tenant, "tenant", "", "`ID` or domain of the tenant (also AZURE_TENANT_ID)")
	fs.StringVar(&f.clientID, "client-id", "", "`ID` of the application, or of a user-assigned managed identity (also AZURE_CLIENT_ID)")
	fs.StringVar(&f.scope, "scope", "", "`SCOPE` to ask a token for (default: that of the endpoint, where it is a Microsoft Graph)")
	fs.StringVar(&f.authority, "authority", "", "`URL` of the identity service (default: AZURE_AUTHORITY_HOST, or that of the endpoint's cloud)")
	fs.StringVar(&f.tls.CA, "ca-file", "", "PEM `FILE` of certificates to trust, beside the system's")
	fs.StringVar(&f.tls.Cert, "client-cert", "", "PEM `FILE` with the certificate for mutual TLS")
	fs.StringVar(&f.tls.Key, "client-key", "", "PEM `FILE` with the private key of --client-cert")
}

// chosen is the method in force.
func (f *authFlags) chosen() string {
	switch {
	case f.method != "":
		return f.method
	case f.tokenFile != "":
		return credential.MethodFile
	case f.tokenCommand != "":
		return credential.MethodCommand
	}
	return credential.MethodToken
}

// source is what the flags say for an endpoint.
func (f *authFlags) source(a *app, base string) credential.Settings {
	return credential.Settings{
		Method: f.chosen(), Endpoint: base, TokenFile: f.tokenFile, TokenCommand: f.tokenCommand,
		Tenant: f.tenant, ClientID: f.clientID, Scope: f.scope, Authority: f.authority,
		Lookup: a.env, Environ: a.environ, CAFile: f.tls.CA, Prompt: a.stderr,
	}
}

// check finds flags that do not go together.
func (f *authFlags) check(a *app) error {
	if f.method == "" {
		if f.tokenFile != "" && f.tokenCommand != "" {
			return errors.New("--token-file and --token-command: both give the token; leave one out")
		}
		for _, v := range []struct{ flag, value string }{{"tenant", f.tenant}, {"client-id", f.clientID}, {"scope", f.scope}, {"authority", f.authority}} {
			if v.value != "" {
				return fmt.Errorf("--%s is for a token of Microsoft Entra ID: choose how to get it with --auth, as --auth %s", v.flag, credential.MethodSecret)
			}
		}
	}
	return f.source(a, "").Check()
}

// echo adds the flags in force to the settings of a report. The arguments of a command
// may be secret.
func (f *authFlags) echo(settings map[string]string) {
	for name, v := range f.values() {
		if v != "" {
			settings[name] = v
		}
	}
}

func (f *authFlags) values() map[string]string {
	v := map[string]string{
		"auth": f.method, "token-file": f.tokenFile, "tenant": f.tenant, "client-id": f.clientID, "scope": f.scope,
		"authority": f.authority, "ca-file": f.tls.CA, "client-cert": f.tls.Cert, "client-key": f.tls.Key,
	}
	if f.tokenCommand != "" {
		v["token-command"] = "…"
	}
	return v
}

// repeat adds the flags that reach the same target again.
func (f *authFlags) repeat(line *commandLine) {
	v := f.values()
	for _, name := range []string{"auth", "token-file", "token-command", "tenant", "client-id", "scope", "authority", "ca-file", "client-cert", "client-key"} {
		line.add(name, v[name])
	}
}

// authenticate gives the endpoint its token, or the credential that will get it. Nobody
// is asked for a token yet.
func (f *targetFlags) authenticate(a *app, t *endpoint) error {
	method := f.auth.chosen()
	switch method {
	case credential.MethodNone:
		return nil
	case credential.MethodToken:
		t.token, _ = a.env(f.tokenEnv)
		if t.token == "" && f.auth.method != "" {
			return fmt.Errorf("--auth %s needs a token in %s (--token-env)", method, f.tokenEnv)
		}
		return nil
	}
	s := f.auth.source(a, t.base)
	c, err := s.Open()
	if err != nil {
		return err
	}
	t.credential, t.auth, t.hint = c, method, s.Hint(f.tokenEnv)
	return nil
}

// withoutToken says why there is no token.
func (f *targetFlags) withoutToken() string {
	if f.auth.chosen() == credential.MethodNone {
		return "--auth " + credential.MethodNone
	}
	return f.tokenEnv + " is not set"
}

// withoutMock refuses flags that only an endpoint has a use for.
func (f *authFlags) withoutMock(endpointFlag string) error {
	if f.method != "" || f.tokenFile != "" || f.tokenCommand != "" {
		return fmt.Errorf("--auth is for the token of --%s; the embedded mock has one of its own", endpointFlag)
	}
	return nil
}

// secrets gives all tokens of the target so far.
func (t *endpoint) secrets() []string {
	return slices.Concat([]string{t.token}, t.client.Secrets())
}

// authenticated reports whether there is a token to send.
func (t *endpoint) authenticated() bool { return t.token != "" || t.credential != nil }

// described is the target as a report names it.
func (t *endpoint) described() result.Target {
	return result.Target{
		Kind: t.kind, BaseURL: t.base, Params: t.allParams(), Authenticated: t.authenticated(), Auth: t.auth, TokenHint: t.hint,
	}
}
