package broker_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graphpact/internal/broker"
	"graphpact/internal/broker/brokertest"
)

func TestNewRefuses(t *testing.T) {
	const secret = "hunter2-hunter2"
	for name, tc := range map[string]struct {
		cfg  broker.Config
		want string
	}{
		"no URL":              {broker.Config{}, "empty"},
		"no scheme":           {broker.Config{BaseURL: "broker.example"}, "not an absolute"},
		"another scheme":      {broker.Config{BaseURL: "ftp://broker.example"}, "not an absolute"},
		"a password in it":    {broker.Config{BaseURL: "https://me:" + secret + "@broker.example"}, "PACT_BROKER_USERNAME"},
		"a broken one":        {broker.Config{BaseURL: "https://me:" + secret + "@broker.example/%zz"}, "PACT_BROKER_USERNAME"},
		"a broken query":      {broker.Config{BaseURL: "https://broker.example/%zz?key=" + secret}, "invalid URL escape"},
		"a query":             {broker.Config{BaseURL: "https://broker.example/?key=" + secret}, "query"},
		"two credentials":     {broker.Config{BaseURL: "https://broker.example", Token: secret, Username: "me"}, "unset one"},
		"a password alone":    {broker.Config{BaseURL: "https://broker.example", Password: secret}, "PACT_BROKER_USERNAME"},
		"the word Bearer":     {broker.Config{BaseURL: "https://broker.example", Token: "Bearer " + secret}, "without the word Bearer"},
		"a colon in the name": {broker.Config{BaseURL: "https://broker.example", Username: "a:b", Password: secret}, "colon"},
		"a token over http":   {broker.Config{BaseURL: "http://broker.example", Token: secret}, "https"},
		"a negative timeout":  {broker.Config{BaseURL: "https://broker.example", Timeout: -1}, "negative"},
		"no CA file":          {broker.Config{BaseURL: "https://broker.example", CACert: "missing.pem"}, "missing.pem"},
		"no PEM in it":        {broker.Config{BaseURL: "https://broker.example", CACert: "config_test.go"}, "no PEM certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := broker.New(tc.cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want one with %q", err, tc.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
	for name, cfg := range map[string]broker.Config{
		"loopback":         {BaseURL: "http://127.0.0.1:9292", Token: secret},
		"allowed":          {BaseURL: "http://broker:9292/", Username: "me", Password: secret, AllowHTTP: true},
		"no credentials":   {BaseURL: "http://broker:9292"},
		"under a path":     {BaseURL: "https://example.org/broker/", Token: secret},
		"without password": {BaseURL: "https://example.org", Username: "me"},
	} {
		if _, err := broker.New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCACert(t *testing.T) {
	s := brokertest.StartTLS()
	t.Cleanup(s.Stop)
	_, err := newClient(t, s.URL).Environments(t.Context())
	wantKind(t, err, broker.Unreachable, "certificate signed by unknown authority", "--broker-ca-cert")
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate()}), 0o600); err != nil {
		t.Fatal(err)
	}
	trusting := func(c *broker.Config) { c.CACert = file }
	if _, err := newClient(t, s.URL, trusting).Environments(t.Context()); err != nil {
		t.Error(err)
	}
	_, err = newClient(t, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), trusting).Environments(t.Context())
	wantKind(t, err, broker.Unreachable, "use the name that its certificate is for")
}
