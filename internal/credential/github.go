package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"graphpact/internal/transport"
)

// The variables by which a job of GitHub Actions asks who it is, set where the job has
// the permission id-token: write (https://docs.github.com/actions/reference/security/oidc).
const (
	envGitHubURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	envGitHubToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// github exchanges what GitHub says of the job for a token.
func (m *azureMethod) github() (azcore.TokenCredential, error) {
	address, token := m.env(envGitHubURL), m.guard.learn(m.env(envGitHubToken))
	if address == "" || token == "" {
		return nil, fmt.Errorf("--auth %s needs %s and %s: GitHub Actions sets them in a job that has `permissions: id-token: write`", m.Method, envGitHubURL, envGitHubToken)
	}
	if err := m.application(); err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !transport.IsLoopback(u.Hostname())) {
		return nil, fmt.Errorf("%s: not an https address", envGitHubURL)
	}
	q := u.Query()
	q.Set("audience", m.exchangeAudience())
	u.RawQuery = q.Encode()
	return m.assertion(func(ctx context.Context) (string, error) { return githubToken(ctx, m.http, u.String(), token) })
}

// githubToken asks GitHub for a token that says which job this is.
func githubToken(ctx context.Context, client *http.Client, address, token string) (string, error) {
	const asking = "asking GitHub who this job is"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", asking, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("%s: %w", asking, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil {
		return "", fmt.Errorf("%s: %w", asking, err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: it answers %s; does the job have `permissions: id-token: write`?", asking, transport.Status(resp.StatusCode))
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Value == "" {
		return "", errors.New(asking + ": its answer holds no token")
	}
	return answer.Value, nil
}
