package target

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Hosts are the machines that may be written to, each by host and port.
//
// A host matches whatever the letter case, with or without the dot at its end (RFC 1034
// 3.1), and in either spelling of an international name (RFC 5891); an IP address
// matches in any of its spellings, an IPv6 one with or without brackets. A port matches
// exactly; an entry without one stands for the default port of the URL's scheme, 443
// for https and 80 for http. Nothing else matches: no wildcard, no subdomain, and not
// the address of a name.
type Hosts struct{ allowed []hostPort }

type hostPort struct {
	host string
	port int // 0 for the default port of the scheme
}

// ParseHosts reads entries as HOST or HOST:PORT. An error names the entry.
func ParseHosts(entries []string) (Hosts, error) {
	var h Hosts
	for _, e := range entries {
		entry, err := parseHost(e)
		if err != nil {
			return Hosts{}, fmt.Errorf("%q: %w", e, err)
		}
		h.allowed = append(h.allowed, entry)
	}
	return h, nil
}

func parseHost(entry string) (hostPort, error) {
	const mend = "write it as graph.microsoft.com, or with its port as graph.microsoft.com:8443"
	if _, err := netip.ParseAddr(entry); err == nil {
		entry = "[" + entry + "]" // else the last group of an IPv6 address would be its port
		if !strings.Contains(entry, ":") {
			entry = entry[1 : len(entry)-1]
		}
	}
	if strings.ContainsAny(entry, "/@*?#\\ \t") {
		return hostPort{}, errors.New("not the name of one host; " + mend)
	}
	u, err := url.Parse("//" + strings.ReplaceAll(entry, "%", "%25"))
	if err != nil || u.Hostname() == "" {
		return hostPort{}, errors.New("no host; " + mend)
	}
	e := hostPort{}
	if e.host, err = canonicalHost(u.Hostname()); err != nil {
		return hostPort{}, err
	}
	if strings.HasSuffix(u.Host, ":") {
		return hostPort{}, errors.New("no port behind the colon; " + mend)
	}
	if p := u.Port(); p != "" {
		if e.port, err = strconv.Atoi(p); err != nil || e.port < 1 || e.port > 65535 {
			return hostPort{}, errors.New("the port must be from 1 to 65535")
		}
	}
	return e, nil
}

// canonicalHost gives the one spelling of a host that is compared.
func canonicalHost(host string) (string, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().String(), nil
	}
	host = strings.TrimSuffix(host, ".")
	if strings.IndexFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", fmt.Errorf("the host %s is no international name: %w", host, err)
		}
		host = ascii
	}
	return strings.ToLower(host), nil
}

// splitBase gives the host and the port of a base URL as they are compared.
func splitBase(baseURL string) (host string, port, standard int, err error) {
	u, err := parseBase(baseURL)
	if err != nil {
		return "", 0, 0, err
	}
	if host, err = canonicalHost(u.Hostname()); err != nil {
		return "", 0, 0, fmt.Errorf("base URL %q: %w", baseURL, err)
	}
	standard = 80
	if u.Scheme == "https" {
		standard = 443
	}
	port = standard
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return "", 0, 0, fmt.Errorf("base URL %q: the port is no number", baseURL)
		}
	}
	return host, port, standard, nil
}

// HostError says that a base URL leads to a machine that was not named.
type HostError struct {
	// Host is the entry that names it, as HOST or HOST:PORT.
	Host string
}

func (e *HostError) Error() string {
	return e.Host + " was not named as a host that may be written to"
}

// Check gives a *HostError where the base URL leads to another machine that is not
// among the hosts. This machine (IsLoopback) needs no naming.
func (h Hosts) Check(baseURL string) error {
	host, port, standard, err := splitBase(baseURL)
	if err != nil || IsLoopback(host) {
		return err
	}
	for _, a := range h.allowed {
		if a.host == host && (a.port == port || a.port == 0 && port == standard) {
			return nil
		}
	}
	return &HostError{Host: showHost(host, port, standard)}
}

func showHost(host string, port, standard int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != standard {
		host += ":" + strconv.Itoa(port)
	}
	return host
}

// Foreign reports whether the base URL leads to another machine than this one.
func Foreign(baseURL string) bool {
	host, _, _, err := splitBase(baseURL)
	return err != nil || !IsLoopback(host)
}

// InClear reports whether what is sent to the base URL can be read on its way: a client
// does not let a credential go there.
func InClear(baseURL string) bool {
	u, err := parseBase(baseURL)
	return err == nil && u.Scheme == "http" && !IsLoopback(u.Hostname())
}

// SameBase reports whether two base URLs mean one: letter case of the host, a default
// port, and slashes at the end aside.
func SameBase(a, b string) bool {
	x, errX := canonicalBase(a)
	y, errY := canonicalBase(b)
	return errX == nil && errY == nil && x == y
}

func canonicalBase(baseURL string) (string, error) {
	host, port, _, err := splitBase(baseURL)
	if err != nil {
		return "", err
	}
	u, err := parseBase(baseURL)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s://%s:%d%s", u.Scheme, host, port, u.EscapedPath()), nil
}
