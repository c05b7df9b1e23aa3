package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Selector chooses pacts by the version of their consumer. Which fields go together is
// the broker's matter; it refuses what does not.
type Selector struct {
	MainBranch         bool   `json:"mainBranch,omitempty"`
	MatchingBranch     bool   `json:"matchingBranch,omitempty"`
	Branch             string `json:"branch,omitempty"`
	FallbackBranch     string `json:"fallbackBranch,omitempty"`
	Tag                string `json:"tag,omitempty"`
	FallbackTag        string `json:"fallbackTag,omitempty"`
	Latest             bool   `json:"latest,omitempty"`
	Deployed           bool   `json:"deployed,omitempty"`
	Released           bool   `json:"released,omitempty"`
	DeployedOrReleased bool   `json:"deployedOrReleased,omitempty"`
	Environment        string `json:"environment,omitempty"`
	Consumer           string `json:"consumer,omitempty"`
}

// Selection is what a provider wants to verify.
type Selection struct {
	// Selectors may be empty: the broker then gives the pacts of the main branches, or
	// the latest ones.
	Selectors []Selector
	// ProviderVersionBranch is the branch of the provider that verifies; pending and
	// WIP pacts depend on it.
	ProviderVersionBranch string
	// IncludePending asks which pacts are pending: no version of the provider's branch
	// has verified them, so a failure must not break its build.
	IncludePending bool
	// WIPSince adds the work-in-progress pacts published since that day; zero means none.
	WIPSince time.Time
}

// Pact is a pact that a broker selected for verification.
type Pact struct {
	// Name is the broker's sentence for it.
	Name string
	URL  string
	// Pending tells that its failure must not fail the provider's build.
	Pending bool
	// WIP tells that no selector chose it: it is work in progress.
	WIP     bool
	Notices []VerificationNotice
	// Content is the pact as it was published: what the broker adds at its top
	// (_links, createdAt) is taken out.
	Content []byte

	results  *url.URL // where its results are published
	provider *url.URL
}

// VerificationNotice is a message to show before or after a verification.
type VerificationNotice struct {
	// When is before_verification, or after_verification:success_true_published_false
	// and its like.
	When string `json:"when"`
	Text string `json:"text"`
}

type selectionRequest struct {
	Selectors []Selector `json:"consumerVersionSelectors,omitempty"`
	Branch    string     `json:"providerVersionBranch,omitempty"`
	// IncludePending is always sent: a broker takes it for true where it is absent.
	IncludePending bool   `json:"includePendingStatus"`
	WIPSince       string `json:"includeWipPactsSince,omitempty"`
}

// PactsForVerification asks which pacts of the provider to verify, and fetches each.
// None is no error: the broker has none that the selection matches.
func (c *Client) PactsForVerification(ctx context.Context, provider string, s Selection) ([]Pact, error) {
	index, err := c.index(ctx)
	if err != nil {
		return nil, err
	}
	u, err := c.follow(index, map[string]string{"provider": provider},
		"pb:provider-pacts-for-verification", "beta:provider-pacts-for-verification")
	if err != nil {
		return nil, err
	}
	body := selectionRequest{Selectors: s.Selectors, Branch: s.ProviderVersionBranch, IncludePending: s.IncludePending}
	if !s.WIPSince.IsZero() {
		body.WIPSince = s.WIPSince.Format(time.DateOnly)
	}
	a, err := c.send(ctx, http.MethodPost, u, body)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Embedded struct {
			Pacts *[]json.RawMessage `json:"pacts"`
		} `json:"_embedded"`
	}
	if err := c.decode(a, &doc); err != nil {
		return nil, err
	}
	if doc.Embedded.Pacts == nil {
		return nil, c.fault(a, NotBroker, "the answer has no _embedded.pacts")
	}
	var pacts []Pact
	for _, raw := range *doc.Embedded.Pacts {
		p, err := c.selected(ctx, a, raw)
		if err != nil {
			return nil, err
		}
		pacts = append(pacts, p)
	}
	return pacts, nil
}

// selected reads one entry of the selection and fetches its pact.
func (c *Client) selected(ctx context.Context, a *answer, raw json.RawMessage) (Pact, error) {
	entry := *a
	entry.body = raw
	res, err := c.read(&entry)
	if err != nil {
		return Pact{}, err
	}
	var doc struct {
		Short      string `json:"shortDescription"`
		Properties struct {
			Pending bool                 `json:"pending"`
			WIP     bool                 `json:"wip"`
			Notices []VerificationNotice `json:"notices"`
		} `json:"verificationProperties"`
	}
	if err := c.decode(&entry, &doc); err != nil {
		return Pact{}, err
	}
	u, err := c.follow(res, nil, "self")
	if err != nil {
		return Pact{}, err
	}
	p := Pact{Name: doc.Short, URL: c.shown(u), Pending: doc.Properties.Pending, WIP: doc.Properties.WIP}
	if name := res.links["self"][0].Name; name != "" {
		p.Name = name
	}
	p.Name = c.clean(p.Name)
	for _, n := range doc.Properties.Notices {
		p.Notices = append(p.Notices, VerificationNotice{When: c.clean(n.When), Text: c.clean(n.Text)})
	}
	return p, c.fetch(ctx, u, &p)
}

// fetch reads the pact itself and the links for its results.
func (c *Client) fetch(ctx context.Context, u *url.URL, p *Pact) error {
	res, err := c.resource(ctx, u)
	if err != nil {
		return err
	}
	if p.results, err = c.follow(res, nil, "pb:publish-verification-results"); err != nil {
		return err
	}
	// Only a result with a branch needs this one.
	if p.provider, err = c.follow(res, nil, "pb:provider"); err != nil && len(res.links["pb:provider"]) > 0 {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(res.body, &members); err != nil {
		return fmt.Errorf("reading the pact %s: %w", p.URL, err)
	}
	delete(members, "_links")
	delete(members, "createdAt")
	var content bytes.Buffer
	enc := json.NewEncoder(&content)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(members); err != nil {
		return fmt.Errorf("reading the pact %s: %w", p.URL, err)
	}
	p.Content = content.Bytes()
	return nil
}

// Results is what a provider's version found.
type Results struct {
	Success bool
	// ProviderVersion identifies what was verified; ProviderBranch and BuildURL may be
	// empty.
	ProviderVersion, ProviderBranch, BuildURL string
	// TestResults is what the broker keeps for its users to read: any JSON value.
	TestResults any
	VerifiedBy  VerifiedBy
}

// VerifiedBy names the program that verified.
type VerifiedBy struct {
	Implementation string `json:"implementation"`
	Version        string `json:"version"`
}

type resultsRequest struct {
	Success         bool       `json:"success"`
	ProviderVersion string     `json:"providerApplicationVersion"`
	BuildURL        string     `json:"buildUrl,omitempty"`
	TestResults     any        `json:"testResults,omitempty"`
	VerifiedBy      VerifiedBy `json:"verifiedBy"`
}

// PublishResults tells the broker what came of verifying a whole pact that it gave
// (PactsForVerification). The provider's branch is set first: a result without it would
// count for no branch. nil means that the broker has taken the result.
func (c *Client) PublishResults(ctx context.Context, p Pact, r Results) error {
	if p.results == nil {
		return fmt.Errorf("publishing results: the pact %q does not come from a broker", p.Name)
	}
	if r.ProviderVersion == "" {
		return fmt.Errorf("publishing the results of %q: the provider's version is empty", p.Name)
	}
	if r.ProviderBranch != "" {
		if err := c.setBranch(ctx, p, r.ProviderVersion, r.ProviderBranch); err != nil {
			return err
		}
	}
	a, err := c.send(ctx, http.MethodPost, p.results, resultsRequest{
		Success: r.Success, ProviderVersion: r.ProviderVersion, BuildURL: r.BuildURL,
		TestResults: r.TestResults, VerifiedBy: r.VerifiedBy,
	})
	if err != nil {
		return err
	}
	var kept struct {
		Success *bool `json:"success"`
	}
	if err := c.decode(a, &kept); err != nil {
		return err
	}
	if kept.Success == nil || *kept.Success != r.Success {
		return c.fault(a, NotBroker, fmt.Sprintf("the answer does not confirm the result (success %t)", r.Success))
	}
	return nil
}

func (c *Client) setBranch(ctx context.Context, p Pact, version, branch string) error {
	if p.provider == nil {
		return &Error{Kind: NotBroker, Method: http.MethodGet, URL: p.URL, Link: "pb:provider",
			Text: "the pact has no link pb:provider, so the provider's branch cannot be set"}
	}
	provider, err := c.resource(ctx, p.provider)
	if err != nil {
		return err
	}
	u, err := c.follow(provider, map[string]string{"version": version, "branch": branch}, "pb:branch-version")
	if err != nil {
		return err
	}
	_, err = c.send(ctx, http.MethodPut, u, struct{}{})
	return err
}
