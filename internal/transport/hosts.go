package transport

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"graphpact/internal/hint"
)

// Hosts are the machines that may be written to, each by host and port.
//
// A host matches whatever the letter case, with or without the dot at its end (RFC 1034
// 3.1), and in either form of an international name (RFC 5891); an IP address
// matches in any of its forms, an IPv6 one with or without brackets. A port matches
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
	const hostHint = "write it as graph.microsoft.com, or with its port as graph.microsoft.com:8443"
	if addr, err := netip.ParseAddr(entry); err == nil && addr.Is6() {
		entry = "[" + entry + "]" // else its last group would be the port
	}
	if strings.ContainsAny(entry, "/@*?#\\ \t") {
		return hostPort{}, hint.Errorf(hostHint, "not the name of one host")
	}
	u, err := url.Parse("//" + strings.ReplaceAll(entry, "%", "%25"))
	if err != nil || u.Hostname() == "" {
		return hostPort{}, hint.Errorf(hostHint, "no host")
	}
	e := hostPort{}
	if e.host, err = canonicalHost(u.Hostname()); err != nil {
		return hostPort{}, err
	}
	if strings.HasSuffix(u.Host, ":") {
		return hostPort{}, hint.Errorf(hostHint, "no port behind the colon")
	}
	if p := u.Port(); p != "" {
		if e.port, err = strconv.Atoi(p); err != nil || e.port < 1 || e.port > 65535 {
			return hostPort{}, errors.New("the port must be from 1 to 65535")
		}
	}
	return e, nil
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
	at, err := readAddress(baseURL)
	if err != nil || IsLoopback(at.host) {
		return err
	}
	for _, a := range h.allowed {
		if a.host == at.host && (a.port == at.port || a.port == 0 && at.port == at.standard) {
			return nil
		}
	}
	named := at.host
	if strings.Contains(named, ":") {
		named = "[" + named + "]"
	}
	if at.port != at.standard {
		named += ":" + strconv.Itoa(at.port)
	}
	return &HostError{Host: named}
}
