package waiver

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// normalEndpoint writes a base URL in one way, so that two spellings of one endpoint
// compare equal (RFC 3986 section 6.2): scheme and host in lower case, without the
// default port, without slashes at the end. The path keeps its case, and the version
// segment counts: /v1.0 and /beta are two endpoints.
func normalEndpoint(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", fmt.Errorf("%q is no URL", raw)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", fmt.Errorf("%q is no base URL; write it as https://graph.microsoft.com/beta", raw)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("a base URL has no user, no query and no fragment")
	}
	port := ":" + map[string]string{"http": "80", "https": "443"}[u.Scheme]
	host := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(u.Host), port), ":")
	return u.Scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/"), nil
}
