package credential

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"

	"graphpact/internal/mask"
	"graphpact/internal/shell"
	"graphpact/internal/transport"
)

// The ways to a token.
const (
	MethodToken       = "token"
	MethodFile        = "token-file"
	MethodCommand     = "token-command"
	MethodSecret      = "client-secret"
	MethodCertificate = "client-certificate"
	MethodWorkload    = "workload-identity"
	MethodGitHub      = "github-oidc"
	MethodManaged     = "managed-identity"
	MethodCLI         = "azure-cli"
	MethodDeviceCode  = "device-code"
	MethodNone        = "none"
)

// Methods gives the ways to a token, in the order of the documentation.
func Methods() []string {
	return []string{
		MethodToken, MethodFile, MethodCommand, MethodSecret, MethodCertificate, MethodWorkload,
		MethodGitHub, MethodManaged, MethodCLI, MethodDeviceCode, MethodNone,
	}
}

// Settings say where the token of a target comes from.
type Settings struct {
	// Method is one of Methods.
	Method string
	// Endpoint is the base URL of the target: its host decides on the scope and the
	// identity service where these are empty.
	Endpoint string
	// TokenFile is the file of MethodFile.
	TokenFile string
	// TokenCommand is the program of MethodCommand with its arguments, quoted as for a
	// POSIX shell; no shell runs it.
	TokenCommand string
	// Tenant and ClientID are empty for AZURE_TENANT_ID and AZURE_CLIENT_ID.
	Tenant, ClientID string
	// Scope is what a token is asked for, as https://graph.microsoft.com/.default.
	Scope string
	// Authority is the identity service; empty for AZURE_AUTHORITY_HOST, or the one that
	// goes with the endpoint.
	Authority string
	// Lookup reads the environment, and Environ is all of it, for programs.
	Lookup  func(string) (string, bool)
	Environ []string
	// CAFile is a PEM file of certificates to trust for the identity service, beside the system's.
	CAFile string
	// Prompt is where a user is told what to do for MethodDeviceCode.
	Prompt io.Writer
	// Now is the time; nil means time.Now.
	Now func() time.Time
}

// Open makes the credential. Nothing is asked yet. An error names what is missing. The
// methods MethodToken and MethodNone need no credential: they are not known here.
func (s Settings) Open() (*Credential, error) {
	guard := newGuard()
	source, err := s.source(guard)
	if err != nil {
		return nil, err
	}
	c := Keep(&guarded{method: s.Method, source: source, guard: guard, authority: s.Authority}, s.Now)
	c.always = s.Method == MethodFile
	return c, nil
}

func (s Settings) source(guard *guard) (Source, error) {
	switch s.Method {
	case MethodFile:
		if s.TokenFile == "" {
			return nil, s.needs("--token-file")
		}
		return file{s.TokenFile}, nil
	case MethodCommand:
		if s.TokenCommand == "" {
			return nil, s.needs("--token-command")
		}
		// go-shellquote is old and complete: it takes quotes off and does no more. Of the
		// kept libraries go-shellwords ends at a ; and reads \n as a line break, shell of
		// mvdan.cc/sh expands variables, and google/shlex takes what follows a # away.
		argv, err := shellquote.Split(s.TokenCommand)
		switch {
		case err != nil:
			return nil, fmt.Errorf("--token-command: %w; quote its arguments as for a shell", err)
		case len(argv) == 0:
			return nil, s.needs("--token-command")
		}
		return command{argv: argv, environ: s.Environ, within: commandTime}, nil
	case MethodSecret, MethodCertificate, MethodWorkload, MethodGitHub, MethodManaged, MethodCLI, MethodDeviceCode:
		return s.azure(guard)
	}
	return nil, fmt.Errorf("--auth %q: choose %s or %s", s.Method, strings.Join(Methods()[:len(Methods())-1], ", "), MethodNone)
}

// Check finds settings of another method.
func (s Settings) Check() error {
	switch {
	case !slices.Contains(Methods(), s.Method):
		_, err := s.source(nil)
		return err
	case s.TokenFile != "" && s.Method != MethodFile:
		return fmt.Errorf("--token-file is for --auth %s, and --auth is %s; leave one out", MethodFile, s.Method)
	case s.TokenCommand != "" && s.Method != MethodCommand:
		return fmt.Errorf("--token-command is for --auth %s, and --auth is %s; leave one out", MethodCommand, s.Method)
	}
	return nil
}

// Hint says how a user gets a token for the curl lines, which read it from the variable;
// empty where it is there already.
func (s Settings) Hint(variable string) string {
	switch s.Method {
	case MethodFile:
		return "export " + variable + `="$(cat ` + shell.Quote(s.TokenFile) + `)"`
	case MethodCommand:
		return "put what --token-command prints into " + variable
	case "", MethodToken, MethodNone:
		return ""
	}
	scope, err := s.scope()
	if err != nil {
		return ""
	}
	line := "az account get-access-token --scope " + shell.Quote(scope)
	if tenant := s.or(s.Tenant, "AZURE_TENANT_ID"); tenant != "" {
		line += " --tenant " + shell.Quote(tenant)
	}
	return "export " + variable + `="$(` + line + ` --query accessToken -o tsv)"`
}

func (s Settings) env(name string) string {
	v, _ := s.Lookup(name)
	return v
}

// or gives the setting, or the variable where it is empty.
func (s Settings) or(setting, variable string) string {
	if setting != "" {
		return setting
	}
	return s.env(variable)
}

// needs says what is missing.
func (s Settings) needs(what ...string) error {
	list := what[len(what)-1]
	if len(what) > 1 {
		list = strings.Join(what[:len(what)-1], ", ") + " and " + list
	}
	return fmt.Errorf("--auth %s needs %s", s.Method, list)
}

// guard knows the secrets that lead to a token, to keep them out of errors.
type guard struct {
	known *mask.Masker
	jwt   *regexp.Regexp
}

func newGuard(secrets ...string) *guard {
	return &guard{
		known: mask.NewEverywhere(mask.Parts(secrets...)...),
		jwt:   regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*`),
	}
}

// learn adds a secret.
func (g *guard) learn(secret string) string {
	g.known.Learn(secret)
	return secret
}

// mask takes secrets out of a text, and everything that looks like a token.
func (g *guard) mask(s string) string {
	return g.jwt.ReplaceAllString(g.known.Mask(s), "***")
}

// httpClient speaks with identity services. A redirect is not followed: what proves the
// identity goes where it was meant to go and nowhere else.
func (s Settings) httpClient() (*http.Client, error) {
	t, err := transport.New(transport.TLSFiles{CA: s.CAFile}, requestTime)
	if err != nil {
		return nil, err
	}
	if s.Method == MethodManaged {
		t.Proxy = nil // the identity is on the machine itself
	}
	return &http.Client{
		Transport:     transport.Bounded(t, answerLimit, requestTime),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// answerLimit bounds what an identity service may answer, in bytes: a token, or its keys and addresses.
const answerLimit = 1 << 20

// requestTime bounds one request to an identity service.
const requestTime = 20 * time.Second

var errNoToken = errors.New("the identity service gave no token")
