package transport

import (
	"errors"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		base    string
		entries []string
		want    string // the entry to add; "" where it is allowed
	}{
		{"https://graph.microsoft.com/beta", nil, "graph.microsoft.com"},
		{"https://graph.microsoft.com/beta", []string{"graph.microsoft.com"}, ""},
		{"https://Graph.Microsoft.COM./beta", []string{"gRAPH.microsoft.com"}, ""},
		{"https://graph.microsoft.com/beta", []string{"graph.microsoft.com."}, ""},
		{"https://graph.microsoft.com/beta", []string{"other.test", "graph.microsoft.com:443"}, ""},
		{"https://graph.microsoft.com:443/beta", []string{"graph.microsoft.com"}, ""},
		{"http://graph.test/beta", []string{"graph.test:443"}, "graph.test"},
		{"http://graph.test/beta", []string{"graph.test:80"}, ""},
		{"https://graph.test:8443/beta", []string{"graph.test"}, "graph.test:8443"},
		{"https://graph.test:8443/beta", []string{"graph.test:8443"}, ""},
		{"https://graph.test/beta", []string{"graph.test:8443"}, "graph.test"},
		{"https://a.graph.test/beta", []string{"graph.test"}, "a.graph.test"},
		{"https://graph.test.evil.test/beta", []string{"graph.test"}, "graph.test.evil.test"},
		// International names, in either form.
		{"https://bücher.test/beta", []string{"xn--bcher-kva.test"}, ""},
		{"https://xn--bcher-kva.test/beta", []string{"BÜCHER.test"}, ""},
		{"https://bücher.test/beta", nil, "xn--bcher-kva.test"},
		{"https://under_score.test/beta", []string{"under_score.test"}, ""},
		// Addresses.
		{"http://192.0.2.7/beta", nil, "192.0.2.7"},
		{"http://192.0.2.7/beta", []string{"192.0.2.7"}, ""},
		{"http://[2001:db8::1]/beta", nil, "[2001:db8::1]"},
		{"http://[2001:db8::1]:8080/beta", nil, "[2001:db8::1]:8080"},
		{"http://[2001:DB8:0:0::1]/beta", []string{"[2001:db8::1]"}, ""},
		{"http://[2001:db8::1]/beta", []string{"2001:db8:0::1"}, ""},
		{"http://[2001:db8::1]:8080/beta", []string{"[2001:db8::1]:8080"}, ""},
		{"http://[::ffff:192.0.2.7]/beta", []string{"192.0.2.7"}, ""},
		{"http://[fe80::1%25eth0]/beta", []string{"fe80::1%eth0"}, ""},
		{"http://[fe80::1%25eth0]/beta", []string{"fe80::1%eth1"}, "[fe80::1%eth0]"},
		// This machine.
		{"http://127.0.0.1:8080/beta", nil, ""},
		{"http://127.9.9.9/beta", nil, ""},
		{"http://[::1]:8080/beta", nil, ""},
		{"http://[::ffff:127.0.0.1]/beta", nil, ""},
		{"http://LOCALHOST./beta", nil, ""},
		{"http://graph.localhost/beta", nil, ""},
		{"http://localhost.evil.test/beta", nil, "localhost.evil.test"},
		{"http://127.0.0.1.evil.test/beta", nil, "127.0.0.1.evil.test"},
		{"http://0.0.0.0/beta", nil, "0.0.0.0"},
		{"http://2130706433/beta", nil, "2130706433"},
	} {
		h, err := ParseHosts(tc.entries)
		if err != nil {
			t.Errorf("%v: %v", tc.entries, err)
			continue
		}
		var host *HostError
		switch err := h.Check(tc.base); {
		case tc.want == "" && err != nil:
			t.Errorf("%s with %v: %v", tc.base, tc.entries, err)
		case tc.want != "" && (!errors.As(err, &host) || host.Host != tc.want):
			t.Errorf("%s with %v: %v, want %s", tc.base, tc.entries, err, tc.want)
		case tc.want != "":
			// What the error says to add is what it takes.
			if h, err := ParseHosts([]string{host.Host}); err != nil || h.Check(tc.base) != nil {
				t.Errorf("%s: %s does not help: %v", tc.base, host.Host, err)
			}
		}
	}
}

func TestParseHostsErrors(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		"", "https://graph.microsoft.com", "graph.microsoft.com/beta", "*.microsoft.com", "*", "a b", "user@graph.test",
		"graph.test:", "graph.test:0", "graph.test:65536", "graph.test:https", ":443", "[2001:db8::1", "a?b", "xn--\xff.test",
	} {
		if h, err := ParseHosts([]string{"graph.test", entry}); err == nil || !strings.Contains(err.Error(), "\"") {
			t.Errorf("%q: %v, %v", entry, h, err)
		}
	}
}

func TestSameBase(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"https://Graph.test/beta/", "https://graph.test:443/beta", true},
		{"https://graph.test/beta", "https://graph.test/v1.0", false},
		{"https://graph.test/beta", "http://graph.test/beta", false},
		{"https://graph.test/beta", "https://graph.test:8443/beta", false},
		{"https://graph.test/Beta", "https://graph.test/beta", false},
		{"graph.test", "graph.test", false},
	} {
		if got := SameBase(tc.a, tc.b); got != tc.want {
			t.Errorf("%s and %s: %v", tc.a, tc.b, got)
		}
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{
		"https://graph.microsoft.com/beta": true, "http://localhost:80/beta": false, "http://127.0.0.1/x": false, "nonsense": true,
	} {
		if Foreign(base) != want {
			t.Errorf("%s: %v", base, !want)
		}
	}
}
