package credential

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// graphAppID is the id of Microsoft Graph as an application: an audience of its tokens in every cloud.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// nationalCloud is a deployment of Microsoft Graph.
type nationalCloud struct {
	name, host string
	// authority is the identity service of the cloud, as the Azure SDK names it.
	authority string
	// exchange is the audience of an assertion that is exchanged for a token there.
	exchange string
}

// clouds gives the deployments of Microsoft Graph. Hosts:
// https://learn.microsoft.com/graph/deployments; exchange audiences:
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
func clouds() []nationalCloud {
	global, government, china := cloud.AzurePublic.ActiveDirectoryAuthorityHost, cloud.AzureGovernment.ActiveDirectoryAuthorityHost, cloud.AzureChina.ActiveDirectoryAuthorityHost
	return []nationalCloud{
		{"global", "graph.microsoft.com", global, "api://AzureADTokenExchange"},
		{"US Government L4", "graph.microsoft.us", government, "api://AzureADTokenExchangeUSGov"},
		{"US Government L5 (DOD)", "dod-graph.microsoft.us", government, "api://AzureADTokenExchangeUSGov"},
		{"China, operated by 21Vianet", "microsoftgraph.chinacloudapi.cn", china, "api://AzureADTokenExchangeChina"},
	}
}

// cloudOf gives the deployment that an endpoint is of; false where it is none.
func cloudOf(endpoint string) (nationalCloud, bool) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nationalCloud{}, false
	}
	for _, c := range clouds() {
		if strings.EqualFold(u.Hostname(), c.host) {
			return c, true
		}
	}
	return nationalCloud{}, false
}

// IsGraph reports whether the endpoint is a deployment of Microsoft Graph, and gives
// the name of its cloud.
func IsGraph(endpoint string) (name string, ok bool) {
	c, ok := cloudOf(endpoint)
	return c.name, ok
}

// scope is what a token is asked for.
func (s Settings) scope() (string, error) {
	if s.Scope != "" {
		return s.Scope, nil
	}
	if c, ok := cloudOf(s.Endpoint); ok {
		return "https://" + c.host + "/.default", nil
	}
	var hosts []string
	for _, c := range clouds() {
		hosts = append(hosts, c.host)
	}
	return "", fmt.Errorf("--auth %s needs --scope for this endpoint, as api://CLIENT-ID/.default: it is known only for %s", s.Method, strings.Join(hosts, ", "))
}

// authority is the identity service, and whether the Azure SDK knows it.
func (s Settings) authority() (host string, known bool, err error) {
	host = s.Authority
	from := "--authority"
	if host == "" {
		host, from = s.env("AZURE_AUTHORITY_HOST"), "AZURE_AUTHORITY_HOST"
	}
	if host == "" {
		if c, ok := cloudOf(s.Endpoint); ok {
			return c.authority, true, nil
		}
		return cloud.AzurePublic.ActiveDirectoryAuthorityHost, true, nil
	}
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", false, fmt.Errorf("%s: not the address of an identity service; give it as https://login.microsoftonline.com", from)
	}
	for _, c := range clouds() {
		known = known || strings.TrimRight(host, "/") == strings.TrimRight(c.authority, "/")
	}
	return host, known, nil
}

// exchangeAudience is the audience of an assertion that the identity service takes.
func (s Settings) exchangeAudience() string {
	if host, _, err := s.authority(); err == nil {
		for _, c := range clouds() {
			if strings.TrimRight(host, "/") == strings.TrimRight(c.authority, "/") {
				return c.exchange
			}
		}
	}
	return clouds()[0].exchange
}

// Audiences gives the audiences (claim aud) that a token for the endpoint may have; none
// where that is not known.
func (s Settings) Audiences() []string {
	if c, ok := cloudOf(s.Endpoint); ok {
		return []string{"https://" + c.host, "https://" + c.host + "/", graphAppID}
	}
	if resource, ok := strings.CutSuffix(s.Scope, "/.default"); ok {
		// An application's token of version 2 has its bare id.
		return []string{resource, resource + "/", strings.TrimPrefix(resource, "api://")}
	}
	return nil
}
