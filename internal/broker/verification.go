package broker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// PactQuery says which pacts a provider wants to verify.
type PactQuery struct {
	// Selectors may be empty: the broker then gives the pacts of the main branches, or the latest ones.
	Selectors []Selector
	// ProviderVersionBranch is the branch of the provider that verifies; pending and
	// WIP pacts depend on it.
	ProviderVersionBranch string
	// IncludePending asks which pacts are pending: no version of the provider's branch
	// has verified them successfully, so a failure must not break its build.
	IncludePending bool
	// WIPSince adds the work-in-progress pacts published since that day; zero means none.
	WIPSince time.Time
}

// Pact is a pact that a broker selected for verification.
type Pact struct {
	// Name is the broker's sentence for it.
	Name string
	URL  string
	// Pending says that its failure must not fail the provider's build.
	Pending bool
	// WIP says that no selector chose it: it is work in progress.
	WIP     bool
	Notices []VerificationNotice
	// ConsumerVersion is the version of the consumer that the broker names for the pact;
	// several may share it. Branches gives its branches.
	ConsumerVersion string
	// Content is the pact as it was published: what the broker adds (_links, createdAt,
	// the _id of each interaction) is taken out.
	Content []byte
	// InteractionIDs are the broker's ids of the interactions in their order, "" where an
	// interaction has none.
	InteractionIDs []string

	results  *url.URL // where its results are published
	provider *url.URL
	version  *url.URL // of the consumer
}

// VerificationNotice is a message to show before or after a verification.
type VerificationNotice struct {
	// When is before_verification, or after_verification:success_true_published_false and its like.
	When string `json:"when"`
	Text string `json:"text"`
}

type pactQueryBody struct {
	Selectors []Selector `json:"consumerVersionSelectors,omitempty"`
	Branch    string     `json:"providerVersionBranch,omitempty"`
	// IncludePending is always sent: a broker takes it for true where it is absent.
	IncludePending bool   `json:"includePendingStatus"`
	WIPSince       string `json:"includeWipPactsSince,omitempty"`
}

// PactsForVerification asks which pacts of the provider to verify, and fetches each.
// None is no error: the broker has none that the query matches.
func (c *Client) PactsForVerification(ctx context.Context, provider string, q PactQuery) ([]Pact, error) {
	u, err := c.entry(ctx, map[string]string{"provider": provider},
		"pb:provider-pacts-for-verification", "beta:provider-pacts-for-verification")
	if err != nil {
		return nil, err
	}
	body := pactQueryBody{Selectors: q.Selectors, Branch: q.ProviderVersionBranch, IncludePending: q.IncludePending}
	if !q.WIPSince.IsZero() {
		body.WIPSince = q.WIPSince.Format(time.DateOnly)
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
	size := 0
	for _, raw := range *doc.Embedded.Pacts {
		p, err := c.selected(ctx, a, raw)
		if err != nil {
			return nil, err
		}
		if size += len(p.Content); size > pactsLimit {
			return nil, c.fault(a, NotBroker, fmt.Sprintf("the pacts to verify are longer than %d MB together; select fewer of them", pactsLimit>>20))
		}
		pacts = append(pacts, p)
	}
	return pacts, nil
}

// selected reads one entry of the answer and fetches its pact.
func (c *Client) selected(ctx context.Context, a *answer, raw json.RawMessage) (Pact, error) {
	entry := *a
	entry.body = raw
	res, err := c.read(&entry)
	if err != nil {
		return Pact{}, err
	}
	var doc struct {
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
	// The short description of a selector may hold insides of the broker: it is not used.
	p := Pact{URL: c.shown(u), Pending: doc.Properties.Pending, WIP: doc.Properties.WIP}
	p.Name = cmp.Or(c.clean(res.links["self"][0].Name), p.URL)
	for _, n := range doc.Properties.Notices {
		p.Notices = append(p.Notices, VerificationNotice{When: c.clean(n.When), Text: c.clean(n.Text)})
	}
	return p, c.fetch(ctx, u, &p)
}

// PactAt fetches the pact at an address of the broker, as one that a webhook hands over
// (with its metadata). Results can be published to it. An address of another origin gets
// no request, and so no credentials.
func (c *Client) PactAt(ctx context.Context, address string) (Pact, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Pact{}, fmt.Errorf("the pact's URL: %w", err)
	}
	p := Pact{URL: c.shown(u)}
	if err := c.fetch(ctx, u, &p); err != nil {
		return Pact{}, err
	}
	return p, nil
}

// AddressOf gives the broker's address in the address of a pact.
func AddressOf(pactURL string) (string, error) {
	const path = "/pacts/provider/"
	base, _, isPact := strings.Cut(pactURL, path)
	u, err := parseBase(base)
	switch {
	case !isPact:
		return "", errors.New("the pact's URL: not one of a Pact Broker, which has " + path + " in it")
	case err != nil:
		return "", fmt.Errorf("the pact's URL: %w", err)
	}
	return u.String(), nil
}

// Branches gives the branches of the consumer's version that the broker names for a pact.
func (c *Client) Branches(ctx context.Context, p Pact) ([]string, error) {
	if p.version == nil {
		return nil, nil
	}
	res, err := c.resource(ctx, p.version)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Embedded struct {
			Branches []struct {
				Name string `json:"name"`
			} `json:"branchVersions"`
		} `json:"_embedded"`
	}
	if err := json.Unmarshal(res.body, &doc); err != nil {
		return nil, c.broken(res, err.Error())
	}
	var out []string
	for _, b := range doc.Embedded.Branches {
		out = append(out, c.clean(b.Name))
	}
	return out, nil
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
	// Only a result with a branch needs the one, only a report the other.
	for rel, to := range map[string]**url.URL{"pb:provider": &p.provider, "pb:consumer-version": &p.version} {
		if len(res.links[rel]) == 0 {
			continue
		}
		if *to, err = c.follow(res, nil, rel); err != nil {
			return err
		}
	}
	if v := res.links["pb:consumer-version"]; len(v) > 0 {
		p.ConsumerVersion = c.clean(v[0].Name)
	}
	if self := res.links["self"]; p.Name == "" && len(self) > 0 {
		p.Name = c.clean(self[0].Name)
	}
	p.Content, p.InteractionIDs, err = content(res.body)
	if err != nil {
		return fmt.Errorf("reading the pact %s: %w", p.URL, err)
	}
	return nil
}

// content takes what a broker adds out of a pact, and gives the ids of the interactions.
func content(body []byte) ([]byte, []string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, nil, err
	}
	delete(members, "_links")
	delete(members, "createdAt")
	var interactions []map[string]json.RawMessage
	var ids []string
	if json.Unmarshal(members["interactions"], &interactions) == nil {
		ids = make([]string, len(interactions))
		for i, x := range interactions {
			_ = json.Unmarshal(x["_id"], &ids[i]) // absent in old brokers
			delete(x, "_id")
		}
		data, err := encode(interactions)
		if err != nil {
			return nil, nil, err
		}
		members["interactions"] = data
	}
	data, err := encode(members)
	return data, ids, err
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

// Results is what a provider's version found, in the form in which it is published.
type Results struct {
	Success bool `json:"success"`
	// ProviderVersion identifies what was verified; ProviderBranch and BuildURL may be
	// empty. The branch is published apart.
	ProviderVersion string `json:"providerApplicationVersion"`
	ProviderBranch  string `json:"-"`
	BuildURL        string `json:"buildUrl,omitempty"`
	// TestResults has one for each interaction, for the broker's users to read.
	TestResults []TestResult `json:"testResults,omitempty"`
	VerifiedBy  VerifiedBy   `json:"verifiedBy"`
}

// TestResult is the result of one interaction, in the form that the official verifier
// publishes; Requirement is our own.
type TestResult struct {
	// InteractionID is the broker's (Pact.InteractionIDs).
	InteractionID string     `json:"interactionId,omitempty"`
	Description   string     `json:"interactionDescription,omitempty"`
	Requirement   string     `json:"requirement,omitempty"`
	Success       bool       `json:"success"`
	Mismatches    []Mismatch `json:"mismatches,omitempty"`
}

// Mismatch is one difference between what was expected and what the provider answered.
type Mismatch struct {
	// Attribute is status, header or body, or empty.
	Attribute string `json:"attribute,omitempty"`
	// Identifier is the place in the body, or the name of the header.
	Identifier  string `json:"identifier,omitempty"`
	Description string `json:"description"`
}

// VerifiedBy names the program that verified.
type VerifiedBy struct {
	Implementation string `json:"implementation"`
	Version        string `json:"version"`
}

// PublishResults publishes the results of verifying a whole pact that the broker gave
// (PactsForVerification, PactAt). The provider's branch is set first: a result without it
// would count for no branch. nil means that the broker has taken the result.
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
	a, err := c.send(ctx, http.MethodPost, p.results, r)
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
