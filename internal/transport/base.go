package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"graphpact/internal/hint"
)

// BaseReader reads the base URL of a service: absolute, http or https, with no user name,
// query or fragment. Its fields are the words of its errors, which show nothing that may
// be secret and carry a hint.
type BaseReader struct {
	// Name is what is read, as "base URL".
	Name string
	// Hint says how to give it, and UserHint where a user name and password belong.
	Hint, UserHint string
}

// Read gives the URL without slashes at its end.
func (b BaseReader) Read(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, hint.Errorf(b.Hint, "%s: empty", b.Name)
	}
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	// Without a host, what is before the @ is not read as a user name.
	if err == nil && u.User != nil || strings.Contains(raw, "@") && (err != nil || u.Host == "") {
		return nil, hint.Errorf(b.UserHint, "%s: it holds a user name or password", b.Name)
	}
	if err != nil {
		if parse, ok := errors.AsType[*url.Error](err); ok {
			err = parse.Err
		}
		if !strings.Contains(raw, "://") { // where url.Parse speaks of the first path segment
			err = errors.New("not an absolute http or https URL")
		}
		plain, _, _ := strings.Cut(raw, "?")
		plain, _, _ = strings.Cut(plain, "#")
		return nil, hint.Errorf(b.Hint, "%s %q: %w", b.Name, plain, err)
	}
	// A query may hold a key: from here on it is not shown.
	shown := *u
	shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = "", false, "", ""
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, hint.Errorf(b.Hint, "%s %q: not an absolute http or https URL", b.Name, shown.String())
	case u.RawQuery != "", u.ForceQuery:
		return nil, hint.Errorf("take the ? and the rest away", "%s %q: it has a query after it", b.Name, shown.String())
	case strings.Contains(raw, "#"):
		return nil, hint.Errorf("take the # and the rest away", "%s %q: it has a fragment after it", b.Name, shown.String())
	}
	return u, nil
}

// ParseBase reads the base URL of an endpoint.
func ParseBase(raw string) (*url.URL, error) {
	return BaseReader{
		Name:     "base URL",
		Hint:     "give it with its version segment, as https://graph.microsoft.com/beta",
		UserHint: "take them out and give the token through its variable",
	}.Read(raw)
}

// address is where a base URL leads, in the form in which base URLs are compared.
type address struct {
	scheme, host, path string
	// port is the URL's, else standard, the default of its scheme.
	port, standard int
}

func readAddress(baseURL string) (a address, err error) {
	u, err := ParseBase(baseURL)
	if err != nil {
		return a, err
	}
	a = address{scheme: u.Scheme, path: u.EscapedPath(), standard: 80}
	if a.host, err = canonicalHost(u.Hostname()); err != nil {
		return a, fmt.Errorf("base URL %q: %w", baseURL, err)
	}
	if u.Scheme == "https" {
		a.standard = 443
	}
	a.port = a.standard
	if p := u.Port(); p != "" {
		if a.port, err = strconv.Atoi(p); err != nil {
			return a, fmt.Errorf("base URL %q: the port is no number", baseURL)
		}
	}
	return a, nil
}

// canonicalHost gives a host in the form in which hosts are compared.
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

// NormalBase writes a base URL in one way (RFC 3986 section 6.2), so that two forms of one endpoint
// compare equal, as by SameBase.
func NormalBase(baseURL string) (string, error) {
	a, err := readAddress(baseURL)
	if err != nil {
		return "", err
	}
	host := a.host
	switch {
	case a.port != a.standard:
		host = net.JoinHostPort(host, strconv.Itoa(a.port))
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return a.scheme + "://" + host + a.path, nil
}

// SameBase reports whether two base URLs mean one: letter case of the host, a default
// port, and slashes at the end aside.
func SameBase(a, b string) bool {
	x, errX := readAddress(a)
	y, errY := readAddress(b)
	return errX == nil && errY == nil && x == y
}

// Foreign reports whether the base URL leads to another machine than this one.
func Foreign(baseURL string) bool {
	a, err := readAddress(baseURL)
	return err != nil || !IsLoopback(a.host)
}

// InClear reports whether what is sent to the base URL can be read on its way: no
// credential may go there.
func InClear(baseURL string) bool {
	u, err := ParseBase(baseURL)
	return err == nil && u.Scheme == "http" && !IsLoopback(u.Hostname())
}

// IsLoopback reports whether a host name or address leads to this machine alone, so that
// a credential may travel to it in clear. A transport of New makes sure that it does.
func IsLoopback(host string) bool {
	if host = strings.ToLower(host); host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
