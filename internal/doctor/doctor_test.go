package doctor

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/result"
	"graphpact/internal/transport"
	"graphpact/internal/transport/tlstest"
)

func tokenOf(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("k"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestToken(t *testing.T) {
	now := time.Now()
	good := func(change jwt.MapClaims) jwt.MapClaims {
		c := jwt.MapClaims{"aud": "https://graph.microsoft.com", "roles": []string{"Lamp.ReadWrite.All"}, "exp": now.Add(time.Hour).Unix(), "secret": "hidden-claim"}
		for name, v := range change {
			if c[name] = v; v == nil {
				delete(c, name)
			}
		}
		return c
	}
	op := &contract.Operation{Permissions: []contract.Permission{
		{Kind: "Delegated (work or school account)", Names: []string{"Lamp.Dim", "Lamp.ReadWrite.All"}},
		{Kind: "Delegated (personal Microsoft account)"},
		{Kind: "Application", Names: []string{"Lamp.ReadWrite.All"}},
	}}
	for name, tc := range map[string]struct {
		claims      jwt.MapClaims
		other       bool // not a Microsoft Graph
		token, perm string
	}{
		"good":              {good(nil), false, "pass ", "pass Lamp.ReadWrite.All (application)"},
		"delegated":         {good(jwt.MapClaims{"scp": "User.Read Lamp.ReadWrite.All"}), false, "pass ", "pass Lamp.ReadWrite.All (delegated), where Lamp.Dim is less privileged"},
		"least":             {good(jwt.MapClaims{"scp": "Lamp.Dim"}), false, "pass ", "pass Lamp.Dim (delegated)"},
		"expired":           {good(jwt.MapClaims{"exp": now.Add(-time.Hour).Unix()}), false, "fail |: expired 1h0m", "pass "},
		"soon":              {good(jwt.MapClaims{"exp": now.Add(time.Minute).Unix()}), false, "warn |it expires in", "pass "},
		"not yet":           {good(jwt.MapClaims{"nbf": now.Add(time.Hour).Unix()}), false, "fail |not good before", "pass "},
		"another service":   {good(jwt.MapClaims{"aud": "https://management.azure.com"}), false, "fail |for another service", "pass "},
		"a vendor's":        {good(jwt.MapClaims{"aud": "https://other.example"}), true, "warn |for another audience", "pass "},
		"wrong role":        {good(jwt.MapClaims{"roles": []string{"Lamp.Read.All"}}), false, "pass ", "fail |grant the least privileged, Lamp.ReadWrite.All (application)"},
		"no role":           {good(jwt.MapClaims{"roles": nil}), false, "pass ", "fail |application in roles: none"},
		"no role, a vendor": {good(jwt.MapClaims{"roles": nil}), true, "pass ", "warn |application in roles: none"},
	} {
		t.Run(name, func(t *testing.T) {
			checks := Token(tokenOf(t, tc.claims), TokenFacts{From: "the token", Audiences: []string{"https://graph.microsoft.com"}, Graph: !tc.other, Operations: []*contract.Operation{op}, Now: now})
			for i, want := range []string{tc.token, tc.perm} {
				verdict, text, _ := strings.Cut(want, " ")
				text = strings.TrimPrefix(text, "|")
				shown := checks[i].Found + "; " + checks[i].Hint
				if string(checks[i].Verdict) != verdict || !strings.Contains(shown, text) || strings.Contains(shown, "hidden") {
					t.Errorf("%+v\nwant %s", checks[i], want)
				}
			}
		})
	}
	if got := Token("opaque", TokenFacts{From: "it"}); got[0].Verdict != result.Pass || got[1].Verdict != result.Skip {
		t.Errorf("%+v", got)
	}
}

func TestNetwork(t *testing.T) {
	off := time.Duration(0)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a token was sent before the endpoint was looked at")
		}
		w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	look := func(base, ca string, now func() time.Time) string {
		c, err := client.New(client.Config{BaseURL: base, Token: "tok-en-0815", RetryBudget: -1, TLS: transport.TLSFiles{CA: ca}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var out strings.Builder
		for _, check := range Network(t.Context(), c, base, "/x", now) {
			out.WriteString(string(check.Verdict) + " " + check.Name + ": " + check.Found + "; " + check.Hint + "\n")
		}
		return out.String()
	}
	for name, tc := range map[string]struct {
		base, ca string
		off      time.Duration
		now      func() time.Time
		want     []string
	}{
		"good":           {srv.URL, ca, 0, time.Now, []string{"pass name", "pass connection", "pass TLS: TLS 1.3, for example.com, ", " days left", "pass clock"}},
		"ahead":          {srv.URL, ca, 10 * time.Minute, time.Now, []string{"warn clock: the endpoint is 10m"}},
		"behind":         {srv.URL, ca, -24 * time.Hour, time.Now, []string{"warn clock: the endpoint is 2", "behind this machine"}},
		"unknown issuer": {srv.URL, "", 0, time.Now, []string{"pass connection", "fail TLS", "--ca-file", "skip clock"}},
		"certificate near its end": {srv.URL, ca, 0, func() time.Time { return srv.Certificate().NotAfter.Add(-time.Hour) },
			[]string{"warn TLS", " 0 days left"}},
		"nobody":  {"https://127.0.0.1:1", "", 0, time.Now, []string{"fail connection: connection refused", "skip TLS"}},
		"no name": {"https://nowhere.invalid", "", 0, time.Now, []string{"fail name", "check the host", "skip connection"}},
	} {
		t.Run(name, func(t *testing.T) {
			off = tc.off
			got := look(tc.base, tc.ca, tc.now)
			for _, want := range tc.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	house, err := tlstest.NewAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	lasting := func(c *x509.Certificate) { c.NotAfter = now.Add(100*24*time.Hour + time.Hour) }
	for name, tc := range map[string]struct {
		change func(*x509.Certificate)
		now    time.Time
		want   string
	}{
		"good":          {lasting, now, "pass client cert: .*good.pem, for CN=good, issued by CN=house CA, 100 days left; $"},
		"near its end":  {lasting, now.Add(90 * 24 * time.Hour), "warn client cert: .* 10 days left; have it renewed$"},
		"expired":       {lasting, now.Add(101 * 24 * time.Hour), "fail client cert: .*expired.pem, for CN=expired, expired on 20..-..-..; have it renewed$"},
		"not yet valid": {lasting, now.Add(-48 * time.Hour), "fail client cert: .* is valid from 20.*Z on; wait, or set the clock"},
		"for servers alone": {func(c *x509.Certificate) {
			lasting(c)
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}, now, "warn client cert: .* and not issued for clients; "},
	} {
		t.Run(name, func(t *testing.T) {
			cert, key, err := house.Issue(name, nil, tc.change)
			if err != nil {
				t.Fatal(err)
			}
			checks := ClientCertificate(transport.TLSFiles{Cert: cert, Key: key}, tc.now)
			if len(checks) != 1 {
				t.Fatalf("%d checks", len(checks))
			}
			got := string(checks[0].Verdict) + " " + checks[0].Name + ": " + checks[0].Found + "; " + checks[0].Hint
			if !regexp.MustCompile(tc.want).MatchString(got) {
				t.Errorf("%s\nwant %s", got, tc.want)
			}
		})
	}
	if checks := ClientCertificate(transport.TLSFiles{CA: house.File}, now); len(checks) != 0 {
		t.Errorf("no client certificate is named, and yet %v", checks)
	}
}
