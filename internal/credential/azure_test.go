package credential

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"graphpact/internal/credential/identitytest"
)

// identity is an identity service with the settings that lead to it.
type identity struct {
	*identitytest.Service
	t   *testing.T
	env map[string]string
	// prompts is what a user was told.
	prompts strings.Builder
}

func newIdentity(t *testing.T, life time.Duration) *identity {
	t.Helper()
	s := &identity{Service: identitytest.New(life), t: t, env: map[string]string{
		"AZURE_TENANT_ID": identitytest.Tenant, "AZURE_CLIENT_ID": identitytest.ClientID,
	}}
	t.Cleanup(s.Close)
	return s
}

func (s *identity) settings(method string) Settings {
	s.t.Helper()
	ca := filepath.Join(s.t.TempDir(), "ca.pem")
	if err := s.WriteCA(ca); err != nil {
		s.t.Fatal(err)
	}
	return Settings{
		Method: method, Endpoint: "https://graph.microsoft.com/beta", Authority: s.URL, CAFile: ca, Prompt: &s.prompts,
		Lookup: func(name string) (string, bool) { v, ok := s.env[name]; return v, ok },
	}
}

// file writes a file of the test's own.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate writes a key with its certificate, for the client.
func (s *identity) certificate() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		s.t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Key = &key.PublicKey
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
	return writeFile(s.t, "client.pem", string(text))
}

// pfxPassword is that of testdata/client.pfx, a key for tests alone.
const pfxPassword = "pass-word-1"

func pfxKey(t *testing.T) crypto.PublicKey {
	t.Helper()
	data, err := os.ReadFile("testdata/client.pfx")
	if err != nil {
		t.Fatal(err)
	}
	certs, _, err := azidentity.ParseCertificates(data, []byte(pfxPassword))
	if err != nil {
		t.Fatal(err)
	}
	return certs[0].PublicKey
}

// TestAzureMethods gets a token by each method from a real server, through the Azure
// SDK, and once more from what was kept.
func TestAzureMethods(t *testing.T) {
	for method, prepare := range map[string]func(*identity){
		MethodSecret:      func(s *identity) { s.env[envSecret] = s.Secret },
		MethodCertificate: func(s *identity) { s.env[envCertificate] = s.certificate() },
		MethodWorkload:    func(s *identity) { s.env[envFederated] = writeFile(t, "projected", s.Assertion+"\n") },
		MethodGitHub: func(s *identity) {
			s.env[envGitHubURL], s.env[envGitHubToken] = s.URL+"/job?api-version=2", s.Request
		},
		MethodCertificate + " as PFX": func(s *identity) {
			s.env[envCertificate], s.env[envCertPassword] = "testdata/client.pfx", pfxPassword
			s.Key = pfxKey(t)
		},
		MethodDeviceCode: func(*identity) {},
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := newIdentity(t, time.Hour)
			prepare(s)
			method, _, _ := strings.Cut(method, " ")
			c, err := s.settings(method).Open()
			if err != nil {
				t.Fatal(err)
			}
			if n := len(s.Asked()); n != 0 {
				t.Fatalf("%d requests before a token was asked for", n)
			}
			got, err := c.Get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if want := s.Tokens(); len(want) != 1 || got.Value != want[0] {
				t.Errorf("got %q, issued %q", got.Value, want)
			}
			if life := time.Until(got.Expires); life < 58*time.Minute || life > time.Hour {
				t.Errorf("it expires in %s", life)
			}
			if again, err := c.Get(t.Context()); err != nil || again != got || len(s.Tokens()) != 1 {
				t.Errorf("a good token was not kept: %v", err)
			}
			if scope := s.Asked()[0].Get("scope"); !slices.Contains(strings.Fields(scope), "https://graph.microsoft.com/.default") {
				t.Errorf("scope %q", scope)
			}
			if method == MethodDeviceCode && !strings.Contains(s.prompts.String(), "graphpact: To sign in, open https://login.example/device and enter the code USER-CODE.\n") {
				t.Errorf("the user was told %q", s.prompts.String())
			}
		})
	}
}

// TestDeviceCodeRefreshes: a user signs in once, and the refresh token does the rest.
func TestDeviceCodeRefreshes(t *testing.T) {
	s := newIdentity(t, time.Second)
	c, err := s.settings(MethodDeviceCode).Open()
	if err != nil {
		t.Fatal(err)
	}
	var later time.Duration
	c.now = func() time.Time { return time.Now().Add(later) }
	for range 2 {
		if _, err := c.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		later = time.Hour
	}
	if n := len(s.Tokens()); n != 2 || strings.Count(s.prompts.String(), "USER-CODE") != 1 {
		t.Errorf("%d tokens; the user was told %q", n, s.prompts.String())
	}
}

// TestManagedIdentity: MSAL reads the environment of the process, and keeps tokens for
// all of it.
func TestManagedIdentity(t *testing.T) {
	s := newIdentity(t, 25*time.Hour)
	t.Setenv("IDENTITY_ENDPOINT", s.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", s.Header)
	set := s.settings(MethodManaged)
	set.ClientID = identitytest.ClientID
	c, err := set.Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := s.Tokens(); len(want) != 1 || got != want[0] {
		t.Errorf("got %q, issued %q", got, want)
	}
	if q := s.Asked()[0]; q.Get("resource") != "https://graph.microsoft.com" || q.Get("client_id") != identitytest.ClientID {
		t.Errorf("asked with %v", q)
	}
	s.Header = "another"
	set.ClientID, set.Scope = "other", "api://other/.default"
	if c, err = set.Open(); err != nil {
		t.Fatal(err)
	}
	_, err = c.Token(t.Context())
	if err == nil || !strings.Contains(err.Error(), "answers 401 Unauthorized") || strings.Contains(err.Error(), os.Getenv("IDENTITY_HEADER")) {
		t.Errorf("%v", err)
	}
}

func TestAzureCLI(t *testing.T) {
	dir := t.TempDir()
	script := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "az"), []byte("#!/bin/sh\n"+text), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	s := newIdentity(t, time.Hour)
	delete(s.env, "AZURE_TENANT_ID")
	ask := func() (string, error) {
		c, err := s.settings(MethodCLI).Open()
		if err != nil {
			t.Fatal(err)
		}
		return c.Token(t.Context())
	}
	script(`echo "$@" > ` + dir + `/args; echo '{"accessToken":"from-az-0815","expires_on":4102444800}'`)
	if got, err := ask(); err != nil || got != "from-az-0815" {
		t.Errorf("%q, %v", got, err)
	}
	if args, err := os.ReadFile(filepath.Join(dir, "args")); err != nil || !strings.Contains(string(args), "account get-access-token -o json --resource https://graph.microsoft.com") {
		t.Errorf("%s %v", args, err)
	}
	script(`echo "ERROR: Please run 'az login' to setup account. Old token eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln" >&2; exit 1`)
	if _, err := ask(); err == nil || !strings.Contains(err.Error(), "Please run 'az login' to setup account. Old token ***; sign in with `az login`") {
		t.Errorf("%v", err)
	}
	script(`exit 127`)
	if _, err := ask(); err == nil || !strings.Contains(err.Error(), "install the Azure CLI") {
		t.Errorf("%v", err)
	}
}

// TestAzureErrors: each says in one line what is wrong and how to mend it, and holds no
// secret, whatever the service sends back.
func TestAzureErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		method  string
		prepare func(*identity, *Settings)
		want    string
	}{
		"wrong secret": {MethodSecret, func(s *identity, _ *Settings) { s.env[envSecret] = "my-wrong-secret" },
			"answers 401 Unauthorized: AADSTS7000215: Invalid client secret provided: ***; put the value of the client secret"},
		"wrong tenant": {MethodSecret, func(s *identity, set *Settings) { s.env[envSecret], set.Tenant = s.Secret, "nowhere.example" },
			"AADSTS90002: Tenant 'nowhere.example' not found; check --tenant"},
		"wrong client": {MethodSecret, func(s *identity, set *Settings) { s.env[envSecret], set.ClientID = s.Secret, "nobody" },
			"AADSTS700016: Application with identifier 'nobody' was not found in the directory; check --client-id"},
		"another certificate": {MethodCertificate, func(s *identity, _ *Settings) {
			s.env[envCertificate] = s.certificate()
			s.certificate() // the service knows this one
		}, "AADSTS700027: token signature is invalid: crypto/rsa: verification error; upload the certificate"},
		"no assertion": {MethodWorkload, func(s *identity, _ *Settings) { s.env[envFederated] = filepath.Join(t.TempDir(), "gone") },
			"AZURE_FEDERATED_TOKEN_FILE: open "},
		"no job": {MethodGitHub, func(s *identity, _ *Settings) {
			s.env[envGitHubURL], s.env[envGitHubToken] = s.URL+"/job", "a-wrong-request-token"
		}, "asking GitHub who this job is: it answers 403 Forbidden; does the job have `permissions: id-token: write`?"},
		"another cloud's job": {MethodGitHub, func(s *identity, set *Settings) {
			s.env[envGitHubURL], s.env[envGitHubToken] = s.URL+"/gone", s.Request
		}, "it answers 404 Not Found"},
		"unknown issuer": {MethodSecret, func(s *identity, set *Settings) { s.env[envSecret], set.CAFile = s.Secret, "" },
			"x509: certificate signed by unknown authority; if the issuer of the identity service's certificate"},
		"a login page": {MethodSecret, func(s *identity, _ *Settings) {
			s.env[envSecret] = s.Secret
			s.Refuse(func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(http.StatusBadGateway)
				_, _ = fmt.Fprintf(w, "<html>you sent %s</html>", r.Form.Get("client_secret"))
				return true
			})
		}, "is --authority the address of an identity service"},
		"an answer without end": {MethodSecret, func(s *identity, _ *Settings) {
			s.env[envSecret] = s.Secret
			s.Refuse(func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", "application/json")
				for piece := []byte(`{"error":"` + strings.Repeat("x", 1<<16)); ; piece = piece[10:] {
					if _, err := w.Write(piece); err != nil {
						return true
					}
					piece = append(piece, "xxxxxxxxxx"...)
				}
			})
		}, "the answer is longer than 1048576 bytes"},
		"a redirect": {MethodSecret, func(s *identity, _ *Settings) {
			s.env[envSecret] = s.Secret
			s.Refuse(func(w http.ResponseWriter, r *http.Request) bool {
				http.Redirect(w, r, "https://elsewhere.example/", http.StatusTemporaryRedirect)
				return true
			})
		}, "answers 307 Temporary Redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIdentity(t, time.Hour)
			set := s.settings(tc.method)
			tc.prepare(s, &set)
			c, err := set.Open()
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err = c.Token(ctx)
			if err == nil || !strings.HasPrefix(err.Error(), "--auth "+tc.method+": ") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v\nwant %s", err, tc.want)
			}
			if err == nil {
				return
			}
			for _, secret := range append(s.Secrets(), s.env[envSecret], s.env[envGitHubToken]) {
				if secret != "" && strings.Contains(err.Error(), secret) {
					t.Errorf("a secret stands in %q", err)
				}
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 700 {
				t.Errorf("not one line of bounded length: %q", err)
			}
		})
	}
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	notACertificate := writeFile(t, "a.pem", "no certificate")
	for name, tc := range map[string]struct {
		set  Settings
		env  map[string]string
		want string
	}{
		"nothing":     {Settings{Method: MethodSecret}, nil, "--auth client-secret needs AZURE_TENANT_ID (or --tenant), AZURE_CLIENT_ID (or --client-id) and AZURE_CLIENT_SECRET"},
		"secret":      {Settings{Method: MethodSecret, Tenant: "t", ClientID: "c"}, nil, "--auth client-secret needs AZURE_CLIENT_SECRET"},
		"certificate": {Settings{Method: MethodCertificate, Tenant: "t", ClientID: "c"}, nil, "needs AZURE_CLIENT_CERTIFICATE_PATH"},
		"no file":     {Settings{Method: MethodCertificate, Tenant: "t", ClientID: "c"}, map[string]string{envCertificate: "gone.pem"}, "AZURE_CLIENT_CERTIFICATE_PATH: open gone.pem"},
		"no certificate in it": {Settings{Method: MethodCertificate, Tenant: "t", ClientID: "c"}, map[string]string{envCertificate: notACertificate, envCertPassword: "pass-word-1"},
			"a.pem: no certificate with its key can be read from it (PEM, or PFX with the password in AZURE_CLIENT_CERTIFICATE_PASSWORD)"},
		"wrong password": {Settings{Method: MethodCertificate, Tenant: "t", ClientID: "c"}, map[string]string{envCertificate: "testdata/client.pfx", envCertPassword: "pass-word-1x"}, "client.pfx: no certificate with its key can be read from it"},
		"federation":     {Settings{Method: MethodWorkload, Tenant: "t", ClientID: "c"}, nil, "needs AZURE_FEDERATED_TOKEN_FILE"},
		"no job":         {Settings{Method: MethodGitHub, Tenant: "t", ClientID: "c"}, nil, "needs ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN: GitHub Actions sets them in a job that has `permissions: id-token: write`"},
		"a job in clear": {Settings{Method: MethodGitHub, Tenant: "t", ClientID: "c"}, map[string]string{envGitHubURL: "http://elsewhere.example/", envGitHubToken: "x"}, "ACTIONS_ID_TOKEN_REQUEST_URL: not an https address"},
		"file":           {Settings{Method: MethodFile}, nil, "--auth token-file needs --token-file"},
		"command":        {Settings{Method: MethodCommand}, nil, "--auth token-command needs --token-command"},
		"quotes":         {Settings{Method: MethodCommand, TokenCommand: `get 'it`}, nil, "--token-command: Unterminated single-quoted string; quote its arguments"},
		"another host":   {Settings{Method: MethodSecret, Endpoint: "https://graph.example/beta"}, nil, "--auth client-secret needs --scope for this endpoint, as api://CLIENT-ID/.default: it is known only for graph.microsoft.com, graph.microsoft.us, dod-graph.microsoft.us, microsoftgraph.chinacloudapi.cn"},
		"authority":      {Settings{Method: MethodManaged, Authority: "http://login.example"}, nil, "--authority: not the address of an identity service; give it as https://login.microsoftonline.com"},
		"its variable":   {Settings{Method: MethodManaged}, map[string]string{"AZURE_AUTHORITY_HOST": "https://a@b"}, "AZURE_AUTHORITY_HOST: not the address"},
		"CA file":        {Settings{Method: MethodManaged, CAFile: "gone.pem"}, nil, "the CA file: open gone.pem"},
		"method":         {Settings{Method: "magic"}, nil, `--auth "magic": choose token, token-file,`},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.set.Endpoint == "" {
				tc.set.Endpoint = "https://graph.microsoft.com/beta"
			}
			tc.set.Lookup = func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok }
			_, err := tc.set.Open()
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "pass-word-1") {
				t.Errorf("%v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestClouds(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://graph.microsoft.com/beta":              "https://graph.microsoft.com/.default https://login.microsoftonline.com/ api://AzureADTokenExchange",
		"https://GRAPH.microsoft.us/v1.0":               "https://graph.microsoft.us/.default https://login.microsoftonline.us/ api://AzureADTokenExchangeUSGov",
		"https://dod-graph.microsoft.us/beta":           "https://dod-graph.microsoft.us/.default https://login.microsoftonline.us/ api://AzureADTokenExchangeUSGov",
		"https://microsoftgraph.chinacloudapi.cn/beta":  "https://microsoftgraph.chinacloudapi.cn/.default https://login.chinacloudapi.cn/ api://AzureADTokenExchangeChina",
		"https://graph.microsoft.com.evil.example/beta": "",
	} {
		s := Settings{Method: MethodSecret, Endpoint: endpoint, Lookup: func(string) (string, bool) { return "", false }}
		scope, err := s.scope()
		if want == "" {
			if err == nil {
				t.Errorf("%s: scope %s", endpoint, scope)
			}
			continue
		}
		authority, known, aerr := s.authority()
		if got := scope + " " + authority + " " + s.exchangeAudience(); err != nil || aerr != nil || !known || got != want {
			t.Errorf("%s: %s, %v %v %v", endpoint, got, known, err, aerr)
		}
	}
	s := Settings{Authority: "login.example", Lookup: func(string) (string, bool) { return "https://login.microsoftonline.us", true }}
	if host, known, err := s.authority(); err != nil || known || host != "https://login.example" {
		t.Errorf("%s %v %v", host, known, err)
	}
	s.Authority = ""
	if host, known, err := s.authority(); err != nil || !known || host != "https://login.microsoftonline.us" {
		t.Errorf("%s %v %v", host, known, err)
	}
}

func TestHint(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for want, s := range map[string]Settings{
		"":                                       {Method: MethodToken},
		`export T="$(cat 'a b')"`:                {Method: MethodFile, TokenFile: "a b"},
		"put what --token-command prints into T": {Method: MethodCommand, TokenCommand: "get --key hidden"},
		`export T="$(az account get-access-token --scope https://graph.microsoft.us/.default --tenant contoso.example --query accessToken -o tsv)"`: {
			Method: MethodManaged, Endpoint: "https://graph.microsoft.us/beta", Tenant: "contoso.example",
		},
	} {
		s.Lookup = none
		if got := s.Hint("T"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
